import { RepriseError } from '../errors.js'
import type { Field, Given } from '../options.js'
import { Registry } from '../registry.js'
import type { Cell } from './cell.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { GruCell, type GruCellOptions } from './gru-cell.js'
import { LstmCell, type LstmCellOptions } from './lstm-cell.js'
import { RecurrentLayer, sequenceFields } from './recurrent-layer.js'
import { savedOptions } from './saved-options.js'
import { SimpleRnnCell, type SimpleRnnCellOptions } from './simple-rnn-cell.js'

type CellFactory = (options: Readonly<Record<string, unknown>>) => Cell

const cells = new Registry<CellFactory>('cell', {
  simpleRnn: (options) => new SimpleRnnCell(options as SimpleRnnCellOptions),
  lstm: (options) => new LstmCell(options as LstmCellOptions),
  gru: (options) => new GruCell(options as GruCellOptions),
})

/** Makes a cell of your own known by its `kind`, so that layers that use it can be loaded. Throws `duplicate-name`. */
export function registerCell(kind: string, create: CellFactory): void {
  cells.add(kind, create)
}

/** JSON form of a cell. */
export interface CellConfig {
  readonly cell: string
  readonly options: Readonly<Record<string, unknown>>
}

const fields = {
  ...sequenceFields,
  cell: {
    doc: 'the step, or its saved form',
    hint: 'cell',
    check: (value: unknown) =>
      typeof value === 'object' && value !== null && ('step' in value || 'cell' in value)
        ? { value: value as Cell | CellConfig }
        : { expected: 'a cell (an object with a method step) or { cell: kind, options }' },
    parse: (text: string) => text,
  } satisfies Field<Cell | CellConfig>,
}

export type RnnOptions = Given<typeof fields> & CommonOptions

/**
 * The recurrent loop over any cell: [N, T, I] → [N, T, outputSize] or [N, outputSize]. Cells that are a fused command run as
 * one; others are laid out step by step in the graph, which is slower and takes memory for every operation of every step.
 */
export class Rnn extends RecurrentLayer {
  static readonly fields = fields
  readonly kind = 'rnn'

  constructor(given: RnnOptions) {
    const { cell, ...rest } = resolveOwn('rnn', fields, given)
    super(given, 'step' in cell ? cell : cells.get(cell.cell)(cell.options), rest)
  }

  options(): Readonly<Record<string, unknown>> {
    const { cell } = this
    if (!cell.options) {
      throw new RepriseError(
        'not-saveable',
        `layer "${this.name}": cell "${cell.kind}" cannot be saved; give it a method options() and register it with registerCell`,
      )
    }
    const saved: CellConfig = { cell: cell.kind, options: cell.options() }
    return savedOptions(`layer "${this.name}"`, { ...this.sequence, cell: saved })
  }
}
