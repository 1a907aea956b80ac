import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RandomStream } from '../../random.js'
import { Activation, simpleRnnForwardSavedLength } from '../commands.generated.js'
import { gruKernels } from './gru.js'
import { lstmKernels } from './lstm.js'
import type { ForwardArguments } from './recurrent.js'
import { simpleRnnKernels } from './simple-rnn.js'

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const f64 = (...values: number[]) => Float64Array.from(values)

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, message?: string): void {
  assert.equal(actual.length, expected.length)
  for (let e = 0; e < expected.length; e++) {
    assert.ok(
      Math.abs(actual[e]! - expected[e]!) < 1e-12,
      `${message ?? ''} [${e}]: ${actual[e]}, not ${expected[e]}`,
    )
  }
}

interface Sequence {
  readonly N: number
  readonly T: number
  readonly I: number
  readonly H: number
}

type Optional = 'bias' | 'h0' | 'c0' | 'lengths' | 'mask' | 'resets' | 'inputDropout' | 'recurrentDropout'
type Inputs = Partial<Pick<ForwardArguments, Optional>> & {
  readonly x: Float64Array
  readonly kernel: Float64Array
  readonly recurrentKernel: Float64Array
}

interface Run {
  readonly y: Float64Array
  readonly h: Float64Array
  readonly c: Float64Array
}

type Runner = (
  size: Sequence,
  inputs: Inputs,
  options?: { reverse?: number; zeroOutput?: number; dropoutGates?: number },
) => Run

function runner(gates: number, options: { cell: 'simpleRnn' | 'lstm' | 'gru'; resetAfter?: number }): Runner {
  return (size, inputs, { reverse = 0, zeroOutput = 0, dropoutGates = gates } = {}) => {
    const result = {
      y: new Float64Array(size.N * size.T * size.H),
      h: new Float64Array(size.N * size.H),
      c: new Float64Array(size.N * size.H),
    }
    const a = {
      bias: undefined,
      h0: undefined,
      c0: undefined,
      ids: undefined,
      lengths: undefined,
      mask: undefined,
      resets: undefined,
      inputDropout: undefined,
      recurrentDropout: undefined,
      saved: undefined,
      ...size,
      ...inputs,
      y: result.y,
      hT: result.h,
      cT: result.c,
      reverse,
      zeroOutput,
      activation: Activation.tanh,
      recurrentActivation: Activation.sigmoid,
      resetAfter: options.resetAfter ?? 0,
      dropoutGates,
    }
    if (options.cell === 'simpleRnn') simpleRnnKernels.simpleRnnForward(a)
    else if (options.cell === 'lstm') lstmKernels.lstmForward(a)
    else gruKernels.gruForward(a)
    return result
  }
}

const cells = [
  { name: 'simpleRnn', gates: 1, biases: 1, run: runner(1, { cell: 'simpleRnn' }) },
  { name: 'lstm', gates: 4, biases: 4, run: runner(4, { cell: 'lstm' }) },
  { name: 'gru', gates: 3, biases: 6, run: runner(3, { cell: 'gru', resetAfter: 1 }) },
  { name: 'gru reset before', gates: 3, biases: 3, run: runner(3, { cell: 'gru', resetAfter: 0 }) },
] as const
type CellUnderTest = (typeof cells)[number]

function draw(
  cell: CellUnderTest,
  { N, T, I, H }: Sequence,
): Inputs & { h0: Float64Array; c0: Float64Array } {
  const random = new RandomStream(3, cell.name)
  const values = (length: number) => Float64Array.from({ length }, () => random.uniform(-1, 1))
  return {
    x: values(N * T * I),
    kernel: values(I * cell.gates * H),
    recurrentKernel: values(H * cell.gates * H),
    bias: values(cell.biases * H),
    h0: values(N * H),
    c0: values(N * H),
  }
}

/** Steps from … to−1 of every row of a [N, T, F] tensor. */
function slice(tensor: Float64Array, { N, T }: Sequence, from: number, to: number): Float64Array {
  const F = tensor.length / (N * T)
  const rows = Array.from({ length: N }, (_, n) => [...tensor.subarray((n * T + from) * F, (n * T + to) * F)])
  return Float64Array.from(rows.flat())
}

