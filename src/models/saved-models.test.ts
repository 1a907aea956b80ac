import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { NdArray } from '../nd-array.js'
import { assertClose, fromGolden, type GoldenArray, goldenLines, goldenUrl } from '../testing/golden.js'
import { loadModel, type Model } from './index.js'

// Models that real Keras and TensorFlow.js saved, and what they answer; conformance/saved_models.py and others made the files.

interface SavedModel {
  readonly file: string
  readonly inputs: readonly GoldenArray[]
  readonly outputs: readonly GoldenArray[]
  readonly note: string
}

describe('models saved by others answer the same here', () => {
  for (const { file, inputs, outputs, note } of goldenLines<SavedModel>('models.jsonl')) {
    test(`${file}: ${note}`, async () => {
      const open = (name: string) =>
        loadModel(fileURLToPath(goldenUrl(name)), { engine: createReferenceEngine(), report: () => {} })
      if (file.includes('unsupported')) {
        await assert.rejects(open(file), {
          code: 'unsupported-layer',
          message: /GroupNormalization.*EinsumDense/,
        })
        return
      }
      let model: Model
      const weights = /^(.*?)[.-]weights\.h5$/.exec(file)
      if (weights) {
        // Weights alone: into the same model, whose own weights are put out first.
        model = await open(`${weights[1]}.keras`)
        model.setWeights(model.getWeights().map(({ shape }) => NdArray.zeros(shape)))
        await model.loadWeights(fileURLToPath(goldenUrl(file)))
      } else model = await open(file)
      const x = inputs.map(fromGolden)
      const answers = await model.predictAll(x.length === 1 ? x[0]! : x)
      for (const [k, expected] of outputs.entries()) {
        assertClose(answers[k]!, fromGolden(expected), 1e-5, `output ${k}`)
      }
      model.dispose()
    })
  }
})
