import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadEngine } from '../engine/load.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { assertClose, fromGolden, type GoldenArray, goldenLines } from '../testing/golden.js'
import { checkGoldenLayer as check, type GoldenLayerCase } from '../testing/golden-layer.js'
import { runGraph } from '../testing/graph-check.js'
import { activationNames } from './activations.js'
import { constraint, constraintNames } from './constraints.js'
import { layerFields, layerNames } from './registry.js'
import { regularizer, regularizerNames } from './regularizers.js'

// What real Keras computes; conformance/layers.py made the files.

const cases = goldenLines<GoldenLayerCase>('layers.jsonl')

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
