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
}

interface Recipe {
  /** Recipes apply up to this many training tokens. */
  readonly upTo: number
  readonly embedding: number
  readonly units: number
  readonly batch: number
  readonly epochs: number
}

// Measured on UD English EWT, CoNLL-2000 and CoNLL-2003 (some 200,000 tokens each) and parts of them, see docs/tag.md.
const recipes: readonly Recipe[] = [
  { upTo: 20_000, embedding: 50, units: 100, batch: 8, epochs: 40 },
  { upTo: 100_000, embedding: 64, units: 150, batch: 16, epochs: 30 },
  { upTo: 1_000_000, embedding: 64, units: 200, batch: 32, epochs: 20 },
  { upTo: Number.POSITIVE_INFINITY, embedding: 100, units: 256, batch: 64, epochs: 8 },
]

const rates = { adam: 2e-3, adamw: 2e-3, sgd: 0.1 } as const

/**
 * Throws `option` when settings contradict each other or one would have no effect; known before any data is read.
 * Names of settings stand in backticks, which the command line turns into flags.
 */
export function checkTaggerSettings(
  given: ResolvedTaggerOptions,
  hasValidation: boolean,
  hasVectors: boolean,
): void {
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
  if (given.tuneVectors && !hasVectors) {
    refuse('`tuneVectors` trains pre-trained vectors, and there are none. Give `vectors`, or leave it out.')
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
  const recipe = recipes.find(({ upTo }) => size.tokens <= upTo)!
  const isSpans = size.scheme !== 'none' && given.scheme !== 'none'
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
    embedding: given.embedding ?? recipe.embedding,
    units: given.units ?? recipe.units,
    batch: given.batch ?? recipe.batch,
    epochs: given.epochs ?? recipe.epochs,
    lr: given.lr ?? rates[given.optimizer],
    schedule: given.schedule ?? 'one-cycle',
  }
}