function reversed(tensor: Float64Array, size: Sequence): Float64Array {
  const result = new Float64Array(tensor.length)
  const F = tensor.length / (size.N * size.T)
  for (let n = 0; n < size.N; n++) {
    for (let t = 0; t < size.T; t++) {
      const from = (n * size.T + t) * F
      result.set(tensor.subarray(from, from + F), (n * size.T + size.T - 1 - t) * F)
    }
  }
  return result
}

const size: Sequence = { N: 3, T: 6, I: 2, H: 4 }

test('a simple RNN of one unit, by hand', () => {
  const run = cells[0].run(
    { N: 1, T: 2, I: 2, H: 1 },
    {
      x: f64(0.5, -1, 2, 0.25),
      kernel: f64(0.3, -0.7),
      recurrentKernel: f64(0.9),
      bias: f64(0.1),
      h0: f64(-0.4),
    },
  )
  const h1 = Math.tanh(0.5 * 0.3 + 1 * 0.7 - 0.4 * 0.9 + 0.1)
  const h2 = Math.tanh(2 * 0.3 - 0.25 * 0.7 + h1 * 0.9 + 0.1)
  near(run.y, [h1, h2])
  near(run.h, [h2])
})

test('an LSTM of one unit, by hand: gates i, f, c, o', () => {
  const run = cells[1].run(
    { N: 1, T: 1, I: 1, H: 1 },
    {
      x: f64(0.7),
      kernel: f64(0.2, -0.3, 0.5, 1.1),
      recurrentKernel: f64(-0.6, 0.4, 0.9, -0.8),
      bias: f64(0.01, 1, -0.02, 0.03),
      h0: f64(0.25),
      c0: f64(-0.5),
    },
  )
  const i = sigmoid(0.7 * 0.2 - 0.25 * 0.6 + 0.01)
  const f = sigmoid(-0.7 * 0.3 + 0.25 * 0.4 + 1)
  const g = Math.tanh(0.7 * 0.5 + 0.25 * 0.9 - 0.02)
  const o = sigmoid(0.7 * 1.1 - 0.25 * 0.8 + 0.03)
  const c = f * -0.5 + i * g
  near(run.c, [c])
  near(run.h, [o * Math.tanh(c)])
})

test('a GRU of one unit, by hand: gates z, r, h in both forms', () => {
  const inputs = {
    x: f64(0.7),
    kernel: f64(0.2, -0.3, 0.5),
    recurrentKernel: f64(-0.6, 0.4, 0.9),
    h0: f64(0.25),
  }
  const one = { N: 1, T: 1, I: 1, H: 1 }
  const after = cells[2].run(one, { ...inputs, bias: f64(0.01, 0.02, 0.03, 0.04, 0.05, 0.06) })
  let z = sigmoid(0.7 * 0.2 + 0.01 - 0.25 * 0.6 + 0.04)
  let r = sigmoid(-0.7 * 0.3 + 0.02 + 0.25 * 0.4 + 0.05)
  near(after.h, [z * 0.25 + (1 - z) * Math.tanh(0.7 * 0.5 + 0.03 + r * (0.25 * 0.9 + 0.06))])

  const before = cells[3].run(one, { ...inputs, bias: f64(0.01, 0.02, 0.03) })
  z = sigmoid(0.7 * 0.2 + 0.01 - 0.25 * 0.6)
  r = sigmoid(-0.7 * 0.3 + 0.02 + 0.25 * 0.4)
  near(before.h, [z * 0.25 + (1 - z) * Math.tanh(0.7 * 0.5 + 0.03 + r * 0.25 * 0.9)])
})

test('the two GRU forms differ even without a recurrent bias', () => {
  const two = { N: 1, T: 2, I: 2, H: 2 }
  const inputs = draw(cells[3], two)
  const bias = f64(...inputs.bias!, 0, 0, 0, 0, 0, 0)
  const after = cells[2].run(two, { ...inputs, bias })
  const before = cells[3].run(two, inputs)
  assert.ok(Math.abs(after.h[0]! - before.h[0]!) > 1e-3)
})

