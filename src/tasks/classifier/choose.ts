import { RepriseError } from '../../errors.js'
import { rateFactor } from '../optimizer-settings.js'
import { type ClassifierSettings, type ResolvedOptions, readClassWeights } from './settings.js'

/** What is known of the training texts, as far as they are read, before the vocabulary is made. */
export interface TextSizes {
  readonly examples: number
  /** Words or characters. */
  readonly pieces: number
  /** Share of pieces with an upper-case letter. */
  readonly upper: number
  readonly labels: number
  /** Of the lengths of the texts, in pieces: half are at most so long, 95 of 100, all. */
  readonly median: number
  readonly most: number
  readonly longest: number
}

/**
 * Throws `option` when settings contradict each other or one would have no effect; known before any text is read. Names
 * of settings stand in backticks, which the command line turns into flags.
 */
export function checkSettings(given: ResolvedOptions, hasValidation: boolean): void {
  const refuse = (message: string): never => {
    throw new RepriseError('option', message)
  }
  const { unit, optimizer, momentum, patience, validSplit } = given
  if (unit === 'char' && given.pairs) refuse('`pairs` are pairs of words; leave them out with `unit` char.')
  if (unit === 'char' && given.subwords)
    refuse('`subwords` are the letters inside words; leave them out with `unit` char.')
  if (given.pairEmbedding !== undefined && given.pairs === 0)
    refuse('`pairEmbedding` has no effect where `pairs` is 0. Leave one of them out.')
  if (given.caseInput && !given.lowercase)
    refuse(
      '`caseInput` says how a word was written before it was lower-cased; leave it out where `lowercase` is false.',
    )
  if (momentum > 0 && (optimizer === 'adam' || optimizer === 'adamw'))
    refuse(`\`momentum\` is for sgd and rmsprop, not for ${optimizer}. Leave it out or change \`optimizer\`.`)
  if (patience !== undefined && !hasValidation && validSplit === 0)
    refuse(
      '`patience` watches the validation loss, and nothing is held out. Set `validSplit` or give `valid`.',
    )
}

/** Throws `unknown-name` … for class weights of labels that are not there. */
export function checkClassWeights(
  settings: Pick<ClassifierSettings, 'classWeights'>,
  labels: readonly string[],
) {
  for (const label of readClassWeights(settings.classWeights)?.keys() ?? []) {
    if (labels.includes(label)) continue
    throw new RepriseError(
      'option',
      `\`classWeights\` names the label "${label}", and the texts have ${labels.slice(0, 20).join(', ')}.`,
    )
  }
}

/** Largest number of weights in one table. */
const tableSize = 20_000_000

/** Words (characters) of a text that are read. */
export function stepsRead({ maxLength, unit }: Pick<ResolvedOptions, 'maxLength' | 'unit'>): number {
  return maxLength ?? (unit === 'word' ? 3000 : 10_000)
}

/** The settings that make the vocabulary, from the texts; settings given are kept. */
export function chooseVocabulary(given: ResolvedOptions, sizes: TextSizes) {
  const isWord = given.unit === 'word'
  const minCount =
    given.minCount ?? (isWord ? (sizes.pieces > 3_000_000 ? 5 : sizes.examples < 300 ? 1 : 2) : 1)
  const maxVocabulary = given.maxVocabulary ?? 50_000
  const pairs = given.pairs ?? (isWord ? Math.round(Math.min(100_000, sizes.pieces / 20)) : 0)
  const subwords = given.subwords ?? (isWord && sizes.pieces < 500_000 ? 20_000 : 0)
  return {
    minCount,
    maxVocabulary,
    pairs,
    subwords,
    caseInput: given.caseInput ?? (isWord && given.lowercase && sizes.upper > 0.005),
    maxLength: stepsRead(given),
  }
}

/** Fills every open setting. */
export function chooseSettings(
  given: ResolvedOptions,
  sizes: TextSizes,
  vocabulary: ReturnType<typeof chooseVocabulary> & {
    readonly stripTags: boolean
    readonly multiLabel: boolean
  },
  /** Training begins with the weights of a language model. */
  pretrained = false,
): ClassifierSettings {
  const isWord = given.unit === 'word'
  const { examples } = sizes
  const large = sizes.pieces > 2_000_000
  const embedding = given.embedding ?? (isWord ? 64 : 32)
  // What was measured on 25,000 reviews; see docs/pretraining.md.
  const finetuned = pretrained && examples >= 5000
  const passage = given.passage ?? Math.min(sizes.longest, isWord && !finetuned ? 160 : 400)
  const batch = given.batch ?? Math.max(4, Math.min(64, 2 ** Math.round(Math.log2(examples / 60))))
  // About so many steps are wanted, however few the texts are, and more where there are many labels to tell apart.
  const wanted = 700 * Math.min(3, Math.max(1, sizes.labels / 20))
  const steps = Math.ceil(examples / batch)
  const epochs = given.epochs ?? Math.max(4, Math.min(40, Math.round(wanted / steps)))
  return {
    ...given,
    ...vocabulary,
    maxVocabulary: Math.min(vocabulary.maxVocabulary, Math.floor(tableSize / embedding)),
    layers: given.layers ?? 1,
    units: given.units ?? (isWord ? 64 : 128),
    embedding,
    pairEmbedding: given.pairEmbedding ?? 32,
    pooling: given.pooling ?? (finetuned ? 'last,max,mean,embeddings' : 'max,mean,embeddings'),
    embeddingDropout: given.embeddingDropout ?? (pretrained ? 0.3 : 0.5),
    dropout: given.dropout ?? 0.5,
    passage,
    batch,
    epochs,
    lr: given.lr ?? (large && !pretrained ? 1e-3 : 2e-3) * rateFactor[given.optimizer],
    schedule: given.schedule ?? (pretrained ? 'slanted' : 'cosine:0:0.05'),
    // With few texts words must move fast to be told apart at all: 500 reviews give 78 % at 1, 74 % at 2.6.
    layerDecay: given.layerDecay ?? (finetuned ? 2.6 : 1),
    unfreeze: given.unfreeze ?? (pretrained ? Math.round(epochs * 10) / 100 : 0),
    clip: given.clip ?? 1,
    weightDecay: given.weightDecay ?? 0,
    wordDropout: given.wordDropout ?? 0.1,
    labelSmoothing: given.labelSmoothing ?? 0,
    validSplit: given.validSplit ?? Math.min(0.1, 2000 / Math.max(1, examples)),
  }
}
