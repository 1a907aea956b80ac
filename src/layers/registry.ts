import type { Fields } from '../options.js'
import { Registry } from '../registry.js'
import { Dense, type DenseOptions } from './dense.js'
import { Dropout, type DropoutOptions } from './dropout.js'
import { Embedding, type EmbeddingOptions } from './embedding.js'
import { Gru, type GruOptions } from './gru.js'
import type { Layer, LayerConfig } from './layer.js'
import { Lstm, type LstmOptions } from './lstm.js'
import { Rnn, type RnnOptions } from './rnn.js'
import { SimpleRnn, type SimpleRnnOptions } from './simple-rnn.js'

type Named = { readonly name?: string | undefined }
type LayerOptions = Readonly<Record<string, unknown>> & Named

/** A class of layers: how to make one, and its declared options. */
export interface LayerKind {
  create(options: LayerOptions): Layer
  readonly fields?: Fields
}

const registry = new Registry<LayerKind>('layer', {
  embedding: {
    create: (options) => new Embedding(options as unknown as EmbeddingOptions),
    fields: Embedding.fields,
  },
  dense: { create: (options) => new Dense(options as unknown as DenseOptions), fields: Dense.fields },
  dropout: { create: (options) => new Dropout(options as unknown as DropoutOptions), fields: Dropout.fields },
  simpleRnn: {
    create: (options) => new SimpleRnn(options as unknown as SimpleRnnOptions),
    fields: SimpleRnn.fields,
  },
  lstm: { create: (options) => new Lstm(options as unknown as LstmOptions), fields: Lstm.fields },
  gru: { create: (options) => new Gru(options as unknown as GruOptions), fields: Gru.fields },
  rnn: { create: (options) => new Rnn(options as unknown as RnnOptions), fields: Rnn.fields },
})

/** Names `layerFromConfig` knows. */
export const layerNames = (): string[] => registry.names()

/** Declared options of a layer, for documentation and checks. Throws `unknown-name`. */
export const layerFields = (kind: string): Fields => registry.get(kind).fields ?? {}

/** Makes a layer of your own known by its `kind`, so that models that use it can be loaded. Throws `duplicate-name`. */
export function registerLayer(kind: string, layer: LayerKind): void {
  registry.add(kind, layer)
}

/** The layer a config describes, not yet built. Throws `unknown-name` or `option`. */
export function layerFromConfig({ layer, name, options }: LayerConfig): Layer {
  return registry.get(layer).create({ ...options, ...(name === undefined ? {} : { name }) })
}
