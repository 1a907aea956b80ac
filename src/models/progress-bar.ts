/** How much `fit` and `evaluate` print: nothing, a bar, a line per epoch; auto = a bar on a terminal. */
export type Verbose = 0 | 1 | 2 | 'auto' | boolean

/** The stream to print on, when there is one that behaves like a terminal or a file. */
interface Output {
  readonly isTerminal: boolean
  write(text: string): void
}

function standardOutput(): Output {
  if (typeof process !== 'undefined' && process.stdout?.write) {
    return { isTerminal: process.stdout.isTTY === true, write: (text) => void process.stdout.write(text) }
  }
  return { isTerminal: false, write: (text) => console.log(text.replace(/\n$/, '')) }
}

/** What `verbose` means here; `quiet` is what auto means without a terminal. */
export function resolveVerbose(verbose: Verbose, quiet: 0 | 2): 0 | 1 | 2 {
  if (verbose === 'auto') return standardOutput().isTerminal ? 1 : quiet
  return verbose === true ? 1 : verbose === false ? 0 : verbose
}

const width = 20
const interval = 50 // milliseconds between redraws

/** Keras's progress bar: `157/157 ━━━━━━━━━━━━━━━━━━━━ 4s 25ms/step - accuracy: 0.8 - loss: 0.4`. */
export class ProgressBar {
  private readonly output = standardOutput()
  private readonly began = performance.now()
  private lastDraw = Number.NEGATIVE_INFINITY
  private lastLength = 0

  constructor(
    private readonly verbose: 0 | 1 | 2,
    private readonly steps: number | undefined,
  ) {}

  heading(text: string): void {
    if (this.verbose !== 0) this.output.write(`${text}\n`)
  }

  update(step: number, logs: Readonly<Record<string, number>>): void {
    const now = performance.now()
    if (this.verbose !== 1 || now - this.lastDraw < interval || !this.output.isTerminal) return
    this.lastDraw = now
    this.draw(this.line(step, logs, false))
  }

  /** The last line, which stays. */
  finish(step: number, logs: Readonly<Record<string, number>>): void {
    if (this.verbose === 0) return
    if (this.verbose === 1) this.draw(this.line(step, logs, true))
    else {
      const seconds = (performance.now() - this.began) / 1000
      this.output.write(
        `${step}/${this.steps ?? step} - ${seconds.toFixed(0)}s${this.pace(step)}${scores(logs)}`,
      )
    }
    this.output.write('\n')
  }

  private draw(line: string): void {
    const start = this.output.isTerminal ? '\r' : ''
    this.output.write(start + line.padEnd(this.output.isTerminal ? this.lastLength : 0))
    this.lastLength = line.length
  }

  private line(step: number, logs: Readonly<Record<string, number>>, done: boolean): string {
    const elapsed = (performance.now() - this.began) / 1000
    const { steps } = this
    if (steps === undefined && !done)
      return `${step}/Unknown ${duration(elapsed)}${this.pace(step)}${scores(logs)}`
    const total = steps ?? step
    const part = Math.floor((width * Math.min(step, total)) / Math.max(1, total))
    const digits = String(total).length
    const left = step === 0 ? 0 : (elapsed / step) * (total - step)
    const time = done ? `${elapsed.toFixed(0)}s` : duration(left)
    const bar = '━'.repeat(part) + (done ? '━'.repeat(width - part) : '─'.repeat(width - part))
    return `${String(step).padStart(digits)}/${total} ${bar} ${time}${this.pace(step)}${scores(logs)}`
  }

  private pace(step: number): string {
    const seconds = (performance.now() - this.began) / 1000 / Math.max(1, step)
    if (seconds >= 1) return ` ${seconds.toFixed(0)}s/step`
    return seconds >= 1e-3 ? ` ${(seconds * 1e3).toFixed(0)}ms/step` : ` ${(seconds * 1e6).toFixed(0)}us/step`
  }
}

function scores(logs: Readonly<Record<string, number>>): string {
  return Object.keys(logs)
    .sort()
    .map((name) => {
      const value = logs[name]!
      const text = Math.abs(value) > 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(4)
      return ` - ${name}: ${text}`
    })
    .join('')
}

function duration(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  if (whole > 3600)
    return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`
  return whole > 60 ? `${Math.floor(whole / 60)}:${two(whole % 60)}` : `${whole}s`
}
