import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commandSpecs } from '../engine/commands.generated.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { type Compiled, compile, type ProgramSpec, slot } from './compile.js'
import { Graph } from './graph.js'
import * as op from './operations/index.js'
import { ParameterSet } from './parameters.js'
import { Session } from './session.js'
import type { Tensor } from './tensor.js'

const zero = (shape: readonly number[]) => new Float32Array(shape.reduce((p, q) => p * q, 1))
const counting = (shape: readonly number[]) => zero(shape).map((_, k) => (k + 1) / 8)

function set(shapes: Readonly<Record<string, readonly number[]>>): ParameterSet {
  const parameters = new ParameterSet()
  for (const [name, shape] of Object.entries(shapes)) parameters.add(name, shape, { initializer: counting })
  return parameters
}

/** Names of the commands of a program, with the address of each tensor argument. */
function commandsOf({ program: { words } }: Compiled) {
  const list: { name: string; tensors: Record<string, { slot: number; offset: number }> }[] = []
  for (let at = 0; at < words.length; at += words[at + 1]!) {
    const spec = commandSpecs[words[at]!]!
    const tensors: Record<string, { slot: number; offset: number }> = {}
    let word = at + 2
    for (const { name, kind } of spec.args) {
      if (kind === 'tensor') tensors[name] = { slot: words[word++]!, offset: words[word]! }
      word++
    }
    list.push({ name: spec.name, tensors })
  }
  return list
}
const names = (compiled: Compiled) => commandsOf(compiled).map(({ name }) => name)

function compiled(build: (graph: Graph) => ProgramSpec, parameters = new ParameterSet()): Compiled {
  const graph = new Graph()
  return compile(graph, parameters, build(graph))
}

test('what nobody uses is not computed', () => {
  const program = compiled((graph) => {
    const x = graph.input('x', [2, 3])
    op.exp(op.exp(x))
    op.split(x, 1, [1, 1, 1])
    return { fetch: { y: op.negate(x) } }
  })
  assert.deepEqual(names(program), ['unary'])
  assert.equal(program.arenaLength, 0)
})

test('reshape costs nothing', () => {
  const program = compiled((graph) => {
    const x = graph.input('x', [2, 3])
    return { fetch: { y: op.reshape(op.negate(op.reshape(x, [6])), [3, 2]) } }
  })
  assert.deepEqual(names(program), ['unary'])
})

test('a chain of in-place operations needs one buffer; a value used later keeps its own', () => {
  const chain = compiled((graph) => {
    const x = graph.input('x', [64])
    return { fetch: { y: op.add(op.exp(op.sin(op.negate(op.cos(x)))), x) } }
  })
  assert.equal(chain.arenaLength, 64)
  const kept = compiled((graph) => {
    const a = op.cos(graph.input('x', [64]))
    return { fetch: { y: op.add(op.sin(op.negate(a)), a) } }
  })
  assert.equal(kept.arenaLength, 128)
})

test('an operation that reads a value twice does not overwrite it', () => {
  const program = compiled((graph) => {
    const a = op.cos(graph.input('x', [64]))
    return { fetch: { y: op.sin(op.activationGradient(a, a, 'tanh')) } }
  })
  assert.equal(program.arenaLength, 128)
})

test('an in-place operation never overwrites inputs, parameters or state', () => {
  const parameters = set({ w: [8] })
  const session = new Session(createReferenceEngine(), parameters)
  session.initializeParameters()
  const program = session.program('p', (graph) => {
    const state = graph.state('s', [8])
    const x = graph.input('x', [8])
    return {
      fetch: {
        a: op.exp(graph.parameter(parameters.get('w')!)),
        b: op.exp(op.reshape(x, [2, 4])),
        c: op.exp(state),
      },
    }
  })
  session.writeState('s', new Float32Array(8).fill(0.5))
  program.write('x', new Float32Array(8).fill(0.25))
  for (let run = 0; run < 2; run++) {
    program.runSync()
    const of = (name: string) => program.read(name, new Float32Array(8))
    assert.ok(Math.abs(of('a')[0]! - Math.exp(1 / 8)) < 1e-6)
    assert.ok(Math.abs(of('b')[0]! - Math.exp(0.25)) < 1e-6)
    assert.ok(Math.abs(of('c')[0]! - Math.exp(0.5)) < 1e-6)
  }
  session.dispose()
})

