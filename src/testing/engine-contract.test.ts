import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Binary, Unary } from '../engine/commands.generated.js'
import type { Engine, Region } from '../engine/engine.js'
import { ProgramBuilder } from '../engine/program.js'
import { compiledEngines, reference } from './engines.js'

// What the `Engine` interface promises, asked of every engine.

const count = 37

function withElements(engine: Engine, data: Float32Array): Region {
  const region = engine.allocate(4 * data.length)
  engine.write(region, 0, data)
  return region
}

function elements(engine: Engine, region: Region, length: number): Float32Array {
  const into = new Float32Array(length)
  engine.read(region, 0, into)
  return into
}

/** y ← 2y, then y ← y + 1: the order of commands and of runs shows in the result. */
function doubleAndIncrement() {
  const builder = new ProgramBuilder()
  const [y, one, two] = [0, 1, 2].map((slot) => ({ slot, offset: 0 }))
  const dense = { d0: 1, d1: 1, d2: 1, d3: count, aStride0: 0, aStride1: 0, aStride2: 0, aStride3: 1 }
  const scalar = { bStride0: 0, bStride1: 0, bStride2: 0, bStride3: 0 }
  builder.emit('binary', { a: y!, b: two!, y: y!, ...dense, ...scalar, operation: Binary.multiply })
  builder.emit('binary', { a: y!, b: one!, y: y!, ...dense, ...scalar, operation: Binary.add })
  return builder.build()
}

for (const { label, open, missing } of [reference, ...(await compiledEngines())]) {
  const withEngine = (name: string, body: (engine: Engine) => Promise<void> | void) =>
    test(`${label}: ${name}`, async (t) => {
      if (missing) return t.skip(missing)
      const engine = await open(2)
      try {
        await body(engine)
      } finally {
        engine.dispose()
      }
    })

  await withEngine('a region is zeros, and keeps every bit pattern', (engine) => {
    const region = engine.allocate(4 * count)
    assert.equal(region.bytes, 4 * count)
    assert.deepEqual(elements(engine, region, count), new Float32Array(count))
    const patterns = Int32Array.of(0x7f800001, -1, 1, -8388607, 0x7fc0dead)
    engine.write(region, 5, patterns)
    const back = new Int32Array(patterns.length)
    engine.read(region, 5, back)
    assert.deepEqual(back, patterns)
    engine.write(region, 0, Uint32Array.of(1, 0xffffffff, 3).subarray(1))
    engine.read(region, 0, back)
    assert.deepEqual([...back.subarray(0, 2)], [-1, 3])
    engine.free(region)
  })

  await withEngine('what lies outside a region is neither read nor written', (engine) => {
    const region = engine.allocate(4 * count)
    const data = new Float32Array(3)
    for (const offset of [-1, 0.5, count - 2, count, Number.NaN]) {
      assert.throws(
        () => engine.write(region, offset, data),
        { code: 'invalid-region' },
        `write at ${offset}`,
      )
      assert.throws(() => engine.read(region, offset, data), { code: 'invalid-region' }, `read at ${offset}`)
    }
    assert.throws(() => engine.allocate(-4), { code: 'invalid-region' })
    engine.free(region)
    assert.throws(() => engine.write(region, 0, data), { code: 'invalid-region' })
  })

  await withEngine('commands and runs keep their order', async (engine) => {
    const y = withElements(engine, new Float32Array(count).fill(3))
    const numbers = [1, 2].map((value) => withElements(engine, Float32Array.of(value)))
    const executable = engine.load(doubleAndIncrement(), [y, ...numbers])
    executable.runSync()
    assert.deepEqual(elements(engine, y, count), new Float32Array(count).fill(7))
    await Promise.all([executable.run(), executable.run()])
    assert.deepEqual(elements(engine, y, count), new Float32Array(count).fill(31))
    executable.dispose()
    assert.throws(() => executable.runSync(), { code: 'invalid-executable' })
  })

  await withEngine('run gives its caller a turn; runSync does not run beside it', async (engine) => {
    const y = withElements(engine, new Float32Array(count).fill(1))
    const numbers = [1, 2].map((value) => withElements(engine, Float32Array.of(value)))
    const executable = engine.load(doubleAndIncrement(), [y, ...numbers])
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    const running = executable.run()
    assert.throws(() => executable.runSync(), { code: 'engine-busy' })
    await running
    for (let i = 0; i < 100_000 && turns === 0; i++) await executable.run()
    clearInterval(timer)
    assert.ok(turns > 0, 'timers had no turn however many runs')
    executable.runSync()
  })

  await withEngine('a program that leaves its regions is refused', (engine) => {
    const builder = new ProgramBuilder()
    const [x, y] = [0, 1].map((slot) => ({ slot, offset: 1 }))
    builder.emit('unary', { x: x!, y: y!, count, operation: Unary.negate })
    const program = builder.build()
    const [short, long] = [engine.allocate(4 * count), engine.allocate(4 * count + 4)]
    assert.throws(() => engine.load(program, [long, short]), { code: 'invalid-program' })
    assert.throws(() => engine.load(program, [long]), { code: 'invalid-program' })
    engine.load(program, [long, engine.allocate(4 * count + 4)]).runSync()
  })

  await withEngine('a disposed engine refuses everything', async (engine) => {
    const y = withElements(engine, new Float32Array(count))
    const numbers = [1, 2].map((value) => withElements(engine, Float32Array.of(value)))
    const executable = engine.load(doubleAndIncrement(), [y, ...numbers])
    engine.dispose()
    await assert.rejects(() => executable.run(), { code: 'engine-disposed' })
    assert.throws(() => executable.runSync(), { code: 'engine-disposed' })
    assert.throws(() => engine.allocate(4), { code: 'engine-disposed' })
    assert.throws(() => engine.write(y, 0, new Float32Array(1)), { code: 'engine-disposed' })
    engine.dispose()
  })
}
