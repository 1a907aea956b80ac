import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Region } from '../engine/engine.js'
import { loadEngine } from '../engine/load.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import type { RepriseError } from '../errors.js'
import type { Graph } from './graph.js'
import * as op from './operations/index.js'
import { ParameterSet } from './parameters.js'
import { Session } from './session.js'

const code = (expected: string) => (error: unknown) => (error as RepriseError).code === expected
const ones = (shape: readonly number[]) => new Float32Array(shape.reduce((p, q) => p * q, 1)).fill(1)

function counted(length: number, built: number[]) {
  return (graph: Graph) => {
    built.push(length)
    return { fetch: { y: op.negate(graph.input('x', [length])) } }
  }
}

test('programs are built once for each key, and the least recently used goes first', () => {
  const session = new Session(createReferenceEngine(), new ParameterSet(), { programs: 2 })
  const built: number[] = []
  const use = (length: number) => {
    const program = session.program(`n${length}`, counted(length, built))
    program.write('x', new Float32Array(length).fill(length))
    program.runSync()
    assert.equal(program.read('y', new Float32Array(length))[0], -length)
  }
  for (const length of [1, 2, 1, 3, 1, 2]) use(length)
  assert.deepEqual(built, [1, 2, 3, 2])
  session.dispose()
})

test('a program that runs is not thrown out', async () => {
  const session = new Session(createReferenceEngine(), new ParameterSet(), { programs: 1 })
  const built: number[] = []
  const program = session.program('n4', counted(4, built))
  const run = program.run()
  session.program('n5', counted(5, built))
  await run
  assert.equal(program.read('y', new Float32Array(4)).length, 4)
  session.dispose()
})

test('programs share work space, as large as the largest needs, whatever the order', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 24 })
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 6 }), (order, programs) => {
      const engine = createReferenceEngine()
      const live = new Map<Region, number>()
      const [allocate, free] = [engine.allocate.bind(engine), engine.free.bind(engine)]
      engine.allocate = (bytes) => {
        const region = allocate(bytes)
        live.set(region, bytes)
        return region
      }
      engine.free = (region) => {
        assert.ok(live.delete(region), 'freed twice')
        free(region)
      }
      const session = new Session(engine, new ParameterSet(), { programs })
      let arena = 0
      for (const length of order) {
        const program = session.program(`n${length}`, (graph) => {
          const x = graph.input('x', [length])
          return { fetch: { y: op.multiply(op.tanh(x), op.negate(op.negate(x))) } }
        })
        arena = Math.max(arena, program.compiled.arenaLength * 4)
        program.write('x', new Float32Array(length).fill(0.5))
        program.runSync()
        const y = program.read('y', new Float32Array(length))
        assert.ok(y.every((value) => Math.abs(value - 0.5 * Math.tanh(0.5)) < 1e-6))
      }
      const io = order.reduce((sum, length) => sum + Math.max(64, 8 * length + 256), 0)
      const bytes = [...live.values()].reduce((sum, each) => sum + each, 0)
      // Each that is too small for a new program is followed by one of half as much again: 1 + ⅔ + ⁴⁄₉ + … < 3 of the last.
      assert.ok(bytes <= 64 + io + 3 * 1.5 * Math.max(64, arena) + 64 * programs, `${bytes}`)
      session.dispose()
      assert.equal(live.size, 0)
    }),
    { numRuns: 60 },
  )
})

test('programs that share work space may be asked to run at once', async () => {
  for (const name of ['reference', 'wasm'] as const) {
    const engine = await loadEngine({ engine: name })
    const session = new Session(engine, new ParameterSet())
    const programs = [3000, 1000, 2000].map((length) =>
      session.program(`n${length}`, (graph) => {
        let y = graph.input('x', [length])
        for (let k = 0; k < 20; k++) y = op.add(op.negate(y), op.tanh(op.scale(y, 0)))
        return { fetch: { y } }
      }),
    )
    for (const program of programs)
      program.write(
        'x',
        Float32Array.from({ length: program.outputLength('y') }, (_, k) => k),
      )
    await Promise.all(programs.map((program) => program.run()))
    for (const program of programs) {
      const y = program.read('y', new Float32Array(program.outputLength('y')))
      assert.ok(y.every((value, k) => value === k))
    }
    session.dispose()
    engine.dispose()
  }
})

test('inputs and outputs are checked', () => {
  const parameters = new ParameterSet()
  const session = new Session(createReferenceEngine(), parameters)
  const program = session.program('p', (graph) => {
    const ids = graph.input('ids', [3], 'int32', 10)
    return { fetch: { y: op.oneHot(ids, 10) } }
  })
  assert.equal(program.hasInput('ids'), true)
  assert.equal(program.hasInput('mask'), false)
  assert.equal(program.outputLength('y'), 30)
  assert.throws(() => program.write('ids', Int32Array.of(1, 2)), code('shape'))
  assert.throws(() => program.write('ids', Int32Array.of(1, 10, 2)), /"ids" holds 10 at position 1; .* 0 … 9/)
  assert.throws(() => program.write('ids', Int32Array.of(1, 2, -1)), code('id-out-of-range'))
  assert.throws(() => program.read('y', new Float32Array(3)), code('shape'))
  assert.throws(() => program.write('none', new Float32Array(3)), /has no input "none"; it has ids/)
  session.dispose()
})

