import { RepriseError, unknownName } from '../errors.js'
import type { CompiledProgram, Session } from '../graph/session.js'
import { BatchReader } from './batch-reader.js'
import type { BatchSource } from './batch-source.js'
import type { Callback, HistoryEntry, Scores, TrainingContext } from './callbacks.js'
import { captureState, clearStates, restoreState } from './checkpoint.js'
import { type BestWeights, describeDivergence, type StepNumbers } from './divergence.js'
import { EarlyStopping } from './early-stopping.js'
import type { FitOptions, FitResult } from './fit-options.js'
import { joinScores } from './monitor.js'
import { hyperState } from './optimizers/optimizer.js'
import { ProgressMeter } from './progress-meter.js'
import { checkGroups, RateGroups } from './rate-groups.js'
import { type Ending, initialRunState, type RunState } from './run-state.js'
import { constant } from './schedules/pure.js'
import type { Progress } from './schedules/schedule.js'
import type { TrainingModel } from './training-model.js'

type Stopped = FitResult['stopped']

/** Validation was cut short by the signal; it is due again when training resumes. */
class Interrupted extends Error {}

/** One call of `fit`: moves the run state from stage to stage, and may stop between any two. */
export class Trainer<Batch> {
  private readonly session: Session
  private readonly run: RunState
  private readonly reader: BatchReader<Batch>
  private readonly schedule
  private readonly early: EarlyStopping
  private readonly groups: RateGroups | undefined
  private readonly totalSteps: number
  private readonly meter: ProgressMeter
  private readonly context: TrainingContext
  private readonly one = new Float32Array(1)
  private savedAt: { step: number; time: number }
  /** Whether the source stands where the run state says. */
  private positioned = false
  private stopAsked = false

  constructor(
    private readonly model: TrainingModel<Batch>,
    source: BatchSource<Batch>,
    private readonly options: FitOptions,
  ) {
    const { resume, schedule = constant(), earlyStopping = { restoreBest: false } } = options
    this.session = model.session
    this.schedule = schedule
    this.early = new EarlyStopping(earlyStopping)
    this.groups = options.rates && new RateGroups(model.session, options.rates)
    this.reader = new BatchReader(source)
    this.run = resume ? this.resumed() : this.fresh(source.stepsPerEpoch)
    const { stepsPerEpoch } = this.run
    this.totalSteps = Math.min(this.limit, this.lastEpoch * stepsPerEpoch)
    const length = { totalSteps: this.totalSteps, epochs: Math.ceil(this.totalSteps / stepsPerEpoch) }
    const { timeLimit = Infinity, now = () => performance.now() } = options
    this.meter = new ProgressMeter(this.run, length, timeLimit, now)
    this.savedAt = { step: this.run.step, time: now() }
    this.context = {
      session: this.session,
      history: this.run.history,
      stop: () => {
        this.stopAsked = true
      },
      captureState: () => captureState(this.session, this.run),
    }
  }

  async train(): Promise<FitResult> {
    this.groups?.begin()
    try {
      await this.tell('onTrainBegin', (callback) => callback.onTrainBegin?.(this.context))
      while (this.run.stage !== 'finished') {
        const reason = this.reasonToStop()
        if (reason) return await this.finish(reason)
        await this.saveWhenDue()
        await this.advance().catch((error: unknown) => {
          if (!(error instanceof Interrupted)) throw error
        })
      }
      return await this.finish(this.run.ending ?? 'completed')
    } finally {
      this.groups?.end()
      await this.reader.settle()
    }
  }

  /** A new run: optimizer slots and carried states begin at zero, parameters are as they are. */
  private fresh(stepsPerEpoch: number): RunState {
    const { optimizer, schedule, seed = 0, divergence } = this.options
    clearStates(this.session, (name) => name.startsWith('optimizer/'))
    const run = initialRunState({
      seed,
      optimizer: optimizer.toConfig(),
      stepsPerEpoch: Math.max(1, stepsPerEpoch),
      schedule: schedule?.initialState ?? null,
    })
    if (divergence?.retries) run.bestParameters = this.session.readParameters().slice()
    return run
  }

  private resumed(): RunState {
    const { optimizer, resume } = this.options
    const run = restoreState(this.session, resume!)
    if (run.optimizer.name !== optimizer.name) {
      throw new RepriseError(
        'checkpoint',
        `the checkpoint was made with the optimizer ${run.optimizer.name}, not ${optimizer.name}; resume with that.`,
      )
    }
    checkGroups(run, this.options.rates)
    if (run.ending === 'completed' && run.epoch < this.lastEpoch && run.step < this.limit) {
      run.stage = 'epoch'
      run.ending = null
    }
    return run
  }

  private reasonToStop(): Stopped | undefined {
    if (this.options.signal?.aborted) return 'aborted'
    if (this.stopAsked) return 'callback'
    if (this.meter.isTimeUp) return 'time-limit'
    return undefined
  }

