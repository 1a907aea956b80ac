import { RepriseError } from '../errors.js'
import { zeros } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import type {
  Cell,
  RecurrentState,
  SequenceOptions,
  SequenceResult,
  StepResult,
  WeightMaker,
} from './cell.js'
import { cellConfig } from './cell-config.js'

export interface StackedRnnCellsOptions {
  /** From the input to the output. */
  readonly cells: readonly Cell[]
}

/**
 * Cells on top of each other as one: each gets the output of the one below at the same step. The state has the parts of
 * cell 0, then those of cell 1, … ("0.h", "0.c", "1.h", …). Weights are named by the kinds of the cells: lstm_cell/kernel,
 * lstm_cell_1/kernel.
 *
 * @example
 * layers.rnn([layers.lstmCell(64), layers.lstmCell(32)], { returnSequences: true })
 */
export class StackedRnnCells implements Cell<readonly unknown[]> {
  readonly kind = 'stacked'
  readonly cells: readonly Cell[]
  readonly stateSizes: Readonly<Record<string, number>>
  readonly outputSize: number

  constructor({ cells }: StackedRnnCellsOptions) {
    const bad = cells.findIndex((cell) => typeof cell?.step !== 'function')
    if (cells.length === 0 || bad >= 0) {
      const got = bad < 0 ? 'none' : `${JSON.stringify(cells[bad])} as cell ${bad}`
      throw new RepriseError('option', `stackedRnnCells: cells must be one or more cells, got ${got}`)
    }
    this.cells = cells
    const sizes = cells.flatMap((cell, k) =>
      Object.entries(cell.stateSizes).map(([name, size]) => [`${k}.${name}`, size]),
    )
    this.stateSizes = Object.fromEntries(sizes)
    this.outputSize = outputSizeOf(cells.at(-1)!)
  }

  build(weight: WeightMaker, features: number): void {
    const taken = new Map<string, number>()
    let inputs = features
    for (const cell of this.cells) {
      const base = `${cell.kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_cell`
      const count = taken.get(base) ?? 0
      taken.set(base, count + 1)
      const own = count === 0 ? base : `${base}_${count}`
      cell.build((name, ...rest) => weight(`${own}/${name}`, ...rest), inputs)
      inputs = outputSizeOf(cell)
    }
  }

  begin(x: Tensor): readonly unknown[] {
    const [N, T] = x.shape as [number, number, number]
    let input = x
    return this.cells.map((cell) => {
      const constants = cell.begin?.(input)
      input = zeros(x.graph, [N, T, outputSizeOf(cell)]) // stands for its shape; nothing reads it
      return constants
    })
  }

  step(x: Tensor, state: RecurrentState, constants: readonly unknown[]): StepResult {
    return this.through(x, state, (cell, k, input, own) => {
      const { output, state: after } = cell.step(input, own!, constants[k])
      return { output, state: after }
    })
  }

  /** Cell after cell over the whole sequence: a step that does not count leaves every cell as it was. */
  sequence(x: Tensor, options: SequenceOptions, constants: readonly unknown[]): SequenceResult {
    const { output, state } = this.through(x, options.state, (cell, k, input, own) => {
      const result = cell.sequence!(input, { ...options, state: own }, constants[k])
      return { output: result.outputs, state: result.state }
    })
    return { outputs: output, state }
  }

  private through(
    x: Tensor,
    state: RecurrentState | undefined,
    one: (cell: Cell, k: number, input: Tensor, state: RecurrentState | undefined) => StepResult,
  ): StepResult {
    let output = x
    const after: Record<string, Tensor> = {}
    for (const [k, cell] of this.cells.entries()) {
      const own = state && partOf(state, k)
      const result = one(cell, k, output, own)
      for (const [name, value] of Object.entries(result.state)) after[`${k}.${name}`] = value
      output = result.output
    }
    return { output, state: after }
  }

  whyNotFused(): string | undefined {
    const reasons = this.cells.map((cell) =>
      cell.sequence ? cell.whyNotFused?.() : `cell "${cell.kind}" is written with graph operations`,
    )
    return reasons.find((reason) => reason !== undefined)
  }

  options(): Readonly<Record<string, unknown>> {
    return { cells: this.cells.map((cell) => cellConfig(cell, 'stackedRnnCells: ')) }
  }
}

function outputSizeOf(cell: Cell): number {
  return cell.outputSize ?? Object.values(cell.stateSizes)[0]!
}

/** The state of cell k: "1.h" → "h". */
function partOf(state: RecurrentState, k: number): RecurrentState {
  const prefix = `${k}.`
  return Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  )
}
