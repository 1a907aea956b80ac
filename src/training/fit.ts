import type { BatchSource } from './batch-source.js'
import { checkFitOptions, type FitOptions, type FitResult } from './fit-options.js'
import { Trainer } from './trainer.js'
import type { TrainingModel } from './training-model.js'

/**
 * Trains a model on batches until epochs, steps, patience or time are used up.
 *
 * ```ts
 * const result = await fit(model, batches, {
 *   optimizer: createOptimizer({ name: 'adam', globalClipnorm: 1 }),
 *   schedule: createSchedule('cosine'),
 *   epochs: 10,
 *   validate: () => evaluate(model, heldOut),
 *   earlyStopping: { patience: 3 },
 * })
 * ```
 *
 * The same options, data and engine give the same bytes, also when training was stopped after any step and resumed.
 * Throws `DivergedError` (code `diverged`), `checkpoint`, `option`, `empty-data`, and what model, source, validation,
 * callbacks and checkpoint writing throw.
 */
export async function fit<Batch>(
  model: TrainingModel<Batch>,
  source: BatchSource<Batch>,
  options: FitOptions,
): Promise<FitResult> {
  checkFitOptions(options)
  return new Trainer(model, source, options).train()
}