  private async advance(): Promise<void> {
    switch (this.run.stage) {
      case 'epoch':
        return this.beginEpoch()
      case 'steps':
        return this.nextStep()
      case 'validation':
        return this.validateInEpoch()
      case 'epoch-end':
        return this.endEpoch()
    }
  }

  private async beginEpoch(): Promise<void> {
    const { run } = this
    await this.reader.goTo(run.epoch)
    this.positioned = true
    this.clearCarriedStates()
    Object.assign(run, {
      stage: 'steps',
      stepInEpoch: 0,
      lossSum: 0,
      weightSum: 0,
      position: this.reader.position(),
    })
    await this.tell('onEpochBegin', (callback) => callback.onEpochBegin?.(run.epoch, this.context))
  }

  private async nextStep(): Promise<void> {
    const { run } = this
    const began = this.meter.now()
    if (!this.positioned) {
      await this.reader.goTo(run.epoch, run.position)
      this.positioned = true
    }
    const pulled = run.step < this.limit ? await this.reader.next() : undefined
    if (pulled?.batch !== undefined) return this.step(pulled.batch, pulled.position, began)
    if (run.stepInEpoch === 0) {
      throw new RepriseError(
        'empty-data',
        `fit: epoch ${run.epoch + 1} has no batches. Give more data or smaller batches.`,
      )
    }
    run.stage = 'epoch-end'
  }

  private async step(batch: Batch, position: RunState['position'], began: number): Promise<void> {
    const { run, session, model } = this
    const { optimizer, validateEvery = Infinity } = this.options
    const learningRate =
      this.schedule.rate(this.progress(), optimizer.rateAt(run.step), run.schedule) * run.rateFactor
    session.writeState('rng', Uint32Array.of(...words(run.seed), ...words(run.step)))
    if (!this.groups) session.writeState(hyperState, optimizer.hyperparameters(run.updates, learningRate))
    const own = this.groups?.prepare(optimizer, this.progress(), learningRate, run) ?? optimizer
    const program = model.prepare(batch, own)
    const running = program.run()
    if (run.step + 1 < this.limit) this.reader.readAhead()
    await running
    const sum = this.output(program, 'loss')
    const weight = this.output(program, 'weight')
    const norm = this.output(program, 'norm')
    if (!Number.isFinite(sum) || !Number.isFinite(weight) || !Number.isFinite(norm)) {
      return this.diverged({
        step: run.step,
        epoch: run.epoch,
        loss: weight === 0 ? sum : sum / weight,
        norm,
        learningRate,
      })
    }
    this.meter.add(weight, began)
    run.step++
    run.updates++
    this.groups?.stepped(run)
    run.stepInEpoch++
    run.lossSum += sum
    run.weightSum += weight
    run.learningRate = learningRate
    run.position = position
    if (run.step % validateEvery === 0) run.stage = 'validation'
    if (this.options.callbacks?.length) {
      const report = this.meter.report(ratio(sum, weight), norm)
      await this.tell('onStep', (callback) => callback.onStep?.(report, this.context))
    }
  }

  /** Goes back to the best weights and on with a lower rate, or gives up with an error that says where it began. */
  private async diverged(numbers: StepNumbers): Promise<void> {
    const { run, session } = this
    const { retries = 0, factor = 0.3 } = this.options.divergence ?? {}
    this.clearCarriedStates() // the step has filled them with what is not finite
    await this.reader.goTo(run.epoch, run.position) // reading ahead may have reused the arrays of the batch
    const { batch } = await this.reader.next()
    this.positioned = false
    const layer = batch === undefined ? undefined : await this.model.diagnose?.(batch)
    this.clearCarriedStates()
    const best: BestWeights | undefined =
      run.best && run.bestParameters ? { ...run.best, parameters: run.bestParameters.slice() } : undefined
    const error = describeDivergence(session, { ...numbers, layer }, best)
    if (run.retries >= retries) {
      if (best && this.early.restoresBest) session.writeParameters(best.parameters)
      throw error
    }
    session.writeParameters(run.bestParameters!)
    clearStates(session, (name) => name.startsWith('optimizer/'))
    run.updates = 0
    if (run.groupUpdates) run.groupUpdates = run.groupUpdates.map(() => 0)
    run.retries++
    run.rateFactor *= factor
    await this.tell('onRetry', (callback) => callback.onRetry?.(error, this.context))
  }

  private async validateInEpoch(): Promise<void> {
    const scores = await this.validate()
    this.run.stage = 'steps'
    this.record(scores, false)
    await this.tell('onValidation', (callback) => callback.onValidation?.(scores, this.context))
  }

