import type { Command } from 'commander'
import type { WeightFormat } from '../../quantization.js'
import { collect, weightsOption, wholeNumber } from '../flags.js'
import { withInterrupt } from '../interrupt.js'
import { taskOf } from '../model-kind.js'
import { addColumnFlags, addReadingFlags, type ColumnFlags, type ReadingFlags } from '../reading-flags.js'
import { type CommonFlags, drawBar, formatCount, formatTable, Terminal } from '../terminal.js'

interface Flags extends CommonFlags, ReadingFlags, ColumnFlags {
  readonly weights?: WeightFormat
  readonly data: string[]
  readonly streams?: number
  readonly mistakes?: number
  readonly explain?: boolean
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description(
      'score a model on held-out data: text, labelled texts for a classifier, tagged sentences for a tagger',
    )
    .argument('<model>', 'model file')
    .requiredOption(
      '--data <file>',
      'data to score; may be gzipped, `-` is standard input; may be given again',
      collect,
    )
    .option(
      '--streams <number>',
      'language model: read the text as this many stretches side by side; 1 = one state from beginning to end',
      wholeNumber(1),
    )
    .option(
      '--mistakes <number>',
      'classifier: the most confident mistakes to tell (default: 5, with --json 10)',
      wholeNumber(0),
    )
    .option('--explain', 'classifier: say which words moved these mistakes')
    .addOption(weightsOption())
    .addHelpText(
      'after',
      '\nExample:\n  reprise evaluate book.safetensors --data other-book.txt\n  reprise evaluate tickets.safetensors --data new-tickets.csv --text body --label team\n  reprise evaluate pos.safetensors --data test.conllu',
    )
    .action(async (path: string, flags: Flags) => {
      const { [await taskOf(path)]: evaluate = evaluateLanguageModel } = evaluations
      await evaluate(path, flags)
    })
  addReadingFlags(command)
  addColumnFlags(command)
}

/** By task; what is not here is a language model, or says that it is none. */
const evaluations: Readonly<Record<string, (path: string, flags: Flags) => Promise<void>>> = {
  classifier: async (path, flags) =>
    (await import('../classifier-commands.js')).evaluateClassifierFile(path, flags),
  tagger: async (path, flags) => (await import('../evaluate-tagger.js')).evaluateTagger(path, flags),
}

async function evaluateLanguageModel(path: string, flags: Flags): Promise<void> {
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
}
