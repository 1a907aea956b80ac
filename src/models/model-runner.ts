import type { Engine } from '../engine/engine.js'
import { RepriseError } from '../errors.js'
import type { Session } from '../graph/index.js'
import type { Shape } from '../graph/tensor.js'
import type { NdArray } from '../nd-array.js'
import { RandomStream } from '../random.js'
import { Accumulator } from './accumulator.js'
import { type Batch, inputShapes } from './batch.js'
import {
  type CompileOptions,
  checkCompileOptions,
  checkMetrics,
  isByOutput,
  type OutputObjective,
  objectives,
  resolveOptimizer,
} from './compile-options.js'
import type { DataNeeds } from './example-set.js'
import { ModelOptimizer } from './model-optimizer.js'
import type { Network } from './network.js'
import { predictBatch } from './predict-program.js'
import { Runtime } from './runtime.js'
import { type OutputMetric, resolveMetrics, StepPrograms, type StepValues } from './step-program.js'

/** What the runner needs to know of its model. */
export interface RunnerModel {
  readonly name: string
  readonly seed: number
  readonly outputNames: readonly string[]
  /** Undefined until the shape of the input is known. */
  readonly currentNetwork: Network | undefined
}

interface Compiled {
  readonly options: CompileOptions
  readonly optimizer: ModelOptimizer
  /** Known once the names of the outputs are. */
  objectives: readonly OutputObjective[] | undefined
  /** Chosen by the shapes of the first batch; `make` gives others that count for themselves. */
  metrics: { readonly list: OutputMetric[][]; readonly make: () => OutputMetric[][] } | undefined
  /** Differs from that of every other compilation of the model. */
  readonly number: number
  /** How often the rows were shuffled for an epoch of this number. */
  readonly shuffles: Map<number, number>
}

/** The part of a model that runs: its memory on an engine, what it was compiled with, single steps. */
export class ModelRunner {
  private runtime: Runtime | undefined
  private compiled: Compiled | undefined
  stopTraining = false

  constructor(
    private readonly model: RunnerModel,
    private readonly engine: Engine | undefined,
  ) {}

  compile(options: CompileOptions): void {
    checkCompileOptions(options)
    const optimizer = new ModelOptimizer(resolveOptimizer(options))
    const before = this.compiled
    const [number, shuffles] = [(before?.number ?? 0) + 1, new Map<number, number>()]
    this.compiled = { options, optimizer, objectives: undefined, metrics: undefined, number, shuffles }
    try {
      // Unknown names are told now, those of outputs as soon as outputs have names.
      if (this.model.currentNetwork) this.objectives
      else if (!isByOutput(options)) objectives(['output'], options)
      checkMetrics(options)
    } catch (error) {
      this.compiled = before
      throw error
    }
    this.runtime?.clearStates((name) => name.startsWith('optimizer/'))
  }

  get options(): CompileOptions | undefined {
    return this.compiled?.options
  }

  get optimizer(): ModelOptimizer {
    return this.require('optimizer').optimizer
  }

  /** Throws `not-compiled`. */
  require(method: string): Compiled {
    if (this.compiled) return this.compiled
    throw new RepriseError(
      'not-compiled',
      `${method}: model "${this.model.name}" has no loss and optimizer yet; call compile first`,
    )
  }

  get network(): Network {
    const network = this.model.currentNetwork
    if (network) return network
    throw new RepriseError(
      'not-built',
      `model "${this.model.name}" is not built yet: give its first layer an inputShape, or call fit or predict with data`,
    )
  }

  /** Losses and metrics under the names of the outputs. */
  get objectives(): readonly OutputObjective[] {
    const compiled = this.require('fit')
    compiled.objectives ??= objectives(this.model.outputNames, compiled.options)
    return compiled.objectives
  }

  /** Throws `shape` unless the model can do without targets: its layers add the loss, and nothing else is counted. */
  checkTargetless(method: string): void {
    const counts = ({ loss, metrics, weightedMetrics }: OutputObjective) =>
      loss !== undefined || metrics.length > 0 || weightedMetrics.length > 0
    if (this.objectives.some(counts)) throw new RepriseError('shape', `${method}: targets (y) are missing`)
  }

