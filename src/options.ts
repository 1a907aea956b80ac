import { RepriseError, unknownName } from './errors.js'

// An option is written once: a field gives its type, default, validation, saved form, CLI flag and documentation.

/** One declared option. `Value` is what the program sees after defaults are filled in. */
export interface Field<Value> {
  readonly doc: string
  /** Absent means required. */
  readonly fallback?: Value
  /** Shown in help: `number`, `a|b|c`, … */
  readonly hint: string
  /** Checks and converts a value given in code or JSON. Returns an error phrase ("must be …") when it does not fit. */
  check(value: unknown): { value: Value } | { expected: string }
  /** Reads the text of a command-line flag. */
  parse(text: string): unknown
}

export type Fields = Readonly<Record<string, Field<unknown>>>
/** Options with defaults filled in. */
export type Resolved<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer Value> ? Value : never
}
type RequiredKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly fallback: unknown } ? never : K
}[keyof F]
/** Options as a caller writes them: those with a default may be left out. */
export type Given<F extends Fields> = { readonly [K in RequiredKeys<F>]: Resolved<F>[K] } & {
  readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: Resolved<F>[K] | undefined
}

type WithDefault<Value> = Field<Value> & { readonly fallback: Value }
interface Bounds {
  readonly min?: number
  readonly max?: number
  /** The minimum itself is not allowed. */
  readonly above?: number
  /** The maximum itself is not allowed. */
  readonly below?: number
}

function describeBounds(kind: string, { min, max, above, below }: Bounds): string {
  const parts = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ]
  return parts.length ? `${kind} ${parts.join(' and ')}` : kind
}

function numeric(doc: string, fallback: number | undefined, bounds: Bounds, integer: boolean): Field<number> {
  const expected = describeBounds(integer ? 'a whole number' : 'a number', bounds)
  const fits = (value: number) =>
    (integer ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    !(bounds.min !== undefined && value < bounds.min) &&
    !(bounds.max !== undefined && value > bounds.max) &&
    !(bounds.above !== undefined && value <= bounds.above) &&
    !(bounds.below !== undefined && value >= bounds.below)
  return {
    doc,
    hint: 'number',
    ...(fallback === undefined ? {} : { fallback }),
    check: (value) => (typeof value === 'number' && fits(value) ? { value } : { expected }),
    parse: (text) => (text.trim() === '' ? text : Number(text)),
  }
}

/** A whole number within bounds. */
export function integer(doc: string, fallback: number, bounds?: Bounds): WithDefault<number>
export function integer(doc: string, fallback?: undefined, bounds?: Bounds): Field<number>
export function integer(doc: string, fallback?: number, bounds: Bounds = {}): Field<number> {
  return numeric(doc, fallback, bounds, true)
}

/** A finite number within bounds. */
export function number(doc: string, fallback: number, bounds?: Bounds): WithDefault<number>
export function number(doc: string, fallback?: undefined, bounds?: Bounds): Field<number>
export function number(doc: string, fallback?: number, bounds: Bounds = {}): Field<number> {
  return numeric(doc, fallback, bounds, false)
}

export function boolean(doc: string, fallback: boolean): WithDefault<boolean> {
  return {
    doc,
    hint: 'true|false',
    fallback,
    check: (value) => (typeof value === 'boolean' ? { value } : { expected: 'true or false' }),
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  }
}

export function string(doc: string, fallback: string): WithDefault<string> {
  return {
    doc,
    hint: 'text',
    fallback,
    check: (value) => (typeof value === 'string' ? { value } : { expected: 'a text' }),
    parse: (text) => text,
  }
}

/** One of a list of names; a wrong one is answered with the nearest. */
export function choice<const Name extends string>(
  doc: string,
  names: readonly Name[],
  fallback: Name,
): WithDefault<Name> {
  return {
    doc,
    hint: names.join('|'),
    fallback,
    check(value) {
      if (typeof value === 'string' && (names as readonly string[]).includes(value))
        return { value: value as Name }
      if (typeof value === 'string') throw unknownName(doc.split(/[:;,]/)[0]!, value, names)
      return { expected: `one of ${names.join(', ')}` }
    },
    parse: (text) => text,
  }
}

/** The same field, but `undefined` is allowed and is the default: "not set" means "chosen for you" or "off". */
export function optional<Value>(field: Field<Value>): WithDefault<Value | undefined> {
  return {
    ...field,
    fallback: undefined,
    check: (value) => (value === undefined || value === null ? { value: undefined } : field.check(value)),
  }
}

/** A field with a check of its own, for values JSON can hold. */
export function custom<Value>(
  doc: string,
  hint: string,
  fallback: Value,
  check: (value: unknown) => { value: Value } | { expected: string },
): WithDefault<Value> {
  return { doc, hint, fallback, check, parse: (text) => text }
}

/**
 * Fills in defaults and checks every value. Throws `unknown-name` for an option that does not exist (naming the nearest)
 * and `option` for a value that does not fit; `owner` says whose options they are.
 */
export function resolve<F extends Fields>(
  owner: string,
  fields: F,
  given: Readonly<Record<string, unknown>>,
): Resolved<F> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const [first] = Object.keys(fields)
    const got = JSON.stringify(given) ?? String(given)
    throw new RepriseError(
      'option',
      `${owner}: options are given as one object, such as { ${first ?? 'name'}: … }, got ${got}`,
    )
  }
  const known = Object.keys(fields)
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw unknownName(`option of ${owner}`, name, known)
  }
  const result: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name]
    if (value === undefined) {
      if (!('fallback' in field))
        throw new RepriseError('option', `${owner}: option ${name} is missing (${field.doc})`)
      result[name] = field.fallback
      continue
    }
    const checked = field.check(value)
    if ('expected' in checked) {
      throw new RepriseError(
        'option',
        `${owner}: ${name} must be ${checked.expected}, got ${JSON.stringify(value)}`,
      )
    }
    result[name] = checked.value
  }
  return result as Resolved<F>
}
