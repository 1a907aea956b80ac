import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { loadEngine } from '../engine/load.js'
import type { WasmIsa } from '../engine/wasm/flavours.js'
import { LanguageModel, type LanguageScores, trainLanguageModel } from '../tasks/index.js'
import { Chromium, findChromium } from './chromium.js'

const path = findChromium()
const skip = path === undefined && 'no Chromium: apt-get install chromium, or set CHROME_PATH'

const settings = { units: 64, batch: 8, bptt: 50, epochs: 1, layers: 2, seed: 5 }
const characters = 60_000

/** What the example page remembers of a training, `examples/browser/page.js`. */
interface PageRecord {
  readonly state: 'idle' | 'preparing' | 'training' | 'done' | 'failed'
  readonly frames: number
  readonly longestGap: number
  readonly engine: {
    readonly name: string
    readonly isa: WasmIsa
    readonly threads: number
    readonly reason: string
  }
  readonly losses: readonly number[]
  readonly valid: LanguageScores
}

describe('the example page in Chromium', { skip }, () => {
  let chromium: Chromium
  const servers: ChildProcess[] = []
  before(() => {
    chromium = new Chromium(path!)
  })
  after(async () => {
    for (const server of servers) server.kill()
    await chromium?.close()
  })

  /** Starts `npm run browser`; its address. */
  async function serve(...flags: readonly string[]): Promise<string> {
    const script = fileURLToPath(new URL('../../scripts/browser.mjs', import.meta.url))
    const server = spawn(process.execPath, [script, '--port', '0', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    servers.push(server)
    const [line] = await once(server.stdout!.setEncoding('utf8'), 'data')
    return String(line).trim()
  }

  /** Opens the page with these settings in its address; evaluates in it, and waits for it to reach a state. */
  async function openPage(address: string, query: Record<string, string | number>) {
    const parameters = new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))
    const evaluate = await chromium.open(`${address}?${parameters}`)
    const deadline = Date.now() + 120_000
    const reach = async (...states: readonly string[]) => {
      while (!states.includes(String(await evaluate('globalThis.record?.state ?? "loading"')))) {
        assert.ok(Date.now() < deadline, `the page did not become ${states.join(' or ')}`)
        await sleep(20)
      }
    }
    await reach('idle')
    await evaluate('document.getElementById("start").click()')
    return { evaluate, reach }
  }

  /** Trains in the page; what it remembers, and the bytes its link saves. */
  async function trainInPage(address: string, engine: Record<string, string>) {
    const { evaluate, reach } = await openPage(address, { ...settings, characters, ...engine })
    await reach('done', 'failed')
    const record = (await evaluate('({ ...record, file: undefined })')) as PageRecord
    assert.equal(record.state, 'done', String(await evaluate('document.body.innerText')))
    const saved = await evaluate(`(async () => {
      const bytes = await (await fetch(document.getElementById('save').href)).bytes()
      let text = ''
      for (const byte of bytes) text += String.fromCharCode(byte)
      return btoa(text)
    })()`)
    return { record, bytes: Buffer.from(String(saved), 'base64') }
  }

  /** The same training in Node: losses of all steps, score of the held-out part. */
  async function trainHere(text: string, isa: WasmIsa, threads: number) {
    const engine = await loadEngine({ engine: 'wasm', isa, threads })
    const losses: number[] = []
    const callbacks = [{ onStep: ({ loss }: { loss: number }) => void losses.push(loss) }]
    const { model, valid } = await trainLanguageModel(text, { ...settings, engine, callbacks })
    const file = Buffer.concat(model.toPieces())
    model.dispose()
    return { engine, losses, valid: valid!, file }
  }

  async function compare(flags: readonly string[], options: Record<string, string>, threads: number) {
    const address = await serve(...flags)
    const { record, bytes } = await trainInPage(address, options)
    assert.equal(record.engine.name, 'wasm')
    assert.equal(record.engine.threads, threads)
    if (options.isa) assert.equal(record.engine.isa, options.isa)
    // A page that trained itself would draw nothing meanwhile.
    assert.ok(record.frames > 5, `${record.frames} frames`)
    assert.ok(record.longestGap < 1500, `${record.longestGap} ms without a frame`)

    const text = (await (await fetch(new URL('moby-dick.txt', address))).text()).slice(0, characters)
    const here = await trainHere(text, record.engine.isa, threads)
    assert.ok(here.losses.length > 50 && here.losses.at(-1)! < here.losses[0]!)
    assert.deepEqual(record.losses, here.losses)
    assert.deepEqual(bytes, here.file)
    const model = await LanguageModel.load(bytes, { engine: here.engine })
    const { nats } = await model.evaluate(text.slice(-2000))
    const again = await LanguageModel.load(here.file, { engine: here.engine })
    assert.equal(nats, (await again.evaluate(text.slice(-2000))).nats)
    assert.equal(record.valid.nats, here.valid.nats)
    here.engine.dispose()
    return record
  }

  test('with threads, on the fastest instruction set', async () => {
    const record = await compare([], { threads: '2' }, 2)
    assert.equal(record.engine.isa, 'relaxed-simd')
  })

  test('without shared memory, on strict SIMD', async () => {
    const record = await compare(['--no-isolation'], { isa: 'simd128' }, 1)
    assert.match(record.engine.reason, /not cross-origin isolated/)
  })

  test('cancelled, a training leaves what it learnt', async () => {
    const { evaluate, reach } = await openPage(await serve(), { ...settings, characters, epochs: 1000 })
    await reach('training')
    await evaluate('document.getElementById("cancel").click()')
    await reach('done', 'failed')
    assert.equal(await evaluate('record.state'), 'done')
    assert.ok(Number(await evaluate('record.file.size')) > 10_000)
    assert.ok(Number(await evaluate('record.losses.length')) < 50_000)
  })
})
