import { stdin } from 'node:process'
import { text as readAll } from 'node:stream/consumers'
import { type Command, InvalidArgumentError } from 'commander'
import type { WeightFormat } from '../../quantization.js'
import { collect, numberWithin, readEscapes, weightsOption, wholeNumber } from '../flags.js'
import { withInterrupt } from '../interrupt.js'
import { type CommonFlags, Terminal } from '../terminal.js'

interface Flags extends CommonFlags {
  readonly weights?: WeightFormat
  readonly length: number
  readonly temperature: number
  readonly topK?: number
  readonly topP?: number
  readonly repetitionPenalty?: number
  readonly stop?: string[]
}

export function addGenerate(program: Command): void {
  program
    .command('generate')
    .description('text from a language model, streamed as it comes')
    .argument('<model>', 'model file')
    .argument('[prompt]', 'text to go on from; `-` reads it from standard input', '')
    .option('--length <number>', 'most tokens to generate', wholeNumber(1), 400)
    .option(
      '--temperature <number>',
      '0 = always the likeliest; 1 = as learnt; above = wilder',
      numberWithin({ least: 0 }),
      0.8,
    )
    .option('--top-k <number>', 'choose among the k likeliest tokens', wholeNumber(1))
    .option(
      '--top-p <number>',
      'choose among the fewest tokens that make up this probability',
      numberWithin({ above: 0, most: 1 }),
    )
    .option(
      '--repetition-penalty <number>',
      'above 1 makes tokens already used less likely',
      numberWithin({ above: 0 }),
    )
    .option('--stop <text>', 'end before this text (\\n is a line end); may be given again', stopText)
    .addOption(weightsOption())
    .addHelpText(
      'after',
      '\nExample:\n  reprise generate book.safetensors "It was a dark" --temperature 0.7 --length 500 --seed 7',
    )
    .action(async (path: string, argument: string, flags: Flags) => {
      const { withModel } = await import('../model.js')
      const terminal = new Terminal(flags)
      const prompt = argument === '-' ? await readAll(stdin) : argument
      await withModel(path, flags, async (model) => {
        const { tokens: given, unknown } = model.count(prompt)
        if (unknown > 0) terminal.warn(describeUnknown(given, unknown, model.settings.unit))
        const { temperature, length, topK, topP, repetitionPenalty, stop, seed } = flags
        const begin = performance.now()
        let text = ''
        let tokens = 0
        const write = (piece: string) => {
          if (!terminal.json) terminal.stream(piece)
        }
        write(prompt)
        const stopped = () => {
          write('\n')
          return `stopped after ${tokens} tokens.`
        }
        const run = async (signal: AbortSignal) => {
          const pieces = model.generate(prompt, {
            length,
            temperature,
            ...(topK !== undefined && { topK }),
            ...(topP !== undefined && { topP }),
            ...(repetitionPenalty !== undefined && { repetitionPenalty }),
            ...(stop && { stop }),
            ...(seed !== undefined && { seed }),
            signal,
            onToken: () => tokens++,
          })
          for await (const piece of pieces) {
            text += piece
            write(piece)
          }
        }
        await withInterrupt(run, { stopped })
        const tokensPerSecond = Math.round((tokens / (performance.now() - begin)) * 1000)
        if (terminal.json) terminal.result({ prompt, text, tokens, tokensPerSecond }, () => [])
        else terminal.stream('\n')
      })
    })
}

function stopText(text: string, before: readonly string[] | undefined): string[] {
  if (text === '') throw new InvalidArgumentError('It must not be empty.')
  return collect(readEscapes(text), before)
}

function describeUnknown(tokens: number, unknown: number, unit: string): string {
  const noun = unit === 'word' ? 'word' : 'character'
  const [which, rest] =
    unknown === tokens ? ['none', 'they'] : [`only ${tokens - unknown} of ${tokens}`, 'the others']
  return `the model has seen ${which} of the prompt's ${noun}s in training; ${rest} are read as unknown`
}
