import type { CommandName } from '../engine/commands.generated.js'
import { commandSpec } from '../engine/program.js'
import type { Floats } from '../engine/reference/kernels.js'
import { referenceKernels } from '../engine/reference/registry.js'
import { RandomStream } from '../random.js'
import { drawBuffers, scalarsOf } from './operation-buffers.js'
import type { OperationRow } from './operation-row.js'

type Values = Floats | Int32Array | Uint32Array

/** A row’s tensors with float64 storage, so that a difference of two runs is exact to some 1e-10. */
export class DoubleOperation {
  readonly tensors = new Map<string, Values>()

  constructor(private readonly row: OperationRow) {
    for (const [name, { initial, length, dtype }] of drawBuffers(row).bufferOf) {
      const storage = dtype === 'f32' ? new Float64Array(length) : new Int32Array(length)
      const values = dtype === 'u32' ? new Uint32Array(storage.buffer) : storage
      if (initial) values.set(initial)
      this.tensors.set(name, values)
    }
  }

  /** A float tensor of the row; undefined when it is absent. */
  floats(name: string): Float64Array | undefined {
    const values = this.tensors.get(name)
    return values instanceof Float64Array ? values : undefined
  }

  /** Runs one command of the row with the reference kernels. */
  run(command: CommandName): void {
    const args: Record<string, unknown> = scalarsOf(this.row, command)
    for (const { name, kind } of commandSpec(command).args) {
      if (kind === 'tensor') args[name] = this.tensors.get(name)
    }
    const kernel = referenceKernels[command] as unknown as (a: Record<string, unknown>) => void
    kernel(args)
  }
}

export interface Pair {
  /** Tensor of the forward command. */
  readonly name: string
  /** The tensor of the backward command that holds its gradient. */
  readonly gradient: string
}

/** Tensors of `forward` with access `access` that have a gradient among the arguments of `backward`. */
export function gradientPairs(forward: CommandName, backward: CommandName, access: 'in' | 'out'): Pair[] {
  const names = new Set(commandSpec(backward).args.map((a) => a.name))
  return commandSpec(forward)
    .args.filter((a) => a.kind === 'tensor' && a.access === access)
    .flatMap(({ name }) => {
      const capital = `d${name[0]!.toUpperCase()}${name.slice(1)}`
      const gradient = [`d${name}`, capital].find((candidate) => names.has(candidate))
      return gradient ? [{ name, gradient }] : []
    })
}

// Central differences err by step²/6 times a third derivative of order ten, and by 1e-16·|loss|/step ≈ 1e-9 from
// rounding; so small a step also keeps away from the corners of relu and its like.
const step = 1e-6
const allowed = (expected: number) => 1e-7 + 1e-6 * Math.abs(expected)

/** Directions in which a tensor is varied: single elements, and all elements at once. */
function directionsOf(length: number, random: RandomStream): Float64Array[] {
  const single = [...random.permutation(length).subarray(0, 6)].map((e) => {
    const direction = new Float64Array(length)
    direction[e] = 1
    return direction
  })
  const whole = () => Float64Array.from({ length }, () => random.uniform(-1, 1))
  return [...single, whole(), whole()]
}

/**
 * Checks the backward command of a row against differences of its forward command: the directional derivative of
 * Σ dOutput·output must be dInput·direction, for every input that has a gradient. Returns what is wrong.
 */
export function checkGradients(row: OperationRow): string[] {
  const [forward, backward] = row.commands as readonly [CommandName, CommandName]
  const operation = new DoubleOperation(row)
  const inputs = gradientPairs(forward, backward, 'in').filter(({ name }) => operation.tensors.has(name))
  const outputs = gradientPairs(forward, backward, 'out')
  const wanted = inputs.filter(({ gradient }) => operation.tensors.has(gradient))
  const before = new Map(wanted.map(({ gradient }) => [gradient, operation.floats(gradient)!.slice()]))

  const loss = () => {
    operation.run(forward)
    let sum = 0
    for (const { name, gradient } of outputs) {
      const output = operation.floats(name)
      operation.floats(gradient)?.forEach((d, e) => {
        if (output) sum += d * output[e]!
      })
    }
    return sum
  }

  loss()
  operation.run(backward)
  const problems: string[] = []
  const random = new RandomStream(2, row.name)
  for (const { name, gradient } of wanted) {
    const values = operation.floats(name)!
    const start = values.slice()
    const accumulates = row.scalars.accumulate === 1 && gradient !== 'dx' && !/^d[hc]0$/.test(gradient)
    const result = operation
      .floats(gradient)!
      .map((d, e) => d - (accumulates ? before.get(gradient)![e]! : 0))
    for (const direction of directionsOf(values.length, random)) {
      const at = (scale: number) => {
        values.set(start.map((value, e) => value + scale * direction[e]!))
        return loss()
      }
      const expected = (at(step) - at(-step)) / (2 * step)
      values.set(start)
      const actual = result.reduce((sum, d, e) => sum + d * direction[e]!, 0)
      if (!(Math.abs(actual - expected) <= allowed(expected))) {
        const where =
          direction.filter((d) => d !== 0).length === 1 ? `[${direction.indexOf(1)}]` : ' along a line'
        problems.push(`${row.name}: ${gradient}${where} = ${actual}, differences give ${expected}`)
      }
    }
  }
  return problems
}
