import { type CommandSpec, commandSpecs } from '../commands.generated.js'
import type { Elements } from '../engine.js'
import type { Program } from '../program.js'
import { type OperandRounding, roundToBfloat16 } from './bfloat16.js'
import { referenceKernels } from './registry.js'

type Arguments = Readonly<Record<string, unknown>> & OperandRounding

const views = { f32: Float32Array, i32: Int32Array, u32: Uint32Array }
const floatBits = new Int32Array(1)
const float = new Float32Array(floatBits.buffer)

/** Turns the words of a checked program into calls of reference kernels; `memory[k]` is slot k. */
export function decodeProgram(program: Program, memory: readonly ArrayBuffer[]): (() => void)[] {
  const { words } = program
  const calls: (() => void)[] = []
  for (let at = 0; at < words.length; at += words[at + 1]!) {
    const spec = commandSpecs[words[at]!]!
    const kernel = referenceKernels[spec.name] as unknown as (a: Arguments) => void
    const a = decodeArguments(spec, words.subarray(at + 2), memory)
    const rounded = program.precision === 'mixed' ? { ...a, round: roundToBfloat16 } : a
    calls.push(() => kernel(rounded as Arguments))
  }
  return calls
}

function decodeArguments(
  spec: CommandSpec,
  words: Int32Array,
  memory: readonly ArrayBuffer[],
): Record<string, number | Elements | undefined> {
  const a: Record<string, number | Elements | undefined> = {}
  let at = 0
  for (const { name, kind, dtype } of spec.args) {
    if (kind === 'tensor') {
      const slot = words[at++]!
      const offset = words[at++]!
      a[name] = slot < 0 ? undefined : new views[dtype!](memory[slot]!, 4 * offset)
    } else if (kind === 'int') {
      a[name] = words[at++]!
    } else {
      floatBits[0] = words[at++]!
      a[name] = float[0]!
    }
  }
  return a
}