for (const cell of cells) {
  const inputs = draw(cell, size)
  const whole = cell.run(size, inputs)

  test(`${cell.name}: no state is a zero state, no bias a zero bias`, () => {
    const { h0: _h, c0: _c, bias: _b, ...bare } = inputs
    const zeros = new Float64Array(size.N * size.H)
    const given = { ...bare, h0: zeros, c0: zeros, bias: new Float64Array(cell.biases * size.H) }
    assert.deepEqual(cell.run(size, bare), cell.run(size, given))
  })

  test(`${cell.name}: a sequence is its chunks, down to single steps`, () => {
    fc.assert(
      fc.property(fc.subarray([1, 2, 3, 4, 5]), (cuts) => {
        const edges = [0, ...cuts, size.T]
        let state: { h: Float64Array; c: Float64Array } = { h: inputs.h0, c: inputs.c0 }
        for (const [k, from] of edges.slice(0, -1).entries()) {
          const to = edges[k + 1]!
          const x = slice(inputs.x, size, from, to)
          const chunk = cell.run({ ...size, T: to - from }, { ...inputs, x, h0: state.h, c0: state.c })
          near(chunk.y, slice(whole.y, size, from, to), `steps ${from} to ${to}`)
          state = chunk
        }
        near(state.h, whole.h)
        near(state.c, whole.c)
      }),
    )
  })

  test(`${cell.name}: rows do not see each other`, () => {
    const part = (tensor: Float64Array) =>
      tensor.subarray(tensor.length / size.N, (2 * tensor.length) / size.N)
    const alone = cell.run(
      { ...size, N: 1 },
      { ...inputs, x: part(inputs.x), h0: part(inputs.h0), c0: part(inputs.c0) },
    )
    near(alone.y, part(whole.y))
    near(alone.h, part(whole.h))
  })

  test(`${cell.name}: reverse is the reversed input with the output turned back`, () => {
    const backward = cell.run(size, inputs, { reverse: 1 })
    const turned = cell.run(size, { ...inputs, x: reversed(inputs.x, size) })
    near(backward.y, reversed(turned.y, size))
    near(backward.h, turned.h)
  })

  test(`${cell.name}: masked steps are as if they were not there`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 1), { minLength: size.T, maxLength: size.T }),
        fc.constantFrom(0, 1),
        (mask, reverse) => {
          const kept = [...mask.keys()].filter((t) => mask[t] !== 0)
          const masks = Float64Array.from({ length: size.N * size.T }, (_, k) => mask[k % size.T]!)
          const masked = cell.run(size, { ...inputs, mask: masks }, { reverse })
          const steps = kept.map((t) => slice(inputs.x, size, t, t + 1))
          const x = Float64Array.from(
            [0, 1, 2].flatMap((n) =>
              steps.flatMap((step) => [...step.subarray(n * size.I, (n + 1) * size.I)]),
            ),
          )
          const shorter = { ...size, T: kept.length }
          const without = cell.run(shorter, { ...inputs, x }, { reverse })
          near(masked.h, without.h)
          near(masked.c, without.c)
          for (const [k, t] of kept.entries()) {
            near(slice(masked.y, size, t, t + 1), slice(without.y, shorter, k, k + 1))
          }
        },
      ),
    )
  })

  test(`${cell.name}: lengths are a mask, and what is written at masked steps is as asked`, () => {
    const lengths = Int32Array.of(2, 0, 6)
    const masks = Float64Array.from({ length: size.N * size.T }, (_, k) =>
      k % size.T < lengths[Math.floor(k / size.T)]! ? 1 : 0,
    )
    for (const reverse of [0, 1]) {
      for (const zeroOutput of [0, 1]) {
        const options = { reverse, zeroOutput }
        const byLength = cell.run(size, { ...inputs, lengths }, options)
        assert.deepEqual(byLength, cell.run(size, { ...inputs, mask: masks }, options))
        const written = byLength.y.subarray(5 * size.H, 6 * size.H)
        const last = byLength.y.subarray(size.H, 2 * size.H)
        near(written, zeroOutput || reverse ? new Float64Array(size.H) : last)
        near(byLength.y.subarray(6 * size.H, 12 * size.H), new Float64Array(6 * size.H))
        near(byLength.h.subarray(size.H, 2 * size.H), inputs.h0.subarray(size.H, 2 * size.H))
      }
    }
  })

  test(`${cell.name}: dropping inputs of a gate is scaling its weights`, () => {
    const random = new RandomStream(4, cell.name)
    const { N, I, H } = size
    for (const dropoutGates of [cell.gates, 1]) {
      const draw = (F: number) =>
        Float64Array.from({ length: dropoutGates * N * F }, () => random.uniform(0, 2))
      const [inputDropout, recurrentDropout] = [draw(I), draw(H)]
      const dropped = cell.run(size, { ...inputs, inputDropout, recurrentDropout }, { dropoutGates })
      for (let n = 0; n < N; n++) {
        const scaled = (weights: Float64Array, masks: Float64Array, F: number) =>
          weights.map((weight, k) => {
            const gate = dropoutGates === 1 ? 0 : Math.floor((k % (cell.gates * H)) / H)
            return weight * masks[(gate * N + n) * F + Math.floor(k / (cell.gates * H))]!
          })
        const run = cell.run(size, {
          ...inputs,
          kernel: scaled(inputs.kernel, inputDropout, I),
          recurrentKernel: scaled(inputs.recurrentKernel, recurrentDropout, H),
        })
        near(dropped.h.subarray(n * H, (n + 1) * H), run.h.subarray(n * H, (n + 1) * H))
      }
    }
  })

  test(`${cell.name}: a reset starts a row anew`, () => {
    const resets = Float64Array.from({ length: size.N * size.T }, (_, k) => (k % size.T === 2 ? 1 : 0))
    const run = cell.run(size, { ...inputs, resets })
    const { h0: _h, c0: _c, ...stateless } = inputs
    const fresh = cell.run({ ...size, T: 4 }, { ...stateless, x: slice(inputs.x, size, 2, 6) })
    near(slice(run.y, size, 0, 2), slice(whole.y, size, 0, 2))
    near(slice(run.y, size, 2, 6), fresh.y)
    near(run.h, fresh.h)
  })
}

