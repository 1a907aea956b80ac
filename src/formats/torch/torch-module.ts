import type { WeightArray } from '../model-description.js'

/** A module of PyTorch, recognised by the names and shapes of its tensors; weights already in Keras's form. */
export type TorchModule = RecurrentModule | PlainModule

export interface RecurrentModule {
  readonly type: 'LSTM' | 'GRU' | 'RNN'
  /** Path in the state dict: "encoder.rnn"; empty when the file is this module's alone. */
  readonly prefix: string
  readonly inputSize: number
  readonly hiddenSize: number
  readonly bidirectional: boolean
  readonly bias: boolean
  /** For each layer, from the input on, the weights of each direction: kernel, recurrentKernel and, with bias, bias. */
  readonly layers: readonly (readonly (readonly WeightArray[])[])[]
}

export interface PlainModule {
  /** "Linear or Embedding": a matrix without a bias can be either; its place among the others decides. */
  readonly type: 'Linear' | 'Embedding' | 'LayerNorm' | 'Linear or Embedding'
  readonly prefix: string
  /** The tensors as they are in the file: weight and, when there is one, bias. */
  readonly weight: WeightArray
  readonly bias: WeightArray | undefined
}

export interface TorchFile {
  readonly modules: readonly TorchModule[]
  /** Names of tensors that belong to no module Reprise knows, with their shapes: "conv.weight [8, 4, 3]". */
  readonly unmatched: readonly string[]
}

export function isRecurrent(module: TorchModule): module is RecurrentModule {
  return module.type === 'LSTM' || module.type === 'GRU' || module.type === 'RNN'
}

/** Features in and out; undefined in = ids. What can be both is given as `type` says. */
export function sizesOf(
  module: TorchModule,
  type: string = module.type,
): { readonly input: number | undefined; readonly output: number } {
  if (isRecurrent(module)) {
    return { input: module.inputSize, output: module.hiddenSize * (module.bidirectional ? 2 : 1) }
  }
  const [rows, columns] = module.weight.shape as [number, number]
  if (type === 'LayerNorm') return { input: rows, output: rows }
  return type === 'Embedding' ? { input: undefined, output: columns } : { input: columns, output: rows }
}

/** "rnn: LSTM 8 → 16, 2 layers, bidirectional". */
export function describeModule(module: TorchModule): string {
  const { input, output } = sizesOf(module)
  const name = module.prefix === '' ? '(root)' : module.prefix
  if (!isRecurrent(module)) {
    const [rows] = module.weight.shape
    if (module.type === 'Embedding') return `${name}: Embedding of ${rows} ids → ${output}`
    return module.type === 'LayerNorm'
      ? `${name}: LayerNorm ${output}`
      : `${name}: ${module.type} ${input} → ${output}`
  }
  const layers = module.layers.length === 1 ? '' : `, ${module.layers.length} layers`
  const rest = `${module.bidirectional ? ', bidirectional' : ''}${module.bias ? '' : ', no bias'}`
  return `${name}: ${module.type} ${input} → ${output}${layers}${rest}`
}