test('the same value can be fetched under several names, reshaped, and be an input, a parameter or a state', () => {
  const parameters = set({ w: [6] })
  const session = new Session(createReferenceEngine(), parameters)
  session.initializeParameters()
  const program = session.program('p', (graph) => {
    const x = graph.input('x', [2, 3])
    const ids = graph.input('ids', [3], 'int32')
    const y = op.negate(x)
    return {
      fetch: {
        y,
        again: y,
        flat: op.reshape(y, [6]),
        x,
        ids,
        w: graph.parameter(parameters.get('w')!),
        wide: op.reshape(graph.parameter(parameters.get('w')!), [3, 2]),
        s: graph.state('s', [2]),
      },
    }
  })
  session.writeState('s', Float32Array.of(7, 8))
  program.write('x', Float32Array.of(1, 2, 3, 4, 5, 6))
  program.write('ids', Int32Array.of(-1, 5, 1 << 30))
  program.runSync()
  const floats = (name: string) => [...program.read(name, new Float32Array(program.outputLength(name)))]
  assert.deepEqual(floats('y'), [-1, -2, -3, -4, -5, -6])
  assert.deepEqual(floats('again'), floats('y'))
  assert.deepEqual(floats('flat'), floats('y'))
  assert.deepEqual(floats('x'), [1, 2, 3, 4, 5, 6])
  assert.deepEqual([...program.read('ids', new Int32Array(3))], [-1, 5, 1 << 30])
  assert.deepEqual(floats('w'), [...counting([6])])
  assert.deepEqual(floats('wide'), floats('w'))
  assert.deepEqual(floats('s'), [7, 8])
  session.dispose()
})

test('states are kept between runs and programs; all are read before any is assigned', () => {
  const session = new Session(createReferenceEngine(), new ParameterSet())
  const program = session.program('swap', (graph) => {
    const a = graph.state('a', [2])
    const b = graph.state('b', [2])
    const count = graph.state('count', [1])
    graph.assign(a, b)
    graph.assign(b, op.reshape(a, [2]))
    graph.assign(count, op.add(count, op.scalar(count, 1)))
    return { fetch: { seen: op.concatenate([a, b, count], 0), raw: count } }
  })
  session.writeState('a', Float32Array.of(1, 2))
  session.writeState('b', Float32Array.of(3, 4))
  program.runSync()
  assert.deepEqual([...program.read('seen', new Float32Array(5))], [1, 2, 3, 4, 0])
  program.runSync()
  assert.deepEqual([...program.read('seen', new Float32Array(5))], [3, 4, 1, 2, 1])
  assert.deepEqual([...program.read('raw', new Float32Array(1))], [1])
  const other = session.program('look', (graph) => ({ fetch: { a: op.negate(graph.state('a', [2])) } }))
  other.runSync()
  assert.deepEqual([...other.read('a', new Float32Array(2))], [-1, -2])
  assert.deepEqual([...session.readState('count', new Float32Array(1))], [2])
  session.dispose()
})

test('gradients land at the places of their parameters; what the loss does not reach gets zeros; frozen ones are left out', () => {
  const parameters = set({ used: [3], unused: [5], frozen: [3], read: [3], same: [3] })
  parameters.get('frozen')!.trainable = false
  const session = new Session(createReferenceEngine(), parameters)
  session.initializeParameters()
  const program = session.program('p', (graph) => {
    const of = (name: string) => graph.parameter(parameters.get(name)!)
    const loss = op.add(op.multiply(of('used'), of('frozen')), of('same'))
    op.equal(of('read'), of('used'))
    return { differentiate: loss, fetch: { loss } }
  })
  const gradient = (name: string) => [...session.readGradient(parameters.get(name)!)]
  // The gradient region of a used session holds old values: a second run must not add to them.
  for (let run = 0; run < 2; run++) {
    program.runSync()
    assert.deepEqual(gradient('used'), [1 / 8, 2 / 8, 3 / 8])
    assert.deepEqual(gradient('unused'), [0, 0, 0, 0, 0])
    assert.deepEqual(gradient('read'), [0, 0, 0])
    assert.deepEqual(gradient('same'), [1, 1, 1])
    assert.deepEqual(gradient('frozen'), [0, 0, 0])
  }
  const written = commandsOf(program.compiled).flatMap(({ tensors }) =>
    Object.values(tensors)
      .filter((address) => address.slot === slot.gradients)
      .map(({ offset }) => offset),
  )
  const places = [...parameters].filter(({ trainable }) => trainable).map(({ offset }) => offset)
  assert.deepEqual(
    [...new Set(written)].sort((p, q) => p - q),
    places,
  )
  session.dispose()
})

test('two parameters may have the very same gradient', () => {
  const parameters = set({ a: [4], b: [4], c: [2, 2] })
  const session = new Session(createReferenceEngine(), parameters)
  session.initializeParameters()
  const program = session.program('p', (graph) => {
    const of = (name: string) => graph.parameter(parameters.get(name)!)
    const sum = op.add(op.add(of('a'), of('b')), op.reshape(of('c'), [4]))
    return { differentiate: op.square(sum) }
  })
  program.runSync()
  const a = session.readGradient(parameters.get('a')!)
  assert.deepEqual(
    [...a],
    [...counting([4])].map((v) => 6 * v),
  )
  assert.deepEqual(session.readGradient(parameters.get('b')!), a)
  assert.deepEqual(session.readGradient(parameters.get('c')!), a)
  session.dispose()
})

