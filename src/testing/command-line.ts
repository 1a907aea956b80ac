import { type ChildProcess, spawn } from 'node:child_process'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

// How the tests of the command line run it: as a process of its own, from the compiled files.

export const mainFile = fileURLToPath(new URL('../cli/main.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** Resolves when standard error has the text, or the process has ended. */
  until(text: string): Promise<void>
}

export interface RunOptions {
  readonly cwd: string
  /** Given on standard input, which then ends; `open` keeps it open. */
  readonly input?: string | 'open'
  readonly env?: Readonly<Record<string, string>>
}

/** Starts `reprise` with these arguments. */
export function start(args: readonly string[], options: RunOptions): Running {
  return startProgram(execPath, [mainFile, ...args], options)
}

/** Runs `reprise` to its end. */
export function reprise(args: readonly string[], options: RunOptions): Promise<Finished> {
  return start(args, options).finished
}

/** Runs a line of shell in which `reprise` is the command under test. */
export function shell(line: string, options: RunOptions): Promise<Finished> {
  const script = `reprise() { "$NODE" "$MAIN" "$@"; }\n${line}`
  const env = { ...options.env, NODE: execPath, MAIN: mainFile }
  return startProgram('bash', ['-c', script], { ...options, env }).finished
}

function startProgram(program: string, args: readonly string[], options: RunOptions): Running {
  const { cwd, input = '', env } = options
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    stdout += piece
  })
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    stderr += piece
    for (const watcher of watchers) watcher()
  })
  child.stdin.on('error', () => {}) // it may end without reading
  if (input !== 'open') child.stdin.end(input)
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const until = (text: string) =>
    new Promise<void>((resolve) => {
      const watcher = () => {
        if (stderr.includes(text)) resolve()
      }
      watchers.add(watcher)
      watcher()
      finished.then(() => resolve(), resolve)
    })
  return { child, finished, until }
}

/** `work` for all items, a few at a time: starting a process takes most of its time. */
export async function forAll<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  atOnce = 3,
): Promise<void> {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
