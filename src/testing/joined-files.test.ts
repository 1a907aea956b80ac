import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { exampleText } from './example-text.js'
import { root, runProgram } from './programs.js'

// Node reads the package as the joined files of scripts/build-node.mjs. They must be the same package.

const joined = join(root, 'dist/node')
const skip = existsSync(joined) ? false : 'npm run build did not run'

test('the package is what the modules are', { skip }, async () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { node: string; default: string }>
  }
  for (const [name, path] of [
    ['.', 'index.js'],
    ['./tasks', 'tasks/index.js'],
  ] as const) {
    const place = exports[name]!
    assert.equal(place.default, `./dist/${path}`)
    const ours = (await import(join(root, place.node))) as object
    const modules = (await import(join(root, place.default))) as object
    assert.deepEqual(Object.keys(ours), Object.keys(modules))
  }
})

test('one name has one class, whatever way it comes', { skip }, async () => {
  const { RepriseError, loadEngine } = await import('reprise')
  const { LanguageModel } = await import('reprise/tasks')
  const engine = await loadEngine({ engine: 'reference' })
  assert.throws(() => LanguageModel.fromBytes(engine, new Uint8Array(3)), RepriseError)
  engine.dispose()
})

test('the command finds its version and each engine from there', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-joined-'))
  try {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const cli = join(joined, 'cli.js')
    const shown = await runProgram(cli, ['--version'], { folder })
    assert.equal(shown.stdout, `${version}\n`)
    writeFileSync(join(folder, 'text.txt'), exampleText(3000))
    const engines = ['wasm', ...(existsSync(join(root, 'build/native/reprise.node')) ? ['native'] : [])]
    for (const engine of engines) {
      const { code, stdout, stderr } = await runProgram(
        cli,
        'train lm --data text.txt --out m.safetensors --units 8 --epochs 1 --quiet --json --threads 2'
          .split(' ')
          .concat('--engine', engine),
        { folder },
      )
      assert.equal(code, 0, stderr)
      assert.equal((JSON.parse(stdout) as { engine: { name: string } }).engine.name, engine)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
