import { RepriseError } from '../errors.js'
import { boolean, choice, custom, type Given, integer, number, optional, resolve } from '../options.js'
import { NumpyRandom } from '../preprocessing/index.js'
import { unseeded } from '../preprocessing/numpy-random.js'
import { type LabelMode, TextDataset } from './text-dataset.js'

const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === 'string')
const isLabels = (value: unknown) =>
  value === null ||
  value === 'inferred' ||
  (Array.isArray(value) && value.every((label) => Number.isInteger(label) && label >= 0))

const fields = {
  labels: custom<'inferred' | null | readonly number[]>(
    'from the folders, none, or one whole number per file in the order of their sorted paths',
    'inferred|null|list',
    'inferred',
    (value) =>
      isLabels(value)
        ? { value: value as 'inferred' | null | readonly number[] }
        : { expected: '"inferred", null or a list of whole numbers' },
  ),
  labelMode: custom<LabelMode | null>('form of the labels', 'int|categorical|binary|null', 'int', (value) =>
    value === null || ['int', 'categorical', 'binary'].includes(String(value))
      ? { value: value as LabelMode | null }
      : { expected: '"int", "categorical", "binary" or null' },
  ),
  classNames: optional(
    custom<readonly string[]>('folders to read, in the order of their labels', 'list', [], (value) =>
      isNames(value) ? { value: value as string[] } : { expected: 'a list of names of folders' },
    ),
  ),
  batchSize: integer('texts per batch', 32, { min: 1 }),
  maxLength: optional(integer('longer texts are cut to this many characters', undefined, { min: 0 })),
  shuffle: boolean('texts in the order of the seed; otherwise by name', true),
  seed: optional(integer('of the shuffle', undefined, { min: 0, max: 2 ** 32 - 1 })),
  validationSplit: optional(number('share of the texts for validation', undefined, { above: 0, below: 1 })),
  subset: optional(choice('subset', ['training', 'validation', 'both'], 'both')),
  verbose: boolean('says how many files were found, on stderr', true),
}

export type TextDirectoryOptions = Given<typeof fields>

/** See `textDatasetFromDirectory`. */
export async function readTextDataset(
  directory: string,
  options: TextDirectoryOptions,
): Promise<TextDataset | [TextDataset, TextDataset]> {
  const settings = resolve('textDatasetFromDirectory', fields, options as Readonly<Record<string, unknown>>)
  const { shuffle, validationSplit, subset, batchSize } = settings
  checkTogether(settings)
  const seed = settings.seed ?? unseeded()
  const mode = settings.labels === null ? null : settings.labelMode
  const { indexTexts, readTexts } = await import('./node-text-folders.js')
  const index = await indexTexts(directory, mode === null ? null : settings.labels, settings.classNames)
  if (mode === 'binary' && index.classNames?.length !== 2) {
    throw wrong(`labelMode "binary" needs two classes, found ${index.classNames?.join(', ')}`)
  }
  const outside =
    mode === 'int' ? -1 : (index.labels?.findIndex((label) => label >= index.classNames!.length) ?? -1)
  if (outside >= 0) {
    throw new RepriseError(
      'id-out-of-range',
      `textDatasetFromDirectory: label ${index.labels![outside]} of text ${outside} is not below the ${index.classNames!.length} classes`,
    )
  }
  const order = Int32Array.from(index.paths.keys())
  if (shuffle) new NumpyRandom(seed).shuffle(order)
  const held = validationSplit === undefined ? 0 : Math.trunc(validationSplit * order.length)
  const place = order.length - held
  if (settings.verbose) {
    const classes = index.classNames ? ` belonging to ${index.classNames.length} classes` : ''
    console.error(`Found ${order.length} files${classes}.`)
  }
  const make = async (rows: Int32Array, part: string, reshuffled: boolean) => {
    if (rows.length === 0)
      throw wrong(`there are no ${part}texts in ${directory}; files must be named .txt or .txt.gz`)
    const filePaths = Array.from(rows, (row) => index.paths[row]!)
    return new TextDataset({
      texts: await readTexts(filePaths, settings.maxLength),
      labels: index.labels === null ? null : rows.map((row) => index.labels![row]!),
      filePaths,
      classNames: index.classNames,
      labelMode: mode,
      batchSize,
      seed: reshuffled ? seed : undefined,
    })
  }
  const training = order.subarray(0, place)
  const validation = order.subarray(place)
  // Keras slices off nothing as everything: with no text held out there is no training part either.
  if (validationSplit !== undefined && held === 0) {
    throw wrong(`validationSplit ${validationSplit} of ${order.length} texts holds out none`)
  }
  if (subset === 'both')
    return [await make(training, 'training ', shuffle), await make(validation, 'validation ', false)]
  if (subset === 'training') return make(training, 'training ', shuffle)
  if (subset === 'validation') return make(validation, 'validation ', shuffle)
  return make(order, '', shuffle)
}

function checkTogether(settings: {
  readonly labels: unknown
  readonly classNames: unknown
  readonly validationSplit: number | undefined
  readonly subset: string | undefined
  readonly shuffle: boolean
  readonly seed: number | undefined
}): void {
  const { labels, classNames, validationSplit, subset, shuffle, seed } = settings
  if (labels !== 'inferred' && classNames !== undefined) throw wrong('classNames goes with labels "inferred"')
  if ((validationSplit === undefined) !== (subset === undefined)) {
    throw wrong('validationSplit and subset go together')
  }
  if (validationSplit !== undefined && shuffle && seed === undefined) {
    throw wrong('a shuffled validationSplit needs a seed, or training and validation texts would overlap')
  }
}

const wrong = (what: string) => new RepriseError('option', `textDatasetFromDirectory: ${what}`)
