import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { heldOut, type ToyBatch, ToyBatches, ToyLanguageModel } from '../testing/toy-language-model.js'
import type { Callback } from './callbacks.js'
import { DivergedError } from './divergence.js'
import { fit } from './fit.js'
import type { FitOptions, FitResult } from './fit-options.js'
import { adam, createOptimizer, sgd } from './optimizers/index.js'
import { createSchedule } from './schedules/index.js'

const model = (dropout = 0) => new ToyLanguageModel(createReferenceEngine(), dropout)

/** Trains the toy; every score of validation comes from the list when one is given. */
async function train(options: Partial<FitOptions>, stepsPerEpoch = 4, toy = model()): Promise<FitResult> {
  return fit(toy, new ToyBatches(stepsPerEpoch), { optimizer: adam({ learningRate: 0.05 }), ...options })
}

const scripted = (losses: readonly number[]) => {
  let call = 0
  return () => ({ loss: losses[call++]! })
}

describe('fit', () => {
  test('learns a sequence by heart', async () => {
    const toy = model()
    const result = await train({ epochs: 30, validate: () => toy.evaluate(heldOut(4)) }, 8, toy)
    const [first, last] = [result.history[0]!.scores, result.history.at(-1)!.scores]
    assert.equal(result.stopped, 'completed')
    assert.equal(result.history.length, 30)
    assert.ok(first.loss! > 1.2 && last.loss! < 0.2, `loss ${first.loss} → ${last.loss}`)
    assert.ok(last.valPerplexity! < 1.8)
  })

  test('an optimizer may bring a schedule over the steps', async () => {
    const optimizer = sgd({ learningRate: (iteration) => 0.1 / (iteration + 1) })
    const { history } = await train({ epochs: 2, optimizer })
    const rates = history.map(({ learningRate }) => learningRate)
    assert.deepEqual(rates, [0.1 / 4, 0.1 / 8]) // of the last step of each epoch
  })

  test('the loss of an epoch is the sum over its batches by their weights', async () => {
    const losses: number[] = []
    const onStep: Callback['onStep'] = ({ loss }) => {
      losses.push(loss)
    }
    const { history } = await train({ epochs: 1, callbacks: [{ onStep }] })
    const weights = [6, 5, 6, 5]
    const expected = losses.reduce((sum, loss, k) => sum + loss * weights[k]!, 0) / 22
    assert.ok(Math.abs(history[0]!.scores.loss! - expected) < 1e-12)
  })

  test('carried states are zero when an epoch begins, and dropout depends on the step', async () => {
    const firstLosses = async (dropout: number) => {
      const losses: number[] = []
      const still = sgd({ learningRate: 0 })
      const source = new ToyBatches(2)
      source.startEpoch = () => source.seek(0) // the same batches every epoch
      const onStep: Callback['onStep'] = ({ loss }) => {
        losses.push(loss)
      }
      await fit(model(dropout), source, { optimizer: still, epochs: 2, callbacks: [{ onStep }] })
      return losses
    }
    const [a, b, c, d] = await firstLosses(0)
    assert.deepEqual([c, d], [a, b])
    const [e, , g] = await firstLosses(0.5)
    assert.notEqual(e, g)
  })

  test('the seed decides dropout', async () => {
    const loss = async (seed: number) => (await train({ seed }, 4, model(0.5))).history[0]!.scores.loss
    assert.equal(await loss(3), await loss(3))
    assert.notEqual(await loss(3), await loss(4))
    assert.notEqual(await loss(3), await loss(3 + 2 ** 32))
  })

  test('a source that is asynchronous gives the same bytes', async () => {
    const run = async (asynchronous: boolean) => {
      const toy = model(0.3)
      const options = { optimizer: adam(), epochs: 2, checkpoint: { write: () => {}, every: { steps: 1 } } }
      const { history } = await fit(toy, new ToyBatches(3, asynchronous), options)
      return { history, parameters: toy.session.readParameters() }
    }
    assert.deepEqual(await run(true), await run(false))
  })

  test('callbacks come in order, each awaited', async () => {
    const told: string[] = []
    const say = async (text: string) => {
      await new Promise((resolve) => setTimeout(resolve))
      told.push(text)
    }
    const first: Callback = {
      onTrainBegin: () => say('begin'),
      onEpochBegin: (epoch) => say(`epoch ${epoch}`),
      onStep: ({ step, stepInEpoch }) => say(`step ${step} ${stepInEpoch}`),
      onValidation: ({ valLoss }) => say(`validation ${valLoss}`),
      onEpochEnd: ({ epoch, step }) => say(`end ${epoch} ${step}`),
      onTrainEnd: ({ stopped }) => say(stopped),
    }
    const second: Callback = { onStep: () => say('second') }
    await train(
      { epochs: 2, validate: scripted([5, 6, 7, 8]), validateEvery: 2, callbacks: [first, second] },
      3,
    )
    assert.deepEqual(told, [
      'begin',
      ...['epoch 0', 'step 1 1', 'second', 'step 2 2', 'second', 'validation 5', 'step 3 3', 'second'],
      ...['validation 6', 'end 0 3'],
      ...['epoch 1', 'step 4 1', 'second', 'validation 7', 'step 5 2', 'second', 'step 6 3', 'second'],
      ...['validation 8', 'end 1 6'],
      'completed',
    ])
  })

  test('reports of a step', async () => {
    let clock = 0
    const reports: unknown[] = []
    const onStep: Callback['onStep'] = (report) => {
      clock += 1000
      reports.push(report)
    }
    const schedule = createSchedule({ name: 'step', factor: 0.5 })
    await train({ epochs: 2, schedule, callbacks: [{ onStep }], now: () => clock }, 2)
    const last = reports.at(-1) as Record<string, number>
    assert.equal(last.step, 4)
    assert.equal(last.totalSteps, 4)
    assert.equal(last.epoch, 1)
    assert.equal(last.learningRate, 0.025)
    assert.equal(last.secondsElapsed, 3)
    assert.equal((reports[1] as Record<string, number>).secondsLeft, 1)
    assert.ok(last.gradientNorm! > 0)
  })

  test('a number of steps ends in the middle of an epoch, with validation', async () => {
    const result = await train({ steps: 6, validate: scripted([2, 1]) })
    assert.equal(result.steps, 6)
    assert.deepEqual(
      result.history.map(({ epoch, step, scores }) => [epoch, step, scores.valLoss]),
      [
        [0, 4, 2],
        [1, 6, 1],
      ],
    )
  })

  test('options that make no sense and sources without batches are refused', async () => {
    await assert.rejects(train({ epochs: 0 }), { code: 'option' })
    await assert.rejects(train({ validateEvery: 3 }), { code: 'option', message: /validate/ })
    await assert.rejects(train({}, 0), { code: 'empty-data' })
    await assert.rejects(train({ earlyStopping: { monitor: 'valLos' }, validate: scripted([1]) }), {
      code: 'unknown-name',
      message: /valLoss/,
    })
  })

  test('an error of the source arrives after the step under way', async () => {
    class Broken extends ToyBatches {
      override next(): ToyBatch | undefined | Promise<ToyBatch | undefined> {
        if (this.position() === 2) throw new Error('disk gone')
        return super.next()
      }
    }
    const toy = model()
    await assert.rejects(fit(toy, new Broken(4), { optimizer: adam() }), /disk gone/)
    await toy.session
      .program('free', (graph) => ({ fetch: { x: graph.parameter(toy.parameters.get('lstm/bias')!) } }))
      .run()
  })
})

