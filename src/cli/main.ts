#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { argv, exit, stderr, stdout } from 'node:process'
import { Command, CommanderError, Option } from 'commander'
import { RepriseError } from '../errors.js'
import { addEngine } from './commands/engine.js'
import { addEvaluate } from './commands/evaluate.js'
import { addGenerate } from './commands/generate.js'
import { addInspect } from './commands/inspect.js'
import { addScore } from './commands/score.js'
import { addTrain } from './commands/train.js'
import { numberBetween, wholeNumber } from './flags.js'

/** Codes of mistakes in the command line rather than in the work: exit code 2. */
const usageCodes = new Set(['usage', 'option', 'unknown-name', 'option'])

const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

function build(): Command {
  const program = new Command('reprise')
    .description('Recurrent sequence models: train on your own text, evaluate, generate.')
    .version(version)
    .showHelpAfterError('(add --help for the options and an example)')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `
Example:
  reprise train lm --data book.txt --out book.safetensors
  reprise generate book.safetensors "It was"

Every command has --help with an example. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted after saving.`,
    )
  for (const add of [addTrain, addEvaluate, addGenerate, addScore, addInspect, addEngine]) add(program)
  for (const command of leaves(program)) addCommonFlags(command)
  for (const command of [program, ...descendants(program)]) command.exitOverride()
  return program
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child as Command, ...descendants(child as Command)])
}

function leaves(command: Command): Command[] {
  return descendants(command).filter((candidate) => candidate.commands.length === 0)
}

function addCommonFlags(command: Command): void {
  const options = [
    new Option('--json', 'print exactly one JSON object on stdout, everything else on stderr'),
    new Option('--quiet', 'print results and warnings only'),
    new Option('--engine <name>', 'compute engine: auto, native, wasm or reference').choices([
      'auto',
      'native',
      'wasm',
      'reference',
    ]),
    new Option('--threads <number>', 'worker threads').argParser(wholeNumber(1)),
    new Option('--debug', 'print the stack of an error'),
  ]
  if (!command.options.some((option) => option.long === '--seed')) {
    options.push(
      new Option('--seed <number>', 'seed of everything random').argParser(
        numberBetween(0, Number.MAX_SAFE_INTEGER),
      ),
    )
  }
  for (const option of options) command.addOption(option.helpGroup('Everywhere:'))
}

async function main(): Promise<number> {
  try {
    await build().parseAsync(argv)
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return report(error)
  }
}

function report(error: unknown): number {
  if (isClosedPipe(error)) return 0
  const message = error instanceof Error ? error.message : String(error)
  stderr.write(`reprise: ${message}\n`)
  if (argv.includes('--debug') && error instanceof Error) stderr.write(`${error.stack}\n`)
  else if (!(error instanceof RepriseError))
    stderr.write('reprise: this is a defect; run again with --debug for details\n')
  if (!(error instanceof RepriseError)) return 1
  if (error.code === 'interrupted') return 130
  return usageCodes.has(error.code) ? 2 : 1
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}

stdout.on('error', (error) => {
  if (isClosedPipe(error)) exit(0)
  throw error
})

process.exitCode = await main()
