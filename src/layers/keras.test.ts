import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { add, multiply, sum } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { RandomStream } from '../random.js'
import { GraphRunner } from '../testing/graph-check.js'
import { type ActivationLike, activation, activationNames, registerActivation } from './activations.js'
import { BuildContext } from './layer.js'
import type { RecurrentLayer } from './recurrent-layer.js'
import { layerFromConfig } from './registry.js'

// What Keras computes; conformance/layers.py made the file.

interface Numbers {
  readonly shape: Shape
  readonly values: readonly number[]
}
type Named = Readonly<Record<string, Numbers>>
interface Case {
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
  readonly x: Numbers
  readonly mask: Numbers | null
  readonly weights: Named
  readonly state: Named | null
  readonly outputs: readonly Numbers[]
  readonly seeds: readonly Numbers[]
  readonly gradients: Named
}

const file = new URL('../../conformance/golden/layers.jsonl', import.meta.url)
const [header, ...cases] = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line)) as [
  { keras: string; x: number[]; activations: Readonly<Record<string, readonly number[]>> },
  ...Case[],
]

function assertClose(what: string, actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length, what)
  expected.forEach((value, e) => {
    const difference = Math.abs(actual[e]! - value)
    assert.ok(
      difference <= 2e-6 * (1 + Math.abs(value)),
      `${what}[${e}] is ${actual[e]}, Keras gives ${value}`,
    )
  })
}

function runnerOf(golden: Case, fused: 'auto' | 'never') {
  const layer = layerFromConfig({
    layer: golden.kind,
    name: 'own',
    options: { ...golden.options, units: 3, returnState: true, fused },
  }) as RecurrentLayer
  const seeds = Object.fromEntries(golden.seeds.map((seed, k) => [`seed${k}`, seed]))
  const mask = golden.mask ? { mask: golden.mask } : {}
  const outputs: Tensor[] = []
  const runner = new GraphRunner({
    parameters: { x: golden.x, ...golden.state, ...seeds, ...mask },
    layers: (parameters) =>
      layer.build(new BuildContext(parameters, (n) => new RandomStream(1, n)), golden.x.shape),
    build: (tensors) => {
      const state = golden.state
        ? Object.fromEntries(Object.keys(golden.state).map((name) => [name, tensors[name]!]))
        : undefined
      outputs.splice(0, outputs.length, ...layer.callAll(tensors.x!, { state, mask: tensors.mask } as object))
      const parts = outputs.map((output, k) => sum(multiply(output, tensors[`seed${k}`]!)))
      return parts.reduce(add)
    },
  })
  for (const [name, { values }] of Object.entries(golden.weights)) {
    runner.assign(`own/${name}`, Float64Array.from(values))
  }
  return { runner, outputs }
}

for (const [index, golden] of cases.entries()) {
  for (const fused of ['auto', 'never'] as const) {
    const label = `${golden.kind} ${JSON.stringify(golden.options)}${fused === 'never' ? ', step by step' : ''}`
    test(`Keras ${header.keras}, case ${index + 1}: ${label}`, () => {
      const { runner, outputs } = runnerOf(golden, fused)
      const { values } = runner.value()
      assert.deepEqual(
        outputs.map(({ shape }) => shape),
        golden.outputs.map(({ shape }) => shape),
      )
      // The gradient of Σ seed ⊙ output with respect to a seed is that output.
      const gradients = runner.gradients(Float64Array.of(1))
      golden.outputs.forEach((output, k) => {
        assertClose(`output ${k}`, gradients[`seed${k}`]!, output.values)
      })
      for (const [name, { values }] of Object.entries(golden.gradients)) {
        const own = name in golden.weights ? `own/${name}` : name
        assertClose(`gradient of ${name}`, gradients[own]!, values)
      }
      const total = golden.outputs.flatMap(({ values }, k) =>
        values.map((v, e) => v * golden.seeds[k]!.values[e]!),
      )
      assertClose('sum', values, [total.reduce((p, q) => p + q, 0)])
      runner.dispose()
    })
  }
}

function activate(like: ActivationLike): ArrayLike<number> {
  const runner = new GraphRunner({
    parameters: { x: { shape: [1, header.x.length], values: header.x } },
    build: ({ x }) => activation(like).apply(x!),
  })
  const { values } = runner.value()
  runner.dispose()
  return values
}

test('every activation gives what Keras gives', () => {
  const missing = activationNames().filter((name) => name !== 'swish' && !(name in header.activations))
  assert.deepEqual(missing, [])
  for (const [name, expected] of Object.entries(header.activations))
    assertClose(name, activate(name), expected)
  assertClose('swish', activate('swish'), header.activations.silu!)
})

test('an activation of your own is a function or a registered name', () => {
  const double = (x: Tensor) => add(x, x)
  const expected = header.x.map((x) => 2 * x)
  assertClose('function', activate(double), expected)
  registerActivation('double', double)
  assertClose('name', activate('double'), expected)
  assert.throws(() => registerActivation('double', double), /activation "double" exists already/)
  assert.throws(() => activation('gelo'), /unknown activation "gelo". Did you mean "gelu"/)
})
