import { RepriseError } from '../errors.js'
import { compareCodePoints } from '../preprocessing/code-point-order.js'
import type { TextsAndLabels } from './word-ranking.js'

const sentiments: Readonly<Record<string, number>> = { neg: 0, pos: 1, '0': 0, '1': 1 }

/**
 * Reviews from tab-separated values with a header that has `label` (neg, pos, 0, 1) and `text`. With columns `id` and
 * `rating` too, reviews come in the order of their original file names `id_rating.txt`, the order of Keras's archive.
 * Throws `bad-file` with the line.
 */
export function parseReviews(content: string, name: string): TextsAndLabels {
  const lines = content.split('\n')
  const header = lines[0]!.replace(/\r$/, '').split('\t')
  const [label, text, id, rating] = ['label', 'text', 'id', 'rating'].map((column) => header.indexOf(column))
  if (label! < 0 || text! < 0) {
    throw new RepriseError(
      'bad-file',
      `${name}: expected columns label and text, got ${header.slice(0, 8).join(', ')}`,
    )
  }
  const rows: { file: string; label: number; text: string }[] = []
  for (let k = 1; k < lines.length; k++) {
    const line = lines[k]!.replace(/\r$/, '')
    if (line === '') continue
    const cells = line.split('\t')
    const sentiment = sentiments[cells[label!] ?? '']
    if (sentiment === undefined || cells.length !== header.length) {
      throw new RepriseError(
        'bad-file',
        `${name}, line ${k + 1}: expected ${header.length} cells with label neg or pos, got ${cells.length} with "${cells[label!]?.slice(0, 20)}"`,
      )
    }
    const file = id! < 0 || rating! < 0 ? '' : `${cells[id!]}_${cells[rating!]}.txt`
    rows.push({ file, label: sentiment, text: cells[text!]! })
  }
  rows.sort((a, b) => compareCodePoints(a.file, b.file))
  return { texts: rows.map((row) => row.text), labels: rows.map((row) => row.label) }
}

/** Newswires that have exactly one of the topics; `labelNames[label]` is its name. */
export interface Newswires extends TextsAndLabels {
  readonly labelNames: readonly string[]
}

/**
 * Newswires from lines of JSON `{"topics": ["earn"], "text": "…"}`. Those with one topic, of the list, are kept; `all`
 * lists the topics that are there, by name. Throws `bad-file` with the line.
 */
export function parseNewswires(content: string, topics: readonly string[] | 'all', name: string): Newswires {
  const found: { topic: string; text: string }[] = []
  for (const [k, line] of content.split('\n').entries()) {
    if (line.trim() === '') continue
    let record: { topics?: unknown; text?: unknown }
    try {
      record = JSON.parse(line)
    } catch (cause) {
      throw new RepriseError('bad-file', `${name}, line ${k + 1}: this is no JSON`, { cause })
    }
    const { topics: own, text } = record ?? {}
    if (!Array.isArray(own) || typeof text !== 'string') {
      throw new RepriseError('bad-file', `${name}, line ${k + 1}: expected topics (a list) and text`)
    }
    if (own.length === 1) found.push({ topic: String(own[0]), text })
  }
  const labelNames = topics === 'all' ? [...new Set(found.map((one) => one.topic))].sort() : topics
  const labelOf = new Map(labelNames.map((topic, label) => [topic, label]))
  const kept = found.filter(({ topic }) => labelOf.has(topic))
  return {
    texts: kept.map((one) => one.text),
    labels: kept.map((one) => labelOf.get(one.topic)!),
    labelNames,
  }
}
