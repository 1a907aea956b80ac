// A peer as a process that lives as long as the run and answers one line at a time, so that rounds truly interleave and what it
// takes to start is paid once. Between samples it waits for a line and uses no processor.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const running = new Set()
/** Ends every peer that is still there, by its own id. */
export function stopAll() {
  for (const child of running) child.kill('SIGKILL')
}
process.on('exit', stopAll)

/** What a peer says of a workload it cannot express or run here. */
export class Unsupported extends Error {}

export class PeerProcess {
  #child
  #lines
  #errors = ''

  constructor({ command, args, env }) {
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    running.add(this.#child)
    this.#child.on('exit', () => running.delete(this.#child))
    this.#child.on('error', (error) => {
      this.#errors += error.message
    })
    this.#child.stdin.on('error', () => {}) // it has ended: the missing answer tells
    this.#child.stderr.on('data', (data) => {
      this.#errors = (this.#errors + data).slice(-2000)
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Waits until it is ready; its version. */
  async ready(seconds = 120) {
    return (await this.#answer(seconds)).ready
  }

  async ask(request, seconds) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const answer = await this.#answer(seconds)
    if (answer.unsupported !== undefined) throw new Unsupported(answer.unsupported)
    if (answer.error !== undefined) throw new Error(answer.error.split('\n')[0])
    return answer
  }

  async #answer(seconds) {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        this.stop()
        reject(new Error(`no answer within ${seconds} s`))
      }, seconds * 1000)
    })
    try {
      for (;;) {
        const { value, done } = await Promise.race([this.#lines.next(), late])
        if (done) throw new Error(`the peer ended. ${this.#errors.trim().split('\n').slice(-3).join(' ')}`)
        if (value.startsWith('{')) return JSON.parse(value)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  stop() {
    this.#child.kill('SIGKILL')
  }
}
