// What every example takes on its command line: `--small` for a run of seconds, `--epochs N`, and a file of text.
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { small: { type: 'boolean', default: false }, epochs: { type: 'string' } },
  allowPositionals: true,
})

/** Whether few examples will do, as in the tests. */
export const small = values.small

/** The first argument that is no option. */
export const file = positionals[0]

/** `--epochs`, or how many there usually are, or how many a small run has. */
export function epochs(usual: number, inSmallRun: number): number {
  return Number(values.epochs ?? (small ? inSmallRun : usual))
}

/** Ends training after the step under way at the first Ctrl-C; the program goes on with what was learned. */
export function ctrlC(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    console.error('\nStopping here and going on with what is learned; Ctrl-C again leaves.')
    controller.abort()
  })
  return controller.signal
}
