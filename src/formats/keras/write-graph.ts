import type { LayerCall, LayerEntry, TensorReference } from '../model-description.js'
import { isObject, type JsonObject } from './json.js'
import { snakeCase } from './names.js'

/** Layers that take their inputs as one list. */
const listLayers = new Set([
  'add',
  'subtract',
  'multiply',
  'average',
  'maximum',
  'minimum',
  'concatenate',
  'dot',
  'attention',
  'additiveAttention',
  'functional',
  'sequential',
])
const recurrentLayers = new Set(['simpleRnn', 'lstm', 'gru', 'rnn', 'bidirectional'])

/** The calls of a layer as Keras 3 writes them. */
export function writeCalls(entry: LayerEntry): readonly JsonObject[] {
  if (entry.layer === 'input') return []
  return (entry.calls ?? []).map((call) => writeCall(entry, call))
}

function writeCall({ layer, options }: LayerEntry, { inputs, arguments: given = {} }: LayerCall): JsonObject {
  const named = Object.entries(given).map(([argument, value]) => [snakeCase(argument), value])
  const kwargs = Object.fromEntries(named)
  const tensors = inputs.map(writeTensor)
  if (recurrentLayers.has(layer) && tensors.length > 1) {
    const [sequence, ...states] = tensors
    return { args: [sequence], kwargs: { ...kwargs, initial_state: nestStates(states, options) } }
  }
  const isList =
    listLayers.has(layer) && (tensors.length > 1 || !(layer === 'functional' || layer === 'sequential'))
  return { args: isList ? [tensors] : tensors, kwargs }
}

/** Keras puts a tensor of this form into the place of the one it stands for; nothing reads its shape. */
const writeTensor = (history: TensorReference): JsonObject => ({
  class_name: '__keras_tensor__',
  config: { shape: [null], dtype: 'float32', keras_history: history },
})

/** States of stacked cells come in a list for each cell that has several. */
function nestStates(states: readonly JsonObject[], { cell }: JsonObject): unknown {
  if (!isObject(cell) || cell.cell !== 'stacked' || !isObject(cell.options)) return states
  const rest = [...states]
  return (cell.options.cells as readonly JsonObject[]).map((one) =>
    one.cell === 'lstm' ? [rest.shift(), rest.shift()] : rest.shift(),
  )
}

/** Inputs or outputs of a model. Keras counts the calls of functional models inside from 1 here. */
export function writeTensors(references: readonly TensorReference[], layers: readonly LayerEntry[]): unknown {
  const models = new Set(layers.filter(({ layer }) => layer === 'functional').map(({ name }) => name))
  const written = references.map(([layer, call, index]) => [
    layer,
    models.has(layer) ? call + 1 : call,
    index,
  ])
  return written.length === 1 ? written[0] : written
}
