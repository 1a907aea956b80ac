import { noteWords } from '../../formats/note-words.js'
import { Notes } from '../../formats/notes.js'
import type { LabelledFormat, LabelledText, LabelledTexts } from '../labelled-texts.js'

const emptyText = 'empty texts'
const noLabels = 'texts with an empty list of labels, kept'
const unlabelled = 'rows without a label, left out'

/** Examples as they are found, and the counts about them. */
export class Collector {
  readonly notes = new Notes()
  readonly encodings = new Set<string>()
  format: LabelledFormat | undefined
  delimiter: string | undefined
  columnNames: readonly string[] | undefined
  textColumn: string | undefined
  labelColumn: string | undefined
  private readonly examples: LabelledText[] = []
  private readonly labelCounts = new Map<string, number>()
  private multiLabel = false

  constructor(
    private readonly source: string,
    private readonly requireLabels: boolean,
  ) {}

  get size(): number {
    return this.examples.length
  }

  hasLabel(label: string): boolean {
    return this.labelCounts.has(label)
  }

  /** `labels` is undefined where there is none; an empty list says that there are none. */
  add(text: string, labels: readonly string[] | undefined, place: string): void {
    if (labels === undefined && this.requireLabels) {
      this.notes.add(unlabelled, place)
      return
    }
    if (text.trim() === '') this.notes.add(emptyText, place)
    if (labels !== undefined && labels.length !== 1) this.multiLabel = true
    if (labels?.length === 0) this.notes.add(noLabels, place)
    for (const label of labels ?? []) this.labelCounts.set(label, (this.labelCounts.get(label) ?? 0) + 1)
    this.examples.push({ text, labels: labels ?? [], place })
  }

  /** Says what was left out when nothing is left. */
  emptiness(): string {
    const found = this.notes.list().map(noteWords)
    return `${this.source}: there is no ${this.requireLabels ? 'labelled ' : ''}text in it${
      found.length > 0 ? ` (${found.join('; ')})` : ''
    }.`
  }

  result(): LabelledTexts {
    const { delimiter, textColumn, labelColumn } = this
    return {
      examples: this.examples,
      understood: {
        format: this.format!,
        encoding: [...this.encodings].join(' and '),
        ...(delimiter === undefined ? {} : { delimiter }),
        ...(textColumn === undefined ? {} : { textColumn }),
        ...(labelColumn === undefined ? {} : { labelColumn }),
        examples: this.examples.length,
        multiLabel: this.multiLabel,
        labels: [...this.labelCounts]
          .map(([label, count]) => ({ label, count }))
          .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1)),
        notes: this.notes.list(),
      },
    }
  }
}
