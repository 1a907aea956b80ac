import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { RepriseError } from '../../errors.js'
import { Binary, Reduce } from '../commands.generated.js'
import type { Engine, Executable, Region } from '../engine.js'
import { type Program, ProgramBuilder } from '../program.js'
import { loadAddon } from './addon.js'
import { createNativeEngine, nativeInstructionSets } from './native-engine.js'

const here = new URL('./native-engine.js', import.meta.url).href
const coded = (code: string) => (error: unknown) => error instanceof RepriseError && error.code === code

/** Large enough in the eyes of the engine for the whole team to run it. */
const forTeam = (program: Program): Program => ({ ...program, flops: 1e9 })

function fill(value: number, count: number): Program {
  const builder = new ProgramBuilder()
  builder.emit('fill', { y: { slot: 0, offset: 0 }, count, value })
  return builder.build()
}

/** y ← 2·y, `times` times. */
function double(count: number, times = 1): Program {
  const builder = new ProgramBuilder()
  const y = { slot: 0, offset: 0 }
  for (let k = 0; k < times; k++) {
    builder.emit('binary', {
      a: y,
      b: y,
      y,
      ...{ d0: 1, d1: 1, d2: 1, d3: count },
      ...{ aStride0: 0, aStride1: 0, aStride2: 0, aStride3: 1 },
      ...{ bStride0: 0, bStride1: 0, bStride2: 0, bStride3: 1 },
      operation: Binary.add,
    })
  }
  return builder.build()
}

function contents(engine: Engine, region: Region, offset = 0, count = region.bytes / 4): Float32Array {
  const values = new Float32Array(count)
  engine.read(region, offset, values)
  return values
}

let missing: string | false = false
try {
  loadAddon()
} catch (error) {
  missing = (error as Error).message
}

