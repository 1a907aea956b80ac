import type { Field, Given } from '../options.js'
import { cellConfig } from './cell-config.js'
import { type CellLike, cellOf, copyCell } from './cell-registry.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { RecurrentLayer, sequenceFields } from './recurrent-layer.js'
import { savedOptions } from './saved-options.js'

const isCell = (value: unknown) =>
  typeof value === 'object' && value !== null && ('step' in value || 'cell' in value)

const fields = {
  ...sequenceFields,
  cell: {
    doc: 'the step, a list of steps on top of each other, or a saved form',
    hint: 'cell',
    check: (value: unknown) =>
      isCell(value) || (Array.isArray(value) && value.length > 0 && value.every(isCell))
        ? { value: value as CellLike }
        : { expected: 'a cell (an object with a method step), { cell: kind, options } or a list of them' },
    parse: (text: string) => text,
  } satisfies Field<CellLike>,
}

export type RnnOptions = Given<typeof fields> & CommonOptions

/**
 * The recurrent loop over any cell: [N, T, I] → [N, T, outputSize] or [N, outputSize]. Cells that are a fused command run as
 * one; others are laid out step by step in the graph, which is slower and takes memory for every operation of every step.
 * A list of cells is stacked: `rnn([lstmCell(64), lstmCell(32)])`.
 */
export class Rnn extends RecurrentLayer {
  static readonly fields = fields
  readonly kind = 'rnn'

  constructor(given: RnnOptions) {
    const { cell, ...rest } = resolveOwn('rnn', fields, given)
    super(given, cellOf(cell), rest)
  }

  override copy(changes: Parameters<RecurrentLayer['copy']>[0]): RecurrentLayer {
    return super.copy({ ...changes, ...{ cell: copyCell(this.cell, `layer "${this.name}": `) } })
  }

  options(): Readonly<Record<string, unknown>> {
    const cell = cellConfig(this.cell, `layer "${this.name}": `)
    return savedOptions(`layer "${this.name}"`, { ...this.sequence, cell })
  }
}