describe('validation and early stopping', () => {
  test('ends with the weights of the best validation', async () => {
    const toy = model()
    const seen: Float32Array[] = []
    const scores = scripted([3, 2, 2.5, 2.4, 1])
    const validate = () => {
      seen.push(toy.session.readParameters())
      return scores()
    }
    const result = await train({ epochs: 5, validate, earlyStopping: { patience: 2 } }, 2, toy)
    assert.equal(result.stopped, 'early-stopping')
    assert.deepEqual(result.best, { score: 2, step: 4, epoch: 1 })
    assert.equal(result.steps, 8)
    assert.ok(result.restoredBest)
    assert.deepEqual(toy.session.readParameters(), seen[1])
    assert.notDeepEqual(seen[1], seen[3])
  })

  test('without restoreBest the last weights stay', async () => {
    const toy = model()
    let last: Float32Array | undefined
    const onStep: Callback['onStep'] = ({ step }, { session }) => {
      if (step === 6) last = session.readParameters()
    }
    const validate = scripted([1, 2, 3, 4])
    const earlyStopping = { patience: 2, restoreBest: false }
    const result = await train({ epochs: 4, validate, earlyStopping, callbacks: [{ onStep }] }, 2, toy)
    assert.equal(result.steps, 6)
    assert.ok(!result.restoredBest)
    assert.deepEqual(toy.session.readParameters(), last)
  })

  test('scores that grow, and a smallest change', async () => {
    const accuracies = [0.5, 0.6, 0.64, 0.66, 0.67, 0.7]
    let call = 0
    const validate = () => ({ loss: 1, accuracy: accuracies[call++]! })
    const earlyStopping = { monitor: 'valAccuracy', minDelta: 0.05, patience: 3 }
    const { best, stopped, steps } = await train({ epochs: 6, validate, earlyStopping }, 1)
    assert.deepEqual([best?.score, stopped, steps], [0.66, 'completed', 6])
  })

  test('without validation the training loss is watched', async () => {
    const { best, history } = await train({ epochs: 3, earlyStopping: {} })
    assert.equal(best?.score, Math.min(...history.map(({ scores }) => scores.loss!)))
  })

  test('plateau lowers the rate of the next steps', async () => {
    const schedule = createSchedule({ name: 'plateau', factor: 0.5, patience: 1 })
    const { history } = await train({ epochs: 4, schedule, validate: scripted([1, 1, 1, 0.5]) }, 1)
    assert.deepEqual(
      history.map(({ learningRate }) => learningRate),
      [0.05, 0.05, 0.025, 0.0125],
    )
    const again = await train({ epochs: 1, schedule, validate: scripted([1]) }, 1)
    assert.equal(again.history[0]!.learningRate, 0.05, 'the schedule itself has kept nothing')
  })
})

