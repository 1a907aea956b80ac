import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** Path of a Chromium: the environment variable CHROME_PATH, else the first known name in PATH. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  const set = process.env.CHROME_PATH
  return (set ? [set] : candidates).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

interface Reply {
  readonly id?: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

/** A headless Chromium, driven over the DevTools protocol through two pipes: JSON messages that end with a zero byte. */
export class Chromium {
  private readonly process: ChildProcess
  private readonly profile = mkdtempSync(join(tmpdir(), 'reprise-chromium-'))
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  private messages = 0

  constructor(path: string) {
    // Chromium refuses to sandbox for root, as whom tests run in containers.
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    this.process = spawn(
      path,
      [
        '--headless=new',
        '--remote-debugging-pipe',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        `--user-data-dir=${this.profile}`,
        ...sandbox,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    )
    let rest = ''
    const replies = this.process.stdio[4] as Readable
    replies.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0')
      rest = parts.pop()!
      for (const part of parts) this.receive(JSON.parse(part))
    })
    const failed = (reason: string) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`Chromium ${reason}`))
      this.waiting.clear()
    }
    this.process.on('error', (error) => failed(String(error)))
    this.process.on('exit', (code) => failed(`ended with code ${code}`))
    this.process.stdio[3]!.on('error', () => {})
  }

  /** Opens a page; returns what evaluates expressions in it (a promise is awaited, the value travels as JSON). */
  async open(url: string): Promise<(expression: string) => Promise<unknown>> {
    const { targetId } = await this.send('Target.createTarget', { url })
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    const evaluate = async (expression: string) => {
      const parameters = { expression, awaitPromise: true, returnByValue: true }
      const { result, exceptionDetails } = await this.send('Runtime.evaluate', parameters, sessionId)
      if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`)
      return (result as { value: unknown }).value
    }
    // Until the page is there, there is nothing to evaluate in.
    const deadline = Date.now() + 30_000
    const place = () => evaluate('location.href + document.readyState').catch(String)
    while ((await place()) !== `${url}complete`) {
      if (Date.now() > deadline) throw new Error(`Chromium did not open ${url}`)
      await sleep(20)
    }
    return evaluate
  }

  async close(): Promise<void> {
    const { process } = this
    if (process.exitCode === null && process.signalCode === null) {
      const gone = new Promise((resolve) => process.once('exit', resolve))
      process.kill('SIGKILL')
      await gone
    }
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }

  private send(method: string, params: object, sessionId?: unknown): Promise<Record<string, unknown>> {
    const id = ++this.messages
    const pipe = this.process.stdio[3] as Writable
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: (value) => resolve(value as Record<string, unknown>), reject })
      pipe.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
  }

  private receive({ id, result, error }: Reply): void {
    const waiter = id === undefined ? undefined : this.waiting.get(id)
    if (!waiter) return
    this.waiting.delete(id!)
    if (error) waiter.reject(new Error(`Chromium: ${error.message}`))
    else waiter.resolve(result)
  }
}
