import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { ParameterSet, Session } from '../../graph/index.js'
import {
  describeCase,
  type GoldenMetric,
  golden,
  goldenCases,
  onEachEngine,
  unpack,
  type Variant,
} from '../../testing/golden-training.js'
import { createMetric, type Metric } from './index.js'

/** Results after each batch. */
function run(engine: Engine, metric: Metric, each: GoldenMetric, variant: Variant): number[][] {
  const session = new Session(engine, new ParameterSet())
  const names = {
    plain: [],
    sampleWeights: ['sampleWeights'],
    mask: ['mask'],
    both: ['sampleWeights', 'mask'],
  } as const
  const results = golden.metrics[each.data]!.map((batch) => {
    const outputs: string[] = []
    const { predictions, targets } = batch
    const program = session.program(`batch ${predictions.shape}`, (graph) => {
      const rows = Object.fromEntries(
        names[variant].map((name) => [name, graph.input(name, batch[name].shape)]),
      )
      const fetch = metric.tensors(
        graph.input('predictions', predictions.shape),
        graph.input('targets', targets.shape, metric.targets),
        rows,
      )
      outputs.push(...Object.keys(fetch))
      return { fetch }
    })
    if (outputs.length === 0) outputs.push(...program.compiled.outputs.keys())
    program.write('predictions', unpack(predictions))
    program.write('targets', unpack(targets))
    for (const name of names[variant]) program.write(name, unpack(batch[name]))
    program.runSync()
    metric.update(
      Object.fromEntries(
        outputs.map((name) => [name, program.read(name, new Float32Array(program.outputLength(name)))]),
      ),
    )
    const result = metric.result()
    return typeof result === 'number' ? [result] : [...result]
  })
  session.dispose()
  return results
}

await test(`metrics of Keras ${golden.keras}`, async (t) => {
  await onEachEngine(
    (name, body) => t.test(name, body),
    (engine) => {
      for (const each of goldenCases('metric')) {
        for (const [variant, expected] of Object.entries(each.variants)) {
          const metric = createMetric({ name: each.name, ...each.options })
          const results = run(engine, metric, each, variant as Variant)
          const label = `${describeCase(each)} of ${each.data}, ${variant}`
          assert.deepEqual(
            results.map((batch) => batch.length),
            expected.map((batch) => batch.length),
            label,
          )
          expected.flat().forEach((value, k) => {
            const actual = results.flat()[k]!
            const error = Math.abs(actual - value)
            assert.ok(
              error <= 1e-5 * Math.max(1, Math.abs(value)),
              `${label}: result ${k} is ${actual}, Keras gives ${value}`,
            )
          })
        }
      }
    },
  )
})
