import { RepriseError } from '../errors.js'
import { readCheckpointFile, writeCheckpointFile } from '../formats/model-file.js'
import type { JsonObject, StateTensor, TrainerState } from '../training/index.js'

/** A training state and what it belongs to. */
export interface TaskCheckpoint<Settings> {
  readonly state: TrainerState
  readonly settings: Settings
  /** Of data and vocabulary. */
  readonly fingerprint: string
}

/** Where a run read and where it will write, so that it can be resumed without saying so again. */
export interface RunFiles {
  readonly data: string[]
  readonly valid?: string[]
  readonly out: string
  /** Language models it began with. */
  readonly from?: string[]
  /** How the data was read: columns, format. */
  readonly reading?: Readonly<Record<string, string | number>>
}

/** A checkpoint as the pieces of a file. */
export function taskCheckpointPieces(
  task: string,
  { state, settings, fingerprint }: TaskCheckpoint<object>,
  run: RunFiles,
): Uint8Array[] {
  const tensors = new Map(
    [...state.tensors].map(([name, { shape, data }]) => [name, { shape, values: data }]),
  )
  return writeCheckpointFile(task, { settings, fingerprint, run, progress: state.metadata }, tensors)
}

/**
 * Reads a checkpoint of a task; `noun` names its models. Throws `not-a-checkpoint`, `wrong-task`, `damaged-file` and what
 * `readSettings` throws.
 */
export function readTaskCheckpoint<Settings>(
  bytes: Uint8Array,
  name: string,
  task: string,
  noun: string,
  readSettings: (saved: unknown, name: string) => Settings,
): { checkpoint: TaskCheckpoint<Settings>; run: RunFiles } {
  const file = readCheckpointFile(bytes, name)
  if (file.task !== task) {
    throw new RepriseError('wrong-task', `${name} is a checkpoint of "${file.task}", not of a ${noun}`)
  }
  const { fingerprint, run, progress } = file.metadata
  if (typeof fingerprint !== 'string' || !isRunFiles(run) || typeof progress !== 'object' || !progress) {
    throw damaged(name, 'its description is not one')
  }
  const values = new Map<string, StateTensor>()
  for (const [key, { shape, values: data }] of file.tensors) {
    if (!(data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint32Array)) {
      throw damaged(name, `tensor "${key}" has a type no checkpoint has`)
    }
    values.set(key, { shape, data })
  }
  const state = { tensors: values, metadata: progress as JsonObject }
  const settings = readSettings(file.metadata.settings, name)
  return { checkpoint: { state, settings, fingerprint }, run }
}

/** Settings that only say how long and how fast to go on. */
const changeable: ReadonlySet<string> = new Set(['epochs', 'patience', 'lr', 'clip'])

/** Throws `checkpoint` when training would go on with other settings or data than it began with. */
export function checkResumable<Settings extends object>(
  resume: TaskCheckpoint<Settings>,
  settings: Settings,
  fingerprint: string,
): void {
  for (const [name, value] of Object.entries(settings)) {
    const before = (resume.settings as Readonly<Record<string, unknown>>)[name]
    if (changeable.has(name) || JSON.stringify(before) === JSON.stringify(value)) continue
    throw new RepriseError(
      'checkpoint',
      `the checkpoint was made with \`${name}\` ${JSON.stringify(before) ?? 'not set'}, now it is ${JSON.stringify(value) ?? 'not set'}. Leave the option out, or start anew.`,
    )
  }
  if (resume.fingerprint !== fingerprint) {
    throw new RepriseError(
      'checkpoint',
      'the checkpoint was made with another text, another validation part or other language models. Resume with the same `data` (and `from`), or start anew.',
    )
  }
}

function isRunFiles(value: unknown): value is RunFiles {
  const { data, valid, out, reading, from } = (value ?? {}) as Record<string, unknown>
  const isPaths = (list: unknown) => Array.isArray(list) && list.every((path) => typeof path === 'string')
  const isReading = typeof reading === 'object' && reading !== null && !Array.isArray(reading)
  return (
    isPaths(data) &&
    (valid === undefined || isPaths(valid)) &&
    (from === undefined || isPaths(from)) &&
    typeof out === 'string' &&
    (reading === undefined || isReading)
  )
}

function damaged(name: string, reason: string): RepriseError {
  return new RepriseError('damaged-file', `${name} is damaged: ${reason}. Start the training again.`)
}
