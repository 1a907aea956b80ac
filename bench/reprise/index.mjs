// Reprise as one of the systems measured: an engine, a number of threads, a precision.
import { loadEngine, RepriseError } from '../../dist/index.js'
import { tiny, workloads } from '../workloads.mjs'
import { classificationRunner } from './classification.mjs'
import { generationRunner } from './generation.mjs'
import { trainingRunner } from './training.mjs'

export const engines = ['native', 'wasm', 'reference']
export const precisions = ['float32', 'mixed', 'bf16', 'int8']

const makers = {
  training: trainingRunner,
  generation: generationRunner,
  classification: classificationRunner,
}

/** Precisions a workload can be asked for: `mixed` in training and classification, of weights alone in generation. */
export const precisionsOf = ({ task }) =>
  task === 'generation' ? ['float32', 'bf16', 'int8'] : ['float32', 'mixed']

/** A runner of a workload: `advance()`, `loss()`, `dispose()`. Throws where the engine or the precision does not exist. */
export async function prepare(workload, { engine: name, threads, precision }) {
  const engine = await loadEngine({ engine: name, threads })
  try {
    const runner = await makers[workload.task](engine, workload, precision)
    return {
      ...runner,
      isa: engine.info.isa,
      dispose() {
        runner.dispose()
        engine.dispose()
      },
    }
  } catch (error) {
    engine.dispose()
    throw error
  }
}

/** Why an engine cannot be opened; undefined when it can. */
export async function engineProblem(name) {
  try {
    const engine = await loadEngine({ engine: name, threads: 1 })
    engine.dispose()
    return undefined
  } catch (error) {
    return error.message
  }
}

/**
 * Whether this version of the library has the option that sets a precision, `weights` of `LanguageModel.load` or `precision` of
 * `compile`: one that has it refuses a name that means nothing.
 */
export async function readsPrecision(task) {
  const engine = await loadEngine({ engine: 'reference' })
  const absurd = 'no-such-precision'
  try {
    const runner =
      task === 'generation'
        ? await generationRunner(engine, tiny(workloads.W6a), absurd)
        : classificationRunner(engine, tiny(workloads.W7b), absurd)
    runner.dispose()
    return false
  } catch (error) {
    if (error instanceof RepriseError) return !/unknown option/.test(error.message)
    throw error
  } finally {
    engine.dispose()
  }
}
