import type { WeightFormat } from '../quantization.js'

/**
 * A model as plain data, between files and the model that is built from it: what a file reader gives and a file writer takes.
 * Formats know nothing of layers but their names and options.
 */
export interface ModelDescription {
  readonly config: ModelConfig
  /** Weights of each layer of `config.layers` that has any, in the order of the layers. */
  readonly weights: readonly LayerWeights[]
  /** What `compile` was called with, in this library's names. */
  readonly compile?: Readonly<Record<string, unknown>>
  /** How kernels and embedding tables are kept. Default float32; files of other programs have it always. */
  readonly weightFormat?: WeightFormat
}

export interface ModelConfig {
  readonly kind: 'sequential' | 'functional'
  readonly name: string
  readonly layers: readonly LayerEntry[]
  /** Functional: the tensors that go in and come out. */
  readonly inputs?: readonly TensorReference[]
  readonly outputs?: readonly TensorReference[]
  /** Sequential: shape of the input with the batch axis, null = any; absent when it was never built. */
  readonly batchShape?: readonly (number | null)[]
  readonly dtype?: 'float32' | 'int32'
}

/** A layer: the kind of the registry and its options in this library's names. */
export interface LayerEntry {
  /** "lstm", "bidirectional", …; "input" with options { batchShape, dtype }; "sequential" or "functional" for a model inside. */
  readonly layer: string
  readonly name: string
  /** Layers inside options (bidirectional, timeDistributed) are { layer, name?, options }; of a nested model a ModelConfig. */
  readonly options: Readonly<Record<string, unknown>>
  /** Functional: one entry for each call of the layer, in order. */
  readonly calls?: readonly LayerCall[]
}

export interface LayerCall {
  /** All tensors that go in, initial states of a recurrent layer after the sequence. */
  readonly inputs: readonly TensorReference[]
  /** Call arguments that are not tensors: { useCausalMask: true }. */
  readonly arguments?: Readonly<Record<string, unknown>>
}

/** Output `index` of call number `call` of a layer: [layer, call, index]. */
export type TensorReference = readonly [layer: string, call: number, index: number]

/** All weights of one layer, those of layers inside included, in the order of Keras's `layer.weights`. */
export interface LayerWeights {
  readonly layer: string
  readonly arrays: readonly WeightArray[]
}

export interface WeightArray {
  /** Path within the layer: "kernel", "forward_lstm/recurrentKernel". Readers give the name the file has. */
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array
}
