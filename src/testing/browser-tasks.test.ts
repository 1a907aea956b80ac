import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../engine/engine.js'
import { loadEngine } from '../engine/load.js'
import type { WasmIsa } from '../engine/wasm/flavours.js'
import { Classifier, Tagger, TextBaseline } from '../tasks/index.js'
import { Chromium, findChromium } from './chromium.js'
import { exampleTickets } from './example-tickets.js'
import { nameExamples } from './tagged-examples.js'

const path = findChromium()
const skip = path === undefined && 'no Chromium: apt-get install chromium, or set CHROME_PATH'

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm' }
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

const texts = [
  'the invoice is late',
  'Login ERROR, café 🙂',
  '',
  'payment payment screen',
  'words nobody knows',
]
const sentences = ['Ada Ames likes Rome .', 'nobody sees Zzyzx', ['one', 'token', 'each', 'Bern'], '']

/** What a page does with the three files, as a program in it; the same is done in Node. */
const inPage = `(async () => {
  const { loadEngine, Classifier, loadClassifier, Tagger } = await import('./tasks.js')
  const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer())
  const engine = await loadEngine(ENGINE)
  const texts = TEXTS
  const classifier = await Classifier.load(await bytes('joint.safetensors'), { engine })
  const baseline = await loadClassifier(engine, await bytes('words.safetensors'))
  const tagger = await Tagger.load(await bytes('names.safetensors'), { engine })
  const streamed = []
  const stream = async function* () { yield* texts }
  for await (const answer of classifier.predict(stream())) streamed.push(answer)
  return {
    info: { name: engine.info.name, isa: engine.info.isa, threads: engine.info.threads },
    joint: await classifier.predict(texts),
    streamed,
    words: await baseline.predict(texts),
    explained: await classifier.explain(texts[0]),
    tagged: await tagger.predict(SENTENCES),
  }
})()`

interface Answers {
  readonly info: { readonly name: string; readonly isa: WasmIsa; readonly threads: number }
  readonly joint: unknown
  readonly streamed: unknown
  readonly words: unknown
  readonly explained: unknown
  readonly tagged: unknown
}

describe('classifiers and taggers in Chromium', { skip }, () => {
  let chromium: Chromium
  let engine: Engine
  const servers: Server[] = []
  let folder: string
  /** The bundle, and model files trained in Node, by address. */
  const files = new Map<string, Buffer>()

  before(async () => {
    // A folder of its own: another test bundles into dist/browser meanwhile.
    folder = mkdtempSync(join(tmpdir(), 'reprise-browser-tasks-'))
    const script = new URL('../../scripts/build-browser.mjs', import.meta.url)
    const { buildBrowser } = (await import(script.href)) as { buildBrowser(folder: string): Promise<unknown> }
    await buildBrowser(folder)
    for (const name of readdirSync(folder)) files.set(`/${name}`, readFileSync(join(folder, name)))
    engine = await loadEngine({ threads: 1 })
    const examples = exampleTickets(60).map(({ body, team }) => ({ text: body, labels: [team] }))
    const keep = async (name: string, model: { toPieces(): Uint8Array[] }) =>
      void files.set(`/${name}.safetensors`, Buffer.concat(model.toPieces()))
    await keep('joint', await Classifier.train(examples, { engine, epochs: 2, units: 8, embedding: 8 }))
    await keep('words', await TextBaseline.train(examples))
    const tagger = await Tagger.train(nameExamples(60), { engine, epochs: 3, units: 8, embedding: 8 })
    assert.equal(tagger.settings.decoder, 'crf')
    await keep('names', tagger)
    chromium = new Chromium(path!)
  })
  after(async () => {
    engine?.dispose()
    for (const server of servers) server.close().closeAllConnections()
    await chromium?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Serves the bundle and the models; the address of an empty page. */
  async function serve(headers: Readonly<Record<string, string>>): Promise<string> {
    const server = createServer(({ url }, response) => {
      const name = new URL(url!, 'http://localhost').pathname
      const file = name === '/' ? '<!doctype html>' : files.get(name)
      const type = { 'Content-Type': types[extname(name)] ?? 'text/html', ...headers }
      response.writeHead(file === undefined ? 404 : 200, type).end(file)
    })
    servers.push(server)
    await new Promise<void>((resolve) => void server.listen(0, 'localhost', resolve))
    return `http://localhost:${(server.address() as AddressInfo).port}/`
  }

  /** The same in Node, on the engine a page has. */
  async function here({ isa, threads }: Answers['info']): Promise<Omit<Answers, 'info'>> {
    const engine = await loadEngine({ engine: 'wasm', isa, threads })
    const classifier = Classifier.fromBytes(engine, files.get('/joint.safetensors')!)
    const baseline = await TextBaseline.load(files.get('/words.safetensors')!)
    const tagger = Tagger.fromBytes(engine, files.get('/names.safetensors')!)
    assert.ok(classifier.baseline, 'network and baseline decide together')
    const joint = await classifier.predict(texts)
    const answers = {
      joint,
      streamed: joint,
      words: await baseline.predict(texts),
      explained: await classifier.explain(texts[0]!),
      tagged: await tagger.predict(sentences),
    }
    engine.dispose()
    return answers
  }

  async function compare(headers: Readonly<Record<string, string>>, options: object) {
    const evaluate = await chromium.open(await serve(headers))
    const program = inPage
      .replace('ENGINE', JSON.stringify(options))
      .replace('TEXTS', JSON.stringify(texts))
      .replace('SENTENCES', JSON.stringify(sentences))
    const { info, ...answers } = (await evaluate(program)) as Answers
    assert.equal(info.name, 'wasm')
    assert.deepEqual(answers, JSON.parse(JSON.stringify(await here(info))))
    return info
  }

  test('with threads, on the fastest instruction set', async () => {
    const { isa, threads } = await compare(isolation, { threads: 2 })
    assert.deepEqual({ isa, threads }, { isa: 'relaxed-simd', threads: 2 })
  })

  test('without shared memory, on strict SIMD', async () => {
    const { isa, threads } = await compare({}, { isa: 'simd128' })
    assert.deepEqual({ isa, threads }, { isa: 'simd128', threads: 1 })
  })
})
