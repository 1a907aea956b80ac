import { type CommandSpec, commandSpecs } from '../engine/commands.generated.js'
import type { Elements, Engine, Executable, Region } from '../engine/engine.js'
import type { Program } from '../engine/program.js'
import { referenceKernels } from '../engine/reference/registry.js'

/** Storage of a region: every element as a real number and as an integer, since a region does not know what it holds. */
interface Memory {
  readonly floats: Float64Array
  readonly integers: Int32Array
}

const floatBits = new Int32Array(1)
const float = new Float32Array(floatBits.buffer)

/**
 * The reference kernels on float64 storage: whole programs without rounding to float32, so that differences of two runs
 * are exact to some nine digits. Reading into a Float64Array (`exact`) keeps all digits.
 */
export function createDoubleEngine(): Engine {
  const memory = new Map<Region, Memory>()
  return {
    info: { name: 'reference', isa: 'float64 storage', threads: 1, mixed: true },
    allocate(bytes) {
      const region: Region = { bytes }
      const length = Math.ceil(bytes / 4)
      memory.set(region, { floats: new Float64Array(length), integers: new Int32Array(length) })
      return region
    },
    free: (region) => void memory.delete(region),
    write(region, offset, data) {
      const { floats, integers } = memory.get(region)!
      floats.set(data, offset)
      if (data instanceof Int32Array || data instanceof Uint32Array) integers.set(data, offset)
    },
    read(region, offset, into) {
      const { floats, integers } = memory.get(region)!
      const source = into instanceof Int32Array || into instanceof Uint32Array ? integers : floats
      into.set(source.subarray(offset, offset + into.length))
    },
    load(program, regions): Executable {
      const calls = decode(
        program,
        regions.map((region) => memory.get(region)!),
      )
      const runSync = () => {
        for (const call of calls) call()
      }
      return { scratchBytes: 0, run: async () => runSync(), runSync, dispose: () => {} }
    },
    dispose: () => memory.clear(),
  }
}

/** A Float64Array where the engine's types ask for 32-bit elements; only the double engine takes it. */
export const exact = (values: Float64Array): Float32Array => values as unknown as Float32Array

function decode({ words }: Program, memory: readonly Memory[]): (() => void)[] {
  const calls: (() => void)[] = []
  for (let at = 0; at < words.length; at += words[at + 1]!) {
    const spec = commandSpecs[words[at]!]!
    const kernel = referenceKernels[spec.name] as unknown as (a: Record<string, unknown>) => void
    const a = decodeArguments(spec, words.subarray(at + 2), memory, false)
    calls.push(() => kernel(a))
    if (spec.name !== 'copy') continue
    const asIntegers = decodeArguments(spec, words.subarray(at + 2), memory, true)
    if (asIntegers.accumulate === 0) calls.push(() => kernel(asIntegers))
  }
  return calls
}

function decodeArguments(
  spec: CommandSpec,
  words: Int32Array,
  memory: readonly Memory[],
  asIntegers: boolean,
): Record<string, number | Float64Array | Elements | undefined> {
  const a: Record<string, number | Float64Array | Elements | undefined> = {}
  let at = 0
  for (const { name, kind, dtype } of spec.args) {
    if (kind === 'tensor') {
      const slot = words[at++]!
      const offset = words[at++]!
      if (slot < 0) continue
      const { floats, integers } = memory[slot]!
      if (dtype === 'f32' && !asIntegers) a[name] = floats.subarray(offset)
      else if (dtype === 'u32') a[name] = new Uint32Array(integers.buffer, 4 * offset)
      else a[name] = integers.subarray(offset)
    } else if (kind === 'int') {
      a[name] = words[at++]!
    } else {
      floatBits[0] = words[at++]!
      a[name] = float[0]!
    }
  }
  return a
}
