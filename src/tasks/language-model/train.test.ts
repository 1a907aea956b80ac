import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { listInstructionSets, loadEngine } from '../../engine/load.js'
import { exampleText, tinyModel } from '../../testing/example-text.js'
import type { DivergedError } from '../../training/index.js'
import { languageCheckpointPieces, readLanguageCheckpoint } from './checkpoint-file.js'
import type { LanguageModelOptions } from './settings.js'
import { type LanguageCheckpoint, type LanguageModelTrainingOptions, trainLanguageModel } from './train.js'

const text = exampleText(25)
const run = { data: ['a.txt'], out: 'a.safetensors' }

let engine: Engine
before(async () => {
  engine = await loadEngine({ threads: 1 })
})
after(() => engine.dispose())

const train = (options: Partial<LanguageModelTrainingOptions> = {}) =>
  trainLanguageModel(text, {
    ...(!options.resume && tinyModel),
    ...options,
    engine: options.engine ?? engine,
  })

/** SHA-256 of the model file of a training. */
async function fileOf(options: Partial<LanguageModelTrainingOptions> = {}): Promise<string> {
  const { model } = await train(options)
  const hash = createHash('sha256')
  for (const piece of model.toPieces()) hash.update(piece)
  model.dispose()
  return hash.digest('hex')
}

/** What a file would hold: the checkpoint written and read again. */
function throughFile(checkpoint: LanguageCheckpoint): LanguageCheckpoint {
  const bytes = Buffer.concat(languageCheckpointPieces(checkpoint, run))
  return readLanguageCheckpoint(bytes, 'a.ckpt.safetensors').checkpoint
}

/** Every checkpoint of a training, one after each step. */
async function checkpointsOf(options: LanguageModelOptions): Promise<LanguageCheckpoint[]> {
  const checkpoints: LanguageCheckpoint[] = []
  const write = (checkpoint: LanguageCheckpoint) => void checkpoints.push(throughFile(checkpoint))
  const { model } = await train({ ...options, checkpoint: { every: { steps: 1 }, write } })
  model.dispose()
  return checkpoints
}

describe('resumed from a checkpoint file, training ends with the same bytes', () => {
  const kinds: Record<string, LanguageModelOptions> = {
    'lstm, dropout': { dropout: 0.3, recurrentDropout: 0.1 },
    'gru, words, two layers, plateau': {
      cell: 'gru',
      unit: 'word',
      layers: 2,
      schedule: 'plateau:0.5:1',
      patience: 3,
    },
    'adaptive softmax, tables by rows, dropout': {
      unit: 'word',
      cutoffs: '4,12',
      tableUpdates: 'touched',
      dropout: 0.2,
    },
    'sampled softmax, tied by rows': {
      unit: 'word',
      softmax: 'sampled',
      samples: 9,
      tie: true,
      embedding: 12,
      tableUpdates: 'touched',
      optimizer: 'rmsprop',
      momentum: 0.5,
    },
    'simple cell, sgd with momentum': {
      cell: 'simple',
      optimizer: 'sgd',
      momentum: 0.5,
      lr: 0.1,
      validSplit: 0,
    },
    'mixed precision': { precision: 'mixed', dropout: 0.1 },
  }
  for (const [name, options] of Object.entries(kinds)) {
    test(name, async () => {
      const whole = await fileOf(options)
      const checkpoints = await checkpointsOf(options)
      assert.ok(checkpoints.length >= 5)
      const every = Math.ceil(checkpoints.length / 8)
      for (const [index, resume] of checkpoints.entries()) {
        if (index % every !== 0 && index !== checkpoints.length - 1) continue
        assert.equal(await fileOf({ resume }), whole, `after step ${index + 1}`)
      }
    })
  }

  test('with another number of threads too', async () => {
    const options = { dropout: 0.2, units: 40, batch: 6 }
    const [one, two] = await Promise.all([loadEngine({ threads: 1 }), loadEngine({ threads: 2 })])
    for (const output of [{ cutoffs: '4,12' }, { samples: 9 }]) {
      const words = { ...options, ...output, unit: 'word', tableUpdates: 'touched' } as const
      assert.equal(await fileOf({ ...words, engine: one }), await fileOf({ ...words, engine: two }))
    }
    const whole = await fileOf({ ...options, engine: one })
    assert.equal(await fileOf({ ...options, engine: two }), whole)
    const checkpoints = await checkpointsOf(options)
    const resume = checkpoints[Math.floor(checkpoints.length / 2)]!
    assert.equal(await fileOf({ engine: two, resume }), whole)
    one.dispose()
    two.dispose()
  })
})

