import { RepriseError } from '../../errors.js'
import { resolve } from '../../options.js'
import { rateFactor } from '../optimizer-settings.js'
import { chooseCutoffs, readCutoffs } from './cutoffs.js'
import {
  type LanguageModelOptions,
  type LanguageModelSettings,
  languageModelFields,
  type ResolvedOptions,
} from './settings.js'

export interface TextSize {
  /** Tokens of the training part. */
  readonly tokens: number
  /** Tokens of the vocabulary. */
  readonly vocabulary?: number
}

interface Recipe {
  /** Recipes apply up to this many training tokens. */
  readonly upTo: number
  readonly layers: number
  readonly units: number
  readonly embedding: number
  readonly dropout: number
  readonly batch: number
  readonly bptt: number
  readonly epochs: number
  readonly lr: number
  readonly weightDecay: number
}

// Sizes grow with the text: too large a network memorises a small text, too small a one cannot hold a large one. Measured
// on tinyshakespeare, Moby Dick and PTB, see docs/recipes.md.
const characterRecipes: readonly Recipe[] = [
  {
    upTo: 20_000,
    layers: 1,
    units: 128,
    embedding: 32,
    dropout: 0.3,
    batch: 8,
    bptt: 50,
    epochs: 60,
    lr: 4e-3,
    weightDecay: 0.01,
  },
  {
    upTo: 200_000,
    layers: 1,
    units: 256,
    embedding: 48,
    dropout: 0.3,
    batch: 16,
    bptt: 64,
    epochs: 40,
    lr: 4e-3,
    weightDecay: 0.01,
  },
  {
    upTo: 3_000_000,
    layers: 1,
    units: 512,
    embedding: 64,
    dropout: 0.4,
    batch: 32,
    bptt: 100,
    epochs: 16,
    lr: 4e-3,
    weightDecay: 0.01,
  },
  {
    upTo: 30_000_000,
    layers: 2,
    units: 512,
    embedding: 64,
    dropout: 0.1,
    batch: 64,
    bptt: 100,
    epochs: 4,
    lr: 3e-3,
    weightDecay: 0.01,
  },
  {
    upTo: Number.POSITIVE_INFINITY,
    layers: 2,
    units: 1024,
    embedding: 128,
    dropout: 0,
    batch: 128,
    bptt: 128,
    epochs: 1,
    lr: 2e-3,
    weightDecay: 0.01,
  },
]

const wordRecipes: readonly Recipe[] = [
  {
    upTo: 50_000,
    layers: 1,
    units: 128,
    embedding: 128,
    dropout: 0.5,
    batch: 8,
    bptt: 30,
    epochs: 30,
    lr: 3e-3,
    weightDecay: 0.01,
  },
  {
    upTo: 500_000,
    layers: 1,
    units: 200,
    embedding: 200,
    dropout: 0.5,
    batch: 16,
    bptt: 35,
    epochs: 20,
    lr: 3e-3,
    weightDecay: 0.01,
  },
  {
    upTo: 5_000_000,
    layers: 2,
    units: 400,
    embedding: 400,
    dropout: 0.4,
    batch: 20,
    bptt: 35,
    epochs: 12,
    lr: 2e-3,
    weightDecay: 0.01,
  },
  {
    upTo: Number.POSITIVE_INFINITY,
    layers: 2,
    units: 650,
    embedding: 650,
    dropout: 0.2,
    batch: 64,
    bptt: 35,
    epochs: 3,
    lr: 1e-3,
    weightDecay: 0.01,
  },
]

const defaultOptimizer = 'adamw'

/**
 * Throws `option` when settings contradict each other or one would have no effect; known before any text is read.
 * Names of settings stand in backticks, which the command line turns into flags.
 */
export function checkSettings(given: ResolvedOptions, hasValidation: boolean): void {
  const { unit, momentum, optimizer = defaultOptimizer, patience, validSplit } = given
  const refuse = (message: string): never => {
    throw new RepriseError('option', message)
  }
  const wrong = wrongOutput(given)
  if (wrong !== undefined) refuse(wrong)
  if (unit !== 'word' && given.splitPunctuation)
    refuse('`splitPunctuation` is for the word unit; add `unit` word.')
  if (unit === 'byte' && (given.minCount !== undefined || given.maxVocabulary !== undefined)) {
    refuse('bytes need no `minCount` or `maxVocabulary`: there are always 256. Leave them out.')
  }
  if (momentum > 0 && (optimizer === 'adam' || optimizer === 'adamw')) {
    refuse(`\`momentum\` is for sgd and rmsprop, not for ${optimizer}. Leave it out or change \`optimizer\`.`)
  }
  if (patience !== undefined && !hasValidation && validSplit === 0) {
    refuse(
      '`patience` watches the validation score, and nothing is held out. Set `validSplit` or give `valid`.',
    )
  }
}

