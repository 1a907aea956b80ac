import { RepriseError } from '../errors.js'
import type { Accumulator } from './accumulator.js'
import type { Batch } from './batch.js'
import type { ModelBatches } from './batch-source.js'
import type { Callback, History, Logs } from './callback.js'
import type { ModelOptimizer } from './model-optimizer.js'
import { ProgressBar } from './progress-bar.js'
import type { StepValues } from './step-program.js'

/** What the loop needs of a model: to run a batch, and the accumulators for it. */
export interface LoopModel {
  stopTraining: boolean
  readonly optimizer: ModelOptimizer
  trainStep(batch: Batch): Promise<StepValues>
  testStep(batch: Batch): Promise<StepValues>
  accumulator(batch: Batch): Accumulator
}

export interface LoopOptions {
  readonly epochs: number
  readonly initialEpoch: number
  readonly verbose: 0 | 1 | 2
  readonly callbacks: readonly Callback[]
  readonly validation: ModelBatches | undefined
  readonly validationSteps: number | undefined
  readonly validationFreq: number
  readonly signal: AbortSignal | undefined
}

/** Runs the batches of an evaluation and gives its scores. */
export async function evaluateBatches(
  model: LoopModel,
  batches: ModelBatches,
  options: Pick<LoopOptions, 'callbacks' | 'signal' | 'verbose'> & { readonly steps: number | undefined },
): Promise<[string, number][]> {
  const { callbacks, signal, verbose, steps } = options
  const bar = new ProgressBar(verbose, batches.steps ?? steps)
  let accumulator: Accumulator | undefined
  let step = 0
  for (const callback of callbacks) await callback.onTestBegin?.({})
  for await (const batch of batches.epoch(0)) {
    if (steps !== undefined && step >= steps) break
    if (signal?.aborted) break
    accumulator ??= model.accumulator(batch)
    accumulator.add(await model.testStep(batch), batch.x[0]!.length)
    const logs = Object.fromEntries(accumulator.entries())
    bar.update(++step, logs)
    for (const callback of callbacks) await callback.onTestBatchEnd?.(step - 1, logs)
  }
  const entries = accumulator?.entries() ?? []
  const logs = Object.fromEntries(entries)
  if (step > 0) bar.finish(step, logs)
  for (const callback of callbacks) await callback.onTestEnd?.(logs)
  return entries
}

/** Keras's training loop: epochs of batches, validation at their ends, callbacks around everything. */
export async function trainEpochs(
  model: LoopModel,
  batches: ModelBatches,
  options: LoopOptions,
): Promise<History> {
  const { callbacks, epochs, initialEpoch, signal, verbose, validation } = options
  const epochNumbers: number[] = []
  const history: Record<string, number[]> = {}
  model.stopTraining = false
  let last: Logs = {}
  for (const callback of callbacks) await callback.onTrainBegin?.({})
  for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining && !signal?.aborted; epoch++) {
    for (const callback of callbacks) await callback.onEpochBegin?.(epoch, {})
    const bar = new ProgressBar(verbose, batches.steps)
    bar.heading(`Epoch ${epoch + 1}/${epochs}`)
    let accumulator: Accumulator | undefined
    let step = 0
    let logs: Record<string, number> = {}
    for await (const batch of batches.epoch(epoch)) {
      if (signal?.aborted || model.stopTraining) break
      for (const callback of callbacks) await callback.onTrainBatchBegin?.(step, logs)
      accumulator ??= model.accumulator(batch)
      accumulator.add(await model.trainStep(batch), batch.x[0]!.length)
      logs = Object.fromEntries(accumulator.entries())
      bar.update(++step, logs)
      for (const callback of callbacks) await callback.onTrainBatchEnd?.(step - 1, logs)
    }
    if (step === 0) {
      if (signal?.aborted) break
      const what = `fit: epoch ${epoch + 1} has no batches`
      const advice = 'Give more data, or a function that makes a new generator for each pass.'
      if (epochNumbers.length === 0) throw new RepriseError('empty-data', `${what}. ${advice}`)
      // As in Keras: what is learned and its history are kept.
      console.warn(`${what}; training ends here. ${advice}`)
      break
    }
    if (validation && !signal?.aborted && (epoch + 1) % options.validationFreq === 0) {
      const scores = await evaluateBatches(model, validation, {
        callbacks,
        signal,
        verbose: 0,
        steps: options.validationSteps,
      })
      if (scores.length === 0 && !signal?.aborted) {
        console.warn(
          `fit: validation after epoch ${epoch + 1} had no batches; pass a function that makes a new generator`,
        )
      }
      // Scores of a part of the data would mislead.
      if (!signal?.aborted) for (const [name, value] of scores) logs[`val_${name}`] = value
    }
    bar.finish(step, logs)
    for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs)
    epochNumbers.push(epoch)
    for (const [name, value] of Object.entries(logs)) {
      history[name] ??= []
      history[name].push(value)
    }
    last = logs
  }
  for (const callback of callbacks) await callback.onTrainEnd?.(last)
  return { epoch: epochNumbers, history }
}
