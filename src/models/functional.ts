import { RepriseError } from '../errors.js'
import type { Layer } from '../layers/layer.js'
import { SymbolicTensor } from '../layers/symbolic.js'
import { Model, type ModelOptions } from './model.js'
import { Network } from './network.js'

export interface FunctionalOptions extends ModelOptions {
  readonly inputs: SymbolicTensor | readonly SymbolicTensor[]
  readonly outputs: SymbolicTensor | readonly SymbolicTensor[]
}

/** A model made of layer calls between inputs and outputs; see `model`. */
export class Functional extends Model {
  readonly kind = 'functional'
  readonly currentNetwork: Network

  constructor({ inputs, outputs, ...options }: FunctionalOptions) {
    super(options)
    this.currentNetwork = new Network(
      tensors('inputs', inputs),
      tensors('outputs', outputs),
      this.draw,
      this.weightFormat,
    )
  }

  override get isBuilt(): boolean {
    return true
  }

  get layers(): readonly Layer[] {
    return this.currentNetwork.layers
  }
}

function tensors(option: string, given: unknown): readonly SymbolicTensor[] {
  const list = Array.isArray(given) ? (given as readonly unknown[]) : [given]
  if (list.length > 0 && list.every((item) => item instanceof SymbolicTensor)) return list
  throw new RepriseError('option', `model: ${option} must be tensors made by input() and layer.apply()`)
}

/**
 * A model with any number of inputs and outputs.
 *
 * @example
 * const question = input({ shape: [20], dtype: 'int32' })
 * const story = input({ shape: [60], dtype: 'int32' })
 * const embed = layers.embedding(1000, 32) // shared by both
 * const joined = layers.concatenate().apply([
 *   layers.lstm(32).apply(embed.apply(question)),
 *   layers.lstm(32).apply(embed.apply(story)),
 * ])
 * const m = model({ inputs: [question, story], outputs: layers.dense(10, { activation: 'softmax' }).apply(joined) })
 */
export function model(options: FunctionalOptions): Functional {
  return new Functional(options)
}
