import { precisions } from '../../engine/program.js'
import {
  boolean,
  choice,
  custom,
  type Given,
  integer,
  number,
  optional,
  type Resolved,
} from '../../options.js'
import { layerRateFields } from '../layer-rates.js'
import { scheduleField } from '../schedule-text.js'

// Every setting of a classifier, declared once: the library's options, the flags of `reprise train classifier`, what is
// saved in the model file and the help texts all come from here. `undefined` means "chosen from the texts", see choose.ts.

const poolings = ['max', 'mean', 'last', 'attention', 'embeddings'] as const
export type Pooling = (typeof poolings)[number]

/** Reads `max,mean`; undefined when it is not a list of them. */
export function readPooling(text: string): Pooling[] | undefined {
  const names = text.split(/[,+]/).map((name) => name.trim())
  const known = names.every((name) => (poolings as readonly string[]).includes(name))
  return known && new Set(names).size === names.length ? (names as Pooling[]) : undefined
}

const poolingForms = `some of ${poolings.join(', ')}, with commas`

const pooling = custom<string | undefined>(
  `what becomes of the steps of a text: ${poolingForms}; embeddings = mean of what the recurrent layers read; default: max,mean,embeddings`,
  'list',
  undefined,
  (value) => (typeof value === 'string' && readPooling(value) ? { value } : { expected: poolingForms }),
)

const classWeightForms = 'balanced, none or LABEL=WEIGHT with commas, such as spam=3,ham=1'

/** Reads `spam=3,ham=1`; undefined when it is not of that form. */
export function readClassWeights(text: string): Map<string, number> | undefined {
  const weights = new Map<string, number>()
  for (const part of text.split(',')) {
    const at = part.lastIndexOf('=')
    const weight = Number(part.slice(at + 1))
    if (at < 1 || !(weight >= 0) || !Number.isFinite(weight)) return undefined
    weights.set(part.slice(0, at).trim(), weight)
  }
  return weights
}

const classWeights = custom<string>(
  `how much an example of each label counts: ${classWeightForms}`,
  'balanced|none|LABEL=WEIGHT,…',
  'none',
  (value) =>
    typeof value === 'string' && (value === 'balanced' || value === 'none' || readClassWeights(value))
      ? { value }
      : { expected: classWeightForms },
)

/** How texts become ids. */
export const textFields = {
  unit: choice('steps of the recurrent layers: words or characters', ['word', 'char'], 'word'),
  lowercase: boolean('fold upper case to lower case', true),
  split: choice(
    'where words end: at white space alone, or punctuation is words of its own',
    ['punctuation', 'whitespace'],
    'punctuation',
  ),
  caseInput: optional(boolean('lowercase: how a word was written is an input of its own', false)),
  stripTags: optional(
    boolean('leave out HTML tags and read entities such as &amp;; default: chosen from the texts', false),
  ),
  minCount: optional(
    integer('words seen less often are read by their shape, or as unknown', undefined, { min: 1 }),
  ),
  maxVocabulary: optional(integer('keep at most this many words', undefined, { min: 1 })),
  pairs: optional(
    integer('pairs of neighbouring words with an embedding of their own; 0 = none', undefined, { min: 0 }),
  ),
  subwords: optional(
    integer('rows for the letters inside words (3 to 5 in a row, hashed); 0 = none', undefined, { min: 0 }),
  ),
  maxLength: optional(
    integer('steps of a text that are read; the rest is left out and counted', undefined, { min: 1 }),
  ),
} as const

