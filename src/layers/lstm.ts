import type { Given } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { LstmCell, lstmCellFields } from './lstm-cell.js'
import { pick } from './pick.js'
import { RecurrentLayer, sequenceFields, useCudnnField } from './recurrent-layer.js'
import { savedOptions } from './saved-options.js'

const fields = { ...lstmCellFields, ...sequenceFields, useCudnn: useCudnnField }

export type LstmOptions = Given<typeof fields> & CommonOptions

/**
 * Long short-term memory: [N, T, I] → [N, T, units] or [N, units] (Hochreiter & Schmidhuber 1997, with forget gate). Weights
 * kernel [I, 4·units], recurrentKernel [units, 4·units], bias [4·units]; gates i, f, c, o. State { h, c }.
 */
export class Lstm extends RecurrentLayer {
  static readonly fields = fields
  readonly kind = 'lstm'
  private readonly all: Readonly<Record<string, unknown>>

  constructor(given: LstmOptions) {
    const all = resolveOwn('lstm', fields, given)
    super(given, new LstmCell(pick(all, lstmCellFields)), pick(all, sequenceFields))
    this.all = all
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.all)
  }
}
