import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { loadEngine } from '../../engine/load.js'
import { createReferenceEngine } from '../../engine/reference/reference-engine.js'
import { type Graph, operations as op, ParameterSet, Session, type Tensor } from '../../graph/index.js'
import { RandomStream } from '../../random.js'
import { createOptimizer } from './index.js'
import { hyperState } from './optimizer.js'

// A table updated by rows beside the same table updated as a whole.

const [V, E, M, S] = [50, 5, 12, 7]

interface Options {
  readonly engine?: Engine
  readonly optimizer: Parameters<typeof createOptimizer>[0]
  readonly rowGradient: boolean
  /** Ids of a step. */
  readonly ids?: (step: number) => Int32Array
  readonly steps?: number
  readonly decay?: boolean
  /** Reads the whole table besides. */
  readonly dense?: (table: Tensor) => Tensor
}

const drawIds = (step: number) => {
  const random = new RandomStream(step, 'ids')
  return Int32Array.from({ length: M + S }, () => random.integer(V + 2) - 1)
}
/** Every row in every step; the places before them lie outside. */
const everyRow = () => Int32Array.from({ length: M + S }, (_, k) => k - M)

/** Trains table [V, E], read in two places, and a matrix; returns everything after it. */
function train(options: Options) {
  const { engine = createReferenceEngine(), optimizer: spec, rowGradient, ids = drawIds, dense } = options
  const rows = ids === everyRow ? S : V
  const parameters = new ParameterSet()
  const add = (name: string, shape: readonly number[], extra = {}) =>
    parameters.add(name, shape, {
      initializer: (own) => {
        const random = new RandomStream(3, name)
        return Float32Array.from({ length: own.reduce((p, q) => p * q, 1) }, () => random.uniform(-1, 1))
      },
      ...extra,
    })
  const before = add('before', [3])
  const table = add('table', [rows, E], { rowGradient, decay: options.decay ?? false })
  const matrix = add('matrix', [E, 4])
  const session = new Session(engine, parameters)
  session.initializeParameters()
  const optimizer = createOptimizer(spec)
  const program = session.program('train', (graph) => {
    const rowsOf = (name: string, count: number) =>
      op.embedding(graph.parameter(table), graph.input(name, [count], 'int32'))
    const product = op.matmul(rowsOf('first', M), graph.parameter(matrix))
    const terms = [
      op.sum(op.square(product)),
      op.sum(op.square(op.tanh(rowsOf('second', S)))),
      op.sum(op.square(graph.parameter(before))),
      ...(dense ? [dense(graph.parameter(table))] : []),
    ]
    const loss = terms.reduce((sum, term) => op.add(sum, term))
    return { fetch: { loss }, differentiate: loss, update: optimizer.update }
  })
  const norms: number[] = []
  for (let step = 0; step < (options.steps ?? 4); step++) {
    session.writeState(hyperState, optimizer.hyperparameters(step, 0.05))
    const own = ids(step)
    program.write('first', own.subarray(0, M))
    program.write('second', own.subarray(M))
    program.runSync()
    norms.push(program.read('norm', new Float32Array(1))[0]!)
  }
  const result = {
    parameters: [...session.readParameters()],
    norms,
    outputs: [...program.compiled.outputs.keys()],
    states: session
      .stateNames()
      .map(({ name, count }) => [...session.readState(name, new Float32Array(count))]),
    commands: program.compiled.program.commands,
  }
  session.dispose()
  return result
}

const near = (a: readonly number[], b: readonly number[]) => {
  for (const [k, value] of a.entries())
    assert.ok(Math.abs(value - b[k]!) <= 1e-6 + 1e-6 * Math.abs(value), `${k}: ${value} and ${b[k]}`)
}

