import type { Given } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { GruCell, gruCellFields } from './gru-cell.js'
import { pick } from './pick.js'
import { RecurrentLayer, sequenceFields, useCudnnField } from './recurrent-layer.js'
import { savedOptions } from './saved-options.js'

const fields = { ...gruCellFields, ...sequenceFields, useCudnn: useCudnnField }

export type GruOptions = Given<typeof fields> & CommonOptions

/**
 * Gated recurrent unit: [N, T, I] → [N, T, units] or [N, units] (Cho et al. 2014). Weights kernel [I, 3·units], recurrentKernel
 * [units, 3·units], bias [2, 3·units] with `resetAfter`, else [3·units]; gates z, r, h. State { h }.
 */
export class Gru extends RecurrentLayer {
  static readonly fields = fields
  readonly kind = 'gru'
  private readonly all: Readonly<Record<string, unknown>>

  constructor(given: GruOptions) {
    const all = resolveOwn('gru', fields, given)
    super(given, new GruCell(pick(all, gruCellFields)), pick(all, sequenceFields))
    this.all = all
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.all)
  }
}
