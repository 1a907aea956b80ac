import { compareCodePoints } from './code-point-order.js'

/** What `TextVectorization.adapt` counts. */
export class TokenStatistics {
  documents = 0
  private readonly counts = new Map<string, number>()
  private readonly documentCounts = new Map<string, number>()

  add(tokens: readonly string[]): void {
    this.documents++
    for (const token of tokens) this.counts.set(token, (this.counts.get(token) ?? 0) + 1)
    for (const token of new Set(tokens)) {
      this.documentCounts.set(token, (this.documentCounts.get(token) ?? 0) + 1)
    }
  }

  /** Tokens by frequency; of equal frequency the one that sorts last comes first, as in Keras. */
  ranked(leftOut: readonly string[]): string[] {
    return [...this.counts]
      .filter(([token]) => !leftOut.includes(token))
      .sort(([a, m], [b, n]) => n - m || compareCodePoints(b, a))
      .map(([token]) => token)
  }

  /** ln(1 + documents / (1 + documents with the token)). */
  inverseDocumentFrequency(token: string): number {
    return Math.log(1 + this.documents / (1 + (this.documentCounts.get(token) ?? 0)))
  }
}
