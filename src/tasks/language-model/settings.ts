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
import { scheduleField } from '../schedule-text.js'
import { cutoffForms, readCutoffs } from './cutoffs.js'
import { initForms, readInit } from './initial-weights.js'

// Every setting of a language model, declared once: the library's options, the flags of `reprise train lm`, what is saved
// in the model file and the help texts all come from here. `undefined` means "chosen from the text", see choose.ts, unless
// the text says another default.

const cutoffs = custom<string | undefined>(
  'adaptive softmax: ranks at which clusters of rarer words begin; default: chosen from the vocabulary',
  'numbers',
  undefined,
  (value) => (typeof value === 'string' && readCutoffs(value) ? { value } : { expected: cutoffForms }),
)

const init = custom(`initial weights: ${initForms}`, 'keras|uniform:LIMIT', 'keras', (value) =>
  typeof value === 'string' && readInit(value) !== false ? { value } : { expected: initForms },
)

/** How text becomes tokens. */
export const textFields = {
  unit: choice('unit of the tokens', ['char', 'word', 'byte'], 'char'),
  lowercase: boolean('fold upper case to lower case', false),
  collapseWhiteSpace: boolean('turn runs of white space into one space', false),
  unicode: optional(choice('Unicode normal form applied first; default: none', ['NFC', 'NFKC'], 'NFC')),
  splitPunctuation: boolean('word unit: make punctuation marks tokens of their own', false),
  reverse: boolean(
    'read the text from its end to its beginning, for the other half of a pair of encoders',
    false,
  ),
  minCount: optional(integer('tokens seen less often become <unk>; default: none', undefined, { min: 1 })),
  maxVocabulary: optional(integer('keep at most this many tokens; default: all', undefined, { min: 2 })),
} as const

/** The network. */
export const networkFields = {
  cell: choice('recurrent cell', ['simple', 'gru', 'lstm'], 'lstm'),
  layers: optional(integer('recurrent layers', undefined, { min: 1, max: 64 })),
  units: optional(integer('hidden units of each layer', undefined, { min: 1, max: 65536 })),
  embedding: optional(integer('features of a token embedding', undefined, { min: 1, max: 65536 })),
  tie: boolean(
    'use the embedding as output weights; a projection makes up for another number of units',
    false,
  ),
  softmax: choice(
    'output over the vocabulary; auto: full up to 20,000 words (50,000 with tie), then adaptive (sampled)',
    ['auto', 'full', 'adaptive', 'sampled'],
    'auto',
  ),
  cutoffs,
  samples: optional(
    integer('sampled softmax: words drawn for each step; default: 4096', undefined, { min: 1 }),
  ),
  tableUpdates: choice(
    'rows of embeddings and sampled output weights that a step updates; auto: all up to 20,000 tokens, then the touched ones',
    ['auto', 'all', 'touched'],
    'auto',
  ),
  dropout: optional(
    number('locked dropout on embeddings, between layers and on the output', undefined, { min: 0, below: 1 }),
  ),
  recurrentDropout: number('locked dropout on the recurrent connections', 0, { min: 0, below: 1 }),
  init,
} as const

/** How it is trained. */
export const trainingFields = {
  bptt: optional(integer('steps of truncated back-propagation', undefined, { min: 1 })),
  batch: optional(integer('parallel streams of text', undefined, { min: 1 })),
  epochs: optional(integer('passes over the text', undefined, { min: 1 })),
  optimizer: optional(choice('optimizer; default: adamw', ['sgd', 'rmsprop', 'adam', 'adamw'], 'adamw')),
  lr: optional(number('highest learning rate', undefined, { above: 0 })),
  schedule: scheduleField,
  momentum: number('momentum of sgd and rmsprop', 0, { min: 0, below: 1 }),
  clip: optional(number('clip the gradient to this global norm; 0 = never', undefined, { min: 0 })),
  weightDecay: optional(number('decoupled weight decay', undefined, { min: 0 })),
  labelSmoothing: number('share of probability spread over all tokens in the loss', 0, { min: 0, below: 1 }),
  precision: choice(
    'precision: mixed trains with bfloat16 products where the machine has them (reprise engine), 1.6 to 1.8 times as fast',
    precisions,
    'float32',
  ),
  patience: optional(
    integer('stop after this many epochs without a better validation score; default: never', undefined, {
      min: 1,
    }),
  ),
  validSplit: number('part held out from the end of the text for validation', 0.1, { min: 0, below: 1 }),
  seed: integer('seed of everything random', 1, { min: 0 }),
} as const

export const languageModelFields = { ...textFields, ...networkFields, ...trainingFields } as const

/** Options of `LanguageModel.train`; whatever is left out is chosen from the text. */
export type LanguageModelOptions = Given<typeof languageModelFields>

/** Options after defaults, before choosing from the text. */
export type ResolvedOptions = Resolved<typeof languageModelFields>

type Chosen =
  | 'layers'
  | 'units'
  | 'embedding'
  | 'dropout'
  | 'bptt'
  | 'batch'
  | 'epochs'
  | 'optimizer'
  | 'lr'
  | 'schedule'
  | 'clip'
  | 'weightDecay'

/** Settings with nothing left open; saved in the model. */
export type LanguageModelSettings = Omit<ResolvedOptions, Chosen> & {
  readonly [K in Chosen]: Exclude<ResolvedOptions[K], undefined>
}
