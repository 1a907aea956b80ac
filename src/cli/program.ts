import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { unknownName } from '../errors.js'
import { addConvert } from './commands/convert.js'
import { addEngine } from './commands/engine.js'
import { addEvaluate } from './commands/evaluate.js'
import { addGenerate } from './commands/generate.js'
import { addInspect } from './commands/inspect.js'
import { addPredict } from './commands/predict.js'
import { addScore } from './commands/score.js'
import { addTrain } from './commands/train.js'
import { sentence, wholeNumber } from './flags.js'

const engines = ['auto', 'native', 'wasm', 'reference']

/** The command `reprise` with all its verbs; what they do is loaded when one is called. */
export function buildProgram(): Command {
  const program = new Command('reprise')
    .description('Recurrent sequence models: train on your own text, evaluate, predict, generate.')
    .version(version())
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `
Example:
  reprise train lm --data book.txt --out book.safetensors
  reprise generate book.safetensors "It was"
  reprise train classifier --data tickets.csv --text body --label team
  reprise predict tickets.safetensors "My invoice is wrong"
  reprise convert reviews.keras reviews.onnx

Every command has --help with an example. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted after saving.`,
    )
  for (const add of [
    addTrain,
    addEvaluate,
    addPredict,
    addGenerate,
    addScore,
    addInspect,
    addConvert,
    addEngine,
  ])
    add(program)
  for (const command of descendants(program)) if (command.commands.length === 0) addCommonFlags(command)
  for (const command of [program, ...descendants(program)]) {
    command.exitOverride().configureOutput({
      outputError: (text, write) => write(`${usageLine(text)}; see ${commandLine(command)} --help\n`),
    })
  }
  return program
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child as Command, ...descendants(child as Command)])
}

/** `error: unknown option '--unts'\n(Did you mean --units?)` on one line. */
function usageLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, 'reprise: ')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
}

function commandLine(command: Command): string {
  return command.parent ? `${commandLine(command.parent)} ${command.name()}` : command.name()
}

function addCommonFlags(command: Command): void {
  const options = [
    new Option('--json', 'print exactly one JSON value on stdout, everything else on stderr'),
    new Option('--quiet', 'print results and warnings only'),
    new Option('--engine <name>', `compute engine: ${engines.join(', ')}`).argParser(engineName),
    new Option('--threads <number>', 'worker threads').argParser(wholeNumber(1, 256)),
    new Option('--debug', 'print the stack of an error'),
  ]
  if (!command.options.some((option) => option.long === '--seed')) {
    options.push(new Option('--seed <number>', 'seed of everything random').argParser(wholeNumber(0)))
  }
  for (const option of options) command.addOption(option.helpGroup('Everywhere:'))
}

function engineName(text: string): string {
  if (engines.includes(text)) return text
  throw new InvalidArgumentError(sentence(unknownName('engine', text, engines).message))
}
