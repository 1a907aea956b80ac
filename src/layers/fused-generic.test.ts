import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Engine } from '../engine/engine.js'
import { loadEngine } from '../engine/load.js'
import { concatenate, reshape } from '../graph/operations/index.js'
import { RandomStream } from '../random.js'
import { drawn, type GraphCase, GraphRunner } from '../testing/graph-check.js'
import { BuildContext } from './layer.js'
import type { RecurrentLayer } from './recurrent-layer.js'
import { layerFromConfig } from './registry.js'

// The fused commands and the loop over the same cell written with operations must agree, values and gradients,
// whatever the options.

const [N, T, I, H] = [3, 4, 2, 3]

interface Setting {
  readonly options: Readonly<Record<string, unknown>>
  readonly state: boolean
  readonly mask: boolean
  readonly lengths: boolean
  readonly resets: boolean
  readonly training: boolean
}

const common = {
  returnSequences: fc.boolean(),
  goBackwards: fc.boolean(),
  zeroOutputForMask: fc.boolean(),
  useBias: fc.boolean(),
  dropout: fc.constantFrom(0, 0.4),
  recurrentDropout: fc.constantFrom(0, 0.4),
  lockedDropoutMask: fc.constantFrom('auto', 'shared', 'perGate'),
  activation: fc.constantFrom('tanh', 'softsign', 'linear'),
}
const gated = { ...common, recurrentActivation: fc.constantFrom('sigmoid', 'hardSigmoid') }
const optionsOf: Readonly<Record<string, fc.Arbitrary<Readonly<Record<string, unknown>>>>> = {
  simpleRnn: fc.record(common),
  lstm: fc.record(gated),
  gru: fc.record({ ...gated, resetAfter: fc.boolean() }),
}

function settings(kind: string): fc.Arbitrary<Setting> {
  return fc.record({
    options: optionsOf[kind]!,
    state: fc.boolean(),
    mask: fc.boolean(),
    lengths: fc.boolean(),
    resets: fc.boolean(),
    training: fc.boolean(),
  })
}

function caseOf(kind: string, setting: Setting, fused: 'always' | 'never'): GraphCase {
  const layer = layerFromConfig({
    layer: kind,
    name: 'own',
    options: { ...setting.options, units: H, fused },
  }) as RecurrentLayer
  return {
    parameters: {
      x: drawn('x', [N, T, I]),
      h: drawn('h', [N, H]),
      c: drawn('c', [N, H]),
      mask: { shape: [N, T], values: [1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0] },
      resets: { shape: [N, T], values: [0, 0, 1, 0, 0, 2, 0, 0, 1, 0, 0, 0] },
    },
    integers: { lengths: { shape: [N], values: [4, 3, 0] } },
    training: setting.training,
    layers: (parameters) => {
      const context = new BuildContext(parameters, (name) => new RandomStream(1, name))
      layer.build(context, [N, T, I])
      assert.equal(layer.fusion.fused, fused === 'always')
    },
    build: ({ x, h, c, mask, resets, lengths }) => {
      const state = kind === 'lstm' ? { h: h!, c: c! } : { h: h! }
      const result = layer.callWithState(x!, {
        state: setting.state ? state : undefined,
        mask: setting.mask ? mask : undefined,
        resets: setting.resets ? resets : undefined,
        lengths: setting.lengths ? lengths : undefined,
      })
      const parts = [result.output, ...Object.values(result.state)].map((tensor) => reshape(tensor, [-1]))
      return concatenate(parts, 0)
    },
  }
}

function results(test: GraphCase, engine?: Engine) {
  const runner = new GraphRunner(test, engine)
  const { values } = runner.value()
  const weights = Float64Array.from(values, (_, e) => 0.5 + ((e * 7) % 5) / 4)
  const gradients = runner.gradients(weights)
  runner.dispose()
  return { value: values, ...gradients }
}

function assertClose(actual: ReturnType<typeof results>, expected: typeof actual, tolerance: number) {
  for (const [name, values] of Object.entries(expected)) {
    // What is given as a parameter here for convenience has no gradient in a fused command.
    if (name === 'mask' || name === 'resets') continue
    Array.from(values).forEach((value, e) => {
      const got = (actual as Readonly<Record<string, ArrayLike<number>>>)[name]![e]!
      assert.ok(
        Math.abs(got - value) <= tolerance * (1 + Math.abs(value)),
        `${name}[${e}]: ${got} and ${value}`,
      )
    })
  }
}

for (const kind of Object.keys(optionsOf)) {
  test(`${kind}: the fused command and the loop over the cell agree in values and gradients`, () => {
    fc.assert(
      fc.property(settings(kind), (setting) => {
        assertClose(results(caseOf(kind, setting, 'always')), results(caseOf(kind, setting, 'never')), 1e-9)
      }),
      { numRuns: 60 },
    )
  })
}

test('the engine in use here agrees with float64, fused and not', async () => {
  const engine = await loadEngine({ threads: 2 })
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(optionsOf)).chain((kind) => settings(kind).map((s) => ({ kind, s }))),
      ({ kind, s }) => {
        const expected = results(caseOf(kind, s, 'always'))
        assertClose(results(caseOf(kind, s, 'always'), engine), expected, 2e-5)
        assertClose(results(caseOf(kind, s, 'never'), engine), expected, 2e-5)
      },
    ),
    { numRuns: 60 },
  )
  engine.dispose()
})
