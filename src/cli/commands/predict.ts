import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import { RepriseError } from '../../errors.js'
import type { WeightFormat } from '../../quantization.js'
import { collect, weightsOption } from '../flags.js'
import { taskOf } from '../model-kind.js'
import { addColumnFlags, addReadingFlags, type ColumnFlags, type ReadingFlags } from '../reading-flags.js'
import { type CommonFlags, Terminal } from '../terminal.js'

/** Flags of `reprise predict` for every task. */
export interface PredictFlags extends CommonFlags, ReadingFlags, ColumnFlags {
  readonly weights?: WeightFormat
  readonly data?: string[]
  readonly explain?: boolean
}

type Prediction = (path: string, texts: readonly string[], flags: PredictFlags) => Promise<void>

/** By task. */
const predictions: Readonly<Record<string, Prediction>> = {
  classifier: async (...given) => (await import('../classifier-commands.js')).predictClasses(...given),
  tagger: async (...given) => (await import('../predict-tagger.js')).predictTagger(...given),
}

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .description('what a model says of texts: the labels a classifier gives, the tags of a tagger')
    .argument('<model>', 'model file')
    .argument('[text...]', 'texts; `-` reads one a line from standard input')
    .option(
      '--data <file>',
      'texts: one a line, or a table or JSON lines as in training; for a tagger sentences, one token a line; may be gzipped, `-` is standard input; may be given again',
      collect,
    )
    .option('--explain', 'say which words moved each decision')
    .addOption(weightsOption())
    .addHelpText(
      'after',
      `
Predictions come as they are made; with --json they are one list.

Example:
  reprise predict tickets.safetensors "My invoice is wrong" "The app crashes"
  reprise predict tickets.safetensors --data new-tickets.csv --text body --json
  reprise predict names.safetensors "Ada Lovelace lived in London."`,
    )
    .action(async (path: string, texts: string[], flags: PredictFlags) => {
      if (texts.length === 0 && !flags.data)
        throw new RepriseError(
          'usage',
          'predict needs a text, such as: reprise predict MODEL "some text"; `-` reads one a line from standard input, --data FILE a file.',
        )
      if (texts.length > 0 && flags.data)
        throw new RepriseError('usage', 'predict takes texts or --data, not both. Leave one of them out.')
      const task = await taskOf(path)
      const predict = Object.hasOwn(predictions, task) ? predictions[task] : undefined
      if (!predict) throw new RepriseError('wrong-task', wrongTask(path, task))
      await warnOfFiles(texts, new Terminal(flags))
      await predict(path, texts, flags)
    })
  addReadingFlags(command)
  addColumnFlags(command)
}

/** A file's name among the texts is read as a text, which is seldom what was meant. */
async function warnOfFiles(texts: readonly string[], terminal: Terminal): Promise<void> {
  for (const text of texts) {
    const found = text === '-' ? undefined : await stat(text).catch(() => undefined)
    if (found)
      terminal.warn(`"${text}" is read as a text, and there is a file of that name: --data reads files`)
  }
}

function wrongTask(path: string, task: string): string {
  if (task === 'lm')
    return `${path} is a language model: it generates (reprise generate) and scores (reprise score), but has no labels to predict.`
  if (task === 'model')
    return `${path} is a model of layers: call its predict in a program, see docs/keras.md.`
  return `${path} is a model for "${task}", which this version of Reprise cannot predict with; update Reprise.`
}
