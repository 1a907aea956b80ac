import { RepriseError } from '../errors.js'
import { custom, type Given, integer, optional, type Resolved, resolve } from '../options.js'
import type { NumpyRandom } from '../preprocessing/index.js'

/** Texts as numbers of words, and the class of each. */
export interface LabelledSequences {
  readonly x: readonly Int32Array[]
  readonly y: Int32Array
}

/** `[[xTrain, yTrain], [xTest, yTest]]`, as Keras's `load_data` returns. */
export type LoadedData = [
  train: [x: readonly Int32Array[], y: Int32Array],
  test: [x: readonly Int32Array[], y: Int32Array],
]

const nullable = (doc: string, fallback: number) =>
  custom<number | null>(doc, 'number|null', fallback, (value) =>
    value === null || (Number.isSafeInteger(value) && (value as number) >= 0)
      ? { value: value as number | null }
      : { expected: 'a whole number or null' },
  )

/** What `loadData` and `fromText` take, with Keras's defaults and meanings. */
export const encodingFields = {
  numWords: optional(
    integer('numbers from this one on become oovChar; 0 or undefined: the largest there is', undefined, {
      min: 0,
    }),
  ),
  skipTop: integer('numbers below this one become oovChar', 0, { min: 0 }),
  maxlen: optional(
    integer('texts of this many numbers and more are left out; 0: none', undefined, { min: 0 }),
  ),
  seed: integer('of the shuffle', 113, { min: 0, max: 2 ** 32 - 1 }),
  startChar: nullable('stands before every text; null: nothing does', 1),
  oovChar: nullable('stands for left-out words; null: they are dropped', 2),
  indexFrom: integer('added to the rank of a word', 3, { min: 0 }),
}
export type EncodingOptions = Given<typeof encodingFields>
export type ResolvedEncoding = Resolved<typeof encodingFields>

/** Throws `option`, `unknown-name`. */
export function resolveEncoding(owner: string, options: EncodingOptions): ResolvedEncoding {
  return resolve(owner, encodingFields, options as Readonly<Record<string, unknown>>)
}

/** Both in the same new order. */
export function shuffleTogether({ x, y }: LabelledSequences, random: NumpyRandom): LabelledSequences {
  const order = random.permutation(x.length)
  return { x: Array.from(order, (k) => x[k]!), y: order.map((k) => y[k]!) }
}

/** Ranks to numbers, the start number before each text, long texts left out. */
export function markSequences(
  { x, y }: LabelledSequences,
  { startChar, indexFrom, maxlen }: ResolvedEncoding,
): LabelledSequences {
  const lead = startChar === null ? 0 : 1
  const marked = x.map((ranks) => {
    const numbers = new Int32Array(ranks.length + lead)
    if (startChar !== null) numbers[0] = startChar
    for (let k = 0; k < ranks.length; k++) numbers[k + lead] = ranks[k]! + indexFrom
    return numbers
  })
  if (!maxlen) return { x: marked, y }
  const kept = marked.map(({ length }) => length < maxlen)
  return { x: marked.filter((_, k) => kept[k]), y: y.filter((_, k) => kept[k]) }
}

/** Words too rare or too frequent become `oovChar`, or go. */
export function limitWords(
  x: readonly Int32Array[],
  { skipTop, oovChar }: ResolvedEncoding,
  numWords: number,
): Int32Array[] {
  const isKept = (number: number) => skipTop <= number && number < numWords
  if (oovChar === null) return x.map((numbers) => numbers.filter(isKept))
  return x.map((numbers) => numbers.map((number) => (isKept(number) ? number : oovChar)))
}

/** `numWords`, or the largest number there is; Keras leaves that one out too, and so do we. */
export function wordLimit(x: readonly Int32Array[], { numWords }: ResolvedEncoding): number {
  return numWords || x.reduce((largest, numbers) => numbers.reduce((a, b) => Math.max(a, b), largest), 0)
}

export function nothingKept(owner: string, maxlen: number | undefined): RepriseError {
  return new RepriseError(
    'option',
    `${owner}: no text is shorter than maxlen ${maxlen} (start mark included); raise it`,
  )
}
