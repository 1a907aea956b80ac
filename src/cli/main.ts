#!/usr/bin/env node
import { argv, exit, stderr, stdout } from 'node:process'
import { CommanderError } from 'commander'
import { buildProgram } from './program.js'
import { isClosedPipe, report } from './report.js'

async function main(): Promise<number> {
  try {
    await buildProgram().parseAsync(argv)
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return report(error)
  }
}

stdout.on('error', (error) => {
  if (isClosedPipe(error)) exit(0)
  exit(report(error))
})
// Nobody reads the progress any more: the work goes on, and is saved.
stderr.on('error', () => {})
process.on('uncaughtException', (error) => exit(report(error)))
// A file that grows over the limit of the shell (ulimit -f) is then an error of the write and not the end of the process.
if (process.platform !== 'win32') process.on('SIGXFSZ' as NodeJS.Signals, () => {})

process.exitCode = await main()
