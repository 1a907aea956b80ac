import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawn, type GraphCase, gradientProblems } from '../testing/graph-check.js'
import { gradients } from './gradient.js'
import { Graph } from './graph.js'
import * as op from './operations/index.js'
import type { Tensor } from './tensor.js'

const right = (test: GraphCase) => assert.deepEqual(gradientProblems(test), [])

test('a composed operation differentiates without a gradient of its own', () => {
  const layerNorm = (x: Tensor, gain: Tensor) => {
    const centred = op.subtract(x, op.mean(x, -1, true))
    const variance = op.mean(op.square(centred), -1, true)
    return op.multiply(op.divide(centred, op.sqrt(op.add(variance, op.scalar(x, 1e-3)))), gain)
  }
  right({
    parameters: { x: drawn('x', [2, 3, 4]), gain: drawn('gain', [4]) },
    build: ({ x, gain }) => layerNorm(x!, gain!),
  })
})

test('weights shared by embedding and output get the sum of both gradients', () => {
  right({
    parameters: { table: drawn('table', [5, 3]), bias: drawn('bias', [5]) },
    integers: {
      ids: { shape: [2, 2], values: [0, 3, 3, 4] },
      targets: { shape: [2, 2], values: [1, 1, 4, -1] },
    },
    build: ({ table, bias, ids, targets }) => {
      const hidden = op.tanh(op.embedding(table!, ids!))
      return op.softmaxCrossEntropy(op.dense(hidden, table!, bias, { transposeW: true }), targets!)
    },
  })
})

test('a peephole LSTM step written with operations and unrolled differentiates', () => {
  const H = 2
  const T = 3
  right({
    parameters: {
      x: drawn('x', [2, T, 3]),
      kernel: drawn('kernel', [3, 4 * H]),
      recurrentKernel: drawn('recurrentKernel', [H, 4 * H]),
      bias: drawn('bias', [4 * H]),
      peephole: drawn('peephole', [3, H]),
      h0: drawn('h0', [2, H]),
      c0: drawn('c0', [2, H]),
    },
    build: ({ x, kernel, recurrentKernel, bias, peephole, h0, c0 }) => {
      const [peepI, peepF, peepO] = op.split(peephole!, 0, [1, 1, 1])
      let [h, c] = [h0!, c0!]
      const outputs: Tensor[] = []
      for (const step of op.split(x!, 1, new Array<number>(T).fill(1))) {
        const input = op.dense(op.reshape(step, [2, 3]), kernel!, bias)
        const [i, f, g, o] = op.split(op.add(input, op.matmul(h, recurrentKernel!)), 1, [H, H, H, H])
        const inputGate = op.sigmoid(op.add(i!, op.multiply(c, peepI!)))
        const forgetGate = op.sigmoid(op.add(f!, op.multiply(c, peepF!)))
        c = op.add(op.multiply(forgetGate, c), op.multiply(inputGate, op.tanh(g!)))
        h = op.multiply(op.sigmoid(op.add(o!, op.multiply(c, peepO!))), op.tanh(c))
        outputs.push(h)
      }
      return op.concatenate([op.stack(outputs, 1), op.reshape(c, [2, 1, H])], 1)
    },
  })
})

test('gradients flow through every use of a value and through several outputs', () => {
  right({
    parameters: { x: drawn('x', [2, 4]), w: drawn('w', [4, 4]) },
    build: ({ x, w }) => {
      const y = op.tanh(op.matmul(x!, w!))
      const [left, rightHalf] = op.split(y, 1, [1, 3])
      const again = op.matmul(y, w!, { transposeB: true })
      return op.add(
        op.multiply(again, left!),
        op.concatenate([op.exp(rightHalf!), op.slice(again, 1, 2, 1)], 1),
      )
    },
  })
})

for (const cell of ['simpleRnn', 'lstm', 'gru'] as const) {
  test(`${cell}: the whole-sequence command differentiates with states, masks, resets and direction`, () => {
    const G = op.gateCount[cell]
    const shape = { lengths: { shape: [3], values: [4, 2, 3] } }
    for (const reverse of [false, true]) {
      right({
        parameters: {
          x: drawn('x', [3, 4, 2]),
          kernel: drawn('kernel', [2, G * 3]),
          recurrentKernel: drawn('recurrentKernel', [3, G * 3]),
          bias: drawn('bias', cell === 'gru' ? [2, 9] : [G * 3]),
          h0: drawn('h0', [3, 3]),
          ...(cell === 'lstm' ? { c0: drawn('c0', [3, 3]) } : {}),
        },
        integers: { ...shape, ids: { shape: [3, 4], values: [1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1] } },
        build: ({ ids, lengths, x, kernel, recurrentKernel, bias, h0, c0 }, graph) => {
          const oneAt = (k: number) => op.reshape(op.slice(op.oneHot(ids!, 2), 2, k, 1), [3, 4])
          const resets = op.multiply(oneAt(0), op.fill(graph, [3, 4], 2))
          const weights = { kernel: kernel!, recurrentKernel: recurrentKernel!, bias }
          const inputs = { x: x!, ...weights, h0, c0, lengths, mask: oneAt(1), resets }
          const { y, hT, cT } = op.recurrent(cell, inputs, { reverse })
          const final = cell === 'lstm' ? [hT, cT] : [hT]
          return op.concatenate([y, ...final.map((s) => op.reshape(s, [3, 1, 3]))], 1)
        },
      })
    }
  })
}

test('what the loss does not depend on has no gradient', () => {
  const graph = new Graph()
  const x = graph.input('x', [2])
  const y = graph.input('y', [2])
  const [dx, dy, dz] = gradients(op.sum(op.multiply(x, op.step(y))), [x, y, op.exp(x)])
  assert.deepEqual(dx?.shape, [2])
  assert.equal(dy, undefined)
  assert.equal(dz, undefined)
  assert.deepEqual(gradients(op.step(x), [x]), [undefined])
})
