import type { EncoderShape, TaggerScores } from '../tasks/index.js'
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
