import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { ToyBatches, ToyLanguageModel } from '../testing/toy-language-model.js'
import type { TrainerState } from './checkpoint.js'
import { fit } from './fit.js'
import type { FitOptions } from './fit-options.js'
import { createOptimizer, optimizerNames } from './optimizers/index.js'
import { layerRates, type ParameterRates } from './parameter-rates.js'
import { createSchedule } from './schedules/index.js'
import type { Progress } from './schedules/schedule.js'

const layers = [
  ['embedding/table'],
  ['lstm/kernel', 'lstm/recurrentKernel', 'lstm/bias'],
  ['hidden/kernel', 'output/kernel', 'output/bias'],
]

const at = (epoch: number): Progress => ({ step: 0, totalSteps: 1, stepsPerEpoch: 1, epoch, fraction: 0 })

const constantRates = (multipliers: readonly number[], groups = layers): ParameterRates => ({
  groups,
  multipliers: () => multipliers,
})

async function train(options: Partial<FitOptions> & { name?: string; rate?: number }) {
  const { name = 'adam', rate = 0.05, ...rest } = options
  const toy = new ToyLanguageModel(createReferenceEngine(), 0.2)
  const before = valuesOf(toy)
  const keys: string[] = []
  const prepare = toy.prepare.bind(toy)
  toy.prepare = (batch, optimizer) => {
    keys.push(optimizer.key)
    return prepare(batch, optimizer)
  }
  const optimizer = createOptimizer({ name, learningRate: rate, globalClipnorm: 1 })
  const result = await fit(toy, new ToyBatches(3), { optimizer, epochs: 1, ...rest })
  return { toy, before, after: valuesOf(toy), result, keys }
}

const valuesOf = ({ session, parameters }: ToyLanguageModel) =>
  new Map([...parameters].map((parameter) => [parameter.name, [...session.readParameter(parameter)]]))

describe('rates of groups', () => {
  test('all multipliers one is training without groups, bit for bit', async () => {
    for (const name of optimizerNames()) {
      const plain = await train({ name })
      assert.deepEqual((await train({ name, rates: constantRates([1, 1, 1]) })).after, plain.after)
    }
  })

  test('one multiplier for all is another learning rate', async () => {
    const half = await train({ rate: 0.025 })
    assert.deepEqual((await train({ rate: 0.05, rates: constantRates([0.5, 0.5, 0.5]) })).after, half.after)
  })

  test('each group steps by its own rate', async () => {
    const whole = await train({ name: 'sgd', steps: 1 })
    const parts = await train({ name: 'sgd', steps: 1, rates: constantRates([0.25, 0.5, 1]) })
    for (const [group, names] of layers.entries()) {
      for (const name of names) {
        const moved = ({ before, after }: typeof whole) =>
          after.get(name)!.map((value, k) => value - before.get(name)![k]!)
        const [expected, got] = [moved(whole), moved(parts)]
        assert.ok(expected.some((value) => value !== 0))
        for (const [k, value] of got.entries())
          assert.ok(Math.abs(value - expected[k]! * [0.25, 0.5, 1][group]!) < 1e-7, `${name} ${k}`)
      }
    }
  })

  test('a group of multiplier 0 keeps every bit, also under weight decay and momentum', async () => {
    for (const name of ['adamW', 'sgd', 'rmsprop']) {
      const { before, after } = await train({ name, epochs: 2, rates: constantRates([0, 0, 1]) })
      for (const name of [...layers[0]!, ...layers[1]!])
        assert.deepEqual(after.get(name), before.get(name), name)
      assert.notDeepEqual(after.get('output/kernel'), before.get('output/kernel'))
    }
  })

  test('the gradients of what is frozen are not computed', async () => {
    const flops = async (multipliers: readonly number[]) => {
      let flops = 0
      const toy = new ToyLanguageModel(createReferenceEngine())
      const prepare = toy.prepare.bind(toy)
      toy.prepare = (batch, optimizer) => {
        const program = prepare(batch, optimizer)
        flops = program.flops
        return program
      }
      const optimizer = createOptimizer('sgd')
      await fit(toy, new ToyBatches(2), { optimizer, steps: 1, rates: constantRates(multipliers) })
      return flops
    }
    const [all, head] = [await flops([1, 1, 1]), await flops([0, 0, 1])]
    assert.ok(head < 0.7 * all, `${head} of ${all}`)
  })

  test('programs are built when groups freeze or thaw, not when rates change', async () => {
    const rates: ParameterRates = {
      groups: layers,
      multipliers: ({ step, epoch }) => [epoch < 1 ? 0 : 1 / (step + 1), 1, 1],
    }
    const { keys } = await train({ epochs: 3, rates })
    assert.equal(keys.length, 9)
    assert.equal(new Set(keys).size, 2)
  })

  test('a group that thaws begins like one that was never frozen', async () => {
    // Adam corrects for moments that begin at zero: the first step of a group is as long as the learning rate.
    const { before, after } = await train({
      steps: 7,
      epochs: 9,
      rates: { groups: layers, multipliers: ({ step }) => [step < 6 ? 0 : 1, 1, 1] },
    })
    const steps = after
      .get('embedding/table')!
      .map((v, k) => Math.abs(v - before.get('embedding/table')![k]!))
    const moved = steps.filter((value) => value > 0)
    assert.ok(moved.length > 0)
    for (const value of moved) assert.ok(value < 0.0501 && value > 0.04, `${value}`)
  })

  test('parameters in no group learn at the learning rate', async () => {
    const { before, after } = await train({ rates: constantRates([0], [['lstm/kernel']]) })
    assert.deepEqual(after.get('lstm/kernel'), before.get('lstm/kernel'))
    assert.notDeepEqual(after.get('embedding/table'), before.get('embedding/table'))
  })

  test('afterwards the parameters are as they were', async () => {
    const toy = new ToyLanguageModel(createReferenceEngine())
    toy.parameters.get('output/bias')!.trainable = false
    const before = valuesOf(toy)
    const optimizer = createOptimizer('sgd')
    await fit(toy, new ToyBatches(2), { optimizer, rates: constantRates([0, 1, 1]) })
    assert.deepEqual(
      valuesOf(toy).get('output/bias'),
      before.get('output/bias'),
      'a multiplier thaws nothing',
    )
    const flags = [...toy.parameters].filter(({ trainable }) => !trainable).map(({ name }) => name)
    assert.deepEqual(flags, ['output/bias'])
    assert.ok([...toy.parameters].every(({ rateGroup }) => rateGroup === 0))
  })

  test('mistakes are answered', async () => {
    await assert.rejects(train({ rates: constantRates([1], [['lstm/kernl']]) }), {
      code: 'unknown-name',
      message: /lstm\/kernel/,
    })
    const twice = constantRates([1, 1], [['lstm/kernel'], ['lstm/kernel']])
    await assert.rejects(train({ rates: twice }), { code: 'option', message: /lstm\/kernel.*two groups/ })
    for (const wrong of [[1], [1, 1, -1], [1, 1, Number.NaN]])
      await assert.rejects(train({ rates: constantRates(wrong) }), {
        code: 'option',
        message: /3 multipliers/,
      })
  })
})

