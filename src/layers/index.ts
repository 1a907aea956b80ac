import { Dense, type DenseOptions } from './dense.js'
import { Dropout, type DropoutOptions } from './dropout.js'
import { Embedding, type EmbeddingOptions } from './embedding.js'
import { Gru, type GruOptions } from './gru.js'
import { Lstm, type LstmOptions } from './lstm.js'
import { positional } from './positional.js'
import { Rnn, type RnnOptions } from './rnn.js'
import { SimpleRnn, type SimpleRnnOptions } from './simple-rnn.js'

/** `embedding(1000, 16)` or `embedding({ inputDim: 1000, outputDim: 16 })`. */
export const embedding = positional(['inputDim', 'outputDim'], (o: EmbeddingOptions) => new Embedding(o))
export const dense = positional(['units'], (options: DenseOptions) => new Dense(options))
export const dropout = positional(['rate'], (options: DropoutOptions) => new Dropout(options))
export const simpleRnn = positional(['units'], (options: SimpleRnnOptions) => new SimpleRnn(options))
export const lstm = positional(['units'], (options: LstmOptions) => new Lstm(options))
export const gru = positional(['units'], (options: GruOptions) => new Gru(options))
export const rnn = positional(['cell'], (options: RnnOptions) => new Rnn(options))

export {
  type ActivationFunction,
  type ActivationLike,
  activation,
  activationNames,
  registerActivation,
} from './activations.js'
export type {
  Cell,
  RecurrentState,
  SequenceOptions,
  SequenceResult,
  StepResult,
  WeightMaker,
} from './cell.js'
export { GruCell, type GruCellOptions } from './gru-cell.js'
export { type InitializerLike, initializer, initializerNames } from './initializers.js'
export { BuildContext, type CallOptions, type Initializer, Layer, type LayerConfig } from './layer.js'
export { LstmCell, type LstmCellOptions } from './lstm-cell.js'
export {
  type Fusion,
  type RecurrentCallOptions,
  RecurrentLayer,
  type RecurrentResult,
} from './recurrent-layer.js'
export { type LayerKind, layerFields, layerFromConfig, layerNames, registerLayer } from './registry.js'
export { type CellConfig, registerCell } from './rnn.js'
export { SimpleRnnCell, type SimpleRnnCellOptions } from './simple-rnn-cell.js'
export type {
  DenseOptions,
  DropoutOptions,
  EmbeddingOptions,
  GruOptions,
  LstmOptions,
  RnnOptions,
  SimpleRnnOptions,
}
export { Dense, Dropout, Embedding, Gru, Lstm, Rnn, SimpleRnn }
