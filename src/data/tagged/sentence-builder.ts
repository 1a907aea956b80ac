import { Notes } from '../../formats/notes.js'
import type { TaggedSentence } from '../tagged-sentences.js'

/** Collects tokens into sentences, and counts. */
export class SentenceBuilder {
  readonly notes = new Notes()
  readonly sentences: TaggedSentence[] = []
  readonly tagCounts = new Map<string, number>()
  tokenCount = 0
  longest = 0
  /** Places of the sentences that were left out. */
  readonly leftOut: string[] = []
  private tokens: string[] = []
  private tags: string[] = []
  private features: string[][] = []
  private place = ''
  private isLeftOut = false

  get inSentence(): boolean {
    return this.tokens.length > 0 || this.isLeftOut
  }

  /** A line of a sentence that is then left out, with all its tokens. */
  leaveOut(file: string, line: number): void {
    if (!this.inSentence) this.place = `${file}:${line}`
    this.isLeftOut = true
  }

  /** `tag` is undefined where the file has none and needs none; `features` are values of further columns. */
  add(
    token: string,
    tag: string | undefined,
    file: string,
    line: number,
    features: readonly string[] = [],
  ): void {
    if (!this.inSentence) this.place = `${file}:${line}`
    this.tokens.push(token)
    for (const [column, value] of features.entries()) {
      const list = this.features[column]
      if (list) list.push(value)
      else this.features[column] = [value]
    }
    if (tag !== undefined) this.tags.push(tag)
  }

  endSentence(): void {
    if (this.isLeftOut) this.leftOut.push(this.place)
    else if (this.tokens.length > 0) this.keep()
    this.isLeftOut = false
    this.tokens = []
    this.tags = []
    this.features = []
  }

  private keep(): void {
    const { tokens, place, features } = this
    for (const tag of this.tags) this.tagCounts.set(tag, (this.tagCounts.get(tag) ?? 0) + 1)
    const tags = this.tags.length === tokens.length ? this.tags : []
    this.sentences.push({ tokens, tags, ...(features.length > 0 && { features }), place })
    this.tokenCount += tokens.length
    this.longest = Math.max(this.longest, tokens.length)
  }
}