describe('by rows is as a whole', () => {
  let native: Engine
  before(async () => {
    native = await loadEngine({ threads: 2 })
  })
  after(() => native.dispose())

  test('bit for bit with plain SGD, which does nothing where the gradient is zero', () => {
    for (const engine of [createReferenceEngine(), native]) {
      const whole = train({ engine, optimizer: { name: 'sgd' }, rowGradient: false })
      const rows = train({ engine, optimizer: { name: 'sgd' }, rowGradient: true })
      assert.deepEqual(rows.parameters, whole.parameters)
      assert.ok(rows.outputs.includes('rows of table') && rows.outputs.includes('row count of table'))
      near(rows.norms, whole.norms)
    }
  })

  for (const clipping of [{ globalClipnorm: 0.3 }, { clipnorm: 0.2 }, { clipvalue: 0.05 }]) {
    test(`with ${Object.keys(clipping)}: the norm counts every row once`, () => {
      const optimizer = { name: 'sgd', ...clipping }
      const whole = train({ optimizer, rowGradient: false })
      const rows = train({ optimizer, rowGradient: true })
      near(rows.parameters, whole.parameters)
      near(rows.norms, whole.norms)
    })
  }

  const kinds = ['sgd', 'rmsprop', 'adam', 'adagrad', 'adadelta', 'adamax', 'nadam', 'lion']
  for (const name of kinds) {
    test(`with ${name} when every step touches every row, state and all`, () => {
      const optimizer = { name, ...(name === 'sgd' && { momentum: 0.9 }) }
      const whole = train({ optimizer, rowGradient: false, ids: everyRow })
      const rows = train({ optimizer, rowGradient: true, ids: everyRow })
      assert.ok(rows.outputs.includes('rows of table'))
      assert.deepEqual(rows.parameters, whole.parameters)
      assert.deepEqual(rows.states, whole.states)
    })
  }

  test('for the accumulator of Adagrad always: its sums do not fade', () => {
    const whole = train({ optimizer: { name: 'adagrad' }, rowGradient: false })
    assert.deepEqual(
      train({ optimizer: { name: 'adagrad' }, rowGradient: true }).parameters,
      whole.parameters,
    )
  })

  test('one thread and two give the same bits', async () => {
    const one = await loadEngine({ threads: 1 })
    const options = { optimizer: { name: 'adam', globalClipnorm: 0.5 }, rowGradient: true }
    assert.deepEqual(train({ ...options, engine: one }), train({ ...options, engine: native }))
    one.dispose()
  })
})

test('Adam by rows is lazy: rows out of use stand still, moments and all', () => {
  const first = (step: number) => (step === 0 ? drawIds(1) : new Int32Array(M + S).fill(3))
  const optimizer = { name: 'adam' }
  const one = train({ optimizer, rowGradient: true, ids: first, steps: 1 }).parameters
  const rows = train({ optimizer, rowGradient: true, ids: first, steps: 5 }).parameters
  const whole = train({ optimizer, rowGradient: false, ids: first, steps: 5 }).parameters
  const changed = (a: readonly number[]) =>
    Array.from({ length: V }, (_, v) => v).filter((v) =>
      a.slice(16 + v * E, 16 + (v + 1) * E).some((value, e) => value !== one[16 + v * E + e]),
    )
  assert.deepEqual(changed(rows), [3])
  assert.ok(changed(whole).length > 5)
})

test('a use of the whole table makes its gradient dense', () => {
  const dense = (table: Tensor) => op.sum(op.square(table))
  const options = { optimizer: { name: 'adam' }, dense }
  const rows = train({ ...options, rowGradient: true })
  assert.deepEqual(rows, train({ ...options, rowGradient: false }))
  assert.ok(!rows.outputs.includes('rows of table'))
})

test('weight decay of a table updated by rows is refused, in words', () => {
  const optimizer = { name: 'adamW', weightDecay: 0.1 }
  assert.throws(() => train({ optimizer, rowGradient: true, decay: true }), {
    code: 'option',
    message: /adamW: weight decay .*"table".* Set weightDecay 0, or leave out `sparse`/,
  })
  train({ optimizer, rowGradient: true, decay: false })
})

test('a table nothing is picked from has a gradient of zero', () => {
  const parameters = new ParameterSet()
  const table = parameters.add('table', [4, 2], {
    initializer: () => new Float32Array(8).fill(1),
    rowGradient: true,
  })
  const other = parameters.add('other', [2], { initializer: () => new Float32Array(2).fill(1) })
  const session = new Session(createReferenceEngine(), parameters)
  session.initializeParameters()
  const program = session.program('p', (graph: Graph) => {
    op.embedding(graph.parameter(table), graph.input('ids', [3], 'int32'))
    const loss = op.sum(graph.parameter(other))
    return { fetch: { loss }, differentiate: loss, update: createOptimizer('sgd').update }
  })
  program.write('ids', Int32Array.of(1, 2, 3))
  program.runSync()
  assert.deepEqual([...session.readGradient(table)], new Array(8).fill(0))
  assert.deepEqual([...session.readParameter(table)], new Array(8).fill(1))
  session.dispose()
})
