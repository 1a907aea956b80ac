import { activation, leakyReLu, reLu, rescaling, softmaxLayer } from './activation-layers.js'
import { additiveAttention, attention } from './attention-layers.js'
import {
  dense,
  embedding,
  flatten,
  masking,
  nothing,
  permute,
  repeatVector,
  reshapeLayer,
} from './core-layers.js'
import type { LayerWriter } from './layer-writer.js'
import { add, average, concatenateLayer, dot, maximum, minimum, multiply, subtract } from './merge-layers.js'
import { multiHeadAttention } from './multi-head-attention.js'
import { batchNormalization, layerNormalization, unitNormalization } from './normalization-layers.js'
import { bidirectional, recurrent } from './recurrent-layers.js'
import { timeDistributed } from './time-distributed.js'
import {
  averagePooling1d,
  conv1d,
  globalAveragePooling1d,
  globalMaxPooling1d,
  maxPooling1d,
  upSampling1d,
  zeroPadding1d,
} from './time-layers.js'

/** Every layer that can be written, by its kind. Models inside models are in model-writer.ts. */
export const layerWriters: Readonly<Record<string, LayerWriter>> = {
  embedding,
  masking,
  dense,
  activation,
  reLu,
  leakyReLu,
  softmax: softmaxLayer,
  rescaling,
  dropout: nothing,
  spatialDropout1d: nothing,
  identity: nothing,
  flatten,
  reshape: reshapeLayer,
  permute,
  repeatVector,
  simpleRnn: recurrent,
  lstm: recurrent,
  gru: recurrent,
  rnn: recurrent,
  bidirectional,
  timeDistributed,
  concatenate: concatenateLayer,
  add,
  subtract,
  multiply,
  average,
  maximum,
  minimum,
  dot,
  conv1d,
  maxPooling1d,
  averagePooling1d,
  globalAveragePooling1d,
  globalMaxPooling1d,
  zeroPadding1d,
  upSampling1d,
  layerNormalization,
  batchNormalization,
  unitNormalization,
  attention,
  additiveAttention,
  multiHeadAttention,
}