describe('stopping', () => {
  test('abort ends after the step under way and writes a checkpoint', async () => {
    const controller = new AbortController()
    const written: number[] = []
    const result = await train({
      epochs: 5,
      signal: controller.signal,
      callbacks: [{ onStep: ({ step }) => (step === 6 ? controller.abort() : undefined) }],
      checkpoint: {
        write: ({ metadata }) => void written.push((metadata.progress as { step: number }).step),
      },
    })
    assert.equal(result.stopped, 'aborted')
    assert.equal(result.steps, 6)
    assert.deepEqual(written, [6])
  })

  test('abort during validation', async () => {
    const controller = new AbortController()
    const validate = async (signal: AbortSignal | undefined) => {
      controller.abort()
      signal?.throwIfAborted()
      return { loss: 1 }
    }
    const result = await train({ epochs: 2, validate, signal: controller.signal })
    assert.deepEqual([result.stopped, result.steps, result.history.length], ['aborted', 4, 0])
  })

  test('the time limit ends training with a last validation, outside the resumable state', async () => {
    let clock = 0
    const pass = (milliseconds: number) => {
      clock += milliseconds
    }
    const result = await train({
      epochs: 5,
      timeLimit: 3500,
      now: () => clock,
      callbacks: [{ onStep: () => pass(1000) }],
      validate: scripted([1]),
      earlyStopping: {},
    })
    assert.deepEqual([result.stopped, result.steps, result.best?.step], ['time-limit', 4, 4])
    assert.deepEqual((result.state.metadata.progress as { history: unknown }).history, [])
  })

  test('a callback may stop training', async () => {
    const onEpochEnd: Callback['onEpochEnd'] = (_entry, context) => context.stop()
    const result = await train({ epochs: 5, callbacks: [{ onEpochEnd }] })
    assert.deepEqual([result.stopped, result.epochs, result.history.length], ['callback', 1, 1])
  })

  test('checkpoints every so many steps and milliseconds', async () => {
    const steps = async (every: { steps?: number; milliseconds?: number }) => {
      const written: number[] = []
      let clock = 0
      const pass = (milliseconds: number) => {
        clock += milliseconds
      }
      await train({
        epochs: 2,
        now: () => clock,
        callbacks: [{ onStep: () => pass(100) }],
        checkpoint: {
          every,
          write: ({ metadata }) => void written.push((metadata.progress as { step: number }).step),
        },
      })
      return written
    }
    assert.deepEqual(await steps({ steps: 3 }), [3, 6])
    assert.deepEqual(await steps({ milliseconds: 250 }), [3, 6])
  })
})

