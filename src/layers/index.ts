import { AdaptiveSoftmax, type AdaptiveSoftmaxOptions } from './adaptive-softmax.js'
import { Bidirectional, type BidirectionalOptions } from './bidirectional.js'
import { Crf, type CrfOptions } from './crf.js'
import { Dense, type DenseOptions } from './dense.js'
import { Dropout, type DropoutOptions } from './dropout.js'
import { Embedding, type EmbeddingOptions } from './embedding.js'
import { Gru, type GruOptions } from './gru.js'
import { GruCell, type GruCellOptions } from './gru-cell.js'
import { Lstm, type LstmOptions } from './lstm.js'
import { LstmCell, type LstmCellOptions } from './lstm-cell.js'
import { Masking, type MaskingOptions } from './masking.js'
import { positional } from './positional.js'
import { RepeatVector, type RepeatVectorOptions } from './repeat-vector.js'
import { Rnn, type RnnOptions } from './rnn.js'
import { SampledSoftmax, type SampledSoftmaxOptions } from './sampled-softmax.js'
import { SimpleRnn, type SimpleRnnOptions } from './simple-rnn.js'
import { SimpleRnnCell, type SimpleRnnCellOptions } from './simple-rnn-cell.js'
import { SpatialDropout1d, type SpatialDropout1dOptions } from './spatial-dropout1d.js'
import { StackedRnnCells, type StackedRnnCellsOptions } from './stacked-rnn-cells.js'
import { TimeDistributed, type TimeDistributedOptions } from './time-distributed.js'

/** `embedding(1000, 16)` or `embedding({ inputDim: 1000, outputDim: 16 })`. */
export const embedding = positional(['inputDim', 'outputDim'], (o: EmbeddingOptions) => new Embedding(o))
export const dense = positional(['units'], (options: DenseOptions) => new Dense(options))
/** `adaptiveSoftmax({ units: 50_000, cutoffs: [2000, 10_000] }).apply([features, targets])`. */
export const adaptiveSoftmax = positional(['units'], (o: AdaptiveSoftmaxOptions) => new AdaptiveSoftmax(o))
/** `sampledSoftmax({ units: 50_000, samples: 4096 }).apply([features, targets])`. */
export const sampledSoftmax = positional(['units'], (o: SampledSoftmaxOptions) => new SampledSoftmax(o))
/** `crf().apply([emissions, targets])`. */
export const crf = (options: CrfOptions = {}) => new Crf(options)
export const dropout = positional(['rate'], (options: DropoutOptions) => new Dropout(options))
export const simpleRnn = positional(['units'], (options: SimpleRnnOptions) => new SimpleRnn(options))
export const lstm = positional(['units'], (options: LstmOptions) => new Lstm(options))
export const gru = positional(['units'], (options: GruOptions) => new Gru(options))
/** `rnn(cell)`, `rnn([cell, cell])` or `rnn({ cell })`. */
export const rnn = positional(['cell'], (options: RnnOptions) => new Rnn(options))
export const simpleRnnCell = positional(['units'], (o: SimpleRnnCellOptions) => new SimpleRnnCell(o))
export const lstmCell = positional(['units'], (options: LstmCellOptions) => new LstmCell(options))
export const gruCell = positional(['units'], (options: GruCellOptions) => new GruCell(options))
export const stackedRnnCells = positional(['cells'], (o: StackedRnnCellsOptions) => new StackedRnnCells(o))
/** `bidirectional(lstm(64), { mergeMode: 'sum' })`. */
export const bidirectional = positional(['layer'], (o: BidirectionalOptions) => new Bidirectional(o))
/** `timeDistributed(dense(10))`. */
export const timeDistributed = positional(['layer'], (o: TimeDistributedOptions) => new TimeDistributed(o))
export const masking = positional(['maskValue'], (options: MaskingOptions) => new Masking(options))
export const repeatVector = positional(['n'], (options: RepeatVectorOptions) => new RepeatVector(options))
export const spatialDropout1d = positional(
  ['rate'],
  (options: SpatialDropout1dOptions) => new SpatialDropout1d(options),
)

export {
  type ActivationFunction,
  type ActivationLike,
  activation as resolveActivation,
  activationNames,
  registerActivation,
} from './activations.js'
export type { BidirectionalCallOptions, MergeMode } from './bidirectional.js'
export type {
  Cell,
  RecurrentState,
  SequenceOptions,
  SequenceResult,
  StepResult,
  WeightMaker,
} from './cell.js'
export type { CellConfig } from './cell-config.js'
export { type CellLike, registerCell } from './cell-registry.js'
export type { CommonOptions } from './common-options.js'
export {
  type Constraint,
  type ConstraintLike,
  constraint,
  constraintNames,
  constraints,
  registerConstraint,
} from './constraints.js'
export type { CrfMove, CrfSteps } from './crf.js'
export { type InitializerLike, initializer, initializerNames, initializers } from './initializers.js'
export { BuildContext, type CallOptions, type Initializer, Layer, type LayerConfig } from './layer.js'
export { MergeLayer } from './merge-layer.js'
export {
  type Fusion,
  type RecurrentCallOptions,
  RecurrentLayer,
  type RecurrentResult,
} from './recurrent-layer.js'
export { type LayerKind, layerFields, layerFromConfig, layerNames, registerLayer } from './registry.js'
export {
  type Regularizer,
  type RegularizerLike,
  registerRegularizer,
  regularizer,
  regularizerNames,
  regularizers,
} from './regularizers.js'
export { resetStates } from './reset-states.js'
export { type CallArguments, LayerNode, mayEqual, SymbolicTensor } from './symbolic.js'
export * from './tensor-layers.js'
export type {
  AdaptiveSoftmaxOptions,
  BidirectionalOptions,
  CrfOptions,
  DenseOptions,
  DropoutOptions,
  EmbeddingOptions,
  GruCellOptions,
  GruOptions,
  LstmCellOptions,
  LstmOptions,
  MaskingOptions,
  RepeatVectorOptions,
  RnnOptions,
  SampledSoftmaxOptions,
  SimpleRnnCellOptions,
  SimpleRnnOptions,
  SpatialDropout1dOptions,
  StackedRnnCellsOptions,
  TimeDistributedOptions,
}
export {
  Bidirectional,
  Crf,
  Dense,
  Dropout,
  Embedding,
  Gru,
  GruCell,
  Lstm,
  LstmCell,
  Masking,
  RepeatVector,
  Rnn,
  SimpleRnn,
  SimpleRnnCell,
  SpatialDropout1d,
  StackedRnnCells,
  TimeDistributed,
}
