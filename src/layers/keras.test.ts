import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../engine/engine.js'
import { loadEngine } from '../engine/load.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import type { NdArray } from '../nd-array.js'
import { assertClose, fromGolden, type GoldenArray, goldenLines } from '../testing/golden.js'
import {
  type GoldenCall,
  GoldenLayer,
  type GoldenLayerCase,
  type LayerResults,
} from '../testing/golden-layer.js'
import { runGraph } from '../testing/graph-check.js'
import { activationNames } from './activations.js'
import { constraint, constraintNames } from './constraints.js'
import { layerFields, layerNames } from './registry.js'
import { regularizer, regularizerNames } from './regularizers.js'

// What real Keras computes; conformance/layers.py made the files.

const cases = goldenLines<GoldenLayerCase>('layers.jsonl')

function assertOutputs(id: string, actual: LayerResults, golden: GoldenCall): void {
  assert.equal(actual.outputs.length, golden.outputs.length, `${id}: number of outputs`)
  for (const [k, output] of golden.outputs.entries()) {
    assertClose(actual.outputs[k]!, fromGolden(output), 1e-5, `${id}: output ${k}`)
  }
  for (const [k, mask] of golden.outputMasks.entries()) {
    const own = actual.outputMasks[k] ?? null
    assert.equal(own === null, mask === null, `${id}: mask of output ${k} is ${mask ? 'missing' : 'new'}`)
    if (own && mask) assertClose(own, fromGolden(mask), 0, `${id}: mask of output ${k}`)
  }
}

/** Within 1e-4 of the largest gradient in the array. */
function assertGradients(
  what: string,
  actual: readonly (NdArray | null)[],
  golden: readonly (GoldenArray | null)[],
): void {
  for (const [k, array] of golden.entries()) {
    if (!array) continue
    const expected = fromGolden(array)
    const own = actual[k]
    assert.deepEqual(own?.shape, expected.shape, `${what} ${k}: shape`)
    const largest = Array.from(expected.data).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    for (let e = 0; e < expected.size; e++) {
      const [a, b] = [own!.data[e]!, expected.data[e]!]
      assert.ok(
        Math.abs(a - b) <= 1e-4 * largest + 1e-6,
        `${what} ${k}: value ${e} is ${a}, Keras gives ${b}`,
      )
    }
  }
}

function check(golden: GoldenLayerCase, engine: Engine, options = {}): void {
  const { id, calls } = golden
  const own = new GoldenLayer(golden, engine, options)
  if (calls) {
    for (const [k, call] of calls.entries()) assertOutputs(`${id}, call ${k}`, own.run(call, false), call)
  } else {
    const results = own.run(golden, true)
    assertOutputs(id, results, golden)
    assertGradients(`${id}: gradient of input`, results.inputGradients, golden.gradients.inputs)
    assertGradients(`${id}: gradient of state`, results.stateGradients, golden.gradients.initialState ?? [])
    assertGradients(`${id}: gradient of weight`, results.weightGradients, golden.gradients.weights)
    for (const [k, weight] of (golden.weightsAfter ?? []).entries()) {
      assertClose(results.weightsAfter[k]!, fromGolden(weight), 1e-5, `${id}: weight ${k} after the call`)
    }
  }
  own.dispose()
}

const known = new Set(layerNames())

test('every layer that Keras was asked about exists', () => {
  const kinds = new Set(cases.map(({ layer }) => layer))
  assert.deepEqual(
    [...kinds].filter((kind) => !known.has(kind)),
    [],
  )
})

for (const golden of cases.filter(({ layer }) => known.has(layer))) {
  test(`Keras: ${golden.id}`, () => check(golden, createReferenceEngine()))
  if ('fused' in layerFields(golden.layer)) {
    test(`Keras, step by step: ${golden.id}`, () =>
      check(golden, createReferenceEngine(), { fused: 'never' }))
  }
}

test('the engine in use here gives what Keras gives', async () => {
  const engine = await loadEngine({ threads: 2 })
  for (const golden of cases.filter(({ layer }) => known.has(layer))) check(golden, engine)
  engine.dispose()
})

test('Keras was asked about every activation', () => {
  const asked = cases.filter(({ layer }) => layer === 'activation').map(({ options }) => options.activation)
  const missing = activationNames().filter((name) => !asked.includes(name))
  assert.deepEqual(missing, [])
})

interface GoldenFunction {
  readonly id: string
  readonly regularizer?: string
  readonly constraint?: string
  readonly options: Readonly<Record<string, unknown>>
  readonly input: GoldenArray
  readonly output: GoldenArray
}

const functions = goldenLines<GoldenFunction>('regularizers.jsonl')
for (const golden of functions) {
  test(`Keras: ${golden.id}`, () => {
    const { options } = golden
    const f = golden.regularizer
      ? regularizer({ name: golden.regularizer, ...options })
      : constraint({ name: golden.constraint!, ...options })
    assertClose(runGraph(fromGolden(golden.input), f), fromGolden(golden.output), 1e-6, golden.id)
  })
}

test('Keras was asked about every regularizer and constraint', () => {
  const asked = functions.flatMap(({ regularizer: r, constraint: c }) => [r, c])
  const lower = [...regularizerNames(), ...constraintNames()].filter((name) => /^[a-z]/.test(name))
  assert.deepEqual(
    lower.filter((name) => !asked.includes(name)),
    [],
  )
})
