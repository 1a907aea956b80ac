import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mock, test } from 'node:test'
import { Binary } from '../commands.generated.js'
import type { Engine, Executable, Region } from '../engine.js'
import { ProgramBuilder } from '../program.js'
import { wasmIsas } from './flavours.js'
import { createMemory, WasmMemory } from './memory.js'
import { Team } from './team.js'
import { createWasmEngine, type WasmEngineOptions } from './wasm-engine.js'

const at = (slot: number, offset = 0) => ({ slot, offset })
const mebibyte = 1024 * 1024

async function withEngine(
  options: WasmEngineOptions,
  body: (engine: Engine) => Promise<void>,
): Promise<void> {
  const engine = await createWasmEngine(options)
  try {
    await body(engine)
  } finally {
    engine.dispose()
  }
}

function wave(length: number): Float32Array {
  return Float32Array.from({ length }, (_, k) => Math.sin(k * 1.7) + 0.01 * (k % 13))
}

function region(engine: Engine, data: Float32Array): Region {
  const made = engine.allocate(4 * data.length)
  engine.write(made, 0, data)
  return made
}

function contents(engine: Engine, source: Region): Float32Array {
  const values = new Float32Array(source.bytes / 4)
  engine.read(source, 0, values)
  return values
}

/** Slot 0 = slot 0 ∘ slot 1, element by element. */
function update(engine: Engine, operation: number, target: Region, operand: Region): Executable {
  const builder = new ProgramBuilder()
  const strides = { aStride0: 0, aStride1: 0, aStride2: 0, aStride3: 1 }
  const others = { bStride0: 0, bStride1: 0, bStride2: 0, bStride3: 1 }
  const lengths = { d0: 1, d1: 1, d2: 1, d3: target.bytes / 4 }
  builder.emit('binary', { a: at(0), b: at(1), y: at(0), ...lengths, ...strides, ...others, operation })
  return engine.load(builder.build(), [target, operand])
}

const rows = 37
const columns = 41
const inner = 29

/** A product, an element-wise command and a sum over stretches: c = a·b, c = c + c, norm = ‖c‖. */
function chain(engine: Engine): { executable: Executable; result: Region; norm: Region } {
  const regions = [
    wave(rows * inner),
    wave(inner * columns),
    new Float32Array(rows * columns),
    new Float32Array(1),
  ].map((data) => region(engine, data))
  const builder = new ProgramBuilder()
  const sizes = { batch: 1, M: rows, N: columns, K: inner, transposeA: 0, transposeB: 0, accumulate: 0 }
  builder.emit('matmul', {
    a: at(0),
    b: at(1),
    c: at(2),
    ...sizes,
    aBatchStride: 0,
    bBatchStride: 0,
    cBatchStride: 0,
  })
  const dense = { aStride0: 0, aStride1: 0, aStride2: columns, aStride3: 1 }
  const same = { bStride0: 0, bStride1: 0, bStride2: columns, bStride3: 1 }
  const lengths = { d0: 1, d1: 1, d2: rows, d3: columns }
  builder.emit('binary', {
    a: at(2),
    b: at(2),
    y: at(2),
    ...lengths,
    ...dense,
    ...same,
    operation: Binary.add,
  })
  builder.emit('globalNorm', { x: at(2), norm: at(3), count: rows * columns, accumulate: 0 })
  return { executable: engine.load(builder.build(), regions), result: regions[2]!, norm: regions[3]! }
}

/** What `chain` computes, in double precision. */
function chainByHand(): { result: Float64Array; norm: number } {
  const [a, b] = [wave(rows * inner), wave(inner * columns)]
  const result = new Float64Array(rows * columns)
  for (let m = 0; m < rows; m++)
    for (let n = 0; n < columns; n++)
      for (let k = 0; k < inner; k++) result[m * columns + n]! += 2 * a[m * inner + k]! * b[k * columns + n]!
  return { result, norm: Math.hypot(...result) }
}

