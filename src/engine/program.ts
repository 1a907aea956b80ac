import {
  type Address,
  type CommandArguments,
  type CommandName,
  type CommandSpec,
  commandSpecs,
} from './commands.generated.js'

/** What products compute with. */
export const precisions = ['float32', 'mixed'] as const

/**
 * `mixed` lets products round their operands to bfloat16, where the engine has instructions for that
 * (`EngineInfo.mixed`); sums, and everything that is no product, stay float32. `float32` rounds nothing.
 */
export type Precision = (typeof precisions)[number]

/**
 * A flat list of commands as 32-bit words. Each command is
 * `[opcode, words in this command, …arguments]`; a tensor is two words (slot, element offset; slot −1 = absent), an
 * integer one word, a float one word of float32 bits.
 */
export interface Program {
  readonly words: Int32Array
  readonly commands: number
  /** Number of slots the program refers to. */
  readonly slots: number
  readonly flops: number
  readonly precision: Precision
}

const specByName = new Map<string, CommandSpec>(commandSpecs.map((spec) => [spec.name, spec]))
const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** Looks a command's description up by name. */
export function commandSpec(name: CommandName): CommandSpec {
  const spec = specByName.get(name)
  if (!spec) throw new Error(`unknown command ${name}`)
  return spec
}

/** Collects commands and encodes them. */
export class ProgramBuilder {
  private readonly words: number[] = []
  private count = 0
  private slots = 0
  private flops = 0

  constructor(private readonly precision: Precision = 'float32') {}

  /** Appends one command. Throws when a required argument is missing or an integer does not fit 32 bits. */
  emit<Name extends CommandName>(name: Name, args: CommandArguments[Name]): void {
    const spec = commandSpec(name)
    const values = args as Readonly<Record<string, number | Address | undefined>>
    const start = this.words.length
    this.words.push(spec.opcode, 0)
    const scalars: Record<string, number> = {}
    for (const argument of spec.args) {
      const value = values[argument.name]
      if (argument.kind === 'tensor') {
        if (value === undefined) {
          if (!argument.optional) throw new Error(`command ${name}: tensor ${argument.name} is missing`)
          this.words.push(-1, 0)
        } else {
          const { slot, offset } = value as Address
          if (!Number.isSafeInteger(offset) || offset < 0 || offset > 0x7fffffff) {
            throw new Error(`command ${name}: offset ${offset} of ${argument.name} is out of range`)
          }
          this.slots = Math.max(this.slots, slot + 1)
          this.words.push(slot, offset)
        }
        continue
      }
      if (typeof value !== 'number') throw new Error(`command ${name}: ${argument.name} is missing`)
      scalars[argument.name] = value
      if (argument.kind === 'int') {
        if (!Number.isInteger(value) || Math.abs(value) > 0x7fffffff) {
          throw new Error(`command ${name}: ${argument.name} = ${value} is not a 32-bit integer`)
        }
        this.words.push(value)
      } else {
        float[0] = value
        this.words.push(bits[0]!)
      }
    }
    this.words[start + 1] = this.words.length - start
    this.flops += spec.flops(scalars)
    this.count++
  }

  build(): Program {
    return {
      words: Int32Array.from(this.words),
      commands: this.count,
      slots: this.slots,
      flops: this.flops,
      precision: this.precision,
    }
  }
}
