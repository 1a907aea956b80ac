import { RepriseError } from '../errors.js'
import type { Cell } from './cell.js'

/** JSON form of a cell. */
export interface CellConfig {
  readonly cell: string
  readonly options: Readonly<Record<string, unknown>>
}

/** The saved form of a cell. Throws `not-saveable` when it has none. */
export function cellConfig(cell: Cell, owner = ''): CellConfig {
  if (cell.options) return { cell: cell.kind, options: cell.options() }
  throw new RepriseError(
    'not-saveable',
    `${owner}cell "${cell.kind}" cannot be saved; give it a method options() and register it with registerCell`,
  )
}
