import { type Given, resolve } from '../options.js'
import { pick } from './pick.js'
import { RecurrentLayer, sequenceFields } from './recurrent-layer.js'
import { savedOptions } from './saved-options.js'
import { SimpleRnnCell, simpleRnnCellFields } from './simple-rnn-cell.js'

const fields = { ...simpleRnnCellFields, ...sequenceFields }

export type SimpleRnnOptions = Given<typeof fields> & { readonly name?: string | undefined }

/** Simple recurrent layer, h′ = f(x·W + h·U + b): [N, T, I] → [N, T, units] or [N, units] (Elman 1990). */
export class SimpleRnn extends RecurrentLayer {
  static readonly fields = fields
  readonly kind = 'simpleRnn'
  private readonly all: Readonly<Record<string, unknown>>

  constructor({ name, ...given }: SimpleRnnOptions) {
    const all = resolve('simpleRnn', fields, given)
    super(name, new SimpleRnnCell(pick(all, simpleRnnCellFields)), pick(all, sequenceFields))
    this.all = all
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.all)
  }
}
