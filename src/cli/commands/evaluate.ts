import type { Command } from 'commander'
import type { WeightFormat } from '../../quantization.js'
import { collect, weightsOption, wholeNumber } from '../flags.js'
import { withInterrupt } from '../interrupt.js'
import { type CommonFlags, drawBar, formatCount, formatTable, Terminal } from '../terminal.js'

interface Flags extends CommonFlags {
  readonly weights?: WeightFormat
  readonly data: string[]
  readonly streams?: number
}

export function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('score held-out text with a model')
    .argument('<model>', 'model file')
    .requiredOption(
      '--data <file>',
      'text to score; may be gzipped, `-` is standard input; may be given again',
      collect,
    )
    .option(
      '--streams <number>',
      'read the text as this many stretches side by side; 1 = one state from beginning to end',
      wholeNumber(1),
    )
    .addOption(weightsOption())
    .addHelpText('after', '\nExample:\n  reprise evaluate book.safetensors --data other-book.txt')
    .action(async (path: string, flags: Flags) => {
      const { filesSource } = await import('../../data/node-files.js')
      const { engineSummary } = await import('../engine.js')
      const { withModel } = await import('../model.js')
      const terminal = new Terminal(flags)
      const source = await filesSource(flags.data)
      await withModel(path, flags, async (model, engine) => {
        const begin = performance.now()
        let reading = true
        const onProgress = (fraction: number) => {
          reading = false
          terminal.progress(`${drawBar(fraction)} ${Math.round(fraction * 100)} %`)
        }
        const streams = flags.streams !== undefined && { streams: flags.streams }
        const scores = await withInterrupt(
          (signal) => model.evaluate(source, { signal, ...streams, onProgress }),
          { leaveAtOnce: () => reading, stopped: () => 'stopped before the end; there are no scores.' },
        )
        const seconds = (performance.now() - begin) / 1000
        const result = {
          task: 'lm',
          model: path,
          ...scores,
          tokensPerSecond: Math.round(scores.tokens / seconds),
          engine: engineSummary(engine),
        }
        terminal.result(result, () => [
          ...formatTable([
            ['tokens', formatCount(scores.tokens)],
            ['nats per token', scores.nats.toFixed(4)],
            ['perplexity', scores.perplexity.toFixed(2)],
            ['bits per token', scores.bitsPerToken.toFixed(4)],
            ['bits per character', scores.bitsPerCharacter.toFixed(4)],
            ['out of vocabulary', formatCount(scores.outOfVocabulary)],
          ]),
        ])
      })
    })
}
