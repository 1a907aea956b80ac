import { RepriseError } from '../errors.js'
import { number, resolve } from '../options.js'
import { NumpyRandom } from '../preprocessing/index.js'
import { readWordIndex } from './imdb.js'
import { openArchive, readSequences } from './keras-archive.js'
import {
  type EncodingOptions,
  encodingFields,
  type LabelledSequences,
  type LoadedData,
  limitWords,
  markSequences,
  nothingKept,
  type ResolvedEncoding,
  shuffleTogether,
  wordLimit,
} from './keras-encoding.js'
import { type Newswires, parseNewswires } from './raw-texts.js'
import { type DatasetPlace, remoteFiles, splitPlace } from './remote-files.js'
import { getLabelNames, labelNames } from './reuters-topics.js'
import {
  asWordIndex,
  checkLabelled,
  ranksOf,
  rankWords,
  type TextsAndLabels,
  type WordIndex,
} from './word-ranking.js'

const raw = { folder: 'reuters21578', train: 'apte_train.jsonl', test: 'apte_test.jsonl' }
const owner = 'reuters'

export interface ReutersEncoding extends EncodingOptions {
  /** The share of the newswires, from the end of the shuffled list, to test on. Default 0.2. */
  readonly testSplit?: number | undefined
}
export interface ReutersOptions extends ReutersEncoding, DatasetPlace {}

export interface ReutersTexts {
  /** Newswires to train on and to test; or `documents`, which are shuffled and split by `testSplit`. */
  readonly train?: TextsAndLabels | undefined
  readonly test?: TextsAndLabels | undefined
  readonly documents?: TextsAndLabels | undefined
  /** Ranks of words. Default: made from all texts, as Keras's are. */
  readonly vocabulary?: WordIndex | Readonly<Record<string, number>> | undefined
}

/**
 * Newswires of 46 topics as Keras's `reuters.load_data` gives them: every text a list of numbers of words, the topic a
 * number whose name `getLabelNames` has; the order of the seed is NumPy's.
 *
 * Found or downloaded (2 MB) as `imdb.loadData` says, by the name `reuters.npz`. The raw texts that may stand in for it are
 * `apte_train.jsonl.gz` and `apte_test.jsonl.gz` in a folder `reuters21578`: newswires with one topic of the 46, the same
 * encoding, but not the archive's 11,228 texts, which nobody can make again.
 *
 * Throws what `imdb.loadData` throws.
 *
 * @example
 * const [[xTrain, yTrain], [xTest, yTest]] = await datasets.reuters.loadData({ numWords: 10_000, testSplit: 0.2 })
 */
async function loadData(options: ReutersOptions = {}): Promise<LoadedData> {
  const [place, encoding] = splitPlace(options)
  settingsOf(encoding)
  const files = await import('./node-dataset-files.js')
  const found = await files.findDataset(place, remoteFiles.reuters.archive, raw)
  if ('archive' in found) {
    return fromArchive(await files.readWholeFile(found.archive), encoding, found.archive)
  }
  return fromText({ documents: await pool(found) }, encoding)
}

/** What `loadData` makes of an archive that is in memory, here for browsers. */
async function fromArchive(
  bytes: Uint8Array,
  options: ReutersEncoding = {},
  name = 'reuters.npz',
): Promise<LoadedData> {
  return split(readSequences(await openArchive(bytes, name), 'x', 'y', name), options)
}

/**
 * The same encoding from texts: words ranked by frequency, unknown ones skipped. `train` and `test` stay apart, each
 * shuffled; `documents` are split by `testSplit`. Throws `shape`, `bad-value`, `bad-vocabulary`, `option`.
 *
 * @example
 * const train = await datasets.reuters.readDocuments('apte_train.jsonl.gz', 'all')
 * const test = await datasets.reuters.readDocuments('apte_test.jsonl.gz', train.labelNames)
 * await datasets.reuters.fromText({ train, test }, { numWords: 10_000 })
 */
async function fromText(
  { train, test, documents, vocabulary }: ReutersTexts,
  options: ReutersEncoding = {},
): Promise<LoadedData> {
  const parts = [documents, train, test].flatMap((part) => part ?? [])
  const index = vocabulary ? asWordIndex(owner, vocabulary) : rankWords(parts.flatMap((part) => part.texts))
  const ranked = parts.map((part) => ({ x: ranksOf(part.texts, index), y: checkLabelled(owner, part) }))
  if (documents && !train && !test) return split(ranked[0]!, options)
  if (documents || !train || !test) throw badParts()
  const { settings } = settingsOf(options)
  const random = new NumpyRandom(settings.seed)
  const [first, second] = ranked.map((part) => markSequences(shuffleTogether(part, random), settings))
  const limit = wordLimit([...first!.x, ...second!.x], settings)
  return [
    [limitWords(first!.x, settings, limit), first!.y],
    [limitWords(second!.x, settings, limit), second!.y],
  ]
}

/** Newswires with one topic, of the 46 or of those given, from a file of JSON lines with `topics` and `text`. */
async function readDocuments(
  path: string,
  topics: readonly string[] | 'all' = labelNames,
): Promise<Newswires> {
  const { readText } = await import('./node-dataset-files.js')
  return parseNewswires(await readText(path), topics, path)
}

/** The rank of every word in the archive: 1 is the most frequent. `indexFrom` (3) is added to it in the texts. */
async function getWordIndex(place: DatasetPlace = {}): Promise<Map<string, number>> {
  const files = await import('./node-dataset-files.js')
  const found = await files.findWordIndex(place, remoteFiles.reuters.wordIndex, raw)
  return 'archive' in found ? readWordIndex(found.archive) : rankWords((await pool(found)).texts)
}

async function pool({ train, test }: { train: string; test: string }): Promise<TextsAndLabels> {
  const parts = [await readDocuments(train), await readDocuments(test)]
  return {
    texts: parts.flatMap((part) => part.texts),
    labels: parts.flatMap((part) => Array.from(part.labels)),
  }
}

function split(all: LabelledSequences, options: ReutersEncoding): LoadedData {
  const { settings, testSplit } = settingsOf(options)
  const { x, y } = markSequences(shuffleTogether(all, new NumpyRandom(settings.seed)), settings)
  if (settings.maxlen && x.length === 0) throw nothingKept(owner, settings.maxlen)
  const limited = limitWords(x, settings, wordLimit(x, settings))
  const place = Math.trunc(x.length * (1 - testSplit))
  return [
    [limited.slice(0, place), y.slice(0, place)],
    [limited.slice(place), y.slice(place)],
  ]
}

const fields = {
  ...encodingFields,
  testSplit: number('share of the newswires to test on', 0.2, { min: 0, max: 1 }),
}

function settingsOf(options: ReutersEncoding): { settings: ResolvedEncoding; testSplit: number } {
  const settings = resolve(owner, fields, options as Readonly<Record<string, unknown>>)
  return { settings, testSplit: settings.testSplit }
}

function badParts(): RepriseError {
  return new RepriseError('option', `${owner}.fromText: give train and test, or documents alone`)
}

export const reuters = { loadData, getWordIndex, getLabelNames, fromArchive, fromText, readDocuments }
