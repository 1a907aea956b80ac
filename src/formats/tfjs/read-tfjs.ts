import { badFile } from '../bad-file.js'
import { type ImportedModel, importReport } from '../import-report.js'
import { asObject, isObject, type JsonObject, parseJsonObject } from '../keras/json.js'
import { snakeCase } from '../keras/names.js'
import { readCompile } from '../keras/read-compile.js'
import { dialectOf, readConfig } from '../keras/read-config.js'
import { collectWeights } from '../keras/read-weights.js'
import { legacyOrder, modelNodes, type PlacedWeight, placedWeights } from '../keras/weight-tree.js'
import { type FetchFile, type ManifestWeight, readManifest } from './manifest.js'

/**
 * Reads a layers model of TensorFlow.js: `model.json`, and the files with weights beside it, which `fetchFile` gets by their
 * path. Where TensorFlow.js wrote the file, a hard sigmoid and a missing recurrent activation mean clip(0.2x + 0.5).
 *
 * Throws `bad-file` for what is damaged, no layers model, or leads out of the folder; `unsupported-layer` with all layers that
 * cannot be read.
 *
 * ```ts
 * const { description } = await readTfjsModel(await readFile('web/model.json'), (path) => readFile(`web/${path}`))
 * ```
 */
export async function readTfjsModel(
  json: Uint8Array,
  fetchFile: FetchFile,
  name = 'model.json',
): Promise<ImportedModel> {
  const model = parseJsonObject(new TextDecoder().decode(json), 'the model', name)
  if (model.format === 'graph-model') {
    throw badFile(name, 'it is a graph model; only layers models can be read. Convert it again from Keras')
  }
  const topology = asObject(model.modelTopology, 'modelTopology', name)
  const given = topology.model_config ?? topology
  const definition =
    typeof given === 'string'
      ? parseJsonObject(given, 'model_config', name)
      : asObject(given, 'model_config', name)
  const version = String(topology.keras_version ?? '')
  const dialect = version.startsWith('tfjs') ? 'tfjs' : dialectOf(version, definition)
  const { config, scope } = readConfig(definition, dialect, name)
  const stored = await readManifest(model.weightsManifest ?? [], name, fetchFile)
  const nodes = modelNodes(config, scope)
    .map((node) => ({ name: node.name, weights: placedWeights(node) }))
    .filter(({ weights }) => weights.length > 0)
  const places = assign(nodes, stored, name)
  const weights = collectWeights(config, scope, name, (layer, placed) => inOrder(placed, places.get(layer)!))
  const training = model.trainingConfig ?? topology.training_config
  const compile = isObject(training) ? readCompile(training as JsonObject, scope) : undefined
  return {
    description: { config, weights, ...(compile && { compile }) },
    report: importReport(formatOf(model), config, weights, scope.ignored, scope.notes),
  }
}

function formatOf({ generatedBy, convertedBy }: JsonObject): string {
  const by = typeof convertedBy === 'string' ? convertedBy : generatedBy
  return `TensorFlow.js layers model${typeof by === 'string' ? ` (${by.slice(0, 60)})` : ''}`
}

interface NamedLayer {
  readonly name: string
  readonly weights: readonly PlacedWeight[]
}

/** The stored weights of each layer: by the layer's name in theirs, or else by their order. */
function assign(
  layers: readonly NamedLayer[],
  stored: readonly ManifestWeight[],
  file: string,
): ReadonlyMap<string, readonly ManifestWeight[]> {
  const byName = new Map(
    layers.map(({ name }) => [
      name,
      stored.filter((weight) => weight.name.split('/').slice(0, -1).includes(name)),
    ]),
  )
  const count = layers.reduce((sum, { weights }) => sum + weights.length, 0)
  const fits = layers.every(({ name, weights }) => byName.get(name)!.length === weights.length)
  if (fits) return byName
  if (count === stored.length) {
    let begin = 0
    return new Map(
      layers.map(({ name, weights }) => {
        begin += weights.length
        return [name, stored.slice(begin - weights.length, begin)]
      }),
    )
  }
  const expected = layers.map(({ name, weights }) => `${name} ${weights.length}`).join(', ')
  throw badFile(
    file,
    `its layers should have ${count} weights (${expected}), and the file has ${stored.length}`,
  )
}

/** Weights in Keras's order, or those that train first: the names tell. */
function inOrder(
  weights: readonly PlacedWeight[],
  stored: readonly ManifestWeight[],
): ReadonlyMap<PlacedWeight, ManifestWeight> {
  const last = (name: string) => name.split('/').at(-1)!.replace(/:\d+$/, '')
  const agrees = (order: readonly PlacedWeight[]) =>
    order.every(({ spec }, k) => snakeCase(spec.name) === last(stored[k]!.name))
  const legacy = legacyOrder(weights)
  const order = !agrees(weights) && agrees(legacy) ? legacy : weights
  return new Map(order.map((weight, k) => [weight, stored[k]!]))
}
