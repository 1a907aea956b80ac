import type { Engine } from '../engine/engine.js'
import { RepriseError } from '../errors.js'
import { type ParameterSet, Session, type SessionOptions } from '../graph/index.js'

/** Memory for the weights of a network that will be trained; an error names the settings when there is not enough. */
export function openTrainingSession(
  engine: Engine,
  parameters: ParameterSet,
  options: SessionOptions & {
    /** Bytes the machine has. */
    readonly memoryLimit?: number | undefined
    /** Settings that make the model smaller, in words. */
    readonly advice: string
  },
): Session {
  const { memoryLimit = Number.POSITIVE_INFINITY, advice, ...others } = options
  // Weights, gradients and two optimizer slots.
  if (parameters.length * 16 > memoryLimit) throw tooLarge(parameters, advice)
  try {
    return new Session(engine, parameters, others)
  } catch (error) {
    throw asMemoryError(error, parameters, advice)
  }
}

/** The same error, or when memory ran out one that says what to make smaller. */
export function asMemoryError(error: unknown, parameters: ParameterSet, advice: string): unknown {
  const isMemory =
    (error instanceof RepriseError && error.code === 'out-of-memory') ||
    (error instanceof RangeError && /array (length|buffer)/i.test(error.message))
  return isMemory ? tooLarge(parameters, advice, error) : error
}

function tooLarge({ count }: ParameterSet, advice: string, cause?: unknown): RepriseError {
  const gigabytes = Number(((count * 16) / 1e9).toPrecision(2))
  return new RepriseError(
    'out-of-memory',
    `the model and its training step do not fit into memory: ${count.toLocaleString('en-US')} parameters take ${gigabytes} GB to train, and the step its share. Choose smaller ${advice}.`,
    { cause },
  )
}
