import { boolean, choice, type Given, integer, number, optional, type Resolved } from '../../../options.js'

/** Every setting of the baseline, declared once. */
export const baselineFields = {
  weighting: choice(
    'weight of a word in a text: tfidf = often here and rare elsewhere, counts, presence',
    ['tfidf', 'counts', 'presence'],
    'tfidf',
  ),
  bigrams: boolean('pairs of neighbouring words are features beside the words', true),
  letters: optional(
    integer(
      'longest run of letters inside words that is a feature, from 2 on; 0 = none; default: 5, of more than two million letters 0',
      undefined,
      { min: 0, max: 8 },
    ),
  ),
  lowercase: boolean('fold upper case to lower case', true),
  punctuation: boolean('punctuation marks are words too', true),
  numberShapes: boolean(
    'of numbers with five digits or more only the length counts: telephone numbers, orders, accounts',
    true,
  ),
  minDocuments: optional(
    integer('words and pairs in fewer texts are left out; default: 2, of less than 200 texts 1', undefined, {
      min: 1,
    }),
  ),
  maxFeatures: integer('keep at most this many words and pairs, those in most texts', 500_000, { min: 1 }),
  c: optional(
    number(
      'weight of the data against the penalty on large weights (scikit-learn’s C); default: chosen on the validation part',
      undefined,
      { above: 0 },
    ),
  ),
  classWeights: choice(
    'weight of the labels in training: balanced gives each label the same say, however rare',
    ['none', 'balanced'],
    'none',
  ),
  refit: boolean('after choosing, train on the validation part too', true),
  validSplit: number('part held out to choose on when no validation part is given', 0.1, {
    above: 0,
    below: 1,
  }),
  seed: integer('seed of the draw that holds a part out', 1, { min: 0 }),
} as const

/** Options of `TextBaseline.train`. */
export type BaselineOptions = Given<typeof baselineFields>

export type BaselineSettings = Resolved<typeof baselineFields>

/** Above, words and pairs say enough, and runs of letters would take longer than they. */
const mostLetters = 2_000_000

/** The longest run of letters that is a feature. */
export function longestRun({ letters }: Pick<BaselineSettings, 'letters'>, texts: readonly string[]): number {
  return letters ?? (texts.reduce((sum, { length }) => sum + length, 0) > mostLetters ? 0 : 5)
}

/** Of fewer texts every word counts. */
const fewTexts = 200

/** In how many of `texts` texts a word must be. */
export function leastDocuments(
  { minDocuments }: Pick<BaselineSettings, 'minDocuments'>,
  texts: number,
): number {
  return minDocuments ?? (texts < fewTexts ? 1 : 2)
}
