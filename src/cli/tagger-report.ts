import type { EncoderShape, TaggerEvaluation, TaggerScores } from '../tasks/index.js'
import { formatCount, formatTable } from './terminal.js'

/** `94.53 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}

/** `language model 128 + LSTM 256 forward`. */
export function describeEncoder({ embedding, cell, layers, units, reverse }: EncoderShape): string {
  const depth = layers > 1 ? `${layers} × ` : ''
  return `language model ${embedding} + ${depth}${cell.toUpperCase()} ${units} ${reverse ? 'backward' : 'forward'}`
}

/** Scores of a tagger as lines: all tokens, words seen and unseen in training, and each type. */
export function describeTaggerScores(scores: TaggerScores): string[] {
  const { tokens, accuracy, seen, unseen, precision, recall, f1, perType, unknownTags } = scores
  const rows: string[][] = [
    ['tokens', formatCount(tokens)],
    ['accuracy', percent(accuracy)],
    [`  words seen in training (${formatCount(seen.tokens)})`, percent(seen.accuracy)],
    [`  unseen words (${formatCount(unseen.tokens)})`, percent(unseen.accuracy)],
  ]
  if (f1 !== undefined) {
    rows.push(
      ['span precision', percent(precision!)],
      ['span recall', percent(recall!)],
      ['span F1', percent(f1)],
    )
  }
  const types = Object.entries(perType)
  const header = [f1 === undefined ? 'tag' : 'type', 'precision', 'recall', 'F1', 'in the data', 'predicted']
  const unknown = Object.entries(unknownTags)
  return [
    ...formatTable(rows),
    '',
    ...formatTable([
      header,
      ...types.map(([type, one]) => [
        type,
        percent(one.precision),
        percent(one.recall),
        percent(one.f1),
        formatCount(one.support),
        formatCount(one.predicted),
      ]),
    ]),
    ...(unknown.length === 0
      ? []
      : [
          `tags that training never saw: ${unknown.map(([tag, count]) => `${tag} (${formatCount(count)})`).join(', ')}`,
        ]),
  ]
}

/** How many of the sentences the tagger was trained on, where it was on some, or could have been on more than it remembers. */
export function describeRepeated({ repeated, sentences }: TaggerEvaluation): string[] {
  if (!repeated) return []
  const { sentences: found, otherTags, trained, remembered } = repeated
  const differing = otherTags > 0 ? `, ${formatCount(otherTags)} of them with other tags there` : ''
  return [
    ...(found > 0
      ? [
          `${formatCount(found)} of the ${formatCount(sentences)} sentences ${found === 1 ? 'is' : 'are'} in the training data too${differing}; scores of such sentences flatter (shorter ones than 8 tokens are not counted)`,
        ]
      : []),
    ...(remembered < trained
      ? [
          `the model remembers ${formatCount(remembered)} of the ${formatCount(trained)} sentences it was trained on: more of these may be among them`,
        ]
      : []),
  ]
}

/** Scores of the sentences that were not in the training data, where others were. */
export function describeWithout({ repeated }: TaggerEvaluation): string[] {
  const without = repeated?.without
  if (!without) return []
  const { sentences, accuracy, f1 } = without
  const spans = f1 === undefined ? '' : `, span F1 ${percent(f1)}`
  return [`the ${formatCount(sentences)} sentences new to it: accuracy ${percent(accuracy)}${spans}`]
}