describe('native engine', { skip: missing }, () => {
  let engine: Engine
  before(() => {
    engine = createNativeEngine({ threads: 2 })
  })

  test('memory keeps what was written, bit for bit, and starts as zeros', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.nat(4000),
        fc.uint32Array({ maxLength: 4000 }),
        (size, offset, data) => {
          const elements = size + offset + data.length
          const region = engine.allocate(4 * elements)
          assert.equal(region.bytes, 4 * elements)
          engine.write(region, offset, data)
          const into = new Uint32Array(elements).fill(7)
          engine.read(region, 0, into)
          const expected = new Uint32Array(elements)
          expected.set(data, offset)
          assert.deepEqual(into, expected)
          engine.free(region)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('large regions are zero too, and views with an offset are copied from their own place', () => {
    const region = engine.allocate(5_000_000)
    assert.ok(contents(engine, region).every((value) => value === 0))
    const whole = Float32Array.from({ length: 10 }, (_, k) => k)
    engine.write(region, 1_249_996, whole.subarray(3, 7))
    const into = new Float32Array(10)
    engine.read(region, 1_249_996, into.subarray(6))
    assert.deepEqual(into, Float32Array.of(0, 0, 0, 0, 0, 0, 3, 4, 5, 6))
    engine.free(region)
  })

  test('what does not fit a region is refused', () => {
    const region = engine.allocate(40)
    for (const [offset, length] of [
      [0, 11],
      [10, 1],
      [11, 0],
      [-1, 1],
      [0.5, 1],
      [Number.NaN, 1],
      [2 ** 62, 1],
    ] as const) {
      assert.throws(() => engine.write(region, offset, new Float32Array(length)), coded('invalid-region'))
      assert.throws(() => engine.read(region, offset, new Int32Array(length)), coded('invalid-region'))
    }
    engine.write(region, 10, new Float32Array(0))
    for (const wrong of [new Float64Array(1), new Uint8Array(4), [1], null, undefined]) {
      assert.throws(() => engine.write(region, 0, wrong as never), coded('invalid-region'))
    }
    engine.free(region)
    assert.throws(() => engine.free(region), coded('invalid-region'))
    assert.throws(() => engine.read(region, 0, new Float32Array(1)), coded('invalid-region'))
  })

  test('too much memory and senseless sizes are errors with a code', () => {
    assert.throws(() => engine.allocate(2 ** 50), /1125899906842624 bytes/)
    assert.throws(() => engine.allocate(2 ** 50), coded('out-of-memory'))
    for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      assert.throws(() => engine.allocate(size), coded('invalid-region'))
    }
    engine.free(engine.allocate(0))
  })

  test('a region of another engine is refused', () => {
    const other = createNativeEngine({ threads: 1 })
    const region = other.allocate(40)
    assert.throws(() => engine.write(region, 0, new Float32Array(1)), coded('invalid-region'))
    assert.throws(() => engine.load(fill(1, 10), [region]), coded('invalid-region'))
    assert.throws(() => engine.read({ bytes: 40 }, 0, new Float32Array(1)), coded('invalid-region'))
    other.dispose()
  })

  test('run and runSync do the same', async () => {
    const region = engine.allocate(400)
    const executable = engine.load(double(100), [region])
    const start = Float32Array.from({ length: 100 }, (_, k) => k)
    engine.write(region, 0, start)
    executable.runSync()
    assert.deepEqual(
      contents(engine, region),
      start.map((x) => 2 * x),
    )
    await executable.run()
    assert.deepEqual(
      contents(engine, region),
      start.map((x) => 4 * x),
    )
  })

  test('runs happen one after the other in the order asked for', async () => {
    const region = engine.allocate(4000)
    const one = engine.load(forTeam(fill(1, 1000)), [region])
    const twice = engine.load(forTeam(double(1000)), [region])
    const alone = engine.load(double(1000), [region])
    const order: number[] = []
    const runs: Promise<unknown>[] = []
    for (let k = 0; k < 300; k++) {
      const executable = k % 10 === 0 ? one : k % 3 === 0 ? alone : twice
      runs.push(executable.run().then(() => order.push(k)))
    }
    await Promise.all(runs)
    assert.deepEqual(
      order,
      Array.from({ length: 300 }, (_, k) => k),
    )
    assert.ok(contents(engine, region).every((value) => value === 2 ** 9))
  })

  test('runSync is refused while a run is under way', async () => {
    const executable = engine.load(double(10), [engine.allocate(40)])
    const running = executable.run()
    assert.throws(() => executable.runSync(), coded('engine-busy'))
    await running
    executable.runSync()
  })

  test('results are the same bits with any number of threads', () => {
    const [m, k, n] = [67, 1031, 45]
    const builder = new ProgramBuilder()
    const at = (slot: number, offset = 0) => ({ slot, offset })
    builder.emit('matmul', {
      ...{ a: at(0), b: at(0, m * k), c: at(1), batch: 1, M: m, N: n, K: k },
      ...{ transposeA: 0, transposeB: 0, aBatchStride: 0, bBatchStride: 0, cBatchStride: 0, accumulate: 0 },
    })
    builder.emit('reduce', {
      ...{ x: at(0), y: at(1, m * n), outer: 1, axis: m * k, inner: 1 },
      ...{ operation: Reduce.sum, accumulate: 0 },
    })
    builder.emit('globalNorm', { x: at(0), norm: at(1, m * n + 1), count: m * k + k * n, accumulate: 0 })
    builder.emit('softmax', { x: at(1), y: at(1), M: m, V: n, log: 0 })
    const data = Float32Array.from({ length: m * k + k * n }, (_, i) => Math.sin(i * i))
    const results = [1, 2, 3, 5].map((threads) => {
      const team = createNativeEngine({ threads })
      const input = team.allocate(data.byteLength)
      const output = team.allocate(4 * (m * n + 2))
      team.write(input, 0, data)
      team.load(forTeam(builder.build()), [input, output]).runSync()
      const bits = new Int32Array(m * n + 2)
      team.read(output, 0, bits)
      team.dispose()
      return bits
    })
    assert.ok(new Set(results[0]!).size > m * n * 0.9)
    for (const bits of results) assert.deepEqual(bits, results[0])
  })

  test('every instruction set this machine has fills and doubles', () => {
    for (const isa of nativeInstructionSets().runnable) {
      const other = createNativeEngine({ threads: 1, isa })
      assert.equal(other.info.isa, isa)
      const region = other.allocate(4 * 37)
      other.load(fill(1.5, 37), [region]).runSync()
      other.load(double(37), [region]).runSync()
      assert.deepEqual(contents(other, region), new Float32Array(37).fill(3))
      other.dispose()
    }
    assert.throws(() => createNativeEngine({ isa: 'sse9' }), coded('unknown-name'))
    assert.throws(() => createNativeEngine({ threads: 0 }), coded('option'))
  })

  test('the main thread keeps its denormal numbers', () => {
    engine.load(fill(1, 8), [engine.allocate(32)]).runSync()
    const least = Float64Array.of(Number.MIN_VALUE)
    assert.ok(least[0]! * 3 > 0)
  })

  test('memory freed or executables disposed during a run do no harm', async () => {
    const region = engine.allocate(4_000_000)
    const executable = engine.load(forTeam(double(1_000_000, 20)), [region])
    const runs = [executable.run(), executable.run()]
    engine.free(region)
    executable.dispose()
    executable.dispose()
    await Promise.all(runs)
    await assert.rejects(executable.run(), coded('invalid-executable'))
    assert.throws(() => executable.runSync(), coded('invalid-executable'))
    const freed = engine.allocate(40)
    const orphan = engine.load(fill(1, 10), [freed])
    engine.free(freed)
    await assert.rejects(orphan.run(), coded('invalid-region'))
    assert.throws(() => orphan.runSync(), coded('invalid-region'))
  })

  test('disposing rejects what has not run, and leaves regions and executables dead', async () => {
    const other = createNativeEngine({ threads: 2 })
    const region = other.allocate(4_000_000)
    const executable = other.load(forTeam(double(1_000_000, 20)), [region])
    const runs = Array.from({ length: 200 }, () => executable.run())
    const settled = Promise.allSettled(runs)
    other.dispose()
    other.dispose()
    other.free(region)
    const last = (await settled).at(-1)!
    assert.ok(last.status === 'rejected' && coded('engine-disposed')(last.reason))
    await assert.rejects(executable.run(), coded('engine-disposed'))
    assert.throws(() => executable.runSync(), coded('engine-disposed'))
    assert.throws(() => other.allocate(4), coded('engine-disposed'))
    assert.throws(() => other.load(fill(1, 1), [region]), coded('engine-disposed'))
  })

  test('invalid programs are refused by the addon itself', () => {
    const { Engine: AddonEngine, instructionSets } = loadAddon()
    const addon = new AddonEngine(instructionSets[0]!, 1)
    const region = addon.allocate(40)
    const good = [...fill(1, 10).words]
    const load = (words: readonly number[]): Executable =>
      addon.load(Int32Array.from(words), 0, [region], false)
    load(good).runSync()
    load([])
    const refused = [
      ['opcode', good.with(0, 1000)],
      ['opcode', good.with(0, -1)],
      ['words', good.with(1, 5)],
      ['words', good.with(1, 0)],
      ['words', good.slice(0, -1)],
      ['words', good.slice(0, 1)],
      ['slot', good.with(2, 1)],
      ['slot', good.with(2, -2)],
      ['offset', good.with(3, 10)],
      ['offset', good.with(3, -1)],
    ] as const
    for (const [what, words] of refused) {
      assert.throws(() => load(words), coded('invalid-program'))
      assert.throws(() => load(words), new RegExp(what))
      assert.throws(() => load([...good, ...words]), coded('invalid-program'))
    }
    assert.throws(() => addon.load([] as never, 0, [region], false), coded('invalid-program'))
    assert.throws(() => addon.load(Int32Array.of(), 0, [{} as Region], false), coded('invalid-region'))
    addon.dispose()
  })

  test('a program that lacks a tensor or leaves its region is refused before the addon sees it', () => {
    const region = engine.allocate(40)
    const program = fill(1, 10)
    for (const words of [program.words.with(2, -1), program.words.with(4, 11)]) {
      assert.throws(() => engine.load({ ...program, words }, [region]), coded('invalid-program'))
    }
  })

  test('a thousand runs, and a thousand programs and regions, do not grow the process', async () => {
    const region = engine.allocate(40_000)
    const executable = engine.load(forTeam(double(10_000)), [region])
    const round = async () => {
      for (let k = 0; k < 500; k++) {
        await executable.run()
        executable.runSync()
      }
      for (let k = 0; k < 1000; k++) {
        const own = engine.allocate(3_000_000)
        const once = engine.load(fill(1, 750_000), [own])
        if (k % 50 === 0) once.runSync()
        once.dispose()
        engine.free(own)
      }
    }
    await round()
    const before = process.memoryUsage().rss
    await round()
    const grown = process.memoryUsage().rss - before
    assert.ok(grown < 32e6, `grew by ${grown} bytes`)
  })

  test('it works inside worker threads, several at once, also when they are terminated in the middle', async () => {
    const work = (runs: number) => `
      import('${here}').then(async ({ createNativeEngine }) => {
        const { ProgramBuilder } = await import('${new URL('../program.js', here)}')
        const { parentPort } = await import('node:worker_threads')
        const engine = createNativeEngine({ threads: 2 })
        const region = engine.allocate(4e6)
        const builder = new ProgramBuilder()
        for (let k = 0; k < 50; k++) builder.emit('fill', { y: { slot: 0, offset: 0 }, count: 1e6, value: k })
        const executable = engine.load({ ...builder.build(), flops: 1e9 }, [region])
        parentPort.postMessage('started')
        for (let k = 0; k < ${runs}; k++) await executable.run()
        const last = new Float32Array(1)
        engine.read(region, 999999, last)
        parentPort.postMessage(last[0])
      })`
    const finish = (runs: number, terminateAt?: string) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(work(runs), { eval: true })
        let last: unknown
        worker.on('message', (message) => {
          last = message
          if (message === terminateAt) worker.terminate()
        })
        worker.on('error', reject)
        worker.on('exit', () => resolve(last))
      })
    const ends = await Promise.all([finish(2), finish(2), finish(1e9, 'started')])
    assert.deepEqual(ends, [49, 49, 'started'])
  })

  test('an idle engine never keeps a process alive; an awaited run does; leaving in the middle is no crash', async () => {
    const setUp = `
      const { createNativeEngine } = await import('${here}')
      const { ProgramBuilder } = await import('${new URL('../program.js', here)}')
      const engine = createNativeEngine({ threads: 2 })
      const region = engine.allocate(4e6)
      const builder = new ProgramBuilder()
      for (let k = 0; k < 100; k++) builder.emit('fill', { y: { slot: 0, offset: 0 }, count: 1e6, value: k })
      const executable = engine.load({ ...builder.build(), flops: 1e9 }, [region])`
    const node = (code: string) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', setUp + code])
    const [awaited, idle, left] = await Promise.all([
      node(`; await executable.run(); console.log('ran')`),
      node(`; executable.runSync(); console.log('ran')`),
      node(`; for (let k = 0; k < 1000; k++) executable.run(); console.log('ran'); process.exit(0)`),
    ])
    for (const { stdout, stderr } of [awaited, idle, left]) {
      assert.equal(stdout, 'ran\n')
      assert.equal(stderr, '')
    }
  })

  test('no code of a wide instruction set can end up in the baseline build', (context) => {
    const folder = fileURLToPath(new URL('../../../build/native/objects/', import.meta.url))
    const objects = existsSync(folder) ? readdirSync(folder) : []
    for (const isa of nativeInstructionSets().built) {
      for (const object of objects.filter((file) => file.startsWith(`${isa}-`) && file.endsWith('.o'))) {
        const { status, stdout } = spawnSync('nm', ['-C', folder + object], { encoding: 'utf8' })
        if (status !== 0) return context.skip('there is no nm')
        // Weak symbols are merged by the linker, which keeps any one copy.
        const weak = stdout.split('\n').filter((line) => /^[0-9a-f]+ [uVvWw] /.test(line))
        const shared = weak.filter((line) => !line.includes(`${isa}::`))
        assert.deepEqual(shared, [], `${isa}: put these into namespace REPRISE_NS or make them static`)
      }
    }
  })
})
