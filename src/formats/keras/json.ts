import { badFile } from '../bad-file.js'

export type JsonObject = Readonly<Record<string, unknown>>

/** Models inside models and lists of tensors go a few levels deep; walking much deeper would exhaust the stack. */
const deepest = 200

/** Reads a JSON object. Throws `bad-file` when the text is something else or nested without end. */
export function parseJsonObject(text: string, what: string, file: string): JsonObject {
  if (depthOf(text) > deepest) throw badFile(file, `${what} is nested more than ${deepest} levels deep`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw badFile(file, `${what} is not JSON`, error)
  }
  return asObject(value, what, file)
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function asObject(value: unknown, what: string, file: string): JsonObject {
  if (isObject(value)) return value
  throw badFile(file, `${what} should be an object`)
}

export function asList(value: unknown, what: string, file: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw badFile(file, `${what} should be a list`)
}

export function asText(value: unknown, what: string, file: string): string {
  if (typeof value === 'string') return value
  throw badFile(file, `${what} should be a text`)
}

/** A JSON value with the same keys in the same order has the same text. */
export const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Largest number of brackets open at once, outside strings. */
function depthOf(text: string): number {
  let depth = 0
  let largest = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === 0x5c) at++
      else if (code === 0x22) quoted = false
    } else if (code === 0x22) quoted = true
    else if (code === 0x7b || code === 0x5b) largest = Math.max(largest, ++depth)
    else if (code === 0x7d || code === 0x5d) depth--
  }
  return largest
}
