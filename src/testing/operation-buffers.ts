import * as generated from '../engine/commands.generated.js'
import { type ArgumentSpec, type CommandName, commandSpecs } from '../engine/commands.generated.js'
import { commandSpec } from '../engine/program.js'
import { RandomStream } from '../random.js'
import { type Draw, integers, range } from './draws.js'
import type { OperationRow } from './operation-row.js'

/** One buffer of a row: the tensors of one name, and those that share its memory. */
export interface OperationBuffer {
  readonly name: string
  readonly dtype: 'f32' | 'i32' | 'u32'
  /** Elements before the address; not zero where strides are negative. */
  readonly before: number
  readonly length: number
  /** Initial values; undefined when the commands must write the buffer before they read it. */
  readonly initial: ArrayLike<number> | undefined
  /** Whether any command writes it. */
  readonly written: boolean
  /** Whether what is in it after the run is an engine’s own affair. */
  readonly private: boolean
}

/** Everything a row runs on. */
export interface OperationBuffers {
  readonly buffers: readonly OperationBuffer[]
  /** The buffer of each present tensor argument. */
  readonly bufferOf: ReadonlyMap<string, OperationBuffer>
}

const drawn = new WeakMap<OperationRow, OperationBuffers>()

/** Draws the buffers of a row; the same row always gets the same values. */
export function drawBuffers(row: OperationRow): OperationBuffers {
  const buffers = drawn.get(row) ?? drawAll(row)
  drawn.set(row, buffers)
  return buffers
}

function drawAll(row: OperationRow): OperationBuffers {
  const bufferOf = new Map<string, OperationBuffer>()
  const shared: [string, string][] = []
  for (const command of row.commands) {
    for (const argument of commandSpec(command).args) {
      const { name } = argument
      if (argument.kind !== 'tensor' || bufferOf.has(name)) continue
      if (argument.optional && row.absent?.includes(name)) continue
      const sameAs = row.tensors?.[name]?.sameAs
      if (sameAs) shared.push([name, sameAs])
      else bufferOf.set(name, drawBuffer(row, command, argument))
    }
  }
  for (const [name, other] of shared) bufferOf.set(name, bufferOf.get(other)!)
  return { buffers: [...new Set(bufferOf.values())], bufferOf }
}

function drawBuffer(row: OperationRow, command: CommandName, argument: ArgumentSpec): OperationBuffer {
  const { name, access, dtype } = argument
  const { before, length } = extentOf(command, argument, row.scalars)
  const random = new RandomStream(1, `${row.name}/${name}`)
  const draw = row.tensors?.[name]?.draw ?? defaultDraw(name, row.scalars)
  const adds = row.scalars.accumulate === 1 || !commandSpec(command).args.some((a) => a.name === 'accumulate')
  const read = access === 'in' || (access === 'inout' && adds)
  return {
    name,
    dtype: dtype!,
    before,
    length,
    initial: read ? draw(length, random) : undefined,
    written: row.commands.some((each) => writes(each, name, row)),
    private: name === 'saved',
  }
}

function writes(command: CommandName, name: string, row: OperationRow): boolean {
  return commandSpec(command).args.some(
    (a) =>
      a.kind === 'tensor' && a.access !== 'in' && (a.name === name || row.tensors?.[a.name]?.sameAs === name),
  )
}

function defaultDraw(name: string, scalars: Readonly<Record<string, number>>): Draw {
  return name === 'ids' || name === 'targets' ? integers(0, scalars.V!) : range(-1, 1)
}

/** Elements a tensor reaches before its address and in all, from its shape in the manifest. */
function extentOf(
  command: CommandName,
  { name, shape }: ArgumentSpec,
  scalars: Readonly<Record<string, number>>,
): { before: number; length: number } {
  const terms = shape!.slice(1, -1).split(',')
  if (shape === '[…]') {
    const steps = [0, 1, 2, 3].map((axis) => (scalars[`d${axis}`]! - 1) * scalars[`${name}Stride${axis}`]!)
    const sum = (part: (step: number) => number) => steps.reduce((total, step) => total + part(step), 0)
    const before = -sum((step) => Math.min(step, 0))
    return { before, length: before + sum((step) => Math.max(step, 0)) + 1 }
  }
  const sizes = terms.map((term) => sizeOf(command, term, scalars))
  const batchStride = scalars[`${name}BatchStride`]
  if (batchStride !== undefined) {
    return { before: 0, length: (sizes[0]! - 1) * batchStride + sizes[1]! * sizes[2]! }
  }
  return { before: 0, length: sizes.reduce((product, size) => product * size, 1) }
}

/** A term of a shape: `N`, `4`, `3H`, `saved` or `flag ? term : term`. */
function sizeOf(command: CommandName, term: string, scalars: Readonly<Record<string, number>>): number {
  const choice = /^(\w+) \? (\w+) : (\w+)$/.exec(term)
  if (choice) return sizeOf(command, scalars[choice[1]!] ? choice[2]! : choice[3]!, scalars)
  if (term === 'saved') return savedLength(command, scalars)
  const [, factor, name] = /^(\d*)([A-Za-z]\w*)?$/.exec(term)!
  const size = name ? (scalars[name] ?? namedSize(command, name, scalars)) : 1
  if (size === undefined)
    throw new Error(`${command}: the row lacks the scalar ${name} of shape term "${term}"`)
  return Number(factor || 1) * size
}

/** A size that the manifest gives as a formula. */
function namedSize(
  command: CommandName,
  term: string,
  scalars: Readonly<Record<string, number>>,
): number | undefined {
  const key = `${command}${term[0]!.toUpperCase()}${term.slice(1)}Length`
  const length = (generated as Readonly<Record<string, unknown>>)[key]
  return typeof length === 'function'
    ? (length as (scalars: Readonly<Record<string, number>>) => number)(scalars)
    : undefined
}

function savedLength(command: CommandName, scalars: Readonly<Record<string, number>>): number {
  const name = `${command.replace(/Backward$/, 'Forward')}SavedLength`
  const length = (generated as Readonly<Record<string, unknown>>)[name]
  return (length as (scalars: Readonly<Record<string, number>>) => number)(scalars)
}

/** The scalars a command takes, out of those of its row. Throws when one is missing. */
export function scalarsOf(row: OperationRow, command: CommandName): Record<string, number> {
  const scalars: Record<string, number> = {}
  for (const { name, kind } of commandSpec(command).args) {
    if (kind === 'tensor') continue
    const value = row.scalars[name]
    if (value === undefined) throw new Error(`row "${row.name}": the scalar ${name} of ${command} is missing`)
    scalars[name] = value
  }
  return scalars
}

/** Names of all commands, in opcode order. */
export const commandNames: readonly CommandName[] = commandSpecs.map((spec) => spec.name)
