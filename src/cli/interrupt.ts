import { stderr } from 'node:process'

/**
 * Runs `body` with a signal that Ctrl-C (or a termination request) aborts, so that the work can save and stop; a second
 * Ctrl-C leaves at once.
 */
export async function withInterrupt<Result>(body: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    stderr.write('\nstopping after this step; press Ctrl-C again to leave without saving\n')
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await body(controller.signal)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