for (const shared of [true, false]) {
  const kind = shared ? 'shared memory' : 'plain memory'

  test(`${kind}: what is written is read back, also after the memory has grown`, () =>
    withEngine({ shared, threads: 1 }, async (engine) => {
      const data = wave(1000)
      const first = region(engine, data)
      assert.deepEqual(contents(engine, first), data)
      const second = engine.allocate(40 * mebibyte)
      assert.deepEqual(contents(engine, first), data)
      const ends = Int32Array.of(-5, 7)
      engine.write(second, second.bytes / 4 - 2, ends)
      const into = new Int32Array(3)
      engine.read(second, second.bytes / 4 - 3, into)
      assert.deepEqual([...into], [0, -5, 7])
    }))

  test(`${kind}: every bit pattern survives`, () =>
    withEngine({ shared, threads: 1 }, async (engine) => {
      const patterns = Uint32Array.of(0x7fa00001, 0xffc12345, 0x80000000, 1, 0xffffffff)
      const target = engine.allocate(20)
      engine.write(target, 0, new Float32Array(patterns.buffer))
      const into = new Uint32Array(5)
      engine.read(target, 0, into)
      assert.deepEqual(into, patterns)
    }))

  test(`${kind}: run and runSync give the same, right result`, () =>
    withEngine({ shared, threads: 2 }, async (engine) => {
      const { executable, result, norm } = chain(engine)
      executable.runSync()
      const sync = contents(engine, result)
      const syncNorm = contents(engine, norm)
      engine.write(result, 0, new Float32Array(sync.length).fill(99))
      await executable.run()
      assert.deepEqual(contents(engine, result), sync)
      assert.deepEqual(contents(engine, norm), syncNorm)
      const truth = chainByHand()
      for (const [k, value] of sync.entries()) assert.ok(Math.abs(value - truth.result[k]!) < 1e-4)
      assert.ok(Math.abs(syncNorm[0]! / truth.norm - 1) < 1e-5)
    }))

  test(`${kind}: runs are queued in order and do not run at once`, () =>
    withEngine({ shared, threads: 2 }, async (engine) => {
      const target = region(engine, new Float32Array(100).fill(1))
      const three = region(engine, new Float32Array(100).fill(3))
      const add = update(engine, Binary.add, target, three)
      const multiply = update(engine, Binary.multiply, target, three)
      const runs = [add.run(), multiply.run(), add.run(), add.run(), multiply.run()]
      assert.throws(() => add.runSync(), { code: 'engine-busy' })
      await Promise.all(runs)
      assert.deepEqual(contents(engine, target), new Float32Array(100).fill(54))
      add.runSync()
      assert.deepEqual(contents(engine, target), new Float32Array(100).fill(57))
    }))

  test(`${kind}: dispose rejects the run under way, those queued and later ones`, async () => {
    const engine = await createWasmEngine({ shared, threads: 2 })
    const { executable } = chain(engine)
    const runs = [executable.run(), executable.run()]
    engine.dispose()
    engine.dispose()
    for (const outcome of await Promise.allSettled([...runs, executable.run()])) {
      assert.equal(outcome.status, 'rejected')
      assert.equal(outcome.reason.code, 'engine-disposed')
    }
    assert.throws(() => executable.runSync(), { code: 'engine-disposed' })
    assert.throws(() => engine.allocate(64), { code: 'engine-disposed' })
  })

  test(`${kind}: freed memory is used again and comes back zeroed`, () =>
    withEngine({ shared, threads: 2 }, async (engine) => {
      const cycle = async () => {
        const { executable, result } = chain(engine)
        const large = engine.allocate(mebibyte)
        assert.ok(contents(engine, large).every((value) => value === 0))
        engine.write(large, 0, new Float32Array(mebibyte / 4).fill(1))
        await executable.run()
        executable.dispose()
        engine.free(large)
        engine.free(result)
      }
      await cycle()
      await cycle()
      const grow = mock.method(WebAssembly.Memory.prototype, 'grow')
      try {
        for (let k = 0; k < 100; k++) await cycle()
        const { executable } = chain(engine)
        for (let k = 0; k < 1000; k++) await executable.run()
        for (let k = 0; k < 1000; k++) executable.runSync()
        // Each cycle keeps three small regions: 100 × 14 kB.
        assert.ok(grow.mock.callCount() <= 2, `grew ${grow.mock.callCount()} times`)
      } finally {
        grow.mock.restore()
      }
    }))
}

test('one, two and three threads and both instruction sets agree with themselves bit for bit', async () => {
  for (const isa of ['simd128', 'relaxed-simd'] as const) {
    const results: Float32Array[] = []
    for (const threads of [1, 2, 3]) {
      await withEngine({ isa, threads }, async (engine) => {
        assert.deepEqual([engine.info.isa, engine.info.threads], [isa, threads])
        const { executable, result, norm } = chain(engine)
        for (let k = 0; k < 20; k++) await executable.run()
        results.push(Float32Array.of(...contents(engine, norm), ...contents(engine, result)))
      })
    }
    assert.deepEqual(results[1], results[0])
    assert.deepEqual(results[2], results[0])
  }
})

