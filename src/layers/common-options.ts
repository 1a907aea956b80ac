import { RepriseError } from '../errors.js'
import { type Fields, type Resolved, resolve } from '../options.js'

/** Options every layer has. */
export interface CommonOptions {
  /** Default: the class's name, numbered within the model: lstm, lstm_1, … */
  readonly name?: string | undefined
  /** False: training does not change its weights. */
  readonly trainable?: boolean | undefined
  /** Of the first layer of a sequential model: shape of the input without the batch axis, null for any length. */
  readonly inputShape?: readonly (number | null)[] | undefined
  /** The same with the batch axis, whose size stateful layers need. */
  readonly batchInputShape?: readonly (number | null)[] | undefined
  /** Short for `inputShape: [inputDim]`. */
  readonly inputDim?: number | undefined
  /** Accepted for Keras: "float32", the only one there is. */
  readonly dtype?: 'float32' | null | undefined
}

const names = ['name', 'trainable', 'inputShape', 'batchInputShape', 'inputDim', 'dtype'] as const

/** The common options among those given; what `fields` declares is the layer's own. */
export function commonOptions(given: object, fields: Fields = {}): CommonOptions {
  const entries = Object.entries(given).filter(
    ([name]) => (names as readonly string[]).includes(name) && !(name in fields),
  )
  const common: CommonOptions = Object.fromEntries(entries)
  if (common.name !== undefined && (typeof common.name !== 'string' || !/^[^/]+$/.test(common.name))) {
    throw new RepriseError(
      'option',
      `a layer's name must be a text without "/", got ${JSON.stringify(common.name)}`,
    )
  }
  if (common.dtype !== undefined && common.dtype !== null && common.dtype !== 'float32') {
    throw new RepriseError(
      'option',
      `a layer's dtype must be "float32", got ${JSON.stringify(common.dtype)}; weights and outputs have no other type`,
    )
  }
  return common
}

/** The layer's own options, checked and with defaults. Throws `unknown-name` and `option` like `resolve`. */
export function resolveOwn<F extends Fields>(owner: string, fields: F, given: object): Resolved<F> {
  const entries = Object.entries(given).filter(
    ([name]) => name in fields || !(names as readonly string[]).includes(name),
  )
  return resolve(owner, fields, Object.fromEntries(entries))
}
