import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatenate, reshape, reverse, slice } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { assertNear, LayerBench } from '../testing/layer-bench.js'
import { LeakyCell } from '../testing/leaky-cell.js'
import * as layers from './index.js'

const [N, T, I] = [2, 4, 3]

test('bidirectional is its two layers, the backward one read in order, whatever the options', () => {
  for (const returnSequences of [false, true]) {
    for (const [swap, masked] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const options = { returnSequences, zeroOutputForMask: returnSequences, returnState: true }
      const ahead = layers.lstm(2, { ...options, goBackwards: swap })
      const back = layers.lstm(2, { ...options, goBackwards: !swap, name: 'back' })
      const both = layers.bidirectional(ahead, swap ? { backwardLayer: back } : {})
      const bench = new LayerBench(swap ? [ahead, both] : [ahead, back, both], [N, T, I])
      const own = bench.run((x, m) => both.run([x], [masked ? m : undefined]).outputs)
      const parts = bench.run((x, m) => {
        const given = { mask: masked ? m : undefined }
        const [y, ...state] = ahead.callAll(x, given)
        const [z, ...other] = back.callAll(x, given)
        return [concatenate([y!, returnSequences ? reverse(z!, 1) : z!], -1), ...state, ...other]
      })
      assert.deepEqual(own, parts)
      bench.dispose()
    }
  }
})

test('the layers of bidirectional are named and weighed like Keras’s, apart from the one given', () => {
  const given = layers.simpleRnn(2)
  const both = layers.bidirectional(given)
  const bench = new LayerBench([given, both], [N, T, I])
  const weights = ['kernel', 'recurrentKernel', 'bias']
  assert.deepEqual(bench.names, [
    ...weights.map((name) => `simple_rnn/${name}`),
    ...weights.map((name) => `bidirectional/forward_simple_rnn/${name}`),
    ...weights.map((name) => `bidirectional/backward_simple_rnn/${name}`),
  ])
  assert.equal(both.weights.length, 6)
  assert.equal(layers.bidirectional(layers.gru(2, { name: 'forward_x' })).forwardLayer.name, 'forward_x')
  bench.dispose()
})

test('bidirectional refuses layers that do not fit together', () => {
  const make = (options: Partial<layers.GruOptions>) =>
    layers.bidirectional(layers.lstm(2), {
      backwardLayer: layers.gru(2, { goBackwards: true, ...options }),
    })
  assert.throws(() => make({ goBackwards: false }), /both have goBackwards false; one must walk each way/)
  assert.throws(
    () => make({ stateful: true }),
    /layer has stateful false, backwardLayer true; they must agree/,
  )
  assert.throws(() => make({ returnSequences: true }), /returnSequences/)
  assert.throws(() => make({ returnState: true }), /returnState/)
  const backwardLayer = layers.gru(2, { goBackwards: true })
  const uneven = layers.bidirectional(layers.lstm(3), { backwardLayer, mergeMode: 'sum' })
  assert.throws(() => uneven.outputShape([N, T, I]), /equal units for mergeMode "sum", got \[3, 2\]/)
  const wrong = (options: object) => layers.bidirectional(options as layers.BidirectionalOptions)
  assert.throws(() => wrong({ layer: layers.dense(3) }), /layer must be a recurrent layer/)
  assert.throws(
    () => wrong({ layer: layers.lstm(2), mergeMode: 'max' }),
    /mergeMode must be "concat", "sum", .* got "max"/,
  )
  const states = layers.bidirectional(layers.lstm(2))
  assert.throws(
    () =>
      states.outputShapes([
        [N, T, I],
        [N, 2],
      ]),
    /1 input or 5 with the initial state, got \[2\]/,
  )
})

test('bidirectional copies a cell of your own by its options, and says so when it has none', () => {
  const both = layers.bidirectional(layers.rnn(new LeakyCell({ size: 2 })))
  assert.notEqual(both.forwardLayer.cell, both.backwardLayer.cell)
  const { step, stateSizes, kind } = new LeakyCell({ size: 2 })
  const cell: layers.Cell = { step, stateSizes, kind, build: () => {} }
  assert.throws(() => layers.bidirectional(layers.rnn([cell, cell])), /cell "leaky" cannot be saved; give it/)
})

test('stacked cells are layers on top of each other, fused or not', () => {
  for (const fused of ['auto', 'never'] as const) {
    for (const goBackwards of [false, true]) {
      const options = { returnSequences: true, returnState: true }
      const stack = layers.rnn([layers.lstmCell(3), layers.gruCell(2)], { ...options, goBackwards, fused })
      assert.equal(stack.fusion.fused, fused === 'auto')
      const first = layers.lstm(3, { ...options, goBackwards })
      const second = layers.gru(2, options)
      const bench = new LayerBench([stack, first], [N, T, I], [[second, [N, T, 3]]])
      const whole = bench.run((x, mask) => stack.callAll(x, { mask }))
      const parts = bench.run((x, mask) => {
        const [y, h, c] = first.callAll(x, { mask })
        const [z, last] = second.callAll(y!, { mask: goBackwards ? reverse(mask, 1) : mask })
        return [z!, h!, c!, last!]
      })
      assertNear(whole, parts)
      bench.dispose()
    }
  }
})

