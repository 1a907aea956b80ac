import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../../engine/reference/reference-engine.js'
import { type CompiledProgram, operations, ParameterSet, Session } from '../../graph/index.js'
import { RandomStream } from '../../random.js'
import { exponentialDecay, piecewiseConstantDecay } from '../learning-rate-schedules.js'
import { adam, adamW, createOptimizer, type Optimizer, optimizerNames, rmsprop, sgd } from './index.js'
import { hyperState } from './optimizer.js'

// Parameters whose gradients are whatever the test writes: loss = Σ parameter · input.
const shapes = { a: [3, 7], frozen: [2], b: [5], c: [4, 2] } as const
type Name = keyof typeof shapes
const names = Object.keys(shapes) as Name[]
const trained = names.filter((name) => name !== 'frozen')
type Values = Record<Name, Float64Array>

class Bench {
  readonly session: Session
  private readonly parameters = new ParameterSet()
  private readonly program: CompiledProgram
  private updates = 0

  constructor(private readonly optimizer: Optimizer) {
    for (const name of names) {
      this.parameters.add(name, shapes[name], {
        trainable: name !== 'frozen',
        decay: name !== 'b',
        initializer: (shape) => draws(`initial ${name}`, shape),
      })
    }
    this.session = new Session(createReferenceEngine(), this.parameters)
    this.session.initializeParameters()
    this.program = this.session.program('train', (graph) => {
      const terms = names.map((name) => {
        const weight = graph.parameter(this.parameters.get(name)!)
        return operations.sum(operations.multiply(weight, graph.input(name, shapes[name])))
      })
      return { differentiate: terms.reduce(operations.add), update: optimizer.update }
    })
  }

  step(gradients: Values, rate = this.optimizer.learningRate): void {
    this.session.writeState(hyperState, this.optimizer.hyperparameters(this.updates++, rate))
    for (const name of names) this.program.write(name, Float32Array.from(gradients[name]))
    this.program.runSync()
  }

  get norm(): number {
    return this.program.read('norm', new Float32Array(1))[0]!
  }

  values(): Values {
    return each((name) => Float64Array.from(this.session.readParameter(this.parameters.get(name)!)))
  }
}

function draws(name: string, shape: readonly number[], scale = 1): Float32Array {
  const random = new RandomStream(5, name)
  return Float32Array.from({ length: shape.reduce((p, q) => p * q, 1) }, () => scale * random.normal())
}

const each = (make: (name: Name) => Float64Array): Values =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Values

const gradientsOf = (step: number, scale = 1): Values =>
  each((name) => Float64Array.from(draws(`gradient ${name} ${step}`, shapes[name], scale)))

const normOf = (values: Values, of: readonly Name[] = trained): number =>
  Math.sqrt(of.reduce((sum, name) => sum + values[name].reduce((s, g) => s + g * g, 0), 0))

function close(actual: Values, expected: Values, tolerance = 2e-6): void {
  for (const name of names) {
    actual[name].forEach((value, index) => {
      const wanted = expected[name][index]!
      const error = Math.abs(value - wanted)
      assert.ok(
        error <= tolerance * Math.max(1, Math.abs(wanted)),
        `${name}[${index}]: ${value}, not ${wanted}`,
      )
    })
  }
}

/** Runs the optimizer and a formula for one element (memory m, gradient g, rate, t from 1) side by side. */
function compare(
  optimizer: Optimizer,
  formula: (p: number, g: number, m: Float64Array, rate: number, t: number) => number,
  prepare: (gradients: Values) => Values = (gradients) => gradients,
  decay = 0,
): void {
  const bench = new Bench(optimizer)
  const expected = bench.values()
  const memories = Object.fromEntries(
    names.map((name) => [name, Array.from(expected[name], () => new Float64Array(3))]),
  )
  for (let t = 1; t <= 6; t++) {
    const rate = optimizer.learningRate / t
    const given = gradientsOf(t, t === 3 ? 20 : 0.3)
    bench.step(given, rate)
    const gradients = prepare(given)
    for (const name of trained) {
      const shrink = name === 'b' ? 1 : 1 - decay * rate
      expected[name].forEach((p, k) => {
        expected[name][k] = formula(p * shrink, gradients[name][k]!, memories[name]![k]!, rate, t)
      })
    }
    assert.ok(Math.abs(bench.norm / normOf(given) - 1) < 1e-6, 'norm is that of the gradient before clipping')
  }
  close(bench.values(), expected)
}