test('regions and executables are guarded', () =>
  withEngine({ threads: 1 }, async (engine) => {
    const { executable, result } = chain(engine)
    const other = await createWasmEngine({ threads: 1 })
    assert.throws(() => other.read(result, 0, new Float32Array(1)), {
      code: 'invalid-region',
      message: /another engine/,
    })
    other.dispose()
    assert.throws(() => engine.read(result, rows * columns, new Float32Array(1)), { code: 'invalid-region' })
    assert.throws(() => engine.write(result, -1, new Float32Array(1)), { code: 'invalid-region' })
    assert.throws(() => engine.allocate(-1), { code: 'invalid-region' })
    const run = executable.run()
    engine.free(result)
    await run
    assert.throws(() => engine.free(result), { code: 'invalid-region', message: /freed/ })
    await assert.rejects(executable.run(), { code: 'invalid-region' })
    executable.dispose()
    executable.dispose()
    assert.throws(() => executable.runSync(), { code: 'invalid-executable' })
  }))

test('an invalid program is refused and leaves the engine working', () =>
  withEngine({ threads: 1 }, async (engine) => {
    const small = engine.allocate(40)
    const builder = new ProgramBuilder()
    builder.emit('fill', { y: at(0), count: 11, value: 2 })
    assert.throws(() => engine.load(builder.build(), [small]), { code: 'invalid-program' })
    assert.throws(() => engine.load(builder.build(), []), { code: 'invalid-program' })
    const { executable } = chain(engine)
    await executable.run()
  }))

test('too much memory is an error and leaves the engine working', () =>
  withEngine({ threads: 1 }, async (engine) => {
    assert.throws(() => engine.allocate(5 * 1024 * mebibyte), {
      code: 'out-of-memory',
      message: /5120\.0 MiB/,
    })
    engine.allocate(64)
  }))

test('an empty program runs', () =>
  withEngine({ threads: 2 }, async (engine) => {
    const executable = engine.load(new ProgramBuilder().build(), [])
    await executable.run()
    executable.runSync()
  }))

test('options are checked', async () => {
  for (const threads of [0, -1, 1.5, Number.NaN]) {
    await assert.rejects(createWasmEngine({ threads }), { code: 'option' })
  }
  await assert.rejects(createWasmEngine({ isa: 'simd12' as 'simd128' }), {
    message: /Did you mean "simd128"/,
  })
  const before = process.env.REPRISE_ISA
  try {
    process.env.REPRISE_ISA = 'simd128'
    await withEngine({}, async (engine) => assert.equal(engine.info.isa, 'simd128'))
    process.env.REPRISE_ISA = 'avx2'
    await withEngine({}, async (engine) => assert.equal(engine.info.isa, 'relaxed-simd'))
  } finally {
    if (before === undefined) delete process.env.REPRISE_ISA
    else process.env.REPRISE_ISA = before
  }
})

test('a worker that fails rejects the run instead of hanging', async () => {
  const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  const team = new Team(empty, new WasmMemory(createMemory(true), 64), 2)
  await assert.rejects(team.run(0), { code: 'engine-failed', message: /a worker failed: TypeError/ })
  await assert.rejects(team.run(0), { code: 'engine-failed' })
})

/** Runs a module in a process of its own, where `engine`, `executable` and `region` are at hand. */
function child(code: string): { status: number | null; stdout: string; stderr: string } {
  const source = `
    import { createWasmEngine } from ${JSON.stringify(new URL('./wasm-engine.js', import.meta.url).href)}
    import { ProgramBuilder } from ${JSON.stringify(new URL('../program.js', import.meta.url).href)}
    const engine = await createWasmEngine({ threads: 2 })
    const region = engine.allocate(400)
    const builder = new ProgramBuilder()
    builder.emit('fill', { y: { slot: 0, offset: 0 }, count: 100, value: 7 })
    const executable = engine.load(builder.build(), [region])
    ${code}`
  const options = { encoding: 'utf8', timeout: 60_000 } as const
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], options)
}

test('an idle engine lets the process end', () => {
  const { status, stdout, stderr } = child(`await executable.run(); console.log('ran')`)
  assert.deepEqual([status, stdout, stderr], [0, 'ran\n', ''])
})

test('a pending run keeps the process until it is done', () => {
  const code = `
    const into = new Float32Array(100)
    for (let k = 0; k < 5; k++) executable.run()
    executable.run().then(() => { engine.read(region, 0, into); console.log(into[99]) })`
  const { status, stdout, stderr } = child(code)
  assert.deepEqual([status, stdout, stderr], [0, '7\n', ''])
})

test('kernels wait in one function that has nothing else to lose', () => {
  // V8's baseline compiler overwrites a local of the function a wait stands in; see Context::pause in host.cc. The other
  // wait is the linker's, where data are set up.
  for (const isa of wasmIsas) {
    const bytes = readFileSync(new URL(`${isa}-shared.wasm`, import.meta.url))
    const wait32 = Buffer.from([0xfe, 0x01, 0x02])
    let count = 0
    for (let at = bytes.indexOf(wait32); at >= 0; at = bytes.indexOf(wait32, at + 1)) count++
    assert.equal(count, 2, isa)
  }
})
