import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Graph } from '../graph/index.js'
import { concatenate, fill, reshape, slice } from '../graph/operations/index.js'
import { type Shape, sizeOf, type Tensor } from '../graph/tensor.js'
import { BuildContext, type Layer } from '../layers/layer.js'
import { RecurrentLayer } from '../layers/recurrent-layer.js'
import { layerFromConfig } from '../layers/registry.js'
import { RandomStream } from '../random.js'
import { drawn, gradientProblems } from './graph-check.js'
import { BuiltLayer, hasMask, inputName, inputShapes, maskOf, maskShape } from './layer-observation.js'
import type { LayerRow } from './layer-rows.js'

/** Holds one layer against everything any layer must fulfil; registers tests named after the row. */
export function layerContract(row: LayerRow): void {
  const label = `${row.kind} ${JSON.stringify(row.options)}`
  const make = (options: Readonly<Record<string, unknown>> = {}): Layer =>
    layerFromConfig({ layer: row.kind, name: 'own', options: { ...row.options, ...options } })
  const built = (options: Readonly<Record<string, unknown>> = {}, seed?: number) =>
    new BuiltLayer(row, make(options), seed)

  test(`${label}: a layer made from its saved config gives the same numbers`, () => {
    const first = built()
    const config = JSON.parse(JSON.stringify(first.layer.toConfig()))
    const again = new BuiltLayer(row, layerFromConfig(config))
    assert.deepEqual(again.layer.toConfig(), first.layer.toConfig())
    assert.deepEqual(again.observe(), first.observe())
    first.dispose()
    again.dispose()
  })

  test(`${label}: outputShape is the shape of the output, whatever the batch`, () => {
    const layer = built()
    for (const [N, T] of [
      [1, 1],
      [3, 1],
      [1, 4],
      [2, 5],
    ] as const) {
      const { outputs } = layer.run('plain', N, T, (_x, _graph, inputs) => layer.call(inputs).outputs)
      assert.deepEqual(
        layer.layer.outputShapes(inputShapes(row, N, T), row.arguments),
        outputs.map(({ shape }) => shape),
      )
      assert.ok(outputs.every(({ values }) => values.every(Number.isFinite)))
    }
    layer.dispose()
  })

  for (const how of ['', ' while training', ...(row.masks ? [' under masks'] : [])]) {
    test(`${label}: gradients agree with differences${how}`, () => {
      const layer = make()
      const shapes = inputShapes(row, 2, 3)
      const ids = Array.from({ length: 6 }, (_, k) => (k * 3 + 1) % (row.integers ?? 1))
      const named = shapes.map((shape, k) => [inputName(k), drawn(inputName(k), shape)] as const)
      const problems = gradientProblems({
        parameters: row.integers ? {} : Object.fromEntries(named),
        ...(row.integers ? { integers: { x: { shape: shapes[0], values: ids } } } : {}),
        training: how === ' while training',
        layers: (parameters) => {
          const context = new BuildContext(parameters, (name) => new RandomStream(1, name))
          row.before?.().build(context, [2, 3])
          layer.build(context, ...shapes)
        },
        build: (tensors, graph) => {
          const inputs = named.map(([name]) => tensors[name]!)
          const masks =
            how === ' under masks'
              ? shapes.map((shape, k) => (hasMask(shape, k) ? constantMask(graph, shape, k) : undefined))
              : []
          const { outputs } = layer.run(inputs, masks, row.arguments)
          return concatenate(
            outputs.map((y) => reshape(y, [-1])),
            0,
          )
        },
      })
      assert.deepEqual(problems, [])
    })
  }

  test(`${label}: the same seed gives the same weights and draws, another seed others`, () => {
    const [first, same, other] = [built({}, 4), built({}, 4), built({}, 5)] as const
    const [a, b, c] = [first.observe(), same.observe(), other.observe()] as const
    assert.deepEqual(b, a)
    if (row.constant) assert.equal(c.weights, a.weights)
    else if (a.weights !== '[]') assert.notEqual(c.weights, a.weights)
    // Without weights a seed shows in draws alone; a layer that is the same in training has none.
    else if (a.training !== a.output) assert.notEqual(c.training, a.training)
    for (const layer of [first, same, other]) layer.dispose()
  })

  const { wrong } = row
  test(`${label}: an input that does not fit is refused with the layer's name and both shapes`, () => {
    if (!wrong) return
    const layer = built(wrong.options as Readonly<Record<string, unknown>> | undefined).layer
    const { shape, expected, dtype = 'float32' } = wrong
    const others = row.others?.(2, 3) ?? []
    const check = (body: () => void) =>
      assert.throws(body, (error: Error) => {
        assert.match(error.message, /^layer "own": /)
        assert.ok(error.message.includes(expected), error.message)
        assert.equal((error as { code?: string }).code, 'shape')
        return true
      })
    const graph = new Graph()
    const inputs = [shape, ...others].map((own, k) => graph.input(inputName(k), own, dtype))
    check(() => layer.run(inputs, [], row.arguments))
    if (dtype === 'float32' && !row.integers)
      check(() => layer.outputShapes([shape, ...others], row.arguments))
  })

  test(`${label}: it cannot be called before it is built, and is built once`, () => {
    const layer = make()
    const x = new Graph().input('x', row.input(1, 1), row.integers ? 'int32' : 'float32')
    assert.throws(() => layer.call(x), /layer "own" is called before it is built/)
    const done = built()
    const context = new BuildContext(done.parameters, (name) => new RandomStream(1, name))
    done.layer.build(context, ...inputShapes(row, 1, 1))
    done.dispose()
  })

  for (const [option, { value, changes, with: shared = {} }] of Object.entries(row.variations)) {
    test(`${label}: option ${option} changes ${changes}`, () => {
      const [plain, varied] = [built(shared), built({ ...shared, [option]: value })]
      const [before, after] = [plain.observe(), varied.observe()]
      if (changes === 'nothing') assert.deepEqual(after, before)
      else assert.notEqual(after[changes], before[changes])
      plain.dispose()
      varied.dispose()
    })
  }

  if (row.recurrent) recurrentContract(label, row, make)
}