/** The network. */
export const networkFields = {
  cell: choice('recurrent cell', ['lstm', 'gru'], 'lstm'),
  bidirectional: boolean('read from both ends', true),
  directions: choice(
    'what the two directions share; apart = nothing, and they read words alone, as language models do',
    ['joined', 'apart'],
    'joined',
  ),
  layers: optional(integer('recurrent layers', undefined, { min: 1, max: 16 })),
  units: optional(integer('hidden units of each layer and direction', undefined, { min: 1, max: 65536 })),
  embedding: optional(integer('features of a word (or character)', undefined, { min: 1, max: 65536 })),
  pairEmbedding: optional(integer('features of a pair of words', undefined, { min: 1, max: 65536 })),
  pooling,
  embeddingDropout: optional(
    number('locked dropout on what the recurrent layers read', undefined, { min: 0, below: 1 }),
  ),
  dropout: optional(number('dropout between layers and before the output', undefined, { min: 0, below: 1 })),
  recurrentDropout: number('locked dropout on the recurrent connections', 0, { min: 0, below: 1 }),
} as const

/** How it is trained. */
export const trainingFields = {
  passage: optional(
    integer(
      'steps of a text that one training step sees: longer texts give a random passage each epoch',
      undefined,
      {
        min: 1,
      },
    ),
  ),
  batch: optional(integer('texts of a training step', undefined, { min: 1 })),
  epochs: optional(integer('passes over the texts', undefined, { min: 1 })),
  optimizer: choice('optimizer', ['sgd', 'rmsprop', 'adam', 'adamw'], 'adamw'),
  lr: optional(number('highest learning rate', undefined, { above: 0 })),
  schedule: scheduleField,
  momentum: number('momentum of sgd and rmsprop', 0, { min: 0, below: 1 }),
  ...layerRateFields('1; with from and 5,000 texts 2.6', '0, with from chosen'),
  clip: optional(number('clip the gradient to this global norm; 0 = never', undefined, { min: 0 })),
  weightDecay: optional(number('decoupled weight decay', undefined, { min: 0 })),
  wordDropout: optional(
    number('share of words read as unknown while training', undefined, { min: 0, below: 1 }),
  ),
  labelSmoothing: optional(
    number('share of probability spread over all labels in the loss', undefined, { min: 0, below: 1 }),
  ),
  classWeights,
  multiLabel: optional(
    boolean('a text may have several labels, or none; default: as the data has it', false),
  ),
  baseline: choice(
    'baseline of words and pairs with logistic regression, trained beside the network: join = both decide together as far as that helps on the validation part; beside = only to compare',
    ['join', 'beside', 'none'],
    'join',
  ),
  precision: choice(
    'precision: mixed trains with bfloat16 products where the machine has them',
    precisions,
    'float32',
  ),
  patience: optional(
    integer('stop after this many epochs without a better validation loss', undefined, { min: 1 }),
  ),
  validSplit: optional(
    number('part held out for validation; default: 0.1, at most 2,000 texts', undefined, {
      min: 0,
      below: 1,
    }),
  ),
  seed: integer('seed of everything random', 1, { min: 0 }),
} as const

export const classifierFields = { ...textFields, ...networkFields, ...trainingFields } as const

/** Options of `Classifier.train`; whatever is left out is chosen from the texts. */
export type ClassifierOptions = Given<typeof classifierFields>

/** Options after defaults, before choosing from the texts. */
export type ResolvedOptions = Resolved<typeof classifierFields>

/** Settings a model always has. */
export const chosenSettings = [
  'caseInput',
  'stripTags',
  'minCount',
  'maxVocabulary',
  'pairs',
  'subwords',
  'maxLength',
  'layers',
  'units',
  'embedding',
  'pairEmbedding',
  'pooling',
  'embeddingDropout',
  'dropout',
  'passage',
  'batch',
  'epochs',
  'lr',
  'schedule',
  'layerDecay',
  'unfreeze',
  'clip',
  'weightDecay',
  'wordDropout',
  'labelSmoothing',
  'multiLabel',
  'validSplit',
] as const satisfies readonly (keyof ResolvedOptions)[]
type Chosen = (typeof chosenSettings)[number]

/** Settings with nothing left open; saved in the model. */
export type ClassifierSettings = Omit<ResolvedOptions, Chosen> & {
  readonly [K in Chosen]: Exclude<ResolvedOptions[K], undefined>
}
