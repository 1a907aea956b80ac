import { Dense, type DenseOptions } from './dense.js'
import { Dropout, type DropoutOptions } from './dropout.js'
import { Embedding, type EmbeddingOptions } from './embedding.js'
import { Gru, type GruOptions } from './gru.js'
import { Lstm, type LstmOptions } from './lstm.js'
import { Rnn, type RnnOptions } from './rnn.js'
import { SimpleRnn, type SimpleRnnOptions } from './simple-rnn.js'

export const embedding = (options: EmbeddingOptions): Embedding => new Embedding(options)
export const dense = (options: DenseOptions): Dense => new Dense(options)
export const dropout = (options: DropoutOptions): Dropout => new Dropout(options)
export const simpleRnn = (options: SimpleRnnOptions): SimpleRnn => new SimpleRnn(options)
export const lstm = (options: LstmOptions): Lstm => new Lstm(options)
export const gru = (options: GruOptions): Gru => new Gru(options)
export const rnn = (options: RnnOptions): Rnn => new Rnn(options)

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
