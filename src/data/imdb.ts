import { RepriseError } from '../errors.js'
import { NumpyRandom } from '../preprocessing/index.js'
import { openArchive, readSequences } from './keras-archive.js'
import {
  type EncodingOptions,
  type LabelledSequences,
  type LoadedData,
  limitWords,
  markSequences,
  nothingKept,
  resolveEncoding,
  shuffleTogether,
  wordLimit,
} from './keras-encoding.js'
import { parseReviews } from './raw-texts.js'
import { type DatasetPlace, remoteFiles, splitPlace } from './remote-files.js'
import {
  asWordIndex,
  checkLabelled,
  ranksOf,
  rankWords,
  type TextsAndLabels,
  type WordIndex,
} from './word-ranking.js'

const raw = { folder: 'imdb', train: 'imdb.train.tsv', test: 'imdb.test.tsv' }
const owner = 'imdb'

export interface ImdbOptions extends EncodingOptions, DatasetPlace {}

/** Reviews: in memory, or the name of a file of tab-separated values with columns `label` and `text`. */
export type Reviews = TextsAndLabels | string

export interface ImdbTexts {
  readonly train: Reviews
  readonly test: Reviews
  /** Ranks of words, or the file of Keras's word index. Default: made from `train`. */
  readonly vocabulary?: WordIndex | Readonly<Record<string, number>> | string | undefined
}

/**
 * The IMDB reviews as Keras's `imdb.load_data` gives them: 25,000 to train on and 25,000 to test, every review a list of
 * numbers of words, 0 for a bad one and 1 for a good one; the order of the seed is NumPy's.
 *
 * The archive is downloaded once (17 MB, checksum verified) into ~/.cache/reprise. Without a network: `path`, or the folder
 * in the environment variable REPRISE_DATA, may hold `imdb.npz`, or the original reviews as `imdb.train.tsv.gz` and
 * `imdb.test.tsv.gz` (better with `imdb_word_index.json.gz`), there or in a folder `imdb`. Needs Node; in a browser use
 * `fromArchive`.
 *
 * Throws `option`, `unknown-name`, `download-failed`, `checksum`, `file-not-found`, `bad-archive`, `bad-file`, `unsafe-file`.
 *
 * @example
 * const [[xTrain, yTrain], [xTest, yTest]] = await datasets.imdb.loadData({ numWords: 10_000 })
 * const x = padSequences(xTrain, { maxlen: 500 })
 */
async function loadData(options: ImdbOptions = {}): Promise<LoadedData> {
  const [place, encoding] = splitPlace(options)
  resolveEncoding(owner, encoding)
  const files = await import('./node-dataset-files.js')
  const found = await files.findDataset(place, remoteFiles.imdb.archive, raw)
  if ('archive' in found) {
    return fromArchive(await files.readWholeFile(found.archive), encoding, found.archive)
  }
  const vocabulary = await getWordIndex({ ...place, path: found.folder })
  return fromText({ ...found, vocabulary }, encoding)
}

/** What `loadData` makes of an archive that is in memory, here for browsers. */
async function fromArchive(
  bytes: Uint8Array,
  options: EncodingOptions = {},
  name = 'imdb.npz',
): Promise<LoadedData> {
  const archive = await openArchive(bytes, name)
  const train = readSequences(archive, 'x_train', 'y_train', name)
  return encode(train, readSequences(archive, 'x_test', 'y_test', name), options)
}

/**
 * The same encoding from texts: words ranked by their frequency in `train` (or as `vocabulary` ranks them), unknown ones
 * skipped. From the original split with Keras's word index this is Keras's archive, number for number and in its order:
 * good reviews before bad ones, each sorted by file name. Words of equal frequency have arbitrary ranks in Keras's index;
 * without it they are ranked in order of appearance.
 *
 * Throws `shape`, `bad-value`, `bad-file`, `bad-vocabulary`.
 *
 * @example
 * await datasets.imdb.fromText({ train: 'imdb.train.tsv.gz', test: 'imdb.test.tsv.gz' }, { numWords: 10_000 })
 */
async function fromText(
  { train, test, vocabulary }: ImdbTexts,
  options: EncodingOptions = {},
): Promise<LoadedData> {
  const [trainTexts, testTexts] = [await goodFirst(train, 'train'), await goodFirst(test, 'test')]
  const index =
    vocabulary === undefined
      ? rankWords(trainTexts.texts)
      : asWordIndex(owner, typeof vocabulary === 'string' ? await readWordIndex(vocabulary) : vocabulary)
  const [x, y] = [trainTexts, testTexts].map(({ texts, labels }) => ({ x: ranksOf(texts, index), y: labels }))
  return encode(x!, y!, options)
}

/** The rank of every word in the archive: 1 is the most frequent. `indexFrom` (3) is added to it in the texts. */
async function getWordIndex(place: DatasetPlace = {}): Promise<Map<string, number>> {
  const files = await import('./node-dataset-files.js')
  const found = await files.findWordIndex(place, remoteFiles.imdb.wordIndex, raw)
  if ('archive' in found) return readWordIndex(found.archive)
  return rankWords((await goodFirst(found.train, 'train')).texts)
}

function encode(train: LabelledSequences, test: LabelledSequences, options: EncodingOptions): LoadedData {
  const settings = resolveEncoding(owner, options)
  const random = new NumpyRandom(settings.seed)
  const [first, second] = [train, test].map((part) => markSequences(shuffleTogether(part, random), settings))
  if (settings.maxlen && (first!.x.length === 0 || second!.x.length === 0)) {
    throw nothingKept(owner, settings.maxlen)
  }
  const limit = wordLimit([...first!.x, ...second!.x], settings)
  return [
    [limitWords(first!.x, settings, limit), first!.y],
    [limitWords(second!.x, settings, limit), second!.y],
  ]
}

async function goodFirst(reviews: Reviews, part: string): Promise<{ texts: string[]; labels: Int32Array }> {
  const given = typeof reviews === 'string' ? await readReviews(reviews) : reviews
  const labels = checkLabelled(`${owner}, ${part}`, given)
  const order = Int32Array.from(labels.keys()).sort((a, b) => labels[b]! - labels[a]! || a - b)
  return { texts: Array.from(order, (k) => given.texts[k]!), labels: order.map((k) => labels[k]!) }
}

async function readReviews(path: string): Promise<TextsAndLabels> {
  const { readText } = await import('./node-dataset-files.js')
  return parseReviews(await readText(path), path)
}

/** A file of words and ranks as JSON, gzipped or not. Throws `bad-file`, `bad-vocabulary`. */
export async function readWordIndex(path: string): Promise<Map<string, number>> {
  const { readText } = await import('./node-dataset-files.js')
  const content = await readText(path)
  try {
    return new Map(asWordIndex(path, JSON.parse(content)))
  } catch (cause) {
    if (cause instanceof RepriseError) throw cause
    throw new RepriseError(
      'bad-file',
      `${path}: expected words and ranks as JSON: ${(cause as Error).message}`,
      { cause },
    )
  }
}

export const imdb = { loadData, getWordIndex, fromArchive, fromText }