  private async endEpoch(): Promise<void> {
    const { run } = this
    const seen = run.validatedStep === run.step ? run.history.at(-1) : undefined
    let entry: HistoryEntry
    let validated = false
    if (seen) {
      entry = { ...seen, endOfEpoch: true }
      run.history[run.history.length - 1] = entry
    } else {
      validated = this.options.validate !== undefined
      entry = this.record(await this.validate(), true)
    }
    run.epoch++
    if (run.stage === 'epoch-end') this.settleAfterEpoch()
    if (validated)
      await this.tell('onValidation', (callback) => callback.onValidation?.(entry.scores, this.context))
    await this.tell('onEpochEnd', (callback) => callback.onEpochEnd?.(entry, this.context))
  }

  private settleAfterEpoch(): void {
    const { run } = this
    const over = run.epoch >= this.lastEpoch || run.step >= this.limit
    run.stage = over ? 'finished' : 'epoch'
    if (over) run.ending = 'completed'
  }

  /** Scores of this moment: the loss of the epoch so far and what validation gives. */
  private async validate(): Promise<Scores> {
    const { validate, signal } = this.options
    let scores: Scores | undefined
    try {
      scores = await validate?.(signal)
    } catch (error) {
      if (signal?.aborted) throw new Interrupted()
      throw error
    }
    return joinScores(ratio(this.run.lossSum, this.run.weightSum), scores)
  }

  /** Writes a line of history and lets schedule and early stopping draw their conclusions. */
  private record(scores: Scores, endOfEpoch: boolean): HistoryEntry {
    const { run } = this
    const { epoch, step, learningRate } = run
    const entry = { epoch, step, endOfEpoch, scores, learningRate }
    run.schedule = this.schedule.observe?.(run.schedule, scores) ?? run.schedule
    this.early.observe(run, scores, this.session)
    run.history.push(entry)
    run.validatedStep = step
    if (this.early.isOver(run))
      Object.assign(run, { stage: 'finished', ending: 'early-stopping' satisfies Ending })
    return entry
  }

  private async finish(stopped: Stopped): Promise<FitResult> {
    const { run, session, options } = this
    const state = captureState(session, run)
    const over = stopped === 'completed' || stopped === 'early-stopping'
    if (!over) await options.checkpoint?.write(state)
    // The state is as if nothing had happened; the weights the caller keeps are chosen among the last ones too.
    if (stopped === 'time-limit' && options.validate && run.validatedStep !== run.step)
      await this.validateLast()
    const restoredBest =
      this.early.restoresBest &&
      run.best !== null &&
      run.bestParameters !== undefined &&
      run.best.step !== run.step
    if (restoredBest) session.writeParameters(run.bestParameters!)
    const result: FitResult = {
      stopped,
      steps: run.step,
      epochs: run.epoch,
      history: run.history,
      ...(run.best ? { best: run.best } : {}),
      restoredBest,
      state,
    }
    await this.tell('onTrainEnd', (callback) => callback.onTrainEnd?.(result, this.context))
    return result
  }

  private async validateLast(): Promise<void> {
    try {
      const scores = await this.validate()
      this.record(scores, false)
      await this.tell('onValidation', (callback) => callback.onValidation?.(scores, this.context))
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
    }
  }

  private async saveWhenDue(): Promise<void> {
    const { checkpoint } = this.options
    const { step } = this.run
    if (!checkpoint?.every || step === this.savedAt.step) return
    const { milliseconds = Infinity, steps = Infinity } = checkpoint.every
    if (step - this.savedAt.step < steps && this.meter.now() - this.savedAt.time < milliseconds) return
    await checkpoint.write(captureState(this.session, this.run))
    this.savedAt = { step, time: this.meter.now() }
  }

  /** Steps after which training ends even inside an epoch. */
  private get limit(): number {
    return this.options.steps ?? Infinity
  }

  /** Epochs after which training ends. */
  private get lastEpoch(): number {
    return this.options.epochs ?? (this.options.steps === undefined ? 1 : Infinity)
  }

  private progress(): Progress {
    const { step, epoch, stepsPerEpoch } = this.run
    const { totalSteps } = this
    return { step, totalSteps, stepsPerEpoch, epoch, fraction: Math.min(1, step / totalSteps) }
  }

  private clearCarriedStates(): void {
    const carried = new Set(this.model.carriedStates)
    clearStates(this.session, (name) => carried.has(name))
  }

  private output(program: CompiledProgram, name: string): number {
    if (!program.compiled.outputs.has(name)) {
      throw unknownName('output of the training program', name, [...program.compiled.outputs.keys()])
    }
    return program.read(name, this.one)[0]!
  }

  private async tell(moment: keyof Callback, call: (callback: Callback) => unknown): Promise<void> {
    for (const callback of this.options.callbacks ?? []) if (callback[moment]) await call(callback)
  }
}

/** The low and high 32 bits of an integer. */
function words(value: number): [number, number] {
  return [value >>> 0, Math.floor(value / 2 ** 32)]
}

/** sum / weight, 0 for an empty batch. */
function ratio(sum: number, weight: number): number {
  return weight === 0 ? 0 : sum / weight
}