const plainSgd = (p: number, g: number, _m: Float64Array, rate: number) => p - rate * g

describe('optimizers follow Keras’s formulas', () => {
  test('sgd', () => compare(sgd({ learningRate: 0.1 }), plainSgd))

  test('sgd with weight decay, not on parameters without', () =>
    compare(sgd({ learningRate: 0.1, weightDecay: 0.3 }), plainSgd, undefined, 0.3))

  for (const nesterov of [false, true]) {
    test(`sgd with momentum, nesterov ${nesterov}`, () =>
      compare(sgd({ learningRate: 0.1, momentum: 0.8, nesterov }), (p, g, m, rate) => {
        m[0] = 0.8 * m[0]! - rate * g
        return nesterov ? p + 0.8 * m[0] - rate * g : p + m[0]
      }))
  }

  for (const centered of [false, true]) {
    for (const momentum of [0, 0.7]) {
      test(`rmsprop, centered ${centered}, momentum ${momentum}`, () =>
        compare(rmsprop({ rho: 0.8, momentum, epsilon: 1e-3, centered }), (p, g, m, rate) => {
          m[0] = 0.8 * m[0]! + 0.2 * g * g
          m[1] = 0.8 * m[1]! + 0.2 * g
          const step = (rate * g) / Math.sqrt(m[0] - (centered ? m[1] ** 2 : 0) + 1e-3)
          m[2] = momentum * m[2]! + step
          return p - m[2]
        }))
    }
  }

  const adamFormula = (p: number, g: number, m: Float64Array, rate: number, t: number) => {
    m[0] = 0.8 * m[0]! + 0.2 * g
    m[1] = 0.95 * m[1]! + 0.05 * g * g
    return p - (rate * (Math.sqrt(1 - 0.95 ** t) / (1 - 0.8 ** t)) * m[0]) / (Math.sqrt(m[1]) + 1e-3)
  }
  test('adam', () => compare(adam({ beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }), adamFormula))
  test('adamW', () =>
    compare(
      adamW({ learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }),
      adamFormula,
      undefined,
      0.004,
    ))
})

describe('clipping', () => {
  test('globalClipnorm scales all parameters by one factor', () =>
    compare(sgd({ learningRate: 0.1, globalClipnorm: 2 }), plainSgd, (gradients) => {
      const factor = Math.min(1, 2 / normOf(gradients))
      return each((name) => gradients[name].map((g) => g * factor))
    }))

  test('clipnorm scales each parameter by its own', () =>
    compare(sgd({ learningRate: 0.1, clipnorm: 1 }), plainSgd, (gradients) =>
      each((name) => gradients[name].map((g) => g * Math.min(1, 1 / normOf(gradients, [name])))),
    ))

  test('clipvalue clips elements', () =>
    compare(sgd({ learningRate: 0.1, clipvalue: 0.25 }), plainSgd, (gradients) =>
      each((name) => gradients[name].map((g) => Math.min(0.25, Math.max(-0.25, g)))),
    ))

  test('two forms at once are refused', () => {
    assert.throws(() => adam({ clipnorm: 1, clipvalue: 1 }), { code: 'option' })
  })
})

describe('a gradient that is not finite changes nothing', () => {
  for (const name of optimizerNames()) {
    for (const clipping of [{}, { clipnorm: 1 }, { clipvalue: 1 }, { globalClipnorm: 1 }]) {
      test(`${name} ${JSON.stringify(clipping)}`, () => {
        for (const broken of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const bench = new Bench(createOptimizer({ name, weightDecay: 0.1, ...clipping }))
          bench.step(gradientsOf(1))
          const before = bench.values()
          const slots = () => bench.session.stateNames().filter((state) => state.name !== hyperState)
          const memory = () =>
            slots().map(({ name, count }) => bench.session.readState(name, new Float32Array(count)))
          const kept = memory()
          const gradients = gradientsOf(2)
          gradients.c[3] = broken
          bench.step(gradients)
          assert.ok(!Number.isFinite(bench.norm))
          assert.deepEqual(bench.values(), before)
          assert.deepEqual(memory(), kept)
          bench.step(gradientsOf(3))
          assert.notDeepEqual(bench.values(), before)
        }
      })
    }
  }
})

