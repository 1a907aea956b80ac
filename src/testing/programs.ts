import { spawn } from 'node:child_process'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

// How the tests run compiled examples: as programs of their own, on data made up for them, without a network.

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  /** Working directory, home and REPRISE_DATA of the program. */
  readonly folder: string
  /** Sends an interrupt when this first stands in the output. */
  readonly interruptAt?: string
}

/** Runs a JavaScript file to its end, on one thread. */
export function runProgram(path: string, args: readonly string[], options: ProgramOptions): Promise<Ended> {
  const { folder, interruptAt } = options
  const env = { ...process.env, HOME: folder, REPRISE_DATA: folder, REPRISE_THREADS: '1' }
  const child = spawn(execPath, [path, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let interrupted = false
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    stdout += piece
    if (interruptAt === undefined || interrupted || !stdout.includes(interruptAt)) return
    interrupted = true
    child.kill('SIGINT')
  })
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    stderr += piece
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** The losses of the epochs in what `fit` printed. */
export function lossesIn(output: string): number[] {
  return [...output.matchAll(/ - loss: ([\d.e+-]+)/g)].map(([, loss]) => Number(loss))
}

/** The number after the last `label` in the output. Throws when there is none. */
export function numberAfter(output: string, label: string): number {
  const place = output.lastIndexOf(label)
  const value = Number.parseFloat(output.slice(place + label.length))
  if (place < 0 || Number.isNaN(value)) throw new Error(`no number after "${label}" in:\n${output}`)
  return value
}
