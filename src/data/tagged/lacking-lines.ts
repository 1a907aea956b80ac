import type { RepriseError } from '../../errors.js'
import type { SentenceBuilder } from './sentence-builder.js'

/** Lines of one file that lack a column they should have. A few cost their sentences, many the file. */
export class LackingLines {
  private readonly kept: number
  private readonly leftOut: number
  private readonly found = new Map<string, { count: number; place: string }>()
  private first: ((more: string) => RepriseError) | undefined
  private count = 0
  private lines = 0
  private usual = 0

  /** `builder` may have sentences of other files already. */
  constructor(private readonly builder: SentenceBuilder) {
    this.kept = builder.sentences.length
    this.leftOut = builder.leftOut.length
  }

  /** Counts a line with a token, and whether it has as many columns as the lines of the file should have. */
  see(isUsual: boolean): void {
    this.lines++
    if (isUsual) this.usual++
  }

  /**
   * Leaves out the sentence of a line. `what` it lacks is a phrase such as "a tag in the last column"; `error` makes what is thrown for the
   * first such line where they are many, with `more` said of all of them.
   */
  add(what: string, file: string, line: number, error: (more: string) => RepriseError): void {
    this.first ??= error
    this.count++
    const known = this.found.get(what)
    if (known) known.count++
    else this.found.set(what, { count: 1, place: `${file}:${line}` })
    this.builder.leaveOut(file, line)
  }

  /**
   * Notes the lines and their sentences at the end of the file. Throws the error of the first one where half of the sentences are left out, or
   * half of the lines are unusual: then another column was meant, or these are no columns.
   */
  settle(): void {
    if (!this.first) return
    const { notes, sentences } = this.builder
    const leftOut = this.builder.leftOut.slice(this.leftOut)
    const all = sentences.length - this.kept + leftOut.length
    if (2 * leftOut.length >= all || 2 * this.usual <= this.lines) {
      const such = this.count === 1 ? 'is 1 such line' : `are ${this.count} such lines`
      throw this.first(
        `There ${such}, in ${leftOut.length} of ${all} ${all === 1 ? 'sentence' : 'sentences'}: too many to leave them out.`,
      )
    }
    for (const [what, { count, place }] of this.found) notes.add(`lines without ${what}`, place, count)
    notes.add('sentences with such lines, left out', leftOut[0], leftOut.length)
  }
}
