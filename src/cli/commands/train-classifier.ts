import { type Command, Option } from 'commander'
import { networkFields, textFields, trainingFields } from '../../tasks/classifier/settings.js'
import { addFields, collect, parseDuration } from '../flags.js'
import { addReadingFlags } from '../reading-flags.js'

export function addTrainClassifier(train: Command): void {
  const command = train
    .command('classifier')
    .description(
      'train a classifier on labelled texts; whatever you leave out is chosen from their number and length',
    )
    .option(
      '--data <file>',
      'labelled texts: CSV, TSV, JSON lines, fastText lines, or a folder with one folder per label; may be gzipped, `-` is standard input; may be given again',
      collect,
    )
    .option('--valid <file>', 'validation texts; otherwise a part of the others is held out', collect)
    .option('--out <file>', 'where the model goes (default: the name of the data, .safetensors)')
    .option(
      '--from <lm>',
      'begin with the words and recurrent layers of a language model (reprise train lm --unit word); given again: one that reads backward (--reverse)',
      collect,
    )
    .option('--time-limit <duration>', 'stop training after this long, such as 10m, and save', parseDuration)
    .option('--resume <checkpoint>', 'go on from a checkpoint, with its texts and settings')
    .addOption(
      new Option('--checkpoint-every <duration>', 'write a checkpoint beside the model this often')
        .argParser(parseDuration)
        .default(300_000, '5m'),
    )
    .option(
      '--baseline-only',
      'no recurrent network: words and pairs of words with logistic regression alone, in seconds',
    )
    .addHelpText(
      'after',
      `
Examples:
  reprise train classifier --data tickets.csv --text body --label team
  reprise train classifier --data tickets.csv --text body --label team --valid new-tickets.csv --time-limit 20m
  reprise train classifier --data tickets.csv --text body --label team --cell gru --units 32 --epochs 3
  reprise train classifier --data tickets.csv --text body --label team --baseline-only --out words.safetensors
  reprise train classifier --resume tickets.ckpt.safetensors`,
    )
    .action(async (flags, self: Command) => {
      if (flags.baselineOnly) await (await import('../train-baseline.js')).trainBaselineCommand(flags, self)
      else await (await import('../train-classifier.js')).trainClassifierCommand(flags)
    })
  addReadingFlags(command)
  addFields(command, 'Texts:', textFields)
  addFields(command, 'Network:', networkFields)
  addFields(command, 'Training:', trainingFields)
}
