import { stdin } from 'node:process'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { collect, numberBetween, wholeNumber } from '../flags.js'
import { withInterrupt } from '../interrupt.js'
import { withModel } from '../model.js'
import { type CommonFlags, Terminal } from '../terminal.js'

interface Flags extends CommonFlags {
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
      numberBetween(0, Number.POSITIVE_INFINITY),
      0.8,
    )
    .option('--top-k <number>', 'choose among the k likeliest tokens', wholeNumber(1))
    .option(
      '--top-p <number>',
      'choose among the fewest tokens that make up this probability',
      numberBetween(0, 1),
    )
    .option(
      '--repetition-penalty <number>',
      'above 1 makes tokens already used less likely',
      numberBetween(0.01, 100),
    )
    .option('--stop <text>', 'end before this text; may be given again', collect)
    .addHelpText(
      'after',
      '\nExample:\n  reprise generate book.safetensors "It was a dark" --temperature 0.7 --length 500 --seed 7',
    )
    .action(async (path: string, given: string, flags: Flags) => {
      const terminal = new Terminal(flags)
      const prompt = given === '-' ? await readAll(stdin) : given
      await withModel(path, flags, async (model) => {
        const unknown = model.unknownIn(prompt)
        if (unknown > 0)
          terminal.warn(
            `${unknown} ${unknown === 1 ? 'token' : 'tokens'} of the prompt the model has never seen; read as unknown`,
          )
        const { temperature, length, topK, topP, repetitionPenalty, stop, seed } = flags
        const begin = performance.now()
        let text = ''
        let tokens = 0
        if (!terminal.json) terminal.stream(prompt)
        await withInterrupt(async (signal) => {
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
            if (!terminal.json) terminal.stream(piece)
          }
        })
        const tokensPerSecond = Math.round((tokens / (performance.now() - begin)) * 1000)
        if (terminal.json) terminal.result({ prompt, text, tokens, tokensPerSecond }, () => [])
        else terminal.stream('\n')
      })
    })
}
