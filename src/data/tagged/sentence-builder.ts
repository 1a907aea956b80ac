import { Notes } from '../../formats/notes.js'
import type { TaggedSentence } from '../tagged-sentences.js'

/** Collects tokens into sentences, and counts. */
export class SentenceBuilder {
  readonly notes = new Notes()
  readonly sentences: TaggedSentence[] = []
  readonly tagCounts = new Map<string, number>()
  tokenCount = 0
  longest = 0
  private tokens: string[] = []
  private tags: string[] = []
  private features: string[][] = []
  private place = ''

  get inSentence(): boolean {
    return this.tokens.length > 0
  }

  /** `tag` is undefined where the file has none and needs none; `features` are values of further columns. */
  add(
    token: string,
    tag: string | undefined,
    file: string,
    line: number,
    features: readonly string[] = [],
  ): void {
    if (this.tokens.length === 0) this.place = `${file}:${line}`
    this.tokens.push(token)
    this.tokenCount++
    for (const [column, value] of features.entries()) {
      const list = this.features[column]
      if (list) list.push(value)
      else this.features[column] = [value]
    }
    if (tag === undefined) return
    this.tags.push(tag)
    this.tagCounts.set(tag, (this.tagCounts.get(tag) ?? 0) + 1)
  }

  endSentence(): void {
    const { tokens, place, features } = this
    if (tokens.length === 0) return
    const tags = this.tags.length === tokens.length ? this.tags : []
    this.sentences.push({ tokens, tags, ...(features.length > 0 && { features }), place })
    this.longest = Math.max(this.longest, tokens.length)
    this.tokens = []
    this.tags = []
    this.features = []
  }
}
