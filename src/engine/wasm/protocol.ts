// What the team and its workers agree on. Kept apart so that worker.js, which a page loads on its own, stays tiny.

/** Words of the team's control block in shared memory. The barrier of `kernel.h` follows 64 bytes on. */
export const control = {
  /** Rises with every run; workers sleep on it. */
  ticket: 0,
  /** Address of the program to run. */
  image: 1,
  /** Workers still at work; the last one reports. */
  remaining: 2,
  barrierOffset: 64,
  bytes: 128,
} as const

/** What a worker needs to join. */
export interface Enlistment {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly control: number
  /** Where this worker's stack ends; stacks grow down. */
  readonly stackEnd: number
  readonly thread: number
  readonly threads: number
}
