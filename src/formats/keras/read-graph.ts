import { badFile } from '../bad-file.js'
import type { LayerCall, LayerEntry, TensorReference } from '../model-description.js'
import { tensorsIn } from './graph-references.js'
import { asList, isObject, type JsonObject } from './json.js'
import { type MaskOperations, maskArguments } from './mask-operations.js'
import { camelCase } from './names.js'
import type { ReadScope } from './read-scope.js'

/** Tensors given by name come in this order, behind those given by place. */
const tensorArguments = ['inputs', 'sequences', 'sequence', 'query', 'value', 'key', 'initial_state']
/** Arguments that mean nothing here with these values. */
const harmlessArguments: Readonly<Record<string, readonly unknown[]>> = { training: [false], mask: [] }

/**
 * The calls of each layer. Keras counts the calls of a model inside from 1 where it was functional (call 0 is its own
 * definition); here all count from 0.
 */
export function readCalls(
  given: readonly JsonObject[],
  layers: readonly LayerEntry[],
  masks: MaskOperations,
  scope: ReadScope,
): readonly (readonly LayerCall[])[] {
  const counts = new Map<string, number>()
  const raw = given.map((json, k) => {
    const { name, layer } = layers[k]!
    const nodes = asList(json.inbound_nodes ?? [], `inbound_nodes of "${name}"`, scope.file)
    const calls = nodes.map((node) =>
      isObject(node) ? readNode(node, name, masks, scope) : readOldNode(node, name, masks, scope),
    )
    // An input layer is called once, without inputs, which no version of Keras writes down.
    const own: LayerCall[] = layer === 'input' ? [{ inputs: [] }] : calls
    counts.set(name, own.length)
    return own
  })
  const references = raw.flat().flatMap(({ inputs }) => inputs)
  const shift = scope.dialect === 'keras3' ? new Set<string>() : shifts(references, counts, layers)
  return raw.map((calls) =>
    calls.map((call) => ({
      ...call,
      inputs: call.inputs.map((reference) => checked(shifted(reference, shift), counts, scope)),
    })),
  )
}

/** Models inside whose calls are counted from 1: in Keras 2 those that are defined before they are called. */
function shifts(
  references: readonly TensorReference[],
  counts: ReadonlyMap<string, number>,
  layers: readonly LayerEntry[],
): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { name, layer, options } of layers) {
    if (layer !== 'functional' && layer !== 'sequential') continue
    const calls = references.filter(([from]) => from === name).map(([, call]) => call)
    const isDefined = layer === 'functional' || options.batchShape !== undefined
    if (
      calls.length > 0 &&
      calls.every((call) => call >= 1) &&
      (isDefined || calls.some((call) => call >= counts.get(name)!))
    ) {
      found.add(name)
    }
  }
  return found
}

function shifted([layer, call, index]: TensorReference, shift: ReadonlySet<string>): TensorReference {
  return [layer, shift.has(layer) ? call - 1 : call, index]
}

function checked(
  reference: TensorReference,
  counts: ReadonlyMap<string, number>,
  { file, unsupported }: ReadScope,
): TensorReference {
  const [layer, call] = reference
  const count = counts.get(layer)
  if (count === undefined && unsupported.length > 0) return reference
  if (count === undefined) throw badFile(file, `a layer takes the output of "${layer}", which is not there`)
  if (call < count) return reference
  throw badFile(
    file,
    `a layer takes the output of call ${call} of "${layer}", which is called ${count} times`,
  )
}

const holdsTensor = (value: unknown): boolean => tensorsIn(value).length > 0

/** A call as Keras 3 writes it: { args, kwargs }. */
function readNode(
  { args, kwargs }: JsonObject,
  layer: string,
  masks: MaskOperations,
  scope: ReadScope,
): LayerCall {
  const positional = asList(args ?? [], `args of "${layer}"`, scope.file)
  return readArguments(positional, isObject(kwargs) ? kwargs : {}, layer, masks, scope)
}

/** A call as Keras 2 writes it: a list of [layer, call, index, kwargs], or one of these alone. */
function readOldNode(node: unknown, layer: string, masks: MaskOperations, scope: ReadScope): LayerCall {
  const list = asList(node, `a call of "${layer}"`, scope.file)
  const items = typeof list[0] === 'string' ? [list] : list
  const last = items.map((item) => (Array.isArray(item) ? item[3] : undefined)).find(isObject)
  return readArguments(items, last ?? {}, layer, masks, scope)
}

function readArguments(
  positional: readonly unknown[],
  named: JsonObject,
  layer: string,
  masks: MaskOperations,
  scope: ReadScope,
): LayerCall {
  const inputs: TensorReference[] = []
  for (const value of positional) {
    const tensors = tensorsIn(value)
    for (const tensor of tensors) inputs.push(tensor)
    if (tensors.length > 0) continue
    if (value !== null) scope.unsupported.push(`"${layer}" called with ${JSON.stringify(value).slice(0, 60)}`)
  }
  for (const argument of tensorArguments) {
    for (const tensor of tensorsIn(named[argument])) inputs.push(tensor)
  }
  const rest = Object.entries(named).filter(
    ([argument, value]) => value !== null && !(tensorArguments.includes(argument) && holdsTensor(value)),
  )
  const kept: [string, unknown][] = []
  for (const [argument, value] of rest) {
    const harmless = Object.hasOwn(harmlessArguments, argument) ? harmlessArguments[argument]! : undefined
    if (harmless?.includes(value) || (maskArguments.has(argument) && masks.areAutomatic(value))) continue
    if (harmless || holdsTensor(value) || argument === 'constants') {
      scope.unsupported.push(`"${layer}" called with ${argument}`)
    } else kept.push([camelCase(argument), value])
  }
  for (const [name] of inputs) {
    if (masks.has(name)) scope.unsupported.push(`operation "${name}", whose result "${layer}" takes`)
  }
  return { inputs, ...(kept.length === 0 ? {} : { arguments: Object.fromEntries(kept) }) }
}

/** The inputs of a functional model. */
export function readInputs(
  value: unknown,
  layers: ReadonlyMap<string, LayerEntry>,
  scope: ReadScope,
): readonly TensorReference[] {
  return tensorsIn(value).map(([name]): TensorReference => {
    if (layers.get(name)?.layer === 'input') return [name, 0, 0]
    throw badFile(scope.file, `the model's input "${name}" is no input layer`)
  })
}

/** The outputs of a functional model. Keras 3 too counts the calls of functional models inside from 1 here. */
export function readTensors(
  value: unknown,
  layers: ReadonlyMap<string, LayerEntry>,
  calls: readonly (readonly LayerCall[])[],
  list: readonly LayerEntry[],
  masks: MaskOperations,
  scope: ReadScope,
): readonly TensorReference[] {
  const counts = new Map(list.map(({ name }, k) => [name, calls[k]!.length]))
  return tensorsIn(value).map(([name, call, index]) => {
    if (masks.has(name)) scope.unsupported.push(`operation "${name}", whose result is an output`)
    const isModel = layers.get(name)?.layer === 'functional'
    const isOldModel = layers.get(name)?.layer === 'sequential' && call >= (counts.get(name) ?? 0)
    const own = call >= 1 && (isModel || isOldModel) ? call - 1 : call
    return checked([name, own, index], counts, scope)
  })
}
