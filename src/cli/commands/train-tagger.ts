import { type Command, Option } from 'commander'
import { columnFields, networkFields, trainingFields, wordFields } from '../../tasks/tagger/settings.js'
import { addFields, collect, parseDuration } from '../flags.js'

/** `reprise train tagger`. */
export function addTrainTagger(train: Command): void {
  const tagger = train
    .command('tagger')
    .description(
      'train a tagger on sentences with a tag for each token; whatever you leave out is chosen from the data',
    )
    .option(
      '--data <file>',
      'tagged sentences, CoNLL columns or CoNLL-U; may be gzipped, `-` is standard input; may be given again',
      collect,
    )
    .option('--valid <file>', 'validation sentences; otherwise a part of the data is held out', collect)
    .option('--out <file>', 'where the model goes (default: the name of the data, .safetensors)')
    .option(
      '--vectors <file>',
      'pre-trained word vectors: GloVe, word2vec (text or binary), fastText .vec or .bin; may be gzipped',
    )
    .option(
      '--from <lm>',
      'begin with what a language model says of each word (reprise train lm --unit word); given again: one that reads backward (--reverse)',
      collect,
    )
    .option('--time-limit <duration>', 'stop training after this long, such as 10m, and save', parseDuration)
    .option('--resume <checkpoint>', 'go on from a checkpoint, with its data and settings')
    .addOption(
      new Option('--checkpoint-every <duration>', 'write a checkpoint beside the model this often')
        .argParser(parseDuration)
        .default(300_000, '5m'),
    )
    .addHelpText(
      'after',
      `
Examples:
  reprise train tagger --data train.conllu --field upos --valid dev.conllu --out pos.safetensors
  reprise train tagger --data eng.train --column 4 --vectors glove.txt.gz --out ner.safetensors
  reprise train tagger --data few.conllu --from lm.safetensors --from backward.safetensors
  reprise train tagger --resume ner.ckpt.safetensors`,
    )
    .action(async (flags) => (await import('../train-tagger.js')).trainTaggerCommand(flags))
  addFields(tagger, 'Columns:', columnFields)
  addFields(tagger, 'Words:', wordFields)
  addFields(tagger, 'Network:', networkFields)
  addFields(tagger, 'Training:', trainingFields)
}
