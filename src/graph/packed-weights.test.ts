import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { roundWeight } from '../quantization.js'
import { RandomStream } from '../random.js'
import { compiledEngines, reference } from '../testing/engines.js'
import { operations, ParameterSet, Session, type Tensor } from './index.js'
import { packingOf, packWeight, unpackWeight } from './packed-weights.js'

const uniform = (length: number, label: string) => {
  const random = new RandomStream(3, label)
  return Float32Array.from({ length }, () => random.uniform(-1, 1))
}

test('a packed weight unpacks to what it was rounded to', () => {
  for (const format of ['bf16', 'int8'] as const) {
    for (const [name, shape] of [
      ['a/kernel', [5, 37]],
      ['a/recurrentKernel', [16, 64]],
      ['a/embeddings', [19, 6]],
    ] as const) {
      const values = uniform(shape[0] * shape[1], name)
      const packing = packingOf(format, name, shape)!
      const words = packWeight(packing, values)
      assert.equal(words.length, packing.length)
      assert.deepEqual(unpackWeight(packing, words), roundWeight(format, name, shape, values), name)
    }
  }
})

describe('int8 products', async () => {
  const [K, N] = [700, 150]
  const x = uniform(K, 'x')

  /** x · w without a bias: all that is not exact are three float32 roundings, the same everywhere. */
  async function product(
    candidate: { open(threads: number): ReturnType<typeof reference.open> },
    threads: number,
  ) {
    const engine = await candidate.open(threads)
    const parameters = new ParameterSet({ weights: 'int8' })
    const w = parameters.add('w/kernel', [K, N], { initializer: ([k, n]) => uniform(k! * n!, 'w') })
    const session = new Session(engine, parameters)
    session.initializeParameters()
    const program = session.program('product', (graph) => ({
      fetch: { y: operations.dense(graph.input('x', [1, K]), graph.parameter(w)) },
    }))
    program.write('x', x)
    program.runSync()
    const y = program.read('y', new Float32Array(N))
    engine.dispose()
    return y
  }

  const engines = (await compiledEngines()).filter(({ missing }) => !missing)
  test('have the same bits on every engine with any number of threads', async () => {
    const [first] = engines
    if (!first) return
    const expected = await product(first, 1)
    for (const engine of engines) {
      for (const threads of engine.threads) {
        assert.deepEqual(await product(engine, threads), expected, `${engine.label}, ${threads} threads`)
      }
    }
    const exact = await product(reference, 1)
    exact.forEach((value, n) => {
      assert.ok(Math.abs(value - expected[n]!) <= 3e-7 * Math.abs(value), `${n}: ${expected[n]} for ${value}`)
    })
  })
})

test('a program that differentiates refuses weights that are not float32', async () => {
  const engine = await reference.open(1)
  const parameters = new ParameterSet({ weights: 'bf16' })
  const w = parameters.add('w/kernel', [2, 2], { initializer: () => new Float32Array(4) })
  const session = new Session(engine, parameters)
  const build = (x: Tensor) => operations.sum(operations.dense(x, x.graph.parameter(w)))
  assert.throws(
    () => session.program('train', (graph) => ({ differentiate: build(graph.input('x', [1, 2])) })),
    { code: 'quantized-weights', message: /bf16 cannot be trained.*`weights` "float32"/ },
  )
  engine.dispose()
})