describe('divergence', () => {
  const wild = sgd({ learningRate: 1e4 })
  const explosive = () => new ToyLanguageModel(createReferenceEngine(), 0, 'exponential')

  test('names the layer and the remedy, weights stay finite', async () => {
    const toy = explosive()
    let before = new Float32Array()
    const onStep: Callback['onStep'] = (_report, { session }) => {
      before = session.readParameters().slice()
    }
    await assert.rejects(train({ optimizer: wild, callbacks: [{ onStep }] }, 4, toy), (error: unknown) => {
      assert.ok(error instanceof DivergedError)
      assert.equal(error.code, 'diverged')
      assert.equal(error.where, 'hidden')
      assert.match(error.message, /step 2 .*"hidden".*learning rate.*globalClipnorm/s)
      return true
    })
    const after = toy.session.readParameters()
    assert.deepEqual(after, before)
    assert.ok(after.every(Number.isFinite))
  })

  test('finds the gradient when all outputs are finite', async () => {
    const toy = explosive()
    toy.session.writeParameter(toy.parameters.get('output/kernel')!, new Float32Array(20).fill(3e37))
    await assert.rejects(train({}, 4, toy), (error: unknown) => {
      assert.ok(error instanceof DivergedError)
      assert.ok(error.where !== undefined && error.where !== 'output', `where: ${error.where}`)
      return true
    })
  })

  test('the best weights so far are kept', async () => {
    const toy = explosive()
    const schedule = {
      ...createSchedule('constant'),
      rate: ({ epoch }: { epoch: number }) => (epoch === 1 ? 1e4 : 0.1),
    }
    let best = new Float32Array()
    const onEpochEnd: Callback['onEpochEnd'] = (_entry, { session }) => {
      best = session.readParameters().slice()
    }
    const options = { optimizer: sgd(), epochs: 3, schedule, earlyStopping: {}, callbacks: [{ onEpochEnd }] }
    await assert.rejects(train(options, 4, toy), (error: unknown) => {
      assert.ok(error instanceof DivergedError)
      assert.deepEqual(error.best?.parameters, best)
      return true
    })
    assert.deepEqual(toy.session.readParameters(), best)
  })

  test('may go back and on with a lower rate', async () => {
    const told: string[] = []
    const onRetry: Callback['onRetry'] = (error) => void told.push(error.code)
    const optimizer = createOptimizer({ name: 'sgd', learningRate: 1e4, momentum: 0.5 })
    const divergence = { retries: 2, factor: 1e-3 }
    const result = await train({ optimizer, epochs: 3, divergence, callbacks: [{ onRetry }] }, 4, explosive())
    assert.deepEqual([result.stopped, result.steps], ['completed', 12])
    assert.deepEqual(told, ['diverged'])
    assert.equal(result.history.at(-1)!.learningRate, 1e4 * 1e-3)
  })
})
