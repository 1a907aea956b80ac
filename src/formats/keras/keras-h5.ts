import { badFile } from '../bad-file.js'
import { type Hdf5Group, openHdf5 } from '../hdf5/read.js'
import { writeHdf5 } from '../hdf5/write.js'
import { type ImportedModel, importReport } from '../import-report.js'
import type { LayerWeights, ModelConfig, ModelDescription } from '../model-description.js'
import { parseJsonObject } from './json.js'
import { kerasVersion, type WrittenFile } from './keras-archive.js'
import { readCompile } from './read-compile.js'
import { dialectOf, readConfig } from './read-config.js'
import { isStore, readLegacyWeights, readStore } from './read-weights.js'
import { writeCompile } from './write-compile.js'
import { writeModelConfig } from './write-model.js'
import { legacyGroup, storeGroup } from './write-weights.js'

/**
 * Reads a legacy `.h5` file with a whole model, as Keras 2 and 3 write it. Throws `bad-file` for what is damaged or holds
 * only weights, `unsupported-layer` with all layers that cannot be read.
 */
export async function readKerasH5(bytes: Uint8Array, name = 'model.h5'): Promise<ImportedModel> {
  const root = await openHdf5(bytes, name)
  const text = textOf(root, 'model_config')
  if (text === undefined) {
    throw badFile(
      name,
      'it holds no model (model_config), perhaps only weights: build the model and load them into it',
    )
  }
  const json = parseJsonObject(text, 'model_config', name)
  const group = root.group('model_weights')
  if (!group) throw badFile(name, 'it has no weights (model_weights)')
  const version = textOf(root, 'keras_version') ?? textOf(group, 'keras_version')
  const { config, scope } = readConfig(json, dialectOf(version, json), name)
  const weights = readLegacyWeights(group, config, scope.cudnn, name)
  const training = textOf(root, 'training_config')
  const compile = training
    ? readCompile(parseJsonObject(training, 'training_config', name), scope)
    : undefined
  return {
    description: { config, weights, ...(compile && { compile }) },
    report: importReport(
      `Keras HDF5 file of version ${(version ?? 'unknown').slice(0, 20)}`,
      config,
      weights,
      scope.ignored,
      scope.notes,
    ),
  }
}

/**
 * Reads the weights of a model from a file without its configuration: `.weights.h5` of Keras 3, or legacy weights. Layers are
 * found by class and number, or by name or order. Throws `bad-file` when they do not fit the model.
 */
export async function readKerasWeights(
  bytes: Uint8Array,
  config: ModelConfig,
  name = 'model.weights.h5',
): Promise<LayerWeights[]> {
  const root = await openHdf5(bytes, name)
  const group = root.group('model_weights') ?? root
  if (group.texts('layer_names')) return readLegacyWeights(group, config, new Set(), name)
  if (isStore(root)) return readStore(root, config, new Set(), name)
  throw badFile(name, 'it holds no weights of a Keras model')
}

/** A legacy `.h5` file with the whole model that Keras 3 loads. Throws `unsupported-layer` and `shape`. */
export function writeKerasH5(description: ModelDescription): WrittenFile {
  const { json, notes } = writeModelConfig(description.config, { legacy: true })
  const compile = writeCompile(description.compile, notes)
  const { optimizer, ...rest } = compile ?? {}
  const training = compile && { training_config: JSON.stringify({ ...rest, optimizer_config: optimizer }) }
  const versions = { keras_version: kerasVersion, backend: 'reprise' }
  const bytes = writeHdf5({
    attributes: { ...versions, model_config: JSON.stringify(json), ...training },
    members: new Map([['model_weights', legacyGroup(description, versions)]]),
  })
  return { bytes, notes }
}

/** Weights alone: `.weights.h5` of Keras 3, or a legacy file. Throws `shape`. */
export function writeKerasWeights(
  description: ModelDescription,
  { legacy = false }: { readonly legacy?: boolean } = {},
): Uint8Array {
  if (!legacy) return writeHdf5(storeGroup(description))
  return writeHdf5(legacyGroup(description, { keras_version: kerasVersion, backend: 'reprise' }))
}

function textOf(group: Hdf5Group, name: string): string | undefined {
  const value = group.attribute(name)
  return typeof value === 'string' ? value : undefined
}
