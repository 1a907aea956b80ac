import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { ParameterSet, Session } from '../../graph/index.js'
import {
  describeCase,
  type GoldenLoss,
  golden,
  goldenCases,
  onEachEngine,
  unpack,
  unpackFloats,
} from '../../testing/golden-training.js'
import { createLoss, type Loss } from './index.js'

/** Mean, loss of each row, and gradient of the mean with respect to the predictions. */
function run(engine: Engine, loss: Loss, each: GoldenLoss, variant: keyof GoldenLoss['variants']) {
  const data = golden.losses[each.data]!
  const shared = data.predictions.shape.length === 3 ? golden.rows : golden.singleRows
  const rows = {
    ...(variant === 'sampleWeights' || variant === 'both' ? { sampleWeights: shared.sampleWeights } : {}),
    ...(variant === 'mask' || variant === 'both' ? { mask: shared.mask } : {}),
    ...(variant === 'nothing' ? { mask: shared.empty } : {}),
  }
  const parameters = new ParameterSet()
  const predictions = parameters.add('predictions', data.predictions.shape, {
    initializer: () => unpackFloats(data.predictions),
  })
  const session = new Session(engine, parameters)
  session.initializeParameters()
  const program = session.program('loss', (graph) => {
    const inputs = Object.fromEntries(
      Object.entries(rows).map(([name, { shape }]) => [name, graph.input(name, shape)]),
    )
    const targets = graph.input('targets', data.targets.shape, loss.targets)
    const { mean } = loss.of(graph.parameter(predictions), targets, inputs)
    const { losses } = loss.rowLosses(graph.parameter(predictions), targets)
    return { fetch: { mean, losses }, differentiate: mean }
  })
  program.write('targets', unpack(data.targets))
  for (const [name, packed] of Object.entries(rows)) program.write(name, unpack(packed))
  program.runSync()
  const result = {
    mean: program.read('mean', new Float32Array(1))[0]!,
    losses: program.read('losses', new Float32Array(program.outputLength('losses'))),
    gradient: session.readGradient(predictions),
  }
  session.dispose()
  return result
}

function near(what: string, actual: number, expected: number): void {
  const error = Math.abs(actual - expected)
  assert.ok(error <= 1e-5 * Math.max(1, Math.abs(expected)), `${what} is ${actual}, Keras gives ${expected}`)
}

await test(`losses of Keras ${golden.keras}`, async (t) => {
  await onEachEngine(
    (name, body) => t.test(name, body),
    (engine) => {
      for (const each of goldenCases('loss')) {
        const loss = createLoss({ name: each.name, ...each.options })
        const label = `${describeCase(each)} of ${each.data}`
        for (const [variant, expected] of Object.entries(each.variants)) {
          const result = run(engine, loss, each, variant as keyof GoldenLoss['variants'])
          near(`${label}, ${variant}`, result.mean, expected.mean)
          if (variant === 'plain') {
            unpack(each.rows).forEach((value, row) => {
              near(`${label}, row ${row}`, result.losses[row]!, value)
            })
          }
          if (!expected.gradient) continue
          const gradient = unpackFloats(expected.gradient)
          const largest = gradient.reduce((max, g) => Math.max(max, Math.abs(g)), 0)
          gradient.forEach((value, e) => {
            // Relative to the element; 1e-7 of the largest is what float32 leaves of differences of large terms.
            const error = Math.abs(result.gradient[e]! - value)
            const problem = `${label}, ${variant}: gradient ${e} is ${result.gradient[e]}, Keras gives ${value}`
            assert.ok(error <= 1e-4 * Math.abs(value) + 1e-7 * largest, problem)
          })
        }
      }
    },
  )
})
