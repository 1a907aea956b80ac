import { Activation, type ActivationOptions } from './activation.js'
import { AdditiveAttention, type AdditiveAttentionOptions } from './additive-attention.js'
import { Attention, type AttentionOptions } from './attention.js'
import { BatchNormalization, type BatchNormalizationOptions } from './batch-normalization.js'
import type { CommonOptions } from './common-options.js'
import { Concatenate, type ConcatenateOptions } from './concatenate.js'
import { Conv1d, type Conv1dOptions } from './conv1d.js'
import { Dot, type DotOptions } from './dot.js'
import { Flatten, type FlattenOptions } from './flatten.js'
import { GlobalAveragePooling1d, GlobalMaxPooling1d, type GlobalPooling1dOptions } from './global-pooling.js'
import { Identity } from './identity.js'
import { LayerNormalization, type LayerNormalizationOptions } from './layer-normalization.js'
import { mergeFactory } from './merge-factory.js'
import { Add, Average, Maximum, Minimum, Multiply, Subtract } from './merges.js'
import { MultiHeadAttention, type MultiHeadAttentionOptions } from './multi-head-attention.js'
import { Permute, type PermuteOptions } from './permute.js'
import { AveragePooling1d, MaxPooling1d, type Pooling1dOptions } from './pooling.js'
import { positional } from './positional.js'
import { LeakyReLu, type LeakyReLuOptions, ReLu, type ReLuOptions } from './relu.js'
import { Rescaling, type RescalingOptions } from './rescaling.js'
import { Reshape, type ReshapeOptions } from './reshape.js'
import { Softmax, type SoftmaxOptions } from './softmax.js'
import { UnitNormalization, type UnitNormalizationOptions } from './unit-normalization.js'
import { UpSampling1d, type UpSampling1dOptions } from './up-sampling.js'
import { ZeroPadding1d, type ZeroPadding1dOptions } from './zero-padding.js'

// Factories of the layers that do not walk over time step by step.

/** `activation('relu')`. */
export const activation = positional(['activation'], (options: ActivationOptions) => new Activation(options))
export const reLu = positional(['maxValue'], (options: ReLuOptions) => new ReLu(options))
export const leakyReLu = positional(['negativeSlope'], (options: LeakyReLuOptions) => new LeakyReLu(options))
export const softmax = positional(['axis'], (options: SoftmaxOptions) => new Softmax(options))
export const identity = (options: CommonOptions = {}) => new Identity(options)
/** `rescaling(1 / 255)`. */
export const rescaling = positional(['scale'], (options: RescalingOptions) => new Rescaling(options))

export const flatten = (options: FlattenOptions = {}) => new Flatten(options)
/** `reshape([3, 4])`. */
export const reshape = positional(['targetShape'], (options: ReshapeOptions) => new Reshape(options))
/** `permute([2, 1])`. */
export const permute = positional(['dims'], (options: PermuteOptions) => new Permute(options))
export const zeroPadding1d = positional(['padding'], (o: ZeroPadding1dOptions) => new ZeroPadding1d(o))
export const upSampling1d = positional(['size'], (options: UpSampling1dOptions) => new UpSampling1d(options))

/** `add().apply([x, y])` or `add([x, y])`; the same for the other merging layers. */
export const add = mergeFactory((options: CommonOptions) => new Add(options))
export const subtract = mergeFactory((options: CommonOptions) => new Subtract(options))
export const multiply = mergeFactory((options: CommonOptions) => new Multiply(options))
export const average = mergeFactory((options: CommonOptions) => new Average(options))
export const maximum = mergeFactory((options: CommonOptions) => new Maximum(options))
export const minimum = mergeFactory((options: CommonOptions) => new Minimum(options))
/** `concatenate({ axis: 1 }).apply([x, y])` or `concatenate([x, y], { axis: 1 })`. */
export const concatenate = mergeFactory((options: ConcatenateOptions) => new Concatenate(options))
/** `dot(1).apply([x, y])`. */
export const dot = positional(['axes'], (options: DotOptions) => new Dot(options))

/** `conv1d(32, 5, { activation: 'relu' })`. */
export const conv1d = positional(['filters', 'kernelSize'], (options: Conv1dOptions) => new Conv1d(options))
export const maxPooling1d = positional(['poolSize'], (options: Pooling1dOptions) => new MaxPooling1d(options))
export const averagePooling1d = positional(['poolSize'], (o: Pooling1dOptions) => new AveragePooling1d(o))
export const globalMaxPooling1d = (options: GlobalPooling1dOptions = {}) => new GlobalMaxPooling1d(options)
export const globalAveragePooling1d = (options: GlobalPooling1dOptions = {}) =>
  new GlobalAveragePooling1d(options)

export const layerNormalization = (options: LayerNormalizationOptions = {}) => new LayerNormalization(options)
export const batchNormalization = (options: BatchNormalizationOptions = {}) => new BatchNormalization(options)
export const unitNormalization = (options: UnitNormalizationOptions = {}) => new UnitNormalization(options)

/** `attention().apply([query, value])`. */
export const attention = (options: AttentionOptions = {}) => new Attention(options)
export const additiveAttention = (options: AdditiveAttentionOptions = {}) => new AdditiveAttention(options)
/** `multiHeadAttention(4, 16).apply([query, value], { useCausalMask: true })`. */
export const multiHeadAttention = positional(
  ['numHeads', 'keyDim'],
  (options: MultiHeadAttentionOptions) => new MultiHeadAttention(options),
)

export type {
  ActivationOptions,
  AdditiveAttentionOptions,
  AttentionOptions,
  BatchNormalizationOptions,
  ConcatenateOptions,
  Conv1dOptions,
  DotOptions,
  FlattenOptions,
  GlobalPooling1dOptions,
  LayerNormalizationOptions,
  LeakyReLuOptions,
  MultiHeadAttentionOptions,
  PermuteOptions,
  Pooling1dOptions,
  ReLuOptions,
  RescalingOptions,
  ReshapeOptions,
  SoftmaxOptions,
  UnitNormalizationOptions,
  UpSampling1dOptions,
  ZeroPadding1dOptions,
}
export {
  Activation,
  Add,
  AdditiveAttention,
  Attention,
  Average,
  AveragePooling1d,
  BatchNormalization,
  Concatenate,
  Conv1d,
  Dot,
  Flatten,
  GlobalAveragePooling1d,
  GlobalMaxPooling1d,
  Identity,
  LayerNormalization,
  LeakyReLu,
  Maximum,
  MaxPooling1d,
  Minimum,
  MultiHeadAttention,
  Multiply,
  Permute,
  ReLu,
  Rescaling,
  Reshape,
  Softmax,
  Subtract,
  UnitNormalization,
  UpSampling1d,
  ZeroPadding1d,
}