/** A mask [N, T] for an input [N, T, …] without a host to write it. */
function constantMask(graph: Graph, input: Shape, k: number): Tensor {
  const shape = maskShape(input)
  const values = [...maskOf(k, sizeOf(shape))].map((value) => fill(graph, [1], value))
  return reshape(concatenate(values, 0), shape)
}

function recurrentContract(
  label: string,
  row: LayerRow,
  make: (options?: Record<string, unknown>) => Layer,
): void {
  const recurrent = (options: Record<string, unknown> = {}) => {
    const layer = make({ returnSequences: true, ...options })
    assert.ok(layer instanceof RecurrentLayer)
    const built = new BuiltLayer(row, layer)
    built.drawWeights()
    const run = (
      key: string,
      build: (x: Tensor, graph: Graph) => readonly Tensor[],
      mask?: readonly number[],
    ) => built.run(key, 2, 4, build, mask ? { mask } : {}).outputs
    return { layer, run, built }
  }
  const close = (a: ReturnType<BuiltLayer['run']>['outputs'], b: typeof a, tolerance = 2e-6) => {
    assert.deepEqual(
      a.map(({ shape }) => shape),
      b.map(({ shape }) => shape),
    )
    a.forEach(({ values }, k) => {
      values.forEach((v, e) => {
        assert.ok(
          Math.abs(v - b[k]!.values[e]!) <= tolerance,
          `output ${k}[${e}]: ${v} and ${b[k]!.values[e]}`,
        )
      })
    })
  }
  const all = (result: { output: Tensor; state: Readonly<Record<string, Tensor>> }) => [
    result.output,
    ...Object.values(result.state),
  ]
  const part = (x: Tensor, begin: number, length: number) => slice(x, 1, begin, length)

  test(`${label}: a sequence is its steps, and any chunks, with the state carried`, () => {
    const { layer, run, built } = recurrent()
    const whole = run('whole', (x) => all(layer.callWithState(x)))
    for (const sizes of [
      [1, 1, 1, 1],
      [3, 1],
      [1, 3],
    ]) {
      const chunked = run(`chunks ${sizes}`, (x) => {
        let state: Readonly<Record<string, Tensor>> | undefined
        const outputs: Tensor[] = []
        let begin = 0
        for (const size of sizes) {
          const result = layer.callWithState(part(x, begin, size), { state })
          outputs.push(result.output)
          state = result.state
          begin += size
        }
        return [concatenate(outputs, 1), ...Object.values(state!)]
      })
      close(chunked, whole)
    }
    built.dispose()
  })

  test(`${label}: stateful chunks in one program after another are the whole`, () => {
    const { layer, run, built } = recurrent()
    const held = recurrent({ stateful: true })
    const whole = run('whole', (x) => [layer.call(x)])
    const chunks = [0, 2].map(
      (begin) => held.run(`from ${begin}`, (x) => [held.layer.call(part(x, begin, 2))])[0]!,
    )
    const features = whole[0]!.shape[2]!
    const joined = Float32Array.from(whole[0]!.values, (_, e) => {
      const t = Math.floor(e / features) % 4
      const n = Math.floor(e / features / 4)
      return chunks[t >> 1]!.values[(n * 2 + (t & 1)) * features + (e % features)]!
    })
    close([{ shape: whole[0]!.shape, values: joined }], whole)
    built.dispose()
    held.built.dispose()
  })

  test(`${label}: masked is shorter; masked steps do not matter`, () => {
    for (const goBackwards of [false, true]) {
      const { layer, run, built } = recurrent({ goBackwards, returnSequences: false })
      const shorter = run('shorter', (x) => all(layer.callWithState(part(x, 0, 2))))
      const mask = run(
        'masked',
        (x, graph) => all(layer.callWithState(x, { mask: graph.input('mask', [2, 4]) })),
        [1, 1, 0, 0, 1, 1, 0, 0],
      )
      close(mask, shorter)
      built.dispose()
    }
  })

  test(`${label}: backwards is forwards over the reversed input`, () => {
    const { layer, run, built } = recurrent()
    const back = recurrent({ goBackwards: true })
    const reversed = run('reversed', (x) => {
      const steps = [3, 2, 1, 0].map((t) => part(x, t, 1))
      return all(layer.callWithState(concatenate(steps, 1)))
    })
    close(
      back.run('back', (x) => all(back.layer.callWithState(x))),
      reversed,
    )
    built.dispose()
    back.built.dispose()
  })

  test(`${label}: no state is a state of zeros; the last output is that of the sequence`, () => {
    const { layer, run, built } = recurrent()
    const last = recurrent({ returnSequences: false })
    const none = run('none', (x) => all(layer.callWithState(x)))
    const zero = run('zero', (x, graph) => {
      const state = Object.entries(layer.stateSizes).map(([name, size]) => [
        name,
        graph.state(name, [2, size]),
      ])
      return all(layer.callWithState(x, { state: Object.fromEntries(state) }))
    })
    close(zero, none, 0)
    const ends = run('last', (x) => {
      const y = layer.call(x)
      return [reshape(part(y, 3, 1), [2, layer.outputSize])]
    })
    close(
      last.run('own', (x) => [last.layer.call(x)]),
      ends,
      0,
    )
    built.dispose()
    last.built.dispose()
  })

  test(`${label}: a wrong state is refused`, () => {
    const { layer, built } = recurrent()
    const graph = new Graph()
    const x = graph.input('x', row.input(2, 3))
    const name = Object.keys(layer.stateSizes)[0]!
    assert.throws(
      () => layer.callWithState(x, { state: { other: x } }),
      /unknown state of layer "own" "other"/,
    )
    const state = { [name]: graph.input('s', [2, 7]) }
    assert.throws(() => layer.callWithState(x, { state }), /layer "own": .* expects state .* got \[2, 7\]/)
    built.dispose()
  })
}
