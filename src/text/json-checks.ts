import { RepriseError } from '../errors.js'

/** Checks for values read from a saved tokenizer. Each throws `damaged-file` and names the field. */

export function expectRecord(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw damaged(field, 'an object', value)
}

export function expectStrings(value: unknown, field: string): readonly string[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
  throw damaged(field, 'a list of strings', value)
}

export function expectOneOf<const T extends string | number>(
  value: unknown,
  known: readonly T[],
  field: string,
): T {
  if ((known as readonly unknown[]).includes(value)) return value as T
  throw damaged(field, known.map((entry) => JSON.stringify(entry)).join(' or '), value)
}

function damaged(field: string, expected: string, value: unknown): RepriseError {
  const got = Array.isArray(value) ? 'another list' : value === null ? 'null' : describe(value)
  return new RepriseError(
    'damaged-file',
    `saved tokenizer: expected "${field}" to be ${expected}, got ${got}. The file is damaged, or from a newer version.`,
  )
}

function describe(value: unknown): string {
  return typeof value === 'object' ? 'an object' : (JSON.stringify(value)?.slice(0, 40) ?? typeof value)
}
