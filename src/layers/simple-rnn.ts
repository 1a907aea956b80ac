import type { Given } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { pick } from './pick.js'
import { RecurrentLayer, sequenceFields } from './recurrent-layer.js'
import { savedOptions } from './saved-options.js'
import { SimpleRnnCell, simpleRnnCellFields } from './simple-rnn-cell.js'

const fields = { ...simpleRnnCellFields, ...sequenceFields }

export type SimpleRnnOptions = Given<typeof fields> & CommonOptions

/** Simple recurrent layer, h′ = f(x·W + h·U + b): [N, T, I] → [N, T, units] or [N, units] (Elman 1990). */
export class SimpleRnn extends RecurrentLayer {
  static readonly fields = fields
  readonly kind = 'simpleRnn'
  private readonly all: Readonly<Record<string, unknown>>

  constructor(given: SimpleRnnOptions) {
    const all = resolveOwn('simpleRnn', fields, given)
    super(given, new SimpleRnnCell(pick(all, simpleRnnCellFields)), pick(all, sequenceFields))
    this.all = all
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.all)
  }
}