/** Why the settings of the output layer contradict each other; undefined when they do not. */
function wrongOutput(given: ResolvedOptions): string | undefined {
  const { unit, tie, softmax, cutoffs, samples, labelSmoothing, tableUpdates } = given
  const saves = softmax === 'adaptive' || softmax === 'sampled'
  if (cutoffs !== undefined && samples !== undefined)
    return '`cutoffs` is for the adaptive softmax, `samples` for the sampled one. Give one of them.'
  if (cutoffs !== undefined && softmax !== 'auto' && softmax !== 'adaptive')
    return `\`cutoffs\` is for the adaptive softmax, and \`softmax\` is ${softmax}. Leave one of them out.`
  if (samples !== undefined && softmax !== 'auto' && softmax !== 'sampled')
    return `\`samples\` is for the sampled softmax, and \`softmax\` is ${softmax}. Leave one of them out.`
  if (unit !== 'word' && (saves || cutoffs !== undefined || samples !== undefined))
    return 'only words are sorted by how frequent they are, which the adaptive and the sampled softmax need. Add `unit` word, or leave `softmax` out.'
  if (tie && (softmax === 'adaptive' || cutoffs !== undefined))
    return 'the clusters of the adaptive softmax have weights of their own, which `tie` cannot take from the embedding. Use `softmax` sampled, or leave `tie` out.'
  if (labelSmoothing > 0 && (saves || cutoffs !== undefined || samples !== undefined))
    return '`labelSmoothing` spreads probability over all words, which only the full softmax computes. Leave it out, or use `softmax` full.'
  if (tableUpdates === 'touched' && tie && softmax === 'full')
    return 'with `tie` and the full softmax every row of the table takes part in every step. Leave `tableUpdates` out, or use `softmax` sampled.'
  return undefined
}

/** Vocabularies up to this size are trained as a whole. */
const smallVocabulary = 20_000
/** The same where the output weights are the embedding's. */
const smallTiedVocabulary = 50_000
const defaultSamples = 4096

type Output = Pick<LanguageModelSettings, 'softmax' | 'cutoffs' | 'samples' | 'tableUpdates'>

/** The output layer for a vocabulary. Throws `option` for cut-offs beyond it. */
function chooseOutput(given: ResolvedOptions, vocabulary = 0): Output {
  const { unit, tie, labelSmoothing } = given
  const isLarge = vocabulary > (tie ? smallTiedVocabulary : smallVocabulary)
  const chosen = unit === 'word' && labelSmoothing === 0 && isLarge ? (tie ? 'sampled' : 'adaptive') : 'full'
  const asked = given.cutoffs !== undefined ? 'adaptive' : given.samples !== undefined ? 'sampled' : chosen
  const softmax = given.softmax === 'auto' ? asked : given.softmax
  const cutoffs = softmax === 'adaptive' ? (given.cutoffs ?? chooseCutoffs(vocabulary).join(',')) : undefined
  const last = readCutoffs(cutoffs ?? '')?.at(-1) ?? 0
  if (vocabulary > 0 && last >= vocabulary) {
    throw new RepriseError(
      'option',
      `\`cutoffs\` ends at ${last}, and the vocabulary has ${vocabulary} words. Leave the last one out.`,
    )
  }
  const isTable = vocabulary > smallVocabulary && !(tie && softmax === 'full')
  const tableUpdates = given.tableUpdates === 'auto' ? (isTable ? 'touched' : 'all') : given.tableUpdates
  return {
    softmax,
    cutoffs: cutoffs === '' ? undefined : cutoffs,
    samples: softmax === 'sampled' ? (given.samples ?? defaultSamples) : undefined,
    tableUpdates,
  }
}

/**
 * Fills every open setting from the size of the text. Settings given are kept. Throws `option` when they contradict each
 * other.
 */
export function chooseSettings(options: LanguageModelOptions, size: TextSize): LanguageModelSettings {
  const given = resolve('language model', languageModelFields, options)
  checkSettings(given, true)
  const recipes = given.unit === 'word' ? wordRecipes : characterRecipes
  const recipe = recipes.find(({ upTo }) => size.tokens <= upTo)!
  const units = given.units ?? ((given.tie && given.embedding) || recipe.units)
  const embedding = given.embedding ?? (given.tie ? units : recipe.embedding)
  const bptt = given.bptt ?? Math.max(1, Math.min(recipe.bptt, Math.floor(size.tokens / 4)))
  for (const [name, value] of Object.entries({ bptt: given.bptt, batch: given.batch })) {
    if (value === undefined || value <= size.tokens) continue
    throw new RepriseError(
      'option',
      `\`${name}\` is ${value}, and the text has only ${size.tokens} tokens to train on. Choose a smaller one.`,
    )
  }
  const batch = given.batch ?? Math.max(1, Math.min(recipe.batch, Math.floor(size.tokens / bptt / 2)))
  const optimizer = given.optimizer ?? defaultOptimizer
  return {
    ...given,
    ...chooseOutput(given, size.vocabulary),
    layers: given.layers ?? recipe.layers,
    units,
    embedding,
    dropout: given.dropout ?? recipe.dropout,
    bptt,
    batch,
    epochs: given.epochs ?? recipe.epochs,
    optimizer,
    lr: given.lr ?? recipe.lr * rateFactor[optimizer],
    schedule: given.schedule ?? 'one-cycle',
    clip: given.clip ?? (optimizer === 'sgd' ? 0.25 : 1),
    weightDecay: given.weightDecay ?? (optimizer === 'adamw' ? recipe.weightDecay : 0),
  }
}
