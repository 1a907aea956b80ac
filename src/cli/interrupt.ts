import { RepriseError } from '../errors.js'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface InterruptOptions {
  /** Called at the first interrupt, to say what happens now. */
  readonly onInterrupt?: () => void
  /** What to say when the work did stop. Default: that it has. */
  readonly stopped?: () => string
  /** Work that cannot be asked to stop, such as waiting for standard input, is left at once. */
  readonly leaveAtOnce?: () => boolean
}

/**
 * Runs `body` with a signal that Ctrl-C, a termination request or a closed terminal aborts, so that the work can save and
 * stop; a second one leaves at once. Throws `interrupted` when the body ends because of it.
 */
export async function withInterrupt<Result>(
  body: (signal: AbortSignal) => Promise<Result>,
  { onInterrupt, stopped = () => 'stopped.', leaveAtOnce }: InterruptOptions = {},
): Promise<Result> {
  const controller = new AbortController()
  const { signal } = controller
  const stop = () => {
    if (signal.aborted) process.exit(130)
    onInterrupt?.()
    controller.abort()
    // The body gets a moment to tidy up.
    const leave = () => {
      if (!leaveAtOnce?.()) return
      process.stderr.write(`reprise: ${stopped()}\n`)
      process.exit(130)
    }
    setTimeout(leave, 200).unref()
  }
  for (const name of signals) process.on(name, stop)
  try {
    return await body(signal)
  } catch (error) {
    if (!(signal.aborted && error instanceof Error && error.name === 'AbortError')) throw error
    throw new RepriseError('interrupted', stopped(), { cause: error })
  } finally {
    for (const name of signals) process.off(name, stop)
  }
}
