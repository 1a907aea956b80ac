import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RandomStream } from '../../random.js'
import { fitScales, joinLogits, type Logits, logitsOf, priorsOf, probabilitiesOf } from './joint-scales.js'

const random = new RandomStream(7, 'scales')
const labels = 4

/** Texts whose labels are drawn from softmax (sigmoid) of `factor` times what the model says. */
function draw(count: number, factor: number, multiLabel: boolean) {
  const logits = Array.from({ length: count }, () =>
    Float32Array.from({ length: labels }, () => random.normal(0, 3)),
  )
  const truth = logits.map((row) => {
    const p = probabilitiesOf(
      row.map((logit) => factor * logit),
      multiLabel,
    )
    if (multiLabel) return [...p.keys()].filter((k) => random.uniform() < p[k]!)
    let rest = random.uniform()
    const label = p.findIndex((share) => {
      rest -= share
      return rest < 0
    })
    return [label < 0 ? labels - 1 : label]
  })
  return { logits, truth }
}

function lossOf(
  models: readonly Logits[],
  truth: readonly (readonly number[])[],
  multiLabel: boolean,
  scales: readonly number[],
) {
  let loss = 0
  for (const [i, own] of truth.entries()) {
    const p = probabilitiesOf(
      joinLogits(
        models.map((rows) => rows[i]!),
        scales,
      ),
      multiLabel,
    )
    if (!multiLabel) loss -= Math.log(p[own[0]!]!)
    else for (const [k, q] of p.entries()) loss -= Math.log(own.includes(k) ? q : 1 - q)
  }
  return loss / truth.length
}

for (const multiLabel of [false, true]) {
  describe(multiLabel ? 'several labels a text' : 'one label a text', () => {
    test('finds the temperature the labels were drawn at', () => {
      for (const factor of [0.3, 1, 2]) {
        const { logits, truth } = draw(3000, factor, multiLabel)
        const [found] = fitScales([logits], truth, multiLabel)
        assert.ok(Math.abs(found! / factor - 1) < 0.12, `${found} for ${factor}`)
      }
    })

    test('no step away from what it found lowers the loss, and a model of noise counts for little', () => {
      const { logits, truth } = draw(2000, 0.5, multiLabel)
      const noise = draw(2000, 1, multiLabel).logits
      const scales = fitScales([logits, noise], truth, multiLabel)
      const best = lossOf([logits, noise], truth, multiLabel, scales)
      for (const k of [0, 1]) {
        for (const step of [-0.05, 0.05]) {
          const other = scales.with(k, Math.max(0, scales[k]! + step))
          assert.ok(lossOf([logits, noise], truth, multiLabel, other) > best - 1e-4)
        }
      }
      assert.ok(scales[1]! >= 0 && scales[1]! < 0.05, `${scales}`)
    })

    test('a model that is always wrong gets the factor 0', () => {
      const { logits, truth } = draw(500, 1, multiLabel)
      const wrong = logits.map((row) => row.map((logit) => -logit))
      assert.deepEqual(fitScales([wrong], truth, multiLabel), [0])
    })

    test('texts told apart without a mistake do not make it certain', () => {
      const logits = Array.from({ length: 20 }, (_, i) =>
        Float32Array.from({ length: labels }, (_, k) => (k === i % labels ? 5 : -5)),
      )
      const [found] = fitScales(
        [logits],
        logits.map((_, i) => [i % labels]),
        multiLabel,
      )
      assert.ok(found! > 0.5 && found! < 3, `${found}`)
    })
  })
}

test('logitsOf is the way back', () => {
  for (const multiLabel of [false, true]) {
    const p = probabilitiesOf([0.3, -2, 1], multiLabel)
    const back = probabilitiesOf(logitsOf(p, multiLabel), multiLabel)
    for (const [k, value] of p.entries()) assert.ok(Math.abs(value - back[k]!) < 1e-6)
  }
  assert.ok(logitsOf([0, 1], false).every(Number.isFinite))
})

test('with few texts a model that is sure of everything does not outvote one that is not', () => {
  // Ten texts, right by chance for the sure model; the other says little, and is right more often than not.
  const sure = Array.from({ length: 10 }, (_, i) => Float32Array.of(i % 2 ? 8 : -8, i % 2 ? -8 : 8))
  const careful = sure.map((row, i) => row.map((logit) => (i < 3 ? -logit : logit) / 16))
  const truth = sure.map((_, i) => [i % 2 ? 0 : 1])
  const models = [sure, careful]
  const priors = priorsOf(models, [0.1, 0.9])
  assert.ok(Math.abs(priors[0]! * 8 - 0.1 * 0.5) < 1e-6, 'as much as the least sure, times its share')
  assert.ok(Math.abs(priors[1]! - 0.9) < 1e-12)
  const scales = fitScales(models, truth, false, priors)
  const weight = (k: number) => scales[k]! * Math.abs(models[k]![9]![0]!)
  assert.ok(weight(0) < 3 * weight(1), `${scales}`)
  // The more texts say the same, the more it is believed.
  const many = (rows: readonly Float32Array[]) => Array.from({ length: 40 }, () => rows).flat()
  const more = fitScales(models.map(many), Array.from({ length: 40 }, () => truth).flat(), false, priors)
  assert.ok(more[0]! > 2 * scales[0]!, `${more} after ${scales}`)
  assert.deepEqual(priorsOf([[], []], [0.5, 0.5]), [0.5, 0.5])
})
