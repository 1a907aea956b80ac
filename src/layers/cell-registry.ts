import { Registry } from '../registry.js'
import type { Cell } from './cell.js'
import { type CellConfig, cellConfig } from './cell-config.js'
import { GruCell, type GruCellOptions } from './gru-cell.js'
import { LstmCell, type LstmCellOptions } from './lstm-cell.js'
import { SimpleRnnCell, type SimpleRnnCellOptions } from './simple-rnn-cell.js'
import { StackedRnnCells } from './stacked-rnn-cells.js'

type CellFactory = (options: Readonly<Record<string, unknown>>) => Cell

const cells = new Registry<CellFactory>(
  'cell',
  {
    simpleRnn: (options) => new SimpleRnnCell(options as SimpleRnnCellOptions),
    lstm: (options) => new LstmCell(options as LstmCellOptions),
    gru: (options) => new GruCell(options as GruCellOptions),
    stacked: ({ cells }) => cellOf(cells as CellLike),
  },
  'One of your own is made known with registerCell.',
)

/** A cell, its saved form, or a list of either: a stack. */
export type CellLike = Cell | CellConfig | readonly (Cell | CellConfig)[]

/** Makes a cell of your own known by its `kind`, so that layers that use it can be loaded. Throws `duplicate-name`. */
export function registerCell(kind: string, create: CellFactory): void {
  cells.add(kind, create)
}

/** The cell an option stands for. Throws `unknown-name` and `option`. */
export function cellOf(like: CellLike): Cell {
  if (Array.isArray(like)) {
    return new StackedRnnCells({ cells: (like as readonly (Cell | CellConfig)[]).map(cellOf) })
  }
  const one = like as Cell | CellConfig
  return 'step' in one ? one : cells.get(one.cell)(one.options)
}

/** A cell of the same options, without weights. Throws `not-saveable` when it has neither `copy` nor `options`. */
export function copyCell(cell: Cell, owner = ''): Cell {
  if (cell instanceof StackedRnnCells) {
    return new StackedRnnCells({ cells: cell.cells.map((inner) => copyCell(inner, owner)) })
  }
  return cell.copy?.() ?? cellOf(cellConfig(cell, owner))
}
