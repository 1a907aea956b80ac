import { RepriseError } from '../errors.js'
import type { ArgumentSpec, CommandSpec } from './commands.generated.js'
import * as generated from './commands.generated.js'
import type { Program } from './program.js'

type Scalars = Readonly<Record<string, number>>

const float = new Float32Array(1)
const floatBits = new Int32Array(float.buffer)

/**
 * Checks everything about a program that could make a kernel touch memory outside its regions: the encoding, slots,
 * required tensors, and that each tensor's whole extent, as its shape in the manifest says, lies inside its region.
 * `regionBytes[k]` is the size of slot k. Throws `RepriseError` code `invalid-program`.
 */
export function checkProgram(program: Program, regionBytes: readonly number[]): void {
  const { words } = program
  if (regionBytes.length < program.slots) {
    throw invalid(`it refers to ${program.slots} regions, ${regionBytes.length} were given`)
  }
  let commands = 0
  for (let at = 0; at < words.length; commands++) {
    const opcode = words[at]!
    const spec = generated.commandSpecs[opcode]
    if (!spec) {
      throw invalid(
        `command ${commands} has opcode ${opcode}; known are 0 … ${generated.commandSpecs.length - 1}`,
      )
    }
    const expected = encodedLength(spec)
    const length = words[at + 1]
    if (length !== expected || at + expected > words.length) {
      const held = Math.min(length ?? 0, words.length - at)
      throw invalid(`command ${commands} (${spec.name}) takes ${expected} words, the program holds ${held}`)
    }
    checkCommand(spec, words.subarray(at, at + expected), regionBytes, `command ${commands} (${spec.name})`)
    at += expected
  }
  if (commands !== program.commands) {
    throw invalid(`it says ${program.commands} commands and holds ${commands}`)
  }
}

function encodedLength(spec: CommandSpec): number {
  return spec.args.reduce((length, argument) => length + (argument.kind === 'tensor' ? 2 : 1), 2)
}

function checkCommand(
  spec: CommandSpec,
  words: Int32Array,
  regionBytes: readonly number[],
  where: string,
): void {
  const scalars = decodeScalars(spec, words)
  let word = 2
  for (const argument of spec.args) {
    if (argument.kind !== 'tensor') {
      word++
      continue
    }
    const slot = words[word]!
    const offset = words[word + 1]!
    word += 2
    const what = `${where}: tensor ${argument.name}`
    if (slot === -1) {
      if (!argument.optional) throw invalid(`${what} is missing`)
      continue
    }
    const bytes = slot < 0 ? undefined : regionBytes[slot]
    if (bytes === undefined)
      throw invalid(`${what} is in slot ${slot}; there are ${regionBytes.length} regions`)
    const { first, last } = extent(spec, argument, scalars, what)
    if (last < first) continue
    if (offset < 0 || offset + first < 0 || 4 * (offset + last + 1) > bytes) {
      throw invalid(
        `${what} covers elements ${offset + first} … ${offset + last} of slot ${slot}, which holds ${Math.floor(bytes / 4)}`,
      )
    }
  }
}

function decodeScalars(spec: CommandSpec, words: Int32Array): Scalars {
  const scalars: Record<string, number> = {}
  let word = 2
  for (const argument of spec.args) {
    if (argument.kind === 'int') scalars[argument.name] = words[word]!
    if (argument.kind === 'float') {
      floatBits[0] = words[word]!
      scalars[argument.name] = float[0]!
    }
    word += argument.kind === 'tensor' ? 2 : 1
  }
  return scalars
}

/** First and last element a command may touch, relative to the tensor's address; last < first when it is empty. */
function extent(
  spec: CommandSpec,
  argument: ArgumentSpec,
  scalars: Scalars,
  what: string,
): { first: number; last: number } {
  const terms = argument.shape!.slice(1, -1).split(',')
  if (terms[0] === '…') return stridedExtent(argument.name, scalars, what)
  const batchStride = terms[0] === 'batch' ? scalars[`${argument.name}BatchStride`] : undefined
  const sizes = terms.map((term) => termSize(spec, term, scalars))
  for (const [k, size] of sizes.entries()) {
    if (!(size >= 0)) throw invalid(`${what} has a length of ${size} along ${terms[k]}`)
  }
  if (batchStride === undefined || sizes.includes(0)) {
    return { first: 0, last: sizes.reduce((product, size) => product * size, 1) - 1 }
  }
  const span = (sizes[0]! - 1) * batchStride
  const matrix = sizes.slice(1).reduce((product, size) => product * size, 1)
  return { first: Math.min(0, span), last: Math.max(0, span) + matrix - 1 }
}

/** Extent of a tensor walked by d0 … d3 with strides of its own, which may be negative. */
function stridedExtent(name: string, scalars: Scalars, what: string): { first: number; last: number } {
  let first = 0
  let last = 0
  let empty = false
  for (let axis = 0; axis < 4; axis++) {
    const length = scalars[`d${axis}`]!
    if (length < 0) throw invalid(`${what} has a length of ${length} along d${axis}`)
    empty ||= length === 0
    const span = (length - 1) * scalars[`${name}Stride${axis}`]!
    if (span < 0) first += span
    else last += span
  }
  return empty ? { first: 0, last: -1 } : { first, last }
}

/** A term of a manifest shape: `N`, `4`, `3H`, `saved`, or `flag ? term : term`. */
function termSize(spec: CommandSpec, term: string, scalars: Scalars): number {
  const choice = /^(\w+) \? (\w+) : (\w+)$/.exec(term)
  if (choice) return termSize(spec, scalars[choice[1]!] ? choice[2]! : choice[3]!, scalars)
  if (term === 'saved') return savedLength(spec, scalars)
  const [, factor, name] = /^(\d*)([A-Za-z]\w*)?$/.exec(term) ?? []
  const size = name ? (scalars[name] ?? namedSize(spec, name, scalars)) : 1
  if (factor === undefined || size === undefined)
    throw new Error(`shape term "${term}" of ${spec.name} is not understood`)
  return (factor ? Number(factor) : 1) * size
}

/** A size that the manifest gives as a formula. */
function namedSize(spec: CommandSpec, term: string, scalars: Scalars): number | undefined {
  const key = `${spec.name}${term[0]!.toUpperCase()}${term.slice(1)}Length`
  const length = (generated as Readonly<Record<string, unknown>>)[key]
  return typeof length === 'function' ? (length as (scalars: Scalars) => number)(scalars) : undefined
}

function savedLength(spec: CommandSpec, scalars: Scalars): number {
  const cell = spec.name.replace(/(Forward|Backward)$/, '')
  const length = (generated as Readonly<Record<string, unknown>>)[`${cell}ForwardSavedLength`]
  if (typeof length !== 'function') throw new Error(`command ${spec.name} has no saved length`)
  return (length as (scalars: Scalars) => number)(scalars)
}

function invalid(message: string): RepriseError {
  return new RepriseError('invalid-program', `invalid program: ${message}.`)
}
