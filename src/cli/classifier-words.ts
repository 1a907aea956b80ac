import { noteWords } from '../formats/note-words.js'
import type {
  ClassifierRecord,
  ExampleCounts,
  LabelledTextsReport,
  PreparedClassifier,
} from '../tasks/index.js'
import { formatBytes, formatCount } from './terminal.js'

// What is said of labelled texts and classifiers, for people.

/** What was found in the files. */
export function describeLabelledTexts(paths: readonly string[], found: LabelledTextsReport): string[] {
  const { format, encoding, delimiter, textColumn, labelColumn, examples, labels, multiLabel, notes } = found
  const how = [
    format === 'folders' ? 'folders of texts' : format.toUpperCase(),
    encoding,
    ...(delimiter === undefined || format === 'tsv' ? [] : [`delimiter ${JSON.stringify(delimiter)}`]),
    ...(textColumn === undefined ? [] : [`text: ${textColumn}`]),
    ...(labelColumn === undefined ? [] : [`label: ${labelColumn}`]),
  ]
  const first = labels.slice(0, 8).map(({ label, count }) => `${label} ${formatCount(count)}`)
  const rest = labels.length > 8 ? `, … ${formatCount(labels.length - 8)} more` : ''
  return [
    `read ${paths.join(', ')} (${how.join(', ')}): ${counted(examples, 'text')}, ${counted(labels.length, 'label')}${multiLabel ? ', several a text' : ''} (${first.join(', ')}${rest})`,
    ...notes.map(
      (note) =>
        `  ${noteWords(note)}${note.example ? ` (${note.count === 1 ? '' : 'first: '}${note.example})` : ''}`,
    ),
  ]
}

/** What was chosen, before the first step. */
export function describeClassifier({
  settings,
  features,
  counts,
  parameters,
  stepsPerEpoch,
}: PreparedClassifier): string[] {
  const { unit, cell, layers, units, embedding, pairEmbedding, pooling, batch, passage, epochs } = settings
  const { optimizer, lr, schedule, bidirectional, subwords, caseInput, precision } = settings
  const noun = unit === 'word' ? 'words' : 'characters'
  const inputs = [
    `${formatCount(features.wordRows)} ${noun} × ${embedding}`,
    ...(features.pairTableRows > 0
      ? [`${formatCount(features.pairTableRows)} pairs × ${pairEmbedding}`]
      : []),
    ...(subwords > 0 ? [`letters in ${formatCount(subwords)} rows`] : []),
    ...(caseInput ? ['case'] : []),
  ]
  return [
    `texts: ${formatCount(counts.train)} to train on (${formatCount(counts.pieces)} ${noun}), ${heldOut(counts)}`,
    `model: ${inputs.join(', ')}; ${layers} × ${bidirectional ? 'bidirectional ' : ''}${cell.toUpperCase()} ${units}, pooled by ${pooling.replaceAll(',', ', ')}; ${formatCount(parameters)} parameters (${formatBytes(parameters * 4)})`,
    `training: ${epochs} epochs of ${formatCount(stepsPerEpoch)} steps, ${batch} texts of at most ${formatCount(passage)} ${noun}, ${optimizer} at ${lr} (${schedule})${precision === 'mixed' ? ', mixed precision' : ''}`,
  ]
}

/** `440 held out`. */
export const heldOut = ({ valid }: Pick<ExampleCounts, 'valid'>): string =>
  valid > 0 ? `${formatCount(valid)} held out` : 'nothing held out'

/** `1 text`, `2 texts`. */
export const counted = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`

const texts = (count: number) => counted(count, 'text')

/** What is odd about the examples as a network reads them; one line for each. */
export function describeCounts({ counts, settings }: PreparedClassifier): string[] {
  const { longer, left } = counts
  const { maxLength, unit } = settings
  if (longer === 0) return describeExamples(counts)
  const noun = unit === 'word' ? 'words' : 'characters'
  return [
    ...describeExamples(counts),
    `${texts(longer)} longer than ${formatCount(maxLength)} ${noun}; ${formatCount(left)} of these not read`,
  ]
}

/** What is odd about the examples, whatever is trained on them; one line for each. */
export function describeExamples({
  empty,
  duplicates,
  conflicting,
  shared,
  unseenLabels,
  single,
}: ExampleCounts): string[] {
  const lines: string[] = []
  if (empty > 0) lines.push(`${texts(empty)} without a word left out of training`)
  if (duplicates > 0) {
    const differing = conflicting > 0 ? `; ${texts(conflicting)} with different labels among them` : ''
    lines.push(
      `${texts(duplicates)} there more than once; copies stay together, in training or held out${differing}`,
    )
  }
  if (shared > 0)
    lines.push(`${texts(shared)} of the validation part in the training part too: its scores flatter`)
  if (unseenLabels > 0)
    lines.push(`${texts(unseenLabels)} of the validation part left out: no training text has their labels`)
  if (single.length > 0) {
    const names = single.slice(0, 5).map((label) => `"${label}"`)
    const more = single.length > 5 ? ', …' : ''
    lines.push(
      `${counted(single.length, 'label')} with one text only (${names.join(', ')}${more}): nothing can be learnt or measured from it`,
    )
  }
  return lines
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`

/** How a classifier was trained. */
export function describeRecord({
  epochs,
  steps,
  examples,
  trainPieces,
  valid,
  baseline,
}: ClassifierRecord): string[] {
  return [
    `trained: ${counted(epochs, 'epoch')}, ${counted(steps, 'step')} on ${texts(examples.train)}, ${formatCount(trainPieces)} words or characters`,
    ...(valid
      ? [
          `held-out part: ${texts(valid.examples)}, accuracy ${percent(valid.accuracy)}, macro F1 ${valid.macroF1.toFixed(4)}, log loss ${valid.logLoss.toFixed(4)}`,
        ]
      : []),
    ...(baseline
      ? [
          `baseline there (${baseline.name}): accuracy ${percent(baseline.accuracy)}, macro F1 ${baseline.macroF1.toFixed(4)}, log loss ${baseline.logLoss.toFixed(4)}`,
        ]
      : []),
  ]
}
