import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

const ceiling = 200_000

/** scripts/build-browser.mjs */
interface Builder {
  buildBrowser(folder: string): Promise<Outputs>
  browserSizes(outputs: Outputs, folder: string): Record<'library' | 'tasks' | 'later' | 'kernels', number>
}
type Outputs = Map<string, { imports: readonly { path: string; external?: boolean }[] }>

function missing(): string | false {
  try {
    createRequire(import.meta.url).resolve('esbuild')
    return false
  } catch {
    return 'the development dependency esbuild is not installed'
  }
}

describe('the bundle for pages', { skip: missing() }, () => {
  let folder: string
  let outputs: Outputs
  let sizes: ReturnType<Builder['browserSizes']>
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reprise-bundle-'))
    const script = new URL('../../scripts/build-browser.mjs', import.meta.url)
    const builder = (await import(script.href)) as Builder
    outputs = await builder.buildBrowser(folder)
    sizes = builder.browserSizes(outputs, folder)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test(`is at most ${ceiling / 1000} kB gzipped: the library, language models, the engine and its kernels`, () => {
    const { library, kernels } = sizes
    assert.ok(library > 50_000 && kernels > 20_000, 'nothing is left out')
    assert.ok(library + kernels <= ceiling, `${library} of JavaScript, ${kernels} of kernels`)
  })

  test('imports nothing of Node, nor any package', () => {
    for (const [name, { imports }] of outputs) {
      for (const { path, external } of imports) assert.equal(external, undefined, `${name} imports ${path}`)
    }
    const built = readdirSync(folder).filter((file) => file.endsWith('.js'))
    for (const name of built)
      assert.doesNotMatch(readFileSync(join(folder, name), 'utf8'), /import\(?["']node:/)
  })

  test('names the files its engine needs, and has them', () => {
    const files = readdirSync(folder)
    const text = files
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
    const named = new Set(
      [...text.join('\n').matchAll(/new URL\(["']\.\/([^"']+)["'],import\.meta\.url\)/g)].map(([, f]) => f!),
    )
    assert.ok(named.size >= 5)
    for (const name of named) assert.ok(files.includes(name) || name.endsWith('.node'), name)
  })

  test('says what it cannot do where a file is wanted', async () => {
    const { LanguageModel } = await import(pathToFileURL(join(folder, 'reprise.js')).href)
    const { loadModel } = await import(pathToFileURL(join(folder, 'reprise.js')).href)
    await assert.rejects(LanguageModel.load('a.safetensors'), { code: 'needs-node', message: /bytes/ })
    await assert.rejects(loadModel('a.keras'), { code: 'needs-node' })
  })

  test('trains on its kernels', async () => {
    const { LanguageModel } = await import(pathToFileURL(join(folder, 'reprise.js')).href)
    const { loadEngine } = await import(pathToFileURL(join(folder, 'reprise.js')).href)
    const engine = await loadEngine({ engine: 'wasm', threads: 2 })
    const text = 'the sea the sea the open sea\n'.repeat(200)
    const model = await LanguageModel.train(text, { engine, units: 16, epochs: 1 })
    assert.ok(model.score('the sea').nats > 0)
    model.dispose()
    engine.dispose()
  })
})
