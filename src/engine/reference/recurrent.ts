import { type OperandRounding, unrounded } from './bfloat16.js'
import { GateBias, GateMatrix, plus, times, type Vector } from './gates.js'
import type { Floats } from './kernels.js'
import { openSaved, sealSaved } from './saved.js'

/** State of one row. Cells without a cell state carry an empty `c`. */
export interface State {
  readonly h: Vector
  readonly c: Vector
}

/** What one step of one row sees. `x` and `h` hold one vector per gate, dropout applied; `previous` has none. */
export interface StepInput {
  readonly x: readonly Vector[]
  readonly h: readonly Vector[]
  readonly previous: State
}

/** Gradients of a `StepInput`. That of `previous` is only what does not flow through `h`. */
export interface StepGradient {
  readonly x: readonly Vector[]
  readonly h: readonly Vector[]
  readonly previous: State
}

/** One step of a recurrent cell. The walk below adds sequences, masks, directions and dropout. */
export interface Cell {
  forward(input: StepInput): {
    readonly next: State
    /** Takes the gradient of `next`, adds the weights’ gradients to the weights, returns that of the input. */
    readonly backward: (gradient: State) => StepGradient
  }
}

/** The weights a cell is made of. */
export interface CellWeights {
  readonly kernel: GateMatrix
  readonly recurrentKernel: GateMatrix
  readonly bias: GateBias
}

/** Arguments common to all recurrent commands; `c0` and its kin belong to cells with a cell state. */
export interface SequenceArguments extends OperandRounding {
  readonly x: Floats | undefined
  readonly ids: Int32Array | undefined
  readonly kernel: Floats
  readonly recurrentKernel: Floats
  readonly bias: Floats | undefined
  readonly h0: Floats | undefined
  readonly c0?: Floats | undefined
  readonly lengths: Int32Array | undefined
  readonly mask: Floats | undefined
  readonly resets: Floats | undefined
  readonly inputDropout: Floats | undefined
  readonly recurrentDropout: Floats | undefined
  readonly N: number
  readonly T: number
  readonly I: number
  readonly H: number
  readonly reverse: number
  readonly activation: number
  readonly recurrentActivation?: number
  readonly resetAfter?: number
  readonly zeroOutput: number
  readonly dropoutGates: number
}

export interface ForwardArguments extends SequenceArguments {
  readonly y: Floats | undefined
  readonly hT: Floats | undefined
  readonly cT?: Floats | undefined
  readonly saved: Floats | undefined
}

export interface BackwardArguments extends SequenceArguments {
  readonly saved: Floats
  readonly dy: Floats | undefined
  readonly dhT: Floats | undefined
  readonly dcT?: Floats | undefined
  readonly dx: Floats | undefined
  readonly dKernel: Floats | undefined
  readonly dRecurrentKernel: Floats | undefined
  readonly dBias: Floats | undefined
  readonly dh0: Floats | undefined
  readonly dc0?: Floats | undefined
  readonly accumulate: number
}

/** What of a command's arguments a cell looks at. */
export type CellOptions<A> = Pick<A, Extract<keyof A, 'activation' | 'recurrentActivation' | 'resetAfter'>>

/** What distinguishes the families. */
export interface Family<A extends SequenceArguments> {
  readonly gates: number
  readonly biasGates: (a: A) => number
  /** Whether there is a cell state beside the hidden state. */
  readonly cellState: boolean
  readonly cell: (a: CellOptions<A>, weights: CellWeights) => Cell
  readonly savedLength: (a: A) => number
}

/** One step of a row’s walk, as backward needs it. A masked step has no `backward`. */
interface WalkedStep {
  readonly t: number
  readonly reset: boolean
  readonly y: Vector
  readonly backward?: (gradient: State) => StepGradient
}

function weightsOf<A extends SequenceArguments>(family: Family<A>, a: A): CellWeights {
  return {
    // With ids nothing is multiplied, so nothing is rounded.
    kernel: new GateMatrix(a.kernel, a.I, family.gates, a.H, a.ids ? unrounded : a.round),
    recurrentKernel: new GateMatrix(a.recurrentKernel, a.H, family.gates, a.H, a.round),
    bias: new GateBias(a.bias, family.biasGates(a), a.H),
  }
}

