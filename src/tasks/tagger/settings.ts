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
  string,
} from '../../options.js'
import { layerRateFields } from '../layer-rates.js'
import { scheduleField } from '../schedule-text.js'

// Every setting of a tagger, declared once: the library's options, the flags of `reprise train tagger`, what is saved in the
// model file and the help texts all come from here. `undefined` means "chosen from the data", see choose.ts, unless the
// text says another default.

const featureColumns = custom<readonly number[]>(
  'further columns to read as features of a token, such as 2 or 2,3; default: none',
  'numbers',
  [],
  (value) => {
    const list =
      typeof value === 'string' ? value.split(',').map((part) => Number(part.trim() || Number.NaN)) : value
    const fits = Array.isArray(list) && list.every((column) => Number.isSafeInteger(column) && column !== 0)
    return fits ? { value: list } : { expected: 'columns counted from 1, such as 2 or 2,3' }
  },
)

/** Which columns of a file are read, and how words are looked up. */
export const columnFields = {
  column: optional(
    integer('column of the tags, counted from 1, or from the end with -1; default: the last', undefined),
  ),
  field: optional(string('CoNLL-U: field of the tags: upos, xpos, deprel, feats, …; default: upos', '')),
  tokenColumn: optional(integer('column of the words; default: the first, in CoNLL-U the form', undefined)),
  features: featureColumns,
} as const

/** How words become numbers. */
export const wordFields = {
  scheme: choice(
    'what the network predicts for span tags; auto: bioes; none: tags stand for themselves',
    ['auto', 'bio', 'bioes', 'none'],
    'auto',
  ),
  lowercase: boolean('look words up without regard to case; casing stays a feature of its own', false),
  keepDigits: boolean('tell digits apart when words are looked up; otherwise all are 0', false),
  minCount: integer('words seen less often have no embedding of their own', 1, { min: 1 }),
  maxVocabulary: optional(
    integer('embeddings for at most this many words; default: all', undefined, { min: 1 }),
  ),
  maxVectors: integer('pre-trained vectors kept for words that are not in the data', 100_000, { min: 0 }),
  wordDropout: optional(
    number(
      'a word seen n times is hidden with probability w / (w + n) in a training step, so that unknown words are learnt',
      undefined,
      { min: 0 },
    ),
  ),
} as const

/** The network. */
export const networkFields = {
  embedding: optional(integer('features of a learnt word embedding', undefined, { min: 1, max: 65536 })),
  vectorTraining: choice(
    'pre-trained vectors: trained with the network, or kept as they are',
    ['tuned', 'fixed'],
    'tuned',
  ),
  characters: choice('how a word is read letter by letter', ['cnn', 'lstm', 'none'], 'cnn'),
  characterEmbedding: integer('features of a character', 30, { min: 1, max: 4096 }),
  characterUnits: integer('filters of the character CNN, or units of its LSTM in both directions', 60, {
    min: 2,
    max: 4096,
  }),
  maxCharacters: integer('characters read of a word; of a longer one its beginning and its end', 20, {
    min: 4,
    max: 1000,
  }),
  affixes: optional(
    integer('features of each prefix (1–3 letters) and suffix (1–4); 0 = none', undefined, {
      min: 0,
      max: 4096,
    }),
  ),
  casing: integer('features of the casing class; 0 = none', 8, { min: 0, max: 4096 }),
  featureEmbedding: integer('features of each further column', 16, { min: 1, max: 4096 }),
  cell: choice('recurrent cell', ['gru', 'lstm'], 'lstm'),
  layers: integer('bidirectional recurrent layers', 1, { min: 1, max: 16 }),
  units: optional(integer('hidden units of each direction', undefined, { min: 1, max: 65536 })),
  decoder: choice(
    'how tags are chosen; auto: crf for spans, softmax otherwise',
    ['auto', 'crf', 'softmax'],
    'auto',
  ),
  inputDropout: optional(
    number('locked dropout on the features of the words', undefined, { min: 0, below: 1 }),
  ),
  dropout: optional(
    number('locked dropout between layers and on the output', undefined, { min: 0, below: 1 }),
  ),
  recurrentDropout: number('locked dropout on the recurrent connections', 0, { min: 0, below: 1 }),
} as const

/** How it is trained. */
export const trainingFields = {
  batch: optional(integer('sentences in a step', undefined, { min: 1 })),
  maxLength: integer('longer sentences are cut for training', 200, { min: 8 }),
  epochs: optional(integer('passes over the data', undefined, { min: 1 })),
  optimizer: choice('optimizer', ['sgd', 'adam', 'adamw'], 'adam'),
  lr: optional(number('highest learning rate', undefined, { above: 0 })),
  schedule: scheduleField,
  ...layerRateFields('1', '0; with from epochs, so that language models stay as they are'),
  momentum: number('momentum of sgd', 0, { min: 0, below: 1 }),
  clip: number('clip the gradient to this global norm; 0 = never', 5, { min: 0 }),
  weightDecay: number('decoupled weight decay of adamw', 0, { min: 0 }),
  labelSmoothing: number('softmax: share of probability spread over all tags in the loss', 0, {
    min: 0,
    below: 1,
  }),
  precision: choice(
    'precision: mixed trains with bfloat16 products where the machine has them (reprise engine)',
    precisions,
    'float32',
  ),
  patience: optional(
    integer('stop after this many epochs without a better validation score; default: never', undefined, {
      min: 1,
    }),
  ),
  validSplit: number('part of the sentences held out for validation, by a seeded draw', 0.1, {
    min: 0,
    below: 1,
  }),
  seed: integer('seed of everything random', 1, { min: 0 }),
} as const

export const taggerFields = { ...columnFields, ...wordFields, ...networkFields, ...trainingFields } as const

/** Options of `Tagger.train`; whatever is left out is chosen from the data. */
export type TaggerOptions = Given<typeof taggerFields>

/** Options after defaults, before choosing from the data. */
export type ResolvedTaggerOptions = Resolved<typeof taggerFields>

type Chosen =
  | 'embedding'
  | 'affixes'
  | 'wordDropout'
  | 'units'
  | 'inputDropout'
  | 'dropout'
  | 'batch'
  | 'epochs'
  | 'lr'
  | 'schedule'
  | 'layerDecay'
  | 'unfreeze'

/** Settings with nothing left open; saved in the model. */
export type TaggerSettings = Omit<ResolvedTaggerOptions, Chosen | 'scheme' | 'decoder'> & {
  readonly [K in Chosen]: Exclude<ResolvedTaggerOptions[K], undefined>
} & {
  readonly scheme: 'bio' | 'bioes' | 'none'
  readonly decoder: 'crf' | 'softmax'
}
