/**
 * Loss and metrics by name, in the order loss first. Also iterable, for Keras's way of writing:
 *
 * @example
 * const { loss, accuracy } = await model.evaluate(x, y)
 * const [testLoss, testAccuracy] = await model.evaluate(x, y)
 */
export type Scores = Readonly<Record<string, number>> & Iterable<number>

export function makeScores(entries: Iterable<readonly [string, number]>): Scores {
  const scores = Object.fromEntries(entries)
  Object.defineProperty(scores, Symbol.iterator, {
    enumerable: false,
    value: () => Object.values(scores)[Symbol.iterator](),
  })
  return scores as Scores
}

/** Finds a score by its name, `val_loss` and `valLoss` alike. */
export function findScore(scores: Readonly<Record<string, number>>, name: string): number | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll('_', '')
  const key = Object.keys(scores).find((known) => plain(known) === plain(name))
  return key === undefined ? undefined : scores[key]
}