describe('registry', () => {
  test('a configuration gives the same optimizer', () => {
    for (const name of optimizerNames()) {
      const optimizer = createOptimizer({ name, learningRate: 0.3, clipnorm: 2 })
      const again = createOptimizer(JSON.parse(JSON.stringify(optimizer.toConfig())))
      assert.deepEqual(again.toConfig(), optimizer.toConfig())
      assert.equal(again.key, optimizer.key)
    }
  })

  test('a rate may be a schedule, as object, function or configuration', () => {
    const schedule = exponentialDecay({ initialLearningRate: 0.1, decaySteps: 2, decayRate: 0.25 })
    const spec = { name: 'sgd', learningRate: { ...schedule.toConfig(), name: 'ExponentialDecay' } }
    const half = (iteration: number) => 0.1 * 0.5 ** iteration
    for (const optimizer of [
      sgd({ learningRate: schedule }),
      sgd({ learningRate: half }),
      createOptimizer(spec),
    ]) {
      assert.equal(optimizer.learningRate, 0.1)
      assert.equal(optimizer.rateAt(1), 0.05)
      assert.equal(optimizer.key, sgd().key)
    }
    const saved = createOptimizer(JSON.parse(JSON.stringify(sgd({ learningRate: schedule }).toConfig())))
    assert.equal(saved.rateAt(4), 0.1 / 16)
    assert.equal(adam({ learningRate: 0.3 }).rateAt(7), 0.3)
    for (const learningRate of [-1, 'fast', null, { name: 5 }]) {
      assert.throws(() => createOptimizer({ name: 'sgd', learningRate }), { code: 'option' })
    }
    const unknown = { name: 'sgd', learningRate: { name: 'exponentalDecay' } }
    assert.throws(() => createOptimizer(unknown), { code: 'unknown-name', message: /"exponentialDecay"/ })
    assert.throws(() => piecewiseConstantDecay({ boundaries: [1], values: [1] }), { code: 'option' })
  })

  test('the rate is not part of the program, everything else is', () => {
    assert.equal(adam({ learningRate: 1 }).key, adam({ learningRate: 2 }).key)
    assert.notEqual(adam({ beta1: 0.5 }).key, adam().key)
    assert.notEqual(adam({ weightDecay: 0.004 }).key, adamW().key)
  })

  test('defaults are those of Keras 3', () => {
    assert.deepEqual(sgd().toConfig(), {
      name: 'sgd',
      learningRate: 0.01,
      momentum: 0,
      nesterov: false,
      weightDecay: 0,
    })
    const { learningRate, rho, momentum, epsilon, centered } = rmsprop().toConfig()
    assert.deepEqual([learningRate, rho, momentum, epsilon, centered], [0.001, 0.9, 0, 1e-7, false])
    const moments = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
    assert.deepEqual(adam().toConfig(), { name: 'adam', ...moments, amsgrad: false, weightDecay: 0 })
    assert.deepEqual(adamW().toConfig(), { name: 'adamW', ...moments, amsgrad: false, weightDecay: 0.004 })
  })

  test('names are found in any case, wrong ones get a suggestion', () => {
    assert.equal(createOptimizer('adamw').name, 'adamW')
    assert.throws(() => createOptimizer('adan'), { code: 'unknown-name', message: /"adam"/ })
    assert.throws(() => createOptimizer({ name: 'adam', momentun: 1 }), { code: 'unknown-name' })
  })

  test('Adam’s corrected rate keeps its digits', () => {
    const [rate, corrected] = adam().hyperparameters(0, 0.001)
    assert.equal(rate, Math.fround(0.001))
    assert.equal(corrected, Math.fround((0.001 * Math.sqrt(1 - Math.fround(0.999))) / (1 - Math.fround(0.9))))
    assert.equal(adam().hyperparameters(1e6, 0.001)[1], Math.fround(0.001))
  })
})
