/** What JSON can hold. Non-finite numbers are not among it. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

export type JsonObject = { readonly [key: string]: JsonValue }

/** Options as JSON: what is undefined is left out. */
export function plainJson(options: object): JsonObject {
  return JSON.parse(JSON.stringify(options)) as JsonObject
}
