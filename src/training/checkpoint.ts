import type { Elements } from '../engine/engine.js'
import { RepriseError } from '../errors.js'
import type { Session } from '../graph/session.js'
import { formatShape, type Shape, sameShape } from '../graph/tensor.js'
import type { JsonObject } from './json.js'
import type { RunState } from './run-state.js'

export interface StateTensor {
  readonly shape: Shape
  readonly data: Elements
}

/**
 * Everything that influences the rest of a training: training that goes on from it ends with the same bytes as one that
 * was never interrupted. Weights are under their own names, the rest under names that begin with `training:`.
 */
export interface TrainerState {
  readonly tensors: ReadonlyMap<string, StateTensor>
  /** Plain JSON without times, dates or machine names. */
  readonly metadata: JsonObject
}

const statePrefix = 'training:state/'
const bestPrefix = 'training:best/'
const format = 1

/** Whether a tensor of a checkpoint belongs to training only, not to the model. */
export function isTrainingTensor(name: string): boolean {
  return name.startsWith('training:')
}

/** A copy of the parameters and states of a session, and of where training stands. */
export function captureState(session: Session, run: RunState): TrainerState {
  const tensors = new Map<string, StateTensor>()
  const flat = session.readParameters()
  for (const [name, tensor] of slices(session, flat)) tensors.set(name, tensor)
  const states = session.stateNames().sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, count, dtype } of states) {
    const type = { float32: Float32Array, int32: Int32Array, uint32: Uint32Array }[dtype]
    tensors.set(statePrefix + name, {
      shape: [count],
      data: session.readState<Elements>(name, new type(count)),
    })
  }
  const { bestParameters, ...progress } = run
  if (bestParameters) {
    for (const [name, tensor] of slices(session, bestParameters)) tensors.set(bestPrefix + name, tensor)
  }
  return { tensors, metadata: { format, progress: toJson(progress) } }
}

/**
 * Puts a session where `captureState` found it (states the checkpoint does not know become zero) and returns where
 * training stood. Throws `checkpoint` when it belongs to another model or version; then nothing has changed.
 */
export function restoreState(session: Session, state: TrainerState): RunState {
  const { metadata, tensors } = state
  if (metadata.format !== format || typeof metadata.progress !== 'object') {
    throw failure(`has format ${JSON.stringify(metadata.format ?? null)}, this version reads ${format}`)
  }
  const run = fromJson(metadata.progress) as RunState
  const parameters = gather(session, tensors, '')
  if (!parameters) throw failure(`lacks the weight "${[...session.parameters][0]?.name}"`)
  const foreign = [...tensors.keys()].find((name) => !isTrainingTensor(name) && !session.parameters.get(name))
  if (foreign !== undefined) throw failure(`has a weight "${foreign}" that the model lacks`)
  const bestParameters = gather(session, tensors, bestPrefix)
  const known = [...tensors].filter(([name]) => name.startsWith(statePrefix))
  for (const { name, count } of session.stateNames()) {
    const length = tensors.get(statePrefix + name)?.data.length ?? count
    if (length !== count) throw failure(`has ${length} values for the state "${name}", the model ${count}`)
  }
  session.writeParameters(parameters)
  for (const { name, count, dtype } of session.stateNames()) {
    if (!tensors.has(statePrefix + name)) session.writeState(name, zeros(count, dtype))
  }
  for (const [name, { data }] of known) session.writeState(name.slice(statePrefix.length), data)
  return bestParameters ? { ...run, bestParameters } : run
}

/** Sets states to zero; unknown ones are zero already. */
export function clearStates(session: Session, isMeant: (name: string) => boolean): void {
  for (const { name, count, dtype } of session.stateNames()) {
    if (isMeant(name)) session.writeState(name, zeros(count, dtype))
  }
}

function zeros(count: number, dtype: 'float32' | 'int32' | 'uint32'): Elements {
  return dtype === 'float32'
    ? new Float32Array(count)
    : dtype === 'int32'
      ? new Int32Array(count)
      : new Uint32Array(count)
}

/** The parameters in a flat vector, alignment gaps dropped. */
function* slices(session: Session, flat: Float32Array): Iterable<[string, StateTensor]> {
  for (const { name, shape, offset, size } of session.parameters) {
    yield [name, { shape, data: flat.slice(offset, offset + size) }]
  }
}

/** The flat vector from tensors named prefix + parameter; undefined when the first is absent. */
function gather(
  session: Session,
  tensors: TrainerState['tensors'],
  prefix: string,
): Float32Array<ArrayBuffer> | undefined {
  const flat = new Float32Array(session.parameters.length)
  let found = 0
  for (const { name, shape, offset, size } of session.parameters) {
    const tensor = tensors.get(prefix + name)
    if (!tensor) {
      if (found === 0) return undefined
      throw failure(`lacks the weight "${name}"`)
    }
    found++
    if (
      !sameShape(tensor.shape, shape) ||
      !(tensor.data instanceof Float32Array) ||
      tensor.data.length !== size
    ) {
      throw failure(`has "${name}" as ${formatShape(tensor.shape)}, the model as ${formatShape(shape)}`)
    }
    flat.set(tensor.data, offset)
  }
  return flat
}

/** A deep copy; numbers JSON cannot hold become { $number: "NaN" }. */
function toJson(value: object): JsonObject {
  return JSON.parse(
    JSON.stringify(value, (_key, entry) =>
      typeof entry === 'number' && !Number.isFinite(entry) ? { $number: String(entry) } : entry,
    ),
  )
}

function fromJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, entry) =>
    typeof entry?.$number === 'string' ? Number(entry.$number) : entry,
  )
}

function failure(what: string): RepriseError {
  return new RepriseError(
    'checkpoint',
    `the checkpoint ${what}. Resume with the options and the data it was made with, or start anew.`,
  )
}
