import { type Command, Option } from 'commander'
import { networkFields, textFields, trainingFields } from '../../tasks/language-model/settings.js'
import { addFields, collect, parseDuration } from '../flags.js'
import { addTrainClassifier } from './train-classifier.js'
import { addTrainTagger } from './train-tagger.js'

export function addTrain(program: Command): void {
  const train = program
    .command('train')
    .description('train a model on your data')
    .addHelpText(
      'after',
      '\nTasks: lm (a language model on plain text), classifier (labels of texts), tagger (parts of speech, names, chunks).\n\nExample:\n  reprise train lm --help',
    )
  const lm = train
    .command('lm')
    .description('train a language model on text; whatever you leave out is chosen from the size of the text')
    .option(
      '--data <file>',
      'training text; may be gzipped, `-` is standard input; may be given again',
      collect,
    )
    .option('--valid <file>', 'validation text; otherwise the end of the training text is held out', collect)
    .option('--out <file>', 'where the model goes (default: the name of the text, .safetensors)')
    .option('--time-limit <duration>', 'stop training after this long, such as 10m, and save', parseDuration)
    .option('--resume <checkpoint>', 'go on from a checkpoint, with its text and settings')
    .addOption(
      new Option('--checkpoint-every <duration>', 'write a checkpoint beside the model this often')
        .argParser(parseDuration)
        .default(300_000, '5m'),
    )
    .addHelpText(
      'after',
      `
Examples:
  reprise train lm --data book.txt
  reprise train lm --data book.txt --out book.safetensors --cell gru --layers 2 --units 256 --epochs 10
  reprise train lm --unit word --data train.txt --valid valid.txt --out words.safetensors --time-limit 20m
  reprise train lm --resume book.ckpt.safetensors`,
    )
    .action(async (flags) => (await import('../train-lm.js')).trainLm(flags))
  addFields(lm, 'Text:', textFields)
  addFields(lm, 'Network:', networkFields)
  addFields(lm, 'Training:', trainingFields)
  addTrainClassifier(train)
  addTrainTagger(train)
}