  get needs(): DataNeeds {
    return { network: this.network, objectives: this.objectives }
  }

  /** A new data set may call for other metrics ('accuracy' depends on its shapes). */
  forgetMetrics(): void {
    if (this.compiled) this.compiled.metrics = undefined
  }

  accumulator(batch: Batch): Accumulator {
    return new Accumulator(this.objectives, this.metricsFor(batch).make())
  }

  trainStep(batch: Batch): Promise<StepValues> {
    const { optimizer } = this
    return this.open().exclusive(async (session, weights) => {
      session.writeState('rng', randomState(this.model.seed, optimizer.iterations))
      optimizer.beginStep(session)
      const values = await this.programs(batch).run(session, batch, optimizer.optimizer)
      optimizer.iterations++
      await constrain(session)
      weights.changed([...session.parameters].filter(({ trainable, canTrain }) => trainable || !canTrain))
      return values
    })
  }

  testStep(batch: Batch): Promise<StepValues> {
    return this.open().exclusive((session) => this.programs(batch).run(session, batch))
  }

  predictStep(x: readonly NdArray[]): Promise<NdArray<Float32Array>[]> {
    return this.open().exclusive((session) => predictBatch(this.network, session, x))
  }

  /** Sets carried states of layers to zero. */
  resetStates(): void {
    this.runtime?.clearStates((name) => !name.startsWith('optimizer/'))
  }

  /** The network is another one now: its memory is made anew, names are resolved again, the optimizer starts afresh. */
  networkChanged(): void {
    this.runtime?.dispose()
    this.runtime = undefined
    if (!this.compiled) return
    this.compiled.optimizer.iterations = 0
    this.compiled.metrics = undefined
    this.compiled.objectives = undefined
  }

  dispose(): void {
    this.runtime?.dispose()
  }

  /** The order of the rows in an epoch: one of its own each time, by the epoch's number so that training can go on later. */
  shuffleStream(epoch: number): RandomStream {
    const { shuffles } = this.require('fit')
    const before = shuffles.get(epoch) ?? 0
    shuffles.set(epoch, before + 1)
    return new RandomStream(this.model.seed, `shuffle/${epoch}${before === 0 ? '' : `/${before}`}`)
  }

  private open(): Runtime {
    this.runtime ??= new Runtime(this.network.parameters, this.engine)
    return this.runtime
  }

  private programs(batch: Batch): StepPrograms {
    const { number } = this.require('fit')
    return new StepPrograms(
      this.network,
      this.objectives,
      this.metricsFor(batch).list,
      number,
      this.options?.precision,
    )
  }

  private metricsFor(batch: Batch): NonNullable<Compiled['metrics']> {
    const compiled = this.require('fit')
    if (!compiled.metrics) {
      const predictions = this.network.inferShapes(inputShapes(this.network, batch.x))
      const targets: Shape[] = batch.y.map(({ shape }) => shape)
      const { objectives } = this
      const make = () => resolveMetrics(objectives, predictions, targets)
      compiled.metrics = { list: make(), make }
    }
    return compiled.metrics
  }
}

/** Keras's constraints: each weight is put back where it may be, after the update. */
async function constrain(session: Session): Promise<void> {
  const bound = [...session.parameters].filter(({ constraint, trainable }) => constraint && trainable)
  if (bound.length === 0) return
  const program = session.program(`constrain ${bound.map(({ offset }) => offset).join()}`, (graph) => {
    for (const parameter of bound) {
      const value = graph.parameter(parameter)
      graph.assign(value, parameter.constraint!(value))
    }
    return {}
  })
  await program.run()
}

/** Seed and step as the random state of the engine. */
function randomState(seed: number, step: number): Uint32Array {
  const words = (value: number) => [value >>> 0, Math.floor(value / 2 ** 32) >>> 0]
  return Uint32Array.of(...words(seed), ...words(step))
}