describe('layer rates', () => {
  test('each lower layer learns at the rate above divided by 2.6', () => {
    const rates = layerRates(layers)
    assert.deepEqual(rates.groups, layers)
    assert.deepEqual(rates.multipliers(at(0)), [1 / 2.6 ** 2, 1 / 2.6, 1])
  })

  test('gradual unfreezing: one layer more with each epoch, from the highest down', () => {
    const rates = layerRates(layers, { decay: 2, unfreezeEvery: 1 })
    assert.deepEqual(
      [0, 1, 2, 3].map((epoch) => rates.multipliers(at(epoch))),
      [
        [0, 0, 1],
        [0, 0.5, 1],
        [0.25, 0.5, 1],
        [0.25, 0.5, 1],
      ],
    )
    const slow = layerRates(layers, { decay: 1, unfreezeEvery: 2 })
    assert.deepEqual(
      [1, 2, 3, 4].map((epoch) => slow.multipliers(at(epoch)).join('')),
      ['001', '011', '011', '111'],
    )
    assert.deepEqual(layerRates(layers, { decay: 1, frozen: 1 }).multipliers(at(9)), [0, 1, 1])
  })

  test('resumed after any step it ends with the same bytes', async () => {
    const options = {
      rates: layerRates(layers, { unfreezeEvery: 1 }),
      schedule: createSchedule('slanted'),
      epochs: 4,
    }
    const states: TrainerState[] = []
    const callback = {
      onStep: (_: unknown, context: { captureState(): TrainerState }) => {
        const { tensors, metadata } = context.captureState()
        states.push({ tensors, metadata: JSON.parse(JSON.stringify(metadata)) })
      },
    }
    const straight = await train({ ...options, callbacks: [callback] })
    assert.equal(states.length, 12)
    for (const resume of states) {
      const resumed = await train({ ...options, resume })
      assert.deepEqual(resumed.after, straight.after)
      assert.deepEqual(resumed.result.state.metadata, straight.result.state.metadata)
    }
    await assert.rejects(
      train({ ...options, rates: constantRates([1], [['lstm/bias']]), resume: states[1]! }),
      {
        code: 'checkpoint',
        message: /3 groups .* now there are 1/,
      },
    )
    const { rates: _, ...plain } = options
    await assert.rejects(train({ ...plain, resume: states[1]! }), {
      code: 'checkpoint',
      message: /now there are none/,
    })
  })
})
