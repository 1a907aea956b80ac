import type { Fields } from '../options.js'
import { Registry } from '../registry.js'
import { AdaptiveSoftmax } from './adaptive-softmax.js'
import { Bidirectional, type BidirectionalOptions } from './bidirectional.js'
import { Crf } from './crf.js'
import { Dense } from './dense.js'
import { Dropout } from './dropout.js'
import { Embedding } from './embedding.js'
import { Gru } from './gru.js'
import { Layer, type LayerConfig } from './layer.js'
import { Lstm } from './lstm.js'
import { Masking } from './masking.js'
import { RepeatVector } from './repeat-vector.js'
import { Rnn } from './rnn.js'
import { SampledSoftmax } from './sampled-softmax.js'
import { SimpleRnn } from './simple-rnn.js'
import { SpatialDropout1d } from './spatial-dropout1d.js'
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
    embedding: kindOf(Embedding),
    dense: kindOf(Dense),
    adaptiveSoftmax: kindOf(AdaptiveSoftmax),
    sampledSoftmax: kindOf(SampledSoftmax),
    crf: kindOf(Crf),
    dropout: kindOf(Dropout),
    simpleRnn: kindOf(SimpleRnn),
    lstm: kindOf(Lstm),
    gru: kindOf(Gru),
    rnn: kindOf(Rnn),
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
    masking: kindOf(Masking),
    repeatVector: kindOf(RepeatVector),
    spatialDropout1d: kindOf(SpatialDropout1d),
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