describe('resuming', () => {
  let checkpoint: LanguageCheckpoint
  before(async () => {
    checkpoint = (await checkpointsOf({ epochs: 1 }))[2]!
  })

  test('needs the same text and the settings that shape the model', async () => {
    const other = trainLanguageModel(exampleText(25, 8), { engine, resume: checkpoint })
    await assert.rejects(other, { code: 'checkpoint', message: /another text/ })
    const units = trainLanguageModel(text, { engine, resume: checkpoint, units: 17 })
    await assert.rejects(units, { code: 'checkpoint', message: /`units` 16, now it is 17/ })
  })

  test('may go on for longer, and slower', async () => {
    const { model, fit } = await trainLanguageModel(text, {
      engine,
      resume: checkpoint,
      epochs: 3,
      lr: 0.005,
    })
    assert.equal(fit!.epochs, 3)
    assert.equal(model.settings.lr, 0.005)
    model.dispose()
  })

  test('stopped by a signal, goes on from the checkpoint that was written', async () => {
    const whole = await fileOf()
    const controller = new AbortController()
    let saved: LanguageCheckpoint | undefined
    const { fit, model } = await train({
      signal: controller.signal,
      callbacks: [{ onStep: ({ step }) => (step === 7 ? controller.abort() : undefined) }],
      checkpoint: {
        write(state) {
          saved = state
        },
      },
    })
    assert.equal(fit!.stopped, 'aborted')
    model.dispose()
    assert.equal(await fileOf({ resume: throughFile(saved!) }), whole)
  })
})

describe('a training that diverges', () => {
  test('ends with the layer, the advice and, without a validation before, no model', async () => {
    await assert.rejects(train({ lr: 1e30 }), (error: DivergedError) => {
      assert.equal(error.code, 'diverged')
      assert.match(
        error.message,
        /the loss is NaN.*layer .*"\w+".*Try `lr` 0\.\d+ \(it was 1e\+30\), or a smaller `clip`/,
      )
      assert.ok(!error.message.includes('\n'))
      return true
    })
    await assert.rejects(
      train({ lr: 1e3, optimizer: 'sgd', clip: 0, epochs: 20, validSplit: 0 }),
      (error: DivergedError) => {
        assert.equal(error.code, 'diverged')
        assert.match(error.message, /layer "\w+".*`clip` 1/)
        return true
      },
    )
  })

  test('later gives the best weights, and leaves the good checkpoint', async () => {
    const epochs = 12
    let afterFirst: LanguageCheckpoint | undefined
    const first = await train({
      epochs,
      schedule: 'constant',
      callbacks: [{ onEpochEnd: ({ epoch }, context) => (epoch === 1 ? context.stop() : undefined) }],
      checkpoint: {
        write(state) {
          afterFirst = state
        },
      },
    })
    const best = first.fit!.best!
    first.model.dispose()
    for (const lr of [1e30, 200]) {
      const written: LanguageCheckpoint[] = []
      const { model, diverged, fit } = await train({
        epochs,
        resume: throughFile(afterFirst!),
        lr,
        checkpoint: { write: (state) => void written.push(state) },
      })
      assert.equal(fit, undefined)
      assert.equal(diverged!.code, 'diverged')
      const held = text.slice(Math.round(text.length * 0.9))
      assert.ok((await model.evaluate(held)).nats < best.score + 0.1, 'these are good weights')
      assert.equal(model.training.best!.score, best.score)
      assert.deepEqual(written, [])
      model.dispose()
    }
  })
})

test('a model says which precision was asked for, and whether products were rounded', async () => {
  const { model } = await train({ epochs: 1, precision: 'mixed' })
  assert.equal(model.settings.precision, 'mixed')
  assert.equal(model.training.precision, engine.info.mixed ? 'mixed' : undefined)
  model.dispose()
})

test('mistakes in the settings are found before any text is read', async () => {
  let read = false
  const source = () => {
    read = true
    return [text]
  }
  for (const options of [
    { patience: 2, validSplit: 0 },
    { units: 0 },
    { momentum: 0.9 },
    { schedule: 'x' },
  ]) {
    await assert.rejects(trainLanguageModel(source, { ...options, engine }), { code: 'option' })
  }
  await assert.rejects(trainLanguageModel(source, { unit: 'letter' as 'char', engine }), {
    code: 'unknown-name',
  })
  assert.equal(read, false)
})

test('a thousand steps do not grow the process', async (context) => {
  const native = (await listInstructionSets()).some((set) => set.engine === 'native')
  if (!native) return context.skip('no native engine here')
  const samples: number[] = []
  const { model } = await train({
    epochs: 1000,
    batch: 8,
    bptt: 16,
    validSplit: 0,
    schedule: 'constant',
    engine: await loadEngine({ engine: 'native', threads: 2 }),
    callbacks: [
      {
        onStep({ step }, training) {
          if (step % 100 === 0) samples.push(process.memoryUsage().rss)
          if (step === 1400) training.stop()
        },
      },
    ],
  })
  model.dispose()
  model.engine.dispose()
  const growth = Math.min(...samples.slice(-5)) - Math.min(...samples.slice(2, 6))
  assert.ok(growth < 12e6, `grew by ${(growth / 1e6).toFixed(1)} MB between steps 400 and 1400`)
})