test('parameters have their initial values, and can be read and written whole and one by one', () => {
  const parameters = new ParameterSet()
  const a = parameters.add('a', [3], { initializer: ones })
  const b = parameters.add('b', [2, 9], { initializer: (shape) => ones(shape).fill(2), decay: false })
  assert.throws(() => parameters.add('a', [1], { initializer: ones }), code('duplicate-parameter'))
  assert.throws(() => parameters.add('c', [0], { initializer: ones }), code('shape'))
  assert.equal(parameters.count, 21)
  assert.equal(b.offset % 16, 0)
  const session = new Session(createReferenceEngine(), parameters)
  session.initializeParameters()
  const flat = session.readParameters()
  assert.deepEqual([...flat.subarray(a.offset, a.offset + 3)], [1, 1, 1])
  assert.equal(
    flat.reduce((sum, v) => sum + v, 0),
    39,
  )
  session.writeParameter(b, new Float32Array(18).fill(3))
  assert.deepEqual([...session.readParameter(b)], new Array(18).fill(3))
  session.writeParameters(flat)
  assert.deepEqual(session.readParameters(), flat)
  assert.throws(() => session.writeParameter(a, new Float32Array(2)), code('shape'))
  assert.deepEqual([...session.readGradient(a)], [0, 0, 0])
  session.dispose()
})

test('stretches cover exactly the trainable parameters, split where weight decay changes', () => {
  const parameters = new ParameterSet()
  const add = (name: string, trainable: boolean, decay: boolean) =>
    parameters.add(name, [20], { initializer: ones, trainable, decay })
  const list = [
    add('a', true, true),
    add('b', true, true),
    add('c', true, false),
    add('d', false, false),
    add('e', true, false),
    add('f', true, true),
  ]
  const offset = (k: number) => list[k]!.offset
  assert.deepEqual(parameters.trainableStretches(), [
    { offset: 0, count: offset(2), decay: true, rateGroup: 0 },
    { offset: offset(2), count: 32, decay: false, rateGroup: 0 },
    { offset: offset(4), count: 32, decay: false, rateGroup: 0 },
    { offset: offset(5), count: parameters.length - offset(5), decay: true, rateGroup: 0 },
  ])
  list[1]!.rateGroup = 1
  assert.deepEqual(
    parameters.trainableStretches().map(({ offset, rateGroup }) => [offset, rateGroup]),
    [
      [0, 0],
      [offset(1), 1],
      [offset(2), 0],
      [offset(4), 0],
      [offset(5), 0],
    ],
  )
})

test('states are listed, zero before anyone declares them, and keep their size', () => {
  const session = new Session(createReferenceEngine(), new ParameterSet())
  assert.deepEqual([...session.readState('h', new Float32Array(2).fill(9))], [0, 0])
  session.writeState('h', Float32Array.of(1, 2))
  session.writeState('rng', Uint32Array.of(1, 2, 3, 2 ** 32 - 1))
  assert.deepEqual(session.stateNames(), [
    { name: 'h', count: 2, dtype: 'float32' },
    { name: 'rng', count: 4, dtype: 'uint32' },
  ])
  assert.deepEqual([...session.readState('rng', new Uint32Array(4))], [1, 2, 3, 2 ** 32 - 1])
  assert.throws(
    () => session.program('p', (g) => ({ fetch: { y: op.exp(g.state('h', [3])) } })),
    code('shape'),
  )
  session.dispose()
})

test('memory is reported, and a thousand runs do not add to it', () => {
  const parameters = new ParameterSet()
  const w = parameters.add('w', [64, 64], { initializer: ones })
  const session = new Session(createReferenceEngine(), parameters)
  const program = session.program('p', (graph) => {
    let y = graph.input('x', [4, 64])
    for (let k = 0; k < 4; k++) y = op.tanh(op.matmul(y, graph.parameter(w)))
    return { fetch: { loss: op.sum(y) } }
  })
  const before = program.memory()
  assert.equal(before.parameters, 64 * 64 * 4)
  assert.equal(before.gradients, 0)
  assert.equal(before.arena, 2 * 4 * 64 * 4)
  assert.ok(before.arenaUnplanned > before.arena)
  for (let run = 0; run < 20; run++) program.runSync()
  assert.deepEqual(program.memory(), before)
  session.dispose()
})

test('a graph refuses what does not fit, and says where', () => {
  const session = new Session(createReferenceEngine(), new ParameterSet())
  const build = (body: (graph: Graph) => void) => () =>
    session.program('p', (graph) => {
      body(graph)
      return {}
    })
  const twice = build((graph) => {
    graph.input('x', [2])
    graph.input('x', [3])
  })
  assert.throws(twice, code('shape'))
  const wrong = build((graph) => {
    graph.scope('encoder', () => op.matmul(graph.input('x', [2, 3]), graph.input('y', [4, 5])))
  })
  assert.throws(wrong, /^RepriseError: layer "encoder": matmul of \[2, 3\] and \[4, 5\]: 3 ≠ 4$/)
  const state = build((graph) => graph.assign(graph.state('s', [2]), graph.input('x', [3])))
  assert.throws(state, code('shape'))
  session.dispose()
})
