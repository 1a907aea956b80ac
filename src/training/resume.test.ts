import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ActivationName } from '../engine/commands.generated.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { heldOut, ToyBatches, ToyLanguageModel } from '../testing/toy-language-model.js'
import type { Callback } from './callbacks.js'
import { isTrainingTensor, type StateTensor, type TrainerState } from './checkpoint.js'
import { fit } from './fit.js'
import type { FitOptions } from './fit-options.js'
import { createOptimizer } from './optimizers/index.js'
import { createSchedule } from './schedules/index.js'

const dropout = 0.3
const stepsPerEpoch = 4

interface Outcome {
  readonly stopped: string
  readonly parameters: string
  readonly tensors: Record<string, string>
  readonly metadata: string
  readonly history: string
}

/** What a file would hold. */
const bytes = ({ data }: StateTensor) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')

function throughFile(state: TrainerState): TrainerState {
  const copies = [...state.tensors].map(([name, { shape, data }]): [string, StateTensor] => [
    name,
    { shape: [...shape], data: data.slice() },
  ])
  return { tensors: new Map(copies), metadata: JSON.parse(JSON.stringify(state.metadata)) }
}

/** A training with everything that has a memory: dropout, carried state, plateau, early stopping, validation. */
async function train(given: Partial<FitOptions> = {}, activation: ActivationName = 'tanh'): Promise<Outcome> {
  const model = new ToyLanguageModel(createReferenceEngine(), dropout, activation)
  const batches = heldOut(2)
  const result = await fit(model, new ToyBatches(stepsPerEpoch, true), {
    optimizer: createOptimizer({ name: 'adamw', learningRate: 0.3, globalClipnorm: 0.5 }),
    schedule: createSchedule({ name: 'plateau', factor: 0.5, patience: 1 }),
    epochs: 5,
    seed: 2 ** 40 + 5,
    validate: () => model.evaluate(batches),
    validateEvery: 3,
    earlyStopping: { monitor: 'loss', patience: 2 },
    ...given,
  })
  return {
    stopped: result.stopped,
    parameters: Buffer.from(model.session.readParameters().buffer).toString('hex'),
    tensors: Object.fromEntries([...result.state.tensors].map(([name, tensor]) => [name, bytes(tensor)])),
    metadata: JSON.stringify(result.state.metadata),
    history: JSON.stringify(result.history),
  }
}

describe('resume', () => {
  test('from any moment gives the bytes of an uninterrupted run', async () => {
    const states: TrainerState[] = []
    const capture = (_first: unknown, context: { captureState(): TrainerState }) => {
      states.push(throughFile(context.captureState()))
    }
    const everywhere: Callback = {
      onTrainBegin: (context) => capture(undefined, context),
      onEpochBegin: capture,
      onStep: capture,
      onValidation: capture,
      onEpochEnd: capture,
    }
    const straight = await train()
    const history = JSON.parse(straight.history) as { learningRate: number }[]
    assert.ok(new Set(history.map(({ learningRate }) => learningRate)).size > 1, 'the plateau has acted')
    assert.equal(straight.stopped, 'early-stopping', 'early stopping has acted')
    assert.ok(Object.keys(straight.tensors).some((name) => name.startsWith('training:best/')))

    const watched = await train({ callbacks: [everywhere] })
    assert.deepEqual(watched, straight, 'capturing changes nothing')
    assert.ok(states.length > 20)
    for (const resume of states) assert.deepEqual(await train({ resume }), straight)
  })

  test('after an abort at every step, many times over', async () => {
    const straight = await train()
    let resume: TrainerState | undefined
    for (let stops = 0; ; stops++) {
      const controller = new AbortController()
      let written: TrainerState | undefined
      const outcome = await train({
        ...(resume && { resume }),
        signal: controller.signal,
        callbacks: [{ onStep: () => controller.abort() }],
        checkpoint: {
          write: (state) => {
            written = throughFile(state)
          },
        },
      })
      if (outcome.stopped !== 'aborted') {
        assert.deepEqual(outcome, straight)
        assert.ok(stops >= 8)
        break
      }
      resume = written
    }
  })

  test('during validation', async () => {
    const straight = await train()
    const model = new ToyLanguageModel(createReferenceEngine(), dropout)
    const controller = new AbortController()
    let resume: TrainerState | undefined
    await train({
      signal: controller.signal,
      validate: async () => {
        await model.evaluate(heldOut(1))
        controller.abort()
        throw controller.signal.reason
      },
      checkpoint: {
        write: (state) => {
          resume = throughFile(state)
        },
      },
    })
    assert.ok(resume)
    assert.deepEqual(await train({ resume }), straight)
  })

  test('after a time limit, whose last validation leaves no trace', async () => {
    const straight = await train()
    for (const limit of [1, 4, 6]) {
      let steps = 0
      let resume: TrainerState | undefined
      const onStep = () => void steps++
      const write = (state: TrainerState) => {
        resume = throughFile(state)
      }
      await train({ now: () => steps, timeLimit: limit, callbacks: [{ onStep }], checkpoint: { write } })
      assert.ok(resume)
      assert.deepEqual(await train({ resume }), straight)
    }
  })

  test('a finished training ends at once, and goes on when there is more to do', async () => {
    const states: TrainerState[] = []
    const onTrainEnd: Callback['onTrainEnd'] = ({ state }) => void states.push(throughFile(state))
    const plain = { earlyStopping: {}, validateEvery: 100 }
    const two = await train({ ...plain, epochs: 2, callbacks: [{ onTrainEnd }] })
    assert.deepEqual(await train({ ...plain, epochs: 2, resume: states[0]! }), two)
    const four = await train({
      ...plain,
      epochs: 4,
      schedule: createSchedule({ name: 'plateau', factor: 0.5, patience: 1 }),
    })
    assert.deepEqual(await train({ ...plain, epochs: 4, resume: states[0]! }), four)
  })

  test('with retries after divergence', async () => {
    const wild: Partial<FitOptions> = {
      optimizer: createOptimizer({ name: 'sgd', learningRate: 1e5, momentum: 0.5 }),
      divergence: { retries: 3, factor: 1e-6 },
      earlyStopping: { patience: 3 },
      epochs: 2,
    }
    const states: TrainerState[] = []
    const keep = (_first: unknown, context: { captureState(): TrainerState }) => {
      states.push(throughFile(context.captureState()))
    }
    const straight = await train({ ...wild, callbacks: [{ onStep: keep, onRetry: keep }] }, 'exponential')
    assert.ok(JSON.parse(straight.metadata).progress.retries > 0)
    for (const resume of states) assert.deepEqual(await train({ ...wild, resume }, 'exponential'), straight)
  })
})

