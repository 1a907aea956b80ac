type Scalar = string | number | boolean | null
export type PythonValue =
  | Scalar
  | ReadonlyMap<string | number, Scalar>
  | { readonly [name: string]: PythonValue }

/** JSON as Python's `json.dumps` writes it: ", " and ": " between, everything outside ASCII escaped. */
export function pythonJson(value: PythonValue): string {
  if (value === null || typeof value !== 'object') {
    return JSON.stringify(value).replace(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return `{${entries.map(([key, part]) => `${pythonJson(String(key))}: ${pythonJson(part)}`).join(', ')}}`
}

const entry =
  /\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*"|-?[\d.eE+-]+|true|false|null)\s*(,?)/y

/**
 * The entries of a JSON object of plain values in the order of the text, which `JSON.parse` loses for keys like "7".
 * Undefined when the text is something else.
 */
export function readFlatObject(text: string): [string, unknown][] | undefined {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1]
  if (body === undefined) return undefined
  const entries: [string, unknown][] = []
  let more = body.trim() !== ''
  entry.lastIndex = 0
  let end = 0
  while (more) {
    const found = entry.exec(body)
    if (found === null) return undefined
    const [, key, value, comma] = found
    try {
      entries.push([JSON.parse(key!), JSON.parse(value!)])
    } catch {
      return undefined
    }
    end = entry.lastIndex
    more = comma === ','
  }
  return body.slice(end).trim() === '' ? entries : undefined
}
