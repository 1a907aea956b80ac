/**
 * The labels in a value: a text, a number, a list; a text that is a list of JSON or of Python; a text to be split. Undefined where there is none;
 * an empty list is one without labels.
 */
export function labelsIn(value: unknown, separator: string | undefined): string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) {
    const items = value.filter((item) => item !== null)
    return items.some((item) => typeof item === 'object') ? undefined : distinct(items.map(String))
  }
  if (typeof value === 'object') return undefined
  const text = String(value).trim()
  if (text.startsWith('[') && text.endsWith(']')) {
    const list = asList(text)
    if (list !== undefined) return distinct(list.map(String))
  }
  if (separator !== undefined) return distinct(text.split(separator))
  return text === '' ? undefined : [text]
}

function asList(text: string): unknown[] | undefined {
  // Python writes ['a', 'b']; labels with quotes in them are left as they are.
  const json = /^\[\s*('[^'"\\]*'\s*(,\s*'[^'"\\]*'\s*)*)?\]$/.test(text) ? text.replaceAll("'", '"') : text
  try {
    const list: unknown = JSON.parse(json)
    return Array.isArray(list) && list.every((item) => typeof item !== 'object') ? list : undefined
  } catch {
    return undefined
  }
}

const distinct = (labels: readonly string[]) => [
  ...new Set(labels.map((label) => label.trim()).filter((label) => label !== '')),
]

/** Whether a cell says yes or no to a label; undefined for anything else. */
export function yesOrNo(value: unknown): boolean | undefined {
  const text = String(value ?? '')
    .trim()
    .toLowerCase()
  if (['1', '1.0', 'true', 'yes'].includes(text)) return true
  if (['0', '0.0', 'false', 'no', ''].includes(text)) return false
  return undefined
}