describe('checkpoints', () => {
  const trained = async () => {
    let state: TrainerState | undefined
    const onTrainEnd: Callback['onTrainEnd'] = (result) => {
      state = throughFile(result.state)
    }
    await train({
      epochs: 1,
      callbacks: [{ onTrainEnd }],
    })
    return state!
  }

  test('hold the model under its own names, the rest under training:', async () => {
    const { tensors } = await trained()
    const names = [...tensors.keys()].filter((name) => !isTrainingTensor(name))
    const model = new ToyLanguageModel(createReferenceEngine())
    assert.deepEqual(
      names,
      [...model.parameters].map(({ name }) => name),
    )
    assert.deepEqual(tensors.get('lstm/kernel')!.shape, [3, 16])
    assert.ok(tensors.has('training:state/optimizer/firstMoment'))
    assert.ok(tensors.has('training:state/train/h'))
    assert.ok(tensors.has('training:state/rng'))
  })

  test('of something else are refused and change nothing', async () => {
    const state = await trained()
    const attempt = async (
      change: (tensors: Map<string, StateTensor>) => void,
      metadata = state.metadata,
    ) => {
      const tensors = new Map(state.tensors)
      change(tensors)
      const model = new ToyLanguageModel(createReferenceEngine())
      const before = model.session.readParameters()
      const options = { optimizer: createOptimizer('adamw'), resume: { tensors, metadata } }
      await assert.rejects(fit(model, new ToyBatches(1), options), { code: 'checkpoint' })
      assert.deepEqual(model.session.readParameters(), before)
    }
    await attempt((tensors) => tensors.delete('lstm/bias'))
    await attempt((tensors) => tensors.set('extra', { shape: [1], data: new Float32Array(1) }))
    await attempt((tensors) => tensors.set('lstm/kernel', { shape: [16, 3], data: new Float32Array(48) }))
    await attempt(() => {}, { format: 99 })
    await attempt(() => {}, {})
    const model = new ToyLanguageModel(createReferenceEngine())
    await assert.rejects(
      fit(model, new ToyBatches(1), { optimizer: createOptimizer('sgd'), resume: state }),
      {
        code: 'checkpoint',
        message: /adamW/,
      },
    )
  })

  test('scores that JSON cannot hold survive', async () => {
    let call = 0
    const validate = () => ({ loss: [Number.NaN, Number.POSITIVE_INFINITY, 1][call++] ?? 1 })
    const states: TrainerState[] = []
    const onEpochEnd: Callback['onEpochEnd'] = (_entry, context) =>
      void states.push(throughFile(context.captureState()))
    const fixed = {
      validate,
      validateEvery: 100,
      earlyStopping: {},
      schedule: createSchedule('constant'),
      epochs: 3,
    }
    const straight = await train({ ...fixed, callbacks: [{ onEpochEnd }] })
    call = 2
    assert.deepEqual(await train({ ...fixed, resume: states[1]! }), straight)
    assert.match(straight.metadata, /NaN/)
  })

  test('do not change when training goes on', async () => {
    const model = new ToyLanguageModel(createReferenceEngine())
    let kept: TrainerState | undefined
    let copy: TrainerState | undefined
    const onStep: Callback['onStep'] = ({ step }, context) => {
      if (step !== 1) return
      kept = context.captureState()
      copy = throughFile(kept)
    }
    await fit(model, new ToyBatches(3), { optimizer: createOptimizer('adam'), callbacks: [{ onStep }] })
    assert.deepEqual(kept, copy)
  })
})
