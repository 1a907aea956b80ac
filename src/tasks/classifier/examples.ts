import { RepriseError } from '../../errors.js'
import { RandomStream } from '../../random.js'
import { sameText } from '../seen-texts.js'

/** A text and its labels; what `readLabelledTexts` gives, or made by hand. */
export interface ClassifierExample {
  readonly text: string
  readonly labels: readonly string[]
  /** Where it comes from, for messages: `tickets.csv:17`. */
  readonly place?: string
}

/** What was found in the examples, to be shown: nothing is left out without a count here. */
export interface ExampleCounts {
  /** Examples trained on, and held out. */
  readonly train: number
  readonly valid: number
  /** Texts without a word, left out of the training part. */
  readonly empty: number
  /** Training texts that are there more than once; copies stay, all in one part. */
  readonly duplicates: number
  /** Of these, texts whose copies have different labels. */
  readonly conflicting: number
  /** Validation texts that are in the training part too. */
  readonly shared: number
  /** Examples left out of the validation part: they have a label that no training text has. */
  readonly unseenLabels: number
  /** Labels with one example in all. */
  readonly single: readonly string[]
  /** Labels of the training part and how many examples have each. */
  readonly labels: readonly { readonly label: string; readonly count: number }[]
}

export interface SplitExamples {
  readonly train: readonly ClassifierExample[]
  readonly valid: readonly ClassifierExample[]
  /** Sorted. */
  readonly labels: readonly string[]
  readonly multiLabel: boolean
  readonly counts: ExampleCounts
}

export interface SplitOptions {
  /** Held out from `examples` where no validation examples are given. Default 0.1, at most 2,000 texts. */
  readonly validSplit?: number | undefined
  /** Default: whether an example has another number of labels than one. */
  readonly multiLabel?: boolean | undefined
  readonly seed: number
}

const mostHeldOut = 2000

/**
 * Sorts examples into training and validation part: by a seeded draw, of each label the same share where texts have one
 * label. Copies of a text stay together.
 *
 * Throws `empty-data` without texts and `one-label` where there is nothing to tell apart.
 */
export function splitExamples(
  examples: readonly ClassifierExample[],
  given: readonly ClassifierExample[] | undefined,
  options: SplitOptions,
): SplitExamples {
  const multiLabel = options.multiLabel ?? examples.some(({ labels }) => labels.length !== 1)
  checkLabels(multiLabel, examples, given ?? [])
  const filled = examples.filter(({ text }) => text.trim() !== '')
  if (filled.length === 0) {
    throw new RepriseError(
      'empty-data',
      `there is no text to train on: ${examples.length} examples, all empty.`,
    )
  }
  const groups = new Map<string, ClassifierExample[]>()
  const groupOf = new Map<ClassifierExample, ClassifierExample[]>()
  for (const example of filled) {
    const key = sameText(example.text)
    const group = groups.get(key) ?? []
    if (group.length === 0) groups.set(key, group)
    group.push(example)
    groupOf.set(example, group)
  }
  const share = given ? 0 : (options.validSplit ?? Math.min(0.1, mostHeldOut / filled.length))
  const held = share > 0 ? drawGroups([...groups.values()], share, multiLabel, options.seed) : new Set()
  const train = filled.filter((example) => !held.has(groupOf.get(example)))
  const validAll = given ?? filled.filter((example) => held.has(groupOf.get(example)))
  const counted = countLabels(train)
  const labels = [...counted.keys()].sort((a, b) => (a < b ? -1 : 1))
  if (labels.length === 0 || (labels.length === 1 && !multiLabel)) throw oneClass(labels[0], train)
  const valid = validAll.filter((example) => example.labels.every((label) => counted.has(label)))
  const trainTexts = given && new Set(groups.keys())
  const all = countLabels([...filled, ...(given ?? [])])
  const copies = [...groups.values()].filter((group) => group.length > 1)
  return {
    train,
    valid,
    labels,
    multiLabel,
    counts: {
      train: train.length,
      valid: valid.length,
      empty: examples.length - filled.length,
      duplicates: copies.reduce((sum, group) => sum + group.length - 1, 0),
      conflicting: copies.filter((group) => new Set(group.map(({ labels: own }) => labelKey(own))).size > 1)
        .length,
      shared: trainTexts ? valid.filter(({ text }) => trainTexts.has(sameText(text))).length : 0,
      unseenLabels: validAll.length - valid.length,
      single: labels.filter((label) => all.get(label) === 1),
      labels: labels.map((label) => ({ label, count: counted.get(label)! })),
    },
  }
}

const labelKey = (labels: readonly string[]) => JSON.stringify([...labels].sort())

function checkLabels(multiLabel: boolean, ...parts: readonly (readonly ClassifierExample[])[]): void {
  if (multiLabel) return
  for (const { labels, place } of parts.flat()) {
    if (labels.length === 1) continue
    throw new RepriseError(
      'labels',
      `${place ?? 'an example'} has ${labels.length === 0 ? 'no label' : `${labels.length} labels: ${labels.join(', ')}`}, and \`multiLabel\` is false. Give each text one label, or leave \`multiLabel\` out.`,
    )
  }
}

function oneClass(label: string | undefined, examples: readonly ClassifierExample[]): RepriseError {
  const what =
    label === undefined
      ? 'no text has a label'
      : examples.length === 1
        ? `the only text has the label "${label}"`
        : `all ${examples.length} texts have the one label "${label}"`
  const folder = label === undefined ? undefined : folderOfLabels(label, examples)
  return new RepriseError(
    'one-label',
    `${what}: there is nothing to tell apart. ${
      folder === undefined
        ? 'Give texts of at least two labels, or name another column with `label`.'
        : `The folder has folders in it; if these are the labels, give ${folder}.`
    }`,
  )
}

/** The folder that is named as the one label, where texts stand in different folders within it. */
function folderOfLabels(label: string, examples: readonly ClassifierExample[]): string | undefined {
  const within = new Set<string>()
  let folder: string | undefined
  for (const { place = '' } of examples) {
    const steps = place.split(/[\\/]/)
    // The last one is the text's own file, the one before it at least one of the folders within.
    const at = steps.lastIndexOf(label, steps.length - 3)
    if (at < 0) return undefined
    folder = place.slice(0, steps.slice(0, at + 1).join('/').length)
    within.add(steps[at + 1]!)
  }
  return within.size > 1 ? folder : undefined
}

function countLabels(examples: readonly ClassifierExample[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { labels } of examples)
    for (const label of new Set(labels)) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts
}

type Group = readonly ClassifierExample[]

/** Groups for validation: of every label (of every set of labels) `share` of its groups, but never the last one. */
function drawGroups(
  groups: readonly Group[],
  share: number,
  multiLabel: boolean,
  seed: number,
): Set<unknown> {
  const byLabel = new Map<string, Group[]>()
  for (const group of groups) {
    const key = multiLabel ? '' : group[0]!.labels[0]!
    const list = byLabel.get(key)
    if (list) list.push(group)
    else byLabel.set(key, [group])
  }
  const held = new Set<unknown>()
  // What rounding leaves of one label goes on to the next, so that many small labels give their share too.
  let owed = 0
  for (const label of [...byLabel.keys()].sort()) {
    const list = byLabel.get(label)!
    owed += list.length * share
    const take = Math.min(Math.round(owed), list.length - 1)
    owed -= take
    const order = new RandomStream(seed, `held out of ${label}`).permutation(list.length)
    for (const index of order.subarray(0, Math.max(0, take))) held.add(list[index])
  }
  return held
}
