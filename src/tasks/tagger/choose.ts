import { RepriseError } from '../../errors.js'
import { resolve } from '../../options.js'
import {
  type ResolvedTaggerOptions,
  type TaggerOptions,
  type TaggerSettings,
  taggerFields,
} from './settings.js'
import type { TagScheme } from './tag-scheme.js'

/** What is known of the data when settings are chosen. */
export interface TaggedSize {
  /** Tokens to train on. */
  readonly tokens: number
  /** How the tags of the data stand for spans. */
  readonly scheme: TagScheme
  /** Whether there are pre-trained vectors. */
  readonly vectors: boolean
  /** Whether there are language models to begin with. */
  readonly pretrained?: boolean
}

interface Size {
  /** Up to this many training tokens. */
  readonly upTo: number
  readonly units: number
  readonly batch: number
  readonly epochs: number
}

interface Recipe {
  /** Features of a learnt word embedding, alone and beside pre-trained vectors. */
  readonly embedding: readonly [alone: number, besideVectors: number]
  readonly affixes: readonly [alone: number, besideVectors: number]
  /** A vector still tells of a hidden word, so that more can be hidden beside them. */
  readonly wordDropout: readonly [alone: number, besideVectors: number]
  readonly inputDropout: number
  readonly dropout: number
  readonly sizes: readonly Size[]
}

const smallSizes: readonly Size[] = [
  { upTo: 20_000, units: 100, batch: 8, epochs: 40 },
  { upTo: 100_000, units: 150, batch: 16, epochs: 30 },
]
const largest: Size = { upTo: Number.POSITIVE_INFINITY, units: 256, batch: 64, epochs: 8 }

// Measured on UD English EWT (tags), CoNLL-2000 and CoNLL-2003 (spans), some 200,000 tokens each, and on parts of them; see
// docs/tag.md. Spans are few, so that a network learns the names of the training data by heart unless more is hidden.
const recipes: Readonly<Record<'tags' | 'spans', Recipe>> = {
  tags: {
    embedding: [64, 64],
    affixes: [12, 12],
    wordDropout: [1, 5],
    inputDropout: 0.3,
    dropout: 0.4,
    sizes: [...smallSizes, { upTo: 1_000_000, units: 200, batch: 32, epochs: 12 }, largest],
  },
  spans: {
    embedding: [64, 16],
    affixes: [12, 0],
    wordDropout: [1, 20],
    inputDropout: 0.5,
    dropout: 0.5,
    sizes: [...smallSizes, { upTo: 1_000_000, units: 150, batch: 16, epochs: 25 }, largest],
  },
}

const rates = { adam: 2e-3, adamw: 2e-3, sgd: 0.1 } as const

/**
 * Throws `option` when settings contradict each other or one would have no effect; known before any data is read.
 * Names of settings stand in backticks, which the command line turns into flags.
 */
export function checkTaggerSettings(given: ResolvedTaggerOptions, hasValidation: boolean): void {
  const { momentum, optimizer, patience, validSplit, column, field, decoder, labelSmoothing, weightDecay } =
    given
  const refuse = (message: string): never => {
    throw new RepriseError('option', message)
  }
  if (column !== undefined && field !== undefined) {
    refuse('`column` counts columns and `field` names one of CoNLL-U. Give one of them.')
  }
  if (momentum > 0 && optimizer !== 'sgd') {
    refuse(`\`momentum\` is for sgd, not for ${optimizer}. Leave it out or change \`optimizer\`.`)
  }
  if (weightDecay > 0 && optimizer !== 'adamw') {
    refuse(`\`weightDecay\` is for adamw, not for ${optimizer}. Leave it out or change \`optimizer\`.`)
  }
  if (labelSmoothing > 0 && decoder === 'crf') {
    refuse('`labelSmoothing` is for the softmax. Leave it out, or use `decoder` softmax.')
  }
  if (patience !== undefined && !hasValidation && validSplit === 0) {
    refuse(
      '`patience` watches the validation score, and nothing is held out. Set `validSplit` or give `valid`.',
    )
  }
}

/** Fills every open setting from the data. Settings given are kept. Throws `option` when they contradict each other. */
export function chooseTaggerSettings(options: TaggerOptions, size: TaggedSize): TaggerSettings {
  const given = resolve('tagger', taggerFields, options)
  const isSpans = size.scheme !== 'none' && given.scheme !== 'none'
  const recipe = recipes[isSpans ? 'spans' : 'tags']
  const { pretrained = false } = size
  const { units, batch, ...other } = recipe.sizes.find(({ upTo }) => size.tokens <= upTo)!
  const epochs = given.epochs ?? other.epochs
  const beside = size.vectors ? 1 : 0
  const decoder = given.decoder === 'auto' ? (isSpans ? 'crf' : 'softmax') : given.decoder
  if (!isSpans && (given.scheme === 'bio' || given.scheme === 'bioes')) {
    throw new RepriseError(
      'option',
      `\`scheme\` ${given.scheme} is for tags of spans such as B-PER and I-PER, which these are not. Leave it out.`,
    )
  }
  if (decoder === 'crf' && given.labelSmoothing > 0) {
    throw new RepriseError(
      'option',
      '`labelSmoothing` is for the softmax. Leave it out, or use `decoder` softmax.',
    )
  }
  return {
    ...given,
    scheme: isSpans ? (given.scheme === 'auto' ? 'bioes' : given.scheme) : 'none',
    decoder,
    embedding: given.embedding ?? recipe.embedding[beside],
    affixes: given.affixes ?? recipe.affixes[beside],
    wordDropout: given.wordDropout ?? recipe.wordDropout[beside],
    units: given.units ?? units,
    inputDropout: given.inputDropout ?? recipe.inputDropout,
    dropout: given.dropout ?? recipe.dropout,
    batch: given.batch ?? batch,
    epochs,
    lr: given.lr ?? rates[given.optimizer],
    schedule: given.schedule ?? (pretrained ? 'slanted' : 'one-cycle'),
    layerDecay: given.layerDecay ?? 1,
    // Measured with 500 sentences: language models that learn along cost time and 0.3 to 0.7 points; docs/pretraining.md.
    unfreeze: given.unfreeze ?? (pretrained ? epochs : 0),
  }
}