test('a stack names its states and weights by its cells, and refuses what is no cell', () => {
  const stack = layers.stackedRnnCells([layers.lstmCell(3), new LeakyCell({ size: 2 })])
  assert.deepEqual(stack.stateSizes, { '0.h': 3, '0.c': 3, '1.fast': 2, '1.slow': 3 })
  assert.equal(stack.outputSize, 2)
  const bench = new LayerBench([layers.rnn([layers.gruCell(2), layers.gruCell(2)])], [N, T, I])
  assert.deepEqual(
    bench.names.filter((name) => name.endsWith('/kernel')),
    ['rnn/gru_cell/kernel', 'rnn/gru_cell_1/kernel'],
  )
  bench.dispose()
  assert.throws(() => layers.stackedRnnCells([]), /cells must be one or more cells, got none/)
  const none = [{}] as unknown as layers.Cell[]
  assert.throws(() => layers.stackedRnnCells(none), /one or more cells, got \{\} as cell 0/)
})

test('what stateful layers keep is found by name and set to zero; a layer called twice goes on where it ended', () => {
  const both = layers.bidirectional(layers.gru(2, { stateful: true }))
  const bench = new LayerBench([both], [N, T, I])
  const once = () => bench.run((x) => both.run([x]).outputs)
  const [first, second] = [once(), once()]
  assert.deepEqual(both.heldStates, ['bidirectional/forward_gru/h', 'bidirectional/backward_gru/h'])
  assert.notDeepEqual(second, first)
  layers.resetStates(bench.session, [both])
  assert.deepEqual(once(), first)
  layers.resetStates(bench.session, [both])
  const two = bench.run((x) => [...both.run([x]).outputs, ...both.run([x]).outputs])
  assert.deepEqual(two, [...first, ...second])
  assert.throws(
    () => bench.run((x) => both.run([x]).outputs, { shape: [N + 1, T, I] }),
    /state "bidirectional\/forward_gru\/h" has 4 values, a program wants 6; .* same batch size/,
  )
  bench.dispose()
})

test('an initial state is used, and its successor kept by a stateful layer', () => {
  const [held, free] = [layers.gru(2, { stateful: true }), layers.gru(2)]
  const bench = new LayerBench([held, free], [N, T, I])
  const start = (x: Tensor) => ({ h: reshape(slice(slice(x, 1, 0, 1), 2, 0, 2), [N, 2]) })
  const [output, expected] = bench.run((x) => [
    held.call(x, { state: start(x) }),
    free.call(x, { state: start(x) }),
  ])
  assert.deepEqual(output, expected)
  assert.deepEqual(bench.session.readState('gru/h', new Float32Array(N * 2)), output)
  bench.dispose()
})

test('given an initial state in a model, the mask is passed on and not heeded, as Keras does', () => {
  for (const layer of [layers.gru(2, { returnSequences: true }), layers.bidirectional(layers.gru(2))]) {
    const bench = new LayerBench([layer], [N, T, I])
    const [y, z] = bench.run((x, m, graph) => {
      const states = ['a', 'b'].map((name) => graph.state(name, [N, 2]))
      const own = layer.kind === 'gru' ? states.slice(1) : states
      const [masked, plain] = [layer.run([x, ...own], [m]), layer.run([x, ...own])]
      assert.equal(masked.masks[0], layer.outputMask(x, m))
      return [masked.outputs[0]!, plain.outputs[0]!]
    })
    assert.deepEqual(y, z)
    bench.dispose()
  }
})

test('timeDistributed is the layer at every step; masks of steps are passed on, masks within steps go in', () => {
  const lstm = layers.lstm(2, { name: 'inner' })
  const each = layers.timeDistributed(lstm)
  const shape = [N, 3, T, I]
  const bench = new LayerBench([each], shape)
  const [all, ...steps] = bench.run(
    (x, m) => {
      const masks = reshape(concatenate([m, m, m], 1), [N, 3, T])
      const whole = each.run([x], [masks])
      assert.equal(whole.masks[0], masks)
      assert.equal(each.run([x], [m]).masks[0], m)
      const step = (y: Tensor, t: number) => reshape(slice(y, 1, t, 1), [N, ...y.shape.slice(2)])
      const single = [0, 1, 2].map((t) => lstm.call(step(x, t), { mask: step(masks, t) }))
      return [whole.outputs[0]!, ...single]
    },
    { shape },
  )
  const own = [0, 1, 2].map((t) => all!.filter((_, e) => Math.floor(e / 2) % 3 === t))
  assertNear(own, steps)
  const stateful = layers.timeDistributed(layers.lstm(2, { returnState: true }))
  assert.throws(() => stateful.outputShape(shape), /a layer with one output, got \[3\]/)
  bench.dispose()
})

test('masked steps are skipped: masking, then a recurrent layer, is the shorter sequence', () => {
  const masking = layers.masking()
  const lstm = layers.lstm(2)
  const bench = new LayerBench([masking, lstm], [N, T, I])
  const [whole, shorter, zeros] = bench.run((x, _m, graph) => {
    const part = slice(x, 1, 0, 2)
    const padded = concatenate([part, graph.state('none', [N, 2, I])], 1)
    const { outputs, masks } = masking.run([padded])
    return [lstm.run(outputs, masks).outputs[0]!, lstm.call(part), slice(outputs[0]!, 1, 2, 2)]
  })
  assertNear([whole!], [shorter!])
  assert.ok(zeros!.every((value) => value === 0))
  bench.dispose()
})