test('update commands run after everything else, with states, outputs and places in the flat vectors', () => {
  const parameters = set({ a: [3], b: [20] })
  const session = new Session(createReferenceEngine(), parameters)
  session.initializeParameters()
  const program = session.program('p', (graph) => {
    const loss = op.sum(op.scale(graph.parameter(parameters.get('b')!), 2))
    return {
      differentiate: loss,
      fetch: { loss },
      update: ({ parameters, parameter, gradient, state, output, emit }) => {
        const { length } = parameters
        emit('globalNorm', { x: gradient(0), norm: output('norm', 1), count: length, accumulate: 0 })
        const hyper = state('rate', 4)
        const sgd = {
          count: length,
          limit: 0,
          width: 0,
          rateScale: 1,
          weightDecay: 0,
          maxNorm: 0,
          momentum: 0,
          nesterov: 0,
        }
        emit('sgd', {
          parameters: parameter(0),
          gradients: gradient(0),
          hyper,
          norm: undefined,
          velocity: undefined,
          ...sgd,
        })
      },
    }
  })
  session.writeState('rate', Float32Array.of(0.5, 0, 0, 0))
  program.runSync()
  assert.ok(Math.abs(program.read('norm', new Float32Array(1))[0]! - Math.sqrt(80)) < 1e-5)
  const [a, b] = [...parameters].map((parameter) => [...session.readParameter(parameter)])
  assert.deepEqual(a, [...counting([3])])
  assert.deepEqual(
    b,
    [...counting([20])].map((v) => v - 1),
  )
  session.dispose()
})

test('a very deep graph compiles', () => {
  const program = compiled((graph) => {
    let x = graph.input('x', [4])
    for (let depth = 0; depth < 20000; depth++)
      x = depth % 2 ? op.tanh(x) : op.reshape(x, depth % 4 ? [4] : [2, 2])
    return { fetch: { x } }
  })
  assert.equal(program.program.commands, 10000)
})

// ---- Any graph: the planned program gives what the same graph gives when every value is kept --------------------------

type Step = (values: readonly Tensor[]) => Tensor
const pick = (values: readonly Tensor[], k: number) => values[k % values.length]!
const unaries = [op.sin, op.cos, op.tanh, op.sigmoid, op.negate, op.square] as const
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.nat(5), fc.nat(30)).map(
    ([f, k]): Step =>
      (v) =>
        unaries[f]!(pick(v, k)),
  ),
  fc.tuple(fc.nat(30), fc.nat(30)).map(
    ([k, l]): Step =>
      (v) =>
        op.add(pick(v, k), pick(v, l)),
  ),
  fc.tuple(fc.nat(30), fc.nat(30)).map(
    ([k, l]): Step =>
      (v) =>
        op.multiply(pick(v, k), op.sin(pick(v, l))),
  ),
  fc.tuple(fc.nat(30), fc.nat(30)).map(
    ([k, l]): Step =>
      (v) =>
        op.tanh(op.matmul(pick(v, k), pick(v, l))),
  ),
  fc.nat(30).map(
    (k): Step =>
      (v) =>
        op.reshape(op.sin(op.reshape(pick(v, k), [9])), [3, 3]),
  ),
  fc.nat(30).map(
    (k): Step =>
      (v) =>
        op.transpose(pick(v, k), [1, 0]),
  ),
  fc.nat(30).map(
    (k): Step =>
      (v) =>
        op.softmax(pick(v, k)),
  ),
  fc.nat(30).map(
    (k): Step =>
      (v) =>
        op.activation(pick(v, k), 'softsign'),
  ),
  fc.tuple(fc.nat(30), fc.nat(30)).map(
    ([k, l]): Step =>
      (v) => {
        const [first, rest] = op.split(op.concatenate([pick(v, k), pick(v, l)], 0), 0, [3, 3])
        return op.subtract(rest!, first!)
      },
  ),
  fc.nat(30).map(
    (k): Step =>
      (v) =>
        op.broadcastTo(op.mean(pick(v, k), 1, true), [3, 3]),
  ),
)

test('any graph gives the same values and gradients whether buffers are shared or every value is kept', () => {
  const engine = createReferenceEngine()
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), fc.nat(30), (steps, output) => {
      const parameters = set({ p: [3, 3], q: [3, 3] })
      const run = (keep: boolean) => {
        const session = new Session(engine, parameters)
        session.initializeParameters()
        const program = session.program('p', (graph) => {
          const values = [...parameters].map((parameter) => graph.parameter(parameter))
          values.push(graph.input('x', [3, 3]))
          for (const next of steps) values.push(next(values))
          const y = pick(values.slice(3), output)
          const all = Object.fromEntries(values.map((value, k) => [`v${k}`, value]))
          return { fetch: { y, ...(keep ? all : {}) }, differentiate: y }
        })
        program.write('x', Float32Array.of(0.1, -0.2, 0.3, 0.4, -0.5, 0.6, -0.7, 0.8, 0.9))
        program.runSync()
        const y = program.read('y', new Float32Array(9))
        const gradients = [...parameters].map((parameter) => session.readGradient(parameter))
        session.dispose()
        return { y, gradients }
      }
      assert.deepEqual(run(false), run(true))
    }),
    { numRuns: 150 },
  )
  engine.dispose()
})
