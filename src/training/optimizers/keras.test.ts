import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { operations, ParameterSet, Session } from '../../graph/index.js'
import {
  describeCase,
  type GoldenOptimizer,
  golden,
  goldenCases,
  onEachEngine,
  unpack,
  unpackFloats,
} from '../../testing/golden-training.js'
import { createLearningRateSchedule } from '../learning-rate-schedules.js'
import { createLoss } from '../losses/index.js'
import { createOptimizer } from './index.js'
import { hyperState } from './optimizer.js'

const { inputs, labels, start } = golden.training
const [steps, batch, length] = inputs.shape as [number, number, number]
const names = ['embedding', 'kernel', 'recurrentKernel', 'bias', 'denseKernel', 'denseBias'] as const

/** Fifty steps of embedding, LSTM and a dense layer: the loss of each and the weights at the end. */
function train(engine: Engine, each: GoldenOptimizer) {
  const optimizer = createOptimizer({ name: each.name, ...each.options })
  const parameters = new ParameterSet()
  const added = names.map((name, k) =>
    parameters.add(name, start[k]!.shape, { initializer: () => unpackFloats(start[k]!) }),
  )
  const session = new Session(engine, parameters)
  session.initializeParameters()
  const program = session.program('train', (graph) => {
    const [embedding, kernel, recurrentKernel, bias, denseKernel, denseBias] = added.map((parameter) =>
      graph.parameter(parameter),
    )
    const x = operations.embedding(embedding!, graph.input('inputs', [batch, length], 'int32'))
    const { hT } = operations.recurrent(
      'lstm',
      { x, kernel: kernel!, recurrentKernel: recurrentKernel!, bias },
      {
        activation: 'tanh',
        recurrentActivation: 'sigmoid',
        reverse: false,
        zeroOutput: false,
        resetAfter: false,
      },
    )
    const loss = createLoss({ name: 'sparseCategoricalCrossentropy', fromLogits: true })
    const { mean } = loss.of(
      operations.dense(hT, denseKernel!, denseBias),
      graph.input('labels', [batch], 'int32'),
    )
    return { fetch: { mean }, differentiate: mean, update: optimizer.update }
  })
  const [allInputs, allLabels] = [unpack(inputs), unpack(labels)]
  const losses = Array.from({ length: steps }, (_, step) => {
    session.writeState(hyperState, optimizer.hyperparameters(step, optimizer.rateAt(step)))
    program.write('inputs', allInputs.slice(step * batch * length, (step + 1) * batch * length))
    program.write('labels', allLabels.slice(step * batch, (step + 1) * batch))
    program.runSync()
    return program.read('mean', new Float32Array(1))[0]!
  })
  const after = added.map((parameter) => session.readParameter(parameter))
  session.dispose()
  return { losses, after }
}

/** Within 1e-4 of the number, or of a hundredth of the largest of its tensor where it is near zero. */
function assertClose(what: string, actual: ArrayLike<number>, expected: Float32Array): void {
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  expected.forEach((value, e) => {
    const error = Math.abs(actual[e]! - value)
    const problem = `${what}[${e}] is ${actual[e]}, Keras gives ${value}`
    assert.ok(error <= 1e-4 * Math.max(Math.abs(value), largest / 100), problem)
  })
}

await test(`fifty steps of training as in Keras ${golden.keras}`, async (t) => {
  await onEachEngine(
    (name, body) => t.test(name, body),
    (engine) => {
      for (const each of goldenCases('optimizer')) {
        const { losses, after } = train(engine, each)
        const expected = unpackFloats(each.losses)
        assertClose(`${describeCase(each)}: loss`, losses, expected)
        each.after.forEach((weights, k) => {
          assertClose(`${describeCase(each)}: ${names[k]}`, after[k]!, unpackFloats(weights))
        })
        const moved = each.after.some((weights, k) =>
          unpackFloats(weights).some((value, e) => value !== unpackFloats(start[k]!)[e]),
        )
        assert.ok(moved, `${describeCase(each)} changes weights`)
      }
    },
  )
})

describe('options', () => {
  for (const [name, expected] of Object.entries(golden.defaults)) {
    test(`defaults of ${name}`, () => {
      const { name: _name, ...options } = createOptimizer(name).toConfig()
      const known = Object.entries(expected).filter(([, value]) => value !== null)
      const { weightDecay, ...rest } = options
      assert.deepEqual(
        { ...rest, ...(weightDecay === 0 ? {} : { weightDecay }) },
        Object.fromEntries(known.filter(([key]) => !['jitCompile'].includes(key))),
      )
    })
  }
})

describe('learning-rate schedules', () => {
  for (const each of goldenCases('schedule')) {
    test(describeCase(each), () => {
      const schedule = createLearningRateSchedule({ name: each.name, ...each.options })
      const again = createLearningRateSchedule(JSON.parse(JSON.stringify(schedule.toConfig())))
      unpackFloats(each.rates).forEach((rate, iteration) => {
        const error = Math.abs(schedule.rate(iteration) - rate)
        assert.ok(error <= 1e-7, `rate ${iteration} is ${schedule.rate(iteration)}, Keras gives ${rate}`)
        assert.equal(again.rate(iteration), schedule.rate(iteration))
      })
    })
  }
})
