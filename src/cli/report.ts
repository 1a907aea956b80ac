import { argv, stderr } from 'node:process'
import { RepriseError } from '../errors.js'
import { flagName } from './flags.js'

/** Codes of mistakes in the command line rather than in the work: exit code 2. */
const usageCodes: ReadonlySet<string> = new Set(['usage', 'option', 'unknown-name'])

/** Says on one line what went wrong and returns the exit code. The stack is for `--debug`. */
export function report(error: unknown): number {
  if (isClosedPipe(error)) return 0
  const expected = error instanceof RepriseError
  const message = inFlags(error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ')
  stderr.write(`reprise: ${message}${expected ? '' : ' (a defect of Reprise; --debug tells more)'}\n`)
  if (argv.includes('--debug') && error instanceof Error) stderr.write(`${error.stack}\n`)
  if (!expected) return 1
  if (error.code === 'interrupted') return 130
  return usageCodes.has(error.code) ? 2 : 1
}

/** Messages have names of settings in backticks; here they are flags: `validSplit` → --valid-split. */
export function inFlags(message: string): string {
  return message.replace(/`([a-z]+(?:[A-Z][a-z]*)*)`/g, (_, name: string) => flagName(name))
}

/** Someone reads no further, as in `reprise … | head`. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}
