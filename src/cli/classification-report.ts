import type { ClassificationReport, ClassifierExample, Explanation } from '../tasks/index.js'
import { strongestWords } from '../tasks/index.js'
import { describeConfusion } from './confusion-report.js'
import { formatCount, formatTable, shorten } from './terminal.js'

// A report of a classifier as lines for people; docs/classify.md says how to read it.

export interface ReportOptions {
  /** Columns there are. Default 100. */
  readonly width?: number
  /** Mistakes shown. Default 5. */
  readonly mistakes?: number
  /** Which words moved them, in the order of the mistakes. */
  readonly explanations?: readonly (Explanation | undefined)[]
}

/** Labels of the table; of more the most frequent ones are shown. */
const mostLabels = 30
const longestLabel = 32

/** The model beside its baseline, every label, what was taken for what, the most confident mistakes. */
export function describeScores(
  report: ClassificationReport,
  examples: readonly Pick<ClassifierExample, 'text' | 'place'>[],
  options: ReportOptions = {},
): string[] {
  const { width = 100 } = options
  const { labels, multiLabel, confusion } = report
  return [
    ...describeWhole(report),
    '',
    ...describeLabels(report),
    ...(multiLabel
      ? []
      : ['', ...describeConfusion(confusion as readonly (readonly number[])[], labels, width)]),
    ...describeMistakes(report, examples, options),
  ]
}

/** Scores of the model and, where it has them, of its parts; and what only the model has. */
export function describeWhole(report: ClassificationReport): string[] {
  const { baseline, network, multiLabel, microF1, expectedCalibrationError, seen } = report
  const brief = (scores: { accuracy: number; macroF1: number; logLoss: number }) => [
    percent(scores.accuracy),
    scores.macroF1.toFixed(4),
    scores.logLoss.toFixed(4),
  ]
  return [
    ...formatTable([
      [`${texts(report.examples)}`, multiLabel ? 'all labels right' : 'accuracy', 'macro F1', 'log loss'],
      ...(baseline ? [[`baseline: ${baseline.name}`, ...brief(baseline)]] : []),
      ...(network ? [['recurrent network', ...brief(network)]] : []),
      [network ? 'both, as the model predicts' : 'model', ...brief(report)],
      ...(seen?.without ? [[`the ${texts(seen.without.examples)} new to it`, ...brief(seen.without)]] : []),
    ]),
    [
      ...(multiLabel ? [`micro F1 ${microF1.toFixed(4)}`] : []),
      `weighted F1 ${report.weightedF1.toFixed(4)}`,
      `probabilities are off by ${percent(expectedCalibrationError)} on average`,
    ].join('; '),
  ]
}

/** How many of the texts the model was trained on, where it was on some, or could have been on more than it remembers. */
export function describeSeen({ seen, examples }: ClassificationReport): string[] {
  if (!seen) return []
  const { texts: found, otherLabels, trained, remembered } = seen
  const differing = otherLabels > 0 ? `, ${formatCount(otherLabels)} of them with other labels there` : ''
  return [
    ...(found > 0
      ? [
          `${formatCount(found)} of the ${texts(examples)} ${found === 1 ? 'is' : 'are'} in the training data too${differing}; scores of such texts flatter`,
        ]
      : []),
    ...(remembered < trained
      ? [
          `the model remembers ${formatCount(remembered)} of the ${formatCount(trained)} texts it was trained on: more of these may be among them`,
        ]
      : []),
  ]
}

/** One line for every label, where there are many for the most frequent ones. */
export function describeLabels({ perLabel }: ClassificationReport): string[] {
  const isLong = perLabel.length > mostLabels
  const shown = isLong ? [...perLabel].sort((a, b) => b.support - a.support).slice(0, mostLabels) : perLabel
  return [
    ...formatTable([
      ['label', 'precision', 'recall', 'F1', 'texts'],
      ...shown.map(({ label, precision, recall, f1, support }) => [
        shorten(label, longestLabel),
        precision.toFixed(4),
        recall.toFixed(4),
        f1.toFixed(4),
        formatCount(support),
      ]),
    ]),
    ...(isLong ? [`… and ${formatCount(perLabel.length - mostLabels)} rarer labels (all with --json)`] : []),
  ]
}

/** The most confident mistakes, each with its text on a line of `width` columns. */
export function describeMistakes(
  { labels, mistakes }: ClassificationReport,
  examples: readonly Pick<ClassifierExample, 'text' | 'place'>[],
  { width = 100, mistakes: most = 5, explanations }: ReportOptions = {},
): string[] {
  const shown = mistakes.slice(0, most)
  const lines = shown.flatMap(({ example, truth, label, given, confidence }, k) => {
    const { text, place } = examples[example]!
    const own = truth.map((number) => shorten(labels[number]!, longestLabel)).join(', ') || 'none of them'
    const name = shorten(labels[label]!, longestLabel)
    const explanation = explanations?.[k]
    return [
      shorten(
        `  ${place ?? `text ${example + 1}`}: ${given ? name : `not ${name}`} ${percent(confidence)}, is ${own}`,
        width,
      ),
      `    ${oneLine(text, width - 4)}`,
      ...(explanation ? [`    ${describeExplanation(explanation, width - 4)}`] : []),
    ]
  })
  return lines.length === 0 ? [] : ['', 'most confident mistakes:', ...lines]
}

/** `spam: free +1.20, prize +0.83, hello −0.31`: the strongest words, as many as fit. */
export function describeExplanation(explanation: Explanation, width = 100): string {
  const words = strongestWords(explanation, 10)
  if (words.length === 0) return `${shorten(explanation.label, longestLabel)}: no word counts`
  let line = `${shorten(explanation.label, longestLabel)}:`
  for (const [k, { word, contribution }] of words.entries()) {
    const amount = `${contribution < 0 ? '−' : '+'}${Math.abs(contribution).toFixed(2)}`
    const part = `${k === 0 ? '' : ','} ${shorten(oneLine(word, 24), 24)} ${amount}`
    if (k > 0 && line.length + part.length > width) break
    line += part
  }
  return line
}

/** A text on one line of at most `width` characters; what would move the cursor is written as spaces. */
export function oneLine(text: string, width: number): string {
  // Enough for any line, so that a long text is not gone through.
  const begin = text.slice(0, 4 * width + 1000)
  return shorten(begin.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim(), width)
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`
const texts = (count: number) => (count === 1 ? '1 text' : `${formatCount(count)} texts`)
