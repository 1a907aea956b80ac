import { unknownName } from '../errors.js'

/** A name, or a name with options beside it: `'adam'`, `{ name: 'adam', learningRate: 0.002 }`. */
export type Spec = string | ({ readonly name: string } & Readonly<Record<string, unknown>>)

/**
 * The entry of a registry that `name` means; letter case, "-" and "_" do not matter (`adamw`, `one-cycle`). Throws
 * `unknown-name` with the nearest known one.
 */
export function lookUp<Entry>(kind: string, entries: ReadonlyMap<string, Entry>, name: string): Entry {
  const wanted = plain(name)
  for (const [known, entry] of entries) if (plain(known) === wanted) return entry
  throw unknownName(kind, name, [...entries.keys()])
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '')
}

/** Splits a spec into its name and its options. */
export function readSpec(spec: Spec): { name: string; options: Readonly<Record<string, unknown>> } {
  if (typeof spec === 'string') return { name: spec, options: {} }
  const { name, ...options } = spec
  return { name, options }
}
