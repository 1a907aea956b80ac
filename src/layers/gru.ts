import { type Given, resolve } from '../options.js'
import { GruCell, gruCellFields } from './gru-cell.js'
import { pick } from './pick.js'
import { RecurrentLayer, sequenceFields } from './recurrent-layer.js'
import { savedOptions } from './saved-options.js'

const fields = { ...gruCellFields, ...sequenceFields }

export type GruOptions = Given<typeof fields> & { readonly name?: string | undefined }

/**
 * Gated recurrent unit: [N, T, I] → [N, T, units] or [N, units] (Cho et al. 2014). Weights kernel [I, 3·units], recurrentKernel
 * [units, 3·units], bias [2, 3·units] with `resetAfter`, else [3·units]; gates z, r, h. State { h }.
 */
export class Gru extends RecurrentLayer {
  static readonly fields = fields
  readonly kind = 'gru'
  private readonly all: Readonly<Record<string, unknown>>

  constructor({ name, ...given }: GruOptions) {
    const all = resolve('gru', fields, given)
    super(name, new GruCell(pick(all, gruCellFields)), pick(all, sequenceFields))
    this.all = all
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.all)
  }
}
