import type { TensorReference } from '../model-description.js'
import { isObject } from './json.js'

/** ["lstm", 0, 1], perhaps with more behind it, or { class_name: "__keras_tensor__" }; undefined for anything else. */
export function asReference(value: unknown): TensorReference | undefined {
  let list = value
  if (isObject(value) && value.class_name === '__keras_tensor__' && isObject(value.config)) {
    list = value.config.keras_history
  }
  if (!Array.isArray(list) || list.length < 3) return undefined
  const [layer, call, index] = list as unknown[]
  const isNatural = (number: unknown) => Number.isSafeInteger(number) && (number as number) >= 0
  if (typeof layer !== 'string' || !isNatural(call) || !isNatural(index)) return undefined
  return [layer, call as number, index as number]
}

/** The tensors anywhere in a value: lists in order, objects by their sorted keys, as Keras flattens them. */
export function tensorsIn(value: unknown): TensorReference[] {
  const reference = asReference(value)
  if (reference) return [reference]
  if (Array.isArray(value)) return value.flatMap(tensorsIn)
  if (!isObject(value)) return []
  return Object.keys(value)
    .sort()
    .flatMap((key) => tensorsIn(value[key]))
}
