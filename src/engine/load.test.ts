import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { RepriseError } from '../errors.js'
import { listInstructionSets, loadEngine } from './load.js'

const coded = (code: string) => (error: unknown) => error instanceof RepriseError && error.code === code

/** What loadEngine(options) of the given copy of load.js says in a fresh process with these environment variables. */
async function inProcess(
  environment: Record<string, string>,
  options: object = {},
  loader = import.meta.url,
) {
  const code = `
    const { loadEngine } = await import('${new URL('./load.js', loader)}')
    const said = await loadEngine(${JSON.stringify(options)}).then((engine) => engine.info, ({ code, message }) => ({ code, message }))
    console.log(JSON.stringify(said))
    process.exit()`
  const unset = { REPRISE_ENGINE: '', REPRISE_THREADS: '', REPRISE_ISA: '' }
  const env = { ...process.env, ...unset, ...environment }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { env })
  return JSON.parse(stdout) as {
    name?: string
    isa?: string
    threads?: number
    reason?: string
    code?: string
  }
}

test('the environment chooses where the caller does not', async () => {
  assert.equal((await inProcess({ REPRISE_ENGINE: 'reference' })).name, 'reference')
  assert.equal((await inProcess({ REPRISE_ENGINE: 'reference' }, { engine: 'auto' })).name, 'reference')
  assert.equal((await inProcess({ REPRISE_ENGINE: 'nonsense' }, { engine: 'reference' })).name, 'reference')
  const chosen = await inProcess({ REPRISE_ENGINE: 'reference' })
  assert.match(chosen.reason!, /REPRISE_ENGINE=reference/)
})

test('names and numbers that make no sense are refused', async () => {
  await assert.rejects(loadEngine({ engine: 'referense' as never }), /Did you mean "reference"/)
  await assert.rejects(loadEngine({ engine: 'toString' as never }), coded('unknown-name'))
  // Without the addon nobody knows the names of its instruction sets, so a wrong one can only be called unavailable.
  const built = (await listInstructionSets()).some(({ engine }) => engine === 'native')
  const wrongIsa = built ? 'unknown-name' : 'isa-unavailable'
  await assert.rejects(loadEngine({ isa: 'mmx' }), coded(wrongIsa))
  await assert.rejects(loadEngine({ engine: 'reference', isa: 'mmx' }), coded('unknown-name'))
  for (const threads of [0, -1, 1.5, 1000, Number.NaN]) {
    await assert.rejects(loadEngine({ threads }), coded('option'))
  }
  assert.equal((await inProcess({ REPRISE_THREADS: 'many' })).code, 'option')
  assert.equal((await inProcess({ REPRISE_ENGINE: 'fast' })).code, 'unknown-name')
  assert.equal((await inProcess({ REPRISE_ISA: 'mmx' })).code, wrongIsa)
})

test('every instruction set listed can be had by its name alone', async () => {
  const sets = await listInstructionSets()
  for (const { engine, isa } of sets) {
    const loaded = await loadEngine({ isa, threads: 1 })
    assert.equal(loaded.info.name, engine)
    assert.equal(loaded.info.isa, isa)
    loaded.dispose()
    assert.equal((await inProcess({ REPRISE_ISA: isa, REPRISE_THREADS: '1' })).isa, isa)
  }
  const any = sets[0]
  if (any)
    assert.equal((await inProcess({ REPRISE_ISA: any.isa }, { engine: 'reference' })).name, 'reference')
})

test('without an addon a slower engine runs and says why, with the remedy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reprise-'))
  try {
    const dist = fileURLToPath(new URL('..', import.meta.url))
    await cp(join(dist, 'engine'), join(folder, 'dist/engine'), { recursive: true })
    for (const file of ['errors.js', 'random.js']) await cp(join(dist, file), join(folder, 'dist', file))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    const copy = pathToFileURL(join(folder, 'dist/engine/')).href
    const fallen = await inProcess({}, {}, copy)
    assert.ok(fallen.name === 'wasm' || fallen.name === 'reference')
    assert.match(fallen.reason!, /native engine: it has not been built; run `npm rebuild reprise`/)
    assert.equal((await inProcess({}, { engine: 'native' }, copy)).code, 'native-unavailable')

    const reason = 'no C++ compiler was found; install g++ or clang++'
    await cp(join(folder, 'package.json'), join(folder, 'build/native/package.json'))
    await writeFile(join(folder, 'build/native/status.json'), JSON.stringify({ ok: false, reason }))
    assert.match(
      (await inProcess({}, {}, copy)).reason!,
      /no C\+\+ compiler was found; install g\+\+ or clang\+\+, and run/,
    )

    await writeFile(join(folder, 'build/native/reprise.node'), 'not an addon')
    assert.match((await inProcess({}, {}, copy)).reason!, /native engine: its addon does not load/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
