import type { Fields } from '../options.js'
import { Registry } from '../registry.js'
import { AdaptiveSoftmax, type AdaptiveSoftmaxOptions } from './adaptive-softmax.js'
import { Bidirectional, type BidirectionalOptions } from './bidirectional.js'
import { Crf } from './crf.js'
import { Dense, type DenseOptions } from './dense.js'
import { Dropout, type DropoutOptions } from './dropout.js'
import { Embedding, type EmbeddingOptions } from './embedding.js'
import { Gru, type GruOptions } from './gru.js'
import { Layer, type LayerConfig } from './layer.js'
import { Lstm, type LstmOptions } from './lstm.js'
import { Masking, type MaskingOptions } from './masking.js'
import { RepeatVector, type RepeatVectorOptions } from './repeat-vector.js'
import { Rnn, type RnnOptions } from './rnn.js'
import { SampledSoftmax, type SampledSoftmaxOptions } from './sampled-softmax.js'
import { SimpleRnn, type SimpleRnnOptions } from './simple-rnn.js'
import { SpatialDropout1d, type SpatialDropout1dOptions } from './spatial-dropout1d.js'
import * as tensor from './tensor-layers.js'
import { TimeDistributed, type TimeDistributedOptions } from './time-distributed.js'

type Named = { readonly name?: string | undefined }
type LayerOptions = Readonly<Record<string, unknown>> & Named

/** A class of layers: how to make one, and its declared options. */
export interface LayerKind {
  create(options: LayerOptions): Layer
  readonly fields?: Fields
}

/** A class whose options are plain. */
const kindOf = <Options>(Class: { new (given: Options): Layer; readonly fields: Fields }): LayerKind => ({
  create: (options) => new Class(options as Options),
  fields: Class.fields,
})

const registry = new Registry<LayerKind>(
  'layer',
  {
    embedding: {
      create: (options) => new Embedding(options as unknown as EmbeddingOptions),
      fields: Embedding.fields,
    },
    dense: { create: (options) => new Dense(options as unknown as DenseOptions), fields: Dense.fields },
    adaptiveSoftmax: {
      create: (options) => new AdaptiveSoftmax(options as unknown as AdaptiveSoftmaxOptions),
      fields: AdaptiveSoftmax.fields,
    },
    sampledSoftmax: {
      create: (options) => new SampledSoftmax(options as unknown as SampledSoftmaxOptions),
      fields: SampledSoftmax.fields,
    },
    crf: kindOf(Crf),
    dropout: {
      create: (options) => new Dropout(options as unknown as DropoutOptions),
      fields: Dropout.fields,
    },
    simpleRnn: {
      create: (options) => new SimpleRnn(options as unknown as SimpleRnnOptions),
      fields: SimpleRnn.fields,
    },
    lstm: { create: (options) => new Lstm(options as unknown as LstmOptions), fields: Lstm.fields },
    gru: { create: (options) => new Gru(options as unknown as GruOptions), fields: Gru.fields },
    rnn: { create: (options) => new Rnn(options as unknown as RnnOptions), fields: Rnn.fields },
    bidirectional: {
      create: (options) =>
        new Bidirectional(withLayers(options, ['layer', 'backwardLayer']) as unknown as BidirectionalOptions),
      fields: Bidirectional.fields,
    },
    timeDistributed: {
      create: (options) =>
        new TimeDistributed(withLayers(options, ['layer']) as unknown as TimeDistributedOptions),
      fields: TimeDistributed.fields,
    },
    masking: {
      create: (options) => new Masking(options as unknown as MaskingOptions),
      fields: Masking.fields,
    },
    repeatVector: {
      create: (options) => new RepeatVector(options as unknown as RepeatVectorOptions),
      fields: RepeatVector.fields,
    },
    spatialDropout1d: {
      create: (options) => new SpatialDropout1d(options as unknown as SpatialDropout1dOptions),
      fields: SpatialDropout1d.fields,
    },
    activation: kindOf(tensor.Activation),
    reLu: kindOf(tensor.ReLu),
    leakyReLu: kindOf(tensor.LeakyReLu),
    softmax: kindOf(tensor.Softmax),
    identity: kindOf(tensor.Identity),
    rescaling: kindOf(tensor.Rescaling),
    flatten: kindOf(tensor.Flatten),
    reshape: kindOf(tensor.Reshape),
    permute: kindOf(tensor.Permute),
    zeroPadding1d: kindOf(tensor.ZeroPadding1d),
    upSampling1d: kindOf(tensor.UpSampling1d),
    add: kindOf(tensor.Add),
    subtract: kindOf(tensor.Subtract),
    multiply: kindOf(tensor.Multiply),
    average: kindOf(tensor.Average),
    maximum: kindOf(tensor.Maximum),
    minimum: kindOf(tensor.Minimum),
    concatenate: kindOf(tensor.Concatenate),
    dot: kindOf(tensor.Dot),
    conv1d: kindOf(tensor.Conv1d),
    maxPooling1d: kindOf(tensor.MaxPooling1d),
    averagePooling1d: kindOf(tensor.AveragePooling1d),
    globalMaxPooling1d: kindOf(tensor.GlobalMaxPooling1d),
    globalAveragePooling1d: kindOf(tensor.GlobalAveragePooling1d),
    layerNormalization: kindOf(tensor.LayerNormalization),
    batchNormalization: kindOf(tensor.BatchNormalization),
    unitNormalization: kindOf(tensor.UnitNormalization),
    attention: kindOf(tensor.Attention),
    additiveAttention: kindOf(tensor.AdditiveAttention),
    multiHeadAttention: kindOf(tensor.MultiHeadAttention),
  },
  'One of your own is made known with registerLayer.',
)

/** Names `layerFromConfig` knows. */
export const layerNames = (): string[] => registry.names()

/** Declared options of a layer, for documentation and checks. Throws `unknown-name`. */
export const layerFields = (kind: string): Fields => registry.get(kind).fields ?? {}

/** Makes a layer of your own known by its `kind`, so that models that use it can be loaded. Throws `duplicate-name`. */
export function registerLayer(kind: string, layer: LayerKind): void {
  registry.add(kind, layer)
}

/** Options in which some are layers, given as layers or by their configs. */
function withLayers(options: LayerOptions, names: readonly string[]): LayerOptions {
  const layers = names
    .filter((name) => options[name] !== undefined && options[name] !== null)
    .map((name) => {
      const value = options[name]
      return [name, value instanceof Layer ? value : layerFromConfig(value as LayerConfig)]
    })
  return { ...options, ...Object.fromEntries(layers) }
}

/** The layer a config describes, not yet built. Throws `unknown-name` or `option`. */
export function layerFromConfig({ layer, name, options }: LayerConfig): Layer {
  return registry.get(layer).create({ ...options, ...(name === undefined ? {} : { name }) })
}
