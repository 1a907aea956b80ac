import { roundWeight } from '../quantization.js'
import type { Parameter } from './parameters.js'
import type { Session } from './session.js'

/** The values of one weight, which several models may hold: who has the newest ones. */
interface SharedValue {
  version: number
  /** The newest values, unless a session has them. */
  values: Float32Array | undefined
  holder: { readonly session: Session; readonly parameter: Parameter } | undefined
}

const known = new WeakMap<Parameter, SharedValue>()

function sharedOf({ origin }: Parameter): SharedValue {
  let value = known.get(origin)
  if (!value) {
    value = { version: 0, values: undefined, holder: undefined }
    known.set(origin, value)
  }
  return value
}

/** A copy of the newest values of a weight, wherever they are; drawn by its initializer when there are none yet. */
export function readShared(parameter: Parameter): Float32Array {
  const value = sharedOf(parameter)
  if (value.holder) return value.holder.session.readParameter(value.holder.parameter)
  value.values ??= rounded(parameter, parameter.origin.initializer(parameter.shape))
  return value.values.slice()
}

/** Gives a weight new values; every model that has it sees them at its next run. */
export function writeShared(parameter: Parameter, values: Float32Array): void {
  const value = sharedOf(parameter)
  value.version++
  value.values = rounded(parameter, values).slice()
  value.holder = undefined
}

/** What the values become once they are packed, so that reading gives the same before and after a run. */
function rounded({ name, shape, packing }: Parameter, values: Float32Array): Float32Array {
  return packing ? roundWeight(packing.format, name, shape, values) : values
}

/** Whether anything was ever written, trained or drawn. */
export function hasShared(parameter: Parameter): boolean {
  const value = sharedOf(parameter)
  return value.holder !== undefined || value.values !== undefined
}

/** The view one session has of the weights of a model: brings them up to date before a run, tells others after it. */
export class SessionWeights {
  private readonly seen = new Map<Parameter, number>()

  constructor(private readonly session: Session) {}

  /** Writes to the session what changed elsewhere since the last time. */
  bringUpToDate(): void {
    for (const parameter of this.session.parameters) {
      const value = sharedOf(parameter)
      if (this.seen.get(parameter) === value.version) continue
      if (value.holder?.session !== this.session) {
        this.session.writeParameter(parameter, readShared(parameter))
        // One copy is enough: the session has it now.
        value.holder ??= { session: this.session, parameter }
        if (value.holder.session === this.session) value.values = undefined
      }
      this.seen.set(parameter, value.version)
    }
  }

  /** After a run that changed weights: this session has the newest. */
  changed(parameters: Iterable<Parameter>): void {
    for (const parameter of parameters) {
      const value = sharedOf(parameter)
      // Given a value of its own while the step ran: that is the newer one.
      if (value.values && !value.holder && this.seen.get(parameter) !== value.version) continue
      value.version++
      value.values = undefined
      value.holder = { session: this.session, parameter }
      this.seen.set(parameter, value.version)
    }
  }

  /** Before the session goes: keeps what only it has. */
  release(): void {
    for (const parameter of this.session.parameters) {
      const value = sharedOf(parameter)
      if (value.holder?.session !== this.session) continue
      value.values = this.session.readParameter(parameter)
      value.holder = undefined
    }
  }
}