test('backward refuses a saved buffer that its forward command did not write, or that was used before', () => {
  const tiny = { N: 1, T: 1, I: 1, H: 1, dropoutGates: 1 }
  const one = f64(1)
  const saved = new Float64Array(simpleRnnForwardSavedLength(tiny))
  const none = {
    bias: undefined,
    h0: undefined,
    ids: undefined,
    lengths: undefined,
    mask: undefined,
    resets: undefined,
    inputDropout: undefined,
    recurrentDropout: undefined,
  }
  const shared = {
    ...none,
    ...tiny,
    x: one,
    kernel: one,
    recurrentKernel: one,
    saved,
    reverse: 0,
    activation: Activation.tanh,
    zeroOutput: 0,
  }
  const gradients = { dy: one, dhT: undefined, dx: f64(0), dKernel: f64(0), dRecurrentKernel: f64(0) }
  const backward = (reverse = 0) =>
    simpleRnnKernels.simpleRnnBackward({
      ...shared,
      ...gradients,
      dBias: undefined,
      dh0: undefined,
      reverse,
      accumulate: 0,
    })
  const forward = () => simpleRnnKernels.simpleRnnForward({ ...shared, y: undefined, hT: undefined })
  assert.throws(() => backward(), /saved/)
  forward()
  assert.throws(() => backward(1), /saved/)
  backward()
  near(gradients.dx, [1 - Math.tanh(1) ** 2])
  assert.throws(() => backward(), /saved/)
  forward()
  saved[saved.length - 1] = 0.5
  assert.throws(() => backward(), /saved/)
})