/** Walks row n through all steps, in walking order. */
function walkRow<A extends SequenceArguments>(family: Family<A>, a: A, cell: Cell, n: number) {
  const { T, H, lengths, mask, resets } = a
  const cellSize = family.cellState ? H : 0
  const empty: State = { h: new Float64Array(H), c: new Float64Array(cellSize) }
  let state: State = { h: vectorAt(a.h0, n, H), c: vectorAt(a.c0, n, cellSize) }
  let y: Vector = new Float64Array(H)
  const steps: WalkedStep[] = []
  for (let walked = 0; walked < T; walked++) {
    const t = a.reverse ? T - 1 - walked : walked
    const reset = resets !== undefined && resets[n * T + t] !== 0
    const previous = reset ? empty : state
    const masked =
      (lengths !== undefined && t >= lengths[n]!) || (mask !== undefined && mask[n * T + t] === 0)
    if (masked) {
      state = previous
      if (a.zeroOutput) y = new Float64Array(H)
      steps.push({ t, reset, y })
      continue
    }
    const x = inputAt(a, n * T + t)
    const gates = [...Array(family.gates).keys()]
    const { next, backward } = cell.forward({
      x: gates.map((gate) => times(x, inputMask(a, gate, n))),
      h: gates.map((gate) => times(previous.h, recurrentMask(a, gate, n))),
      previous,
    })
    state = next
    y = next.h
    steps.push({ t, reset, y, backward })
  }
  return { steps, final: state }
}

/** Runs a whole forward command. */
export function recurrentForward<A extends ForwardArguments>(family: Family<A>, a: A): void {
  const cell = family.cell(a, weightsOf(family, a))
  for (let n = 0; n < a.N; n++) {
    const { steps, final } = walkRow(family, a, cell, n)
    for (const { t, y } of steps) a.y?.set(y, (n * a.T + t) * a.H)
    a.hT?.set(final.h, n * a.H)
    a.cT?.set(final.c, n * a.H)
  }
  if (a.saved) sealSaved(a.saved, family.savedLength(a), a)
}

/** Runs a whole backward command: walks forward again in float64, then back through the steps. */
export function recurrentBackward<A extends BackwardArguments>(family: Family<A>, a: A): void {
  openSaved(a.saved, family.savedLength(a), a)
  const { N, T, I, H } = a
  const cellSize = family.cellState ? H : 0
  const weights = weightsOf(family, a)
  const cell = family.cell(a, weights)
  for (let n = 0; n < N; n++) {
    const { steps } = walkRow(family, a, cell, n)
    let dh = vectorAt(a.dhT, n, H)
    let dc = vectorAt(a.dcT, n, cellSize)
    // Gradient of an output that later masked steps repeat.
    let repeated: Vector = new Float64Array(H)
    for (const { t, reset, backward } of steps.reverse()) {
      const dy = plus(vectorAt(a.dy, n * T + t, H), repeated)
      const dx = new Float64Array(I)
      if (backward) {
        const gradient = backward({ h: plus(dh, dy), c: dc })
        gradient.x.forEach((dxGate, gate) => {
          dx.set(plus(dx, times(dxGate, inputMask(a, gate, n))))
        })
        dh = gradient.previous.h
        gradient.h.forEach((dhGate, gate) => {
          dh = plus(dh, times(dhGate, recurrentMask(a, gate, n)))
        })
        dc = gradient.previous.c
      }
      repeated = backward || a.zeroOutput ? new Float64Array(H) : dy
      if (reset) {
        dh = new Float64Array(H)
        dc = new Float64Array(cellSize)
      }
      a.dx?.set(dx, (n * T + t) * I)
    }
    a.dh0?.set(dh, n * H)
    a.dc0?.set(dc, n * H)
  }
  deliver(a.dKernel, weights.kernel.gradient, a.accumulate)
  deliver(a.dRecurrentKernel, weights.recurrentKernel.gradient, a.accumulate)
  deliver(a.dBias, weights.bias.gradient, a.accumulate)
}

function deliver(target: Floats | undefined, gradient: Float64Array, accumulate: number): void {
  target?.set(accumulate ? gradient.map((value, p) => target[p]! + value) : gradient)
}

/** The input of one row and step, row `index` of [N·T]. */
function inputAt({ x, ids, I }: SequenceArguments, index: number): Vector {
  if (!ids) return vectorAt(x, index, I)
  const oneHot = new Float64Array(I)
  const id = ids[index]!
  if (id >= 0 && id < I) oneHot[id] = 1
  return oneHot
}

/** Row `index` of a [·, length] tensor; zeros when it is absent. */
function vectorAt(tensor: Floats | undefined, index: number, length: number): Vector {
  return tensor
    ? Float64Array.from(tensor.subarray(index * length, (index + 1) * length))
    : new Float64Array(length)
}

const inputMask = (a: SequenceArguments, gate: number, n: number) => maskOf(a.inputDropout, a, gate, n, a.I)

const recurrentMask = (a: SequenceArguments, gate: number, n: number) =>
  maskOf(a.recurrentDropout, a, gate, n, a.H)

function maskOf(
  masks: Floats | undefined,
  a: SequenceArguments,
  gate: number,
  n: number,
  length: number,
): Vector {
  if (!masks) return new Float64Array(length).fill(1)
  return vectorAt(masks, (a.dropoutGates === 1 ? 0 : gate) * a.N + n, length)
}
