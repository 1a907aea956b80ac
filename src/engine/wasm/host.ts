// What differs between Node and browsers: workers, processors, reading a file that lies beside this one.
import { nodeBuiltin } from './node-builtin.js'

/** The parts of a worker the team needs, alike in Node and in browsers. */
export interface TeamWorker {
  post(message: unknown): void
  terminate(): void
  /** Whether the worker keeps the process alive; nothing in browsers. */
  keepAlive(alive: boolean): void
}

export interface TeamWorkerEvents {
  message(value: unknown): void
  /** The worker could not start or has died. */
  failed(reason: string): void
}

/** Logical processors this process may use. */
export function availableProcessors(): number {
  return nodeBuiltin('node:os')?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1
}

/** Whether threads can share memory here; in browsers only on cross-origin isolated pages. */
export function sharedMemoryAvailable(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false
  return nodeBuiltin('node:worker_threads') !== undefined || globalThis.crossOriginIsolated === true
}

/** Starts `worker.js`. The worker does not keep the process alive until asked to. */
export function startWorker(events: TeamWorkerEvents): TeamWorker {
  const threads = nodeBuiltin('node:worker_threads')
  if (threads) {
    // Without the parent's execArgv the worker does not load its preloads and loaders once more.
    const worker = new threads.Worker(new URL('./worker.js', import.meta.url), {
      execArgv: [],
      name: 'reprise',
    })
    worker.on('message', (value) => events.message(value))
    worker.on('error', (error) => events.failed(String(error)))
    worker.on('exit', (code) => events.failed(`it ended with code ${code}`))
    worker.unref()
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => void worker.terminate(),
      keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    }
  }
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'reprise' })
  worker.onmessage = (event) => events.message(event.data)
  worker.onerror = (event) => events.failed(event.message || 'worker.js could not be loaded')
  return {
    post: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
    keepAlive: () => {},
  }
}

/** Compiles the WebAssembly file at an address next to this file. */
export async function compileFile(url: URL): Promise<WebAssembly.Module> {
  const files = url.protocol === 'file:' ? nodeBuiltin('node:fs/promises') : undefined
  if (files) return WebAssembly.compile(new Uint8Array(await files.readFile(url)))
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
  // Not compileStreaming: many servers send .wasm files with a content type it refuses.
  return WebAssembly.compile(await response.arrayBuffer())
}

/** Lets timers, input and drawing have their turn. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    // Not setTimeout, which browsers stretch to 4 ms when nested.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
