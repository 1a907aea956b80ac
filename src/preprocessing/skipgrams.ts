import { RepriseError, unknownName } from '../errors.js'
import { NdArray } from '../nd-array.js'
import { unseeded } from './numpy-random.js'
import { PythonRandom } from './python-random.js'

export interface SkipgramsOptions {
  /** Words on each side that count as near. Default 4. */
  readonly windowSize?: number | undefined
  /** Random pairs per real pair. Default 1. */
  readonly negativeSamples?: number | undefined
  /** Default true. */
  readonly shuffle?: boolean | undefined
  /** Labels as [1, 0] and [0, 1] instead of 0 and 1. Default false. */
  readonly categorical?: boolean | undefined
  /** The probability of keeping a word, by its index; see `makeSamplingTable`. */
  readonly samplingTable?: ArrayLike<number> | NdArray | null | undefined
  /** Default: another one at each call. */
  readonly seed?: number | null | undefined
}

const optionNames = ['windowSize', 'negativeSamples', 'shuffle', 'categorical', 'samplingTable', 'seed']

/**
 * Pairs (word, word near it) with label 1 and (word, random word) with label 0, for training word vectors. Index 0 is no
 * word and is skipped.
 *
 * With a seed the result equals Keras's after `random.seed(seed)`: `seed` there drives the last shuffle alone, and the
 * random words come from Python's global generator.
 *
 * Throws `id-out-of-range` for a word that is not a whole number in 0 … vocabularySize−1, `option`, `unknown-name`.
 *
 * @example
 * const { couples, labels } = skipgrams([1, 2, 3], 10, { windowSize: 1, negativeSamples: 0, shuffle: false })
 * // couples [[1, 2], [2, 1], [2, 3], [3, 2]], labels [1, 1, 1, 1]
 */
export function skipgrams(
  sequence: ArrayLike<number>,
  vocabularySize: number,
  options: SkipgramsOptions & { readonly categorical: true },
): { couples: [number, number][]; labels: [number, number][] }
export function skipgrams(
  sequence: ArrayLike<number>,
  vocabularySize: number,
  options?: SkipgramsOptions & { readonly categorical?: false | undefined },
): { couples: [number, number][]; labels: number[] }
export function skipgrams(
  sequence: ArrayLike<number>,
  vocabularySize: number,
  options: SkipgramsOptions = {},
): { couples: [number, number][]; labels: number[] | [number, number][] } {
  const { windowSize = 4, negativeSamples = 1, shuffle = true, categorical = false } = options
  checkOptions(sequence, vocabularySize, options, windowSize, negativeSamples)
  const seed = options.seed ?? unseeded()
  const random = new PythonRandom(seed)
  const couples = nearPairs(sequence, windowSize, keeper(options.samplingTable, vocabularySize, random))
  const labels: number[] = couples.map(() => 1)
  if (negativeSamples > 0 && couples.length > 0) {
    const words = couples.map(([word]) => word)
    random.shuffle(words)
    const count = Math.floor(couples.length * negativeSamples)
    for (let i = 0; i < count; i++) {
      couples.push([words[i % words.length]!, random.integer(1, vocabularySize - 1)])
      labels.push(0)
    }
  }
  if (shuffle) {
    new PythonRandom(seed).shuffle(couples)
    new PythonRandom(seed).shuffle(labels)
  }
  if (!categorical) return { couples, labels }
  return { couples, labels: labels.map((label): [number, number] => (label === 1 ? [0, 1] : [1, 0])) }
}

function nearPairs(
  sequence: ArrayLike<number>,
  windowSize: number,
  keep: (word: number) => boolean,
): [number, number][] {
  const couples: [number, number][] = []
  for (let i = 0; i < sequence.length; i++) {
    const word = sequence[i]!
    if (word === 0 || !keep(word)) continue
    const end = Math.min(sequence.length, i + windowSize + 1)
    for (let j = Math.max(0, i - windowSize); j < end; j++) {
      if (j !== i && sequence[j] !== 0) couples.push([word, sequence[j]!])
    }
  }
  return couples
}

function keeper(
  table: SkipgramsOptions['samplingTable'],
  vocabularySize: number,
  random: PythonRandom,
): (word: number) => boolean {
  if (table === null || table === undefined) return () => true
  const values = table instanceof NdArray ? table.data : table
  if (values.length < vocabularySize) {
    throw new RepriseError(
      'shape',
      `skipgrams: samplingTable has ${values.length} values, the vocabulary ${vocabularySize}`,
    )
  }
  return (word) => values[word]! >= random.random()
}

function checkOptions(
  sequence: ArrayLike<number>,
  vocabularySize: number,
  options: SkipgramsOptions,
  windowSize: number,
  negativeSamples: number,
): void {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) throw unknownName('option of skipgrams', name, optionNames)
  }
  const wrong = !(Number.isInteger(vocabularySize) && vocabularySize >= 2)
    ? `vocabularySize must be a whole number from 2, got ${vocabularySize}`
    : !(Number.isInteger(windowSize) && windowSize >= 0)
      ? `windowSize must be a whole number, got ${windowSize}`
      : !(Number.isFinite(negativeSamples) && negativeSamples >= 0)
        ? `negativeSamples must be a number from 0, got ${negativeSamples}`
        : undefined
  if (wrong !== undefined) throw new RepriseError('option', `skipgrams: ${wrong}`)
  for (let i = 0; i < sequence.length; i++) {
    const word = sequence[i]!
    if (Number.isInteger(word) && word >= 0 && word < vocabularySize) continue
    throw new RepriseError(
      'id-out-of-range',
      `skipgrams: word ${i} is ${word}; expected a whole number in 0 … ${vocabularySize - 1}`,
    )
  }
}
