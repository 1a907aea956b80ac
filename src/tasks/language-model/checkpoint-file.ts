import { RepriseError } from '../../errors.js'
import { readCheckpointFile, writeCheckpointFile } from '../../formats/model-file.js'
import type { JsonObject, StateTensor } from '../../training/index.js'
import { languageModelTask, readSettings } from './model-file.js'
import type { LanguageCheckpoint } from './train.js'

/** Where a run read and where it will write, so that it can be resumed without saying so again. */
export interface RunFiles {
  readonly data: string[]
  readonly valid?: string[]
  readonly out: string
}

/** A checkpoint as the pieces of a file. */
export function languageCheckpointPieces(checkpoint: LanguageCheckpoint, run: RunFiles): Uint8Array[] {
  const { state, settings, fingerprint } = checkpoint
  const tensors = new Map(
    [...state.tensors].map(([name, { shape, data }]) => [name, { shape, values: data }]),
  )
  return writeCheckpointFile(
    languageModelTask,
    { settings, fingerprint, run, progress: state.metadata },
    tensors,
  )
}

/** Reads a checkpoint of a language model; throws `not-a-checkpoint`, `wrong-task`, `damaged-file`. */
export function readLanguageCheckpoint(
  bytes: Uint8Array,
  name: string,
): { checkpoint: LanguageCheckpoint; run: RunFiles } {
  const { task, metadata, tensors } = readCheckpointFile(bytes, name)
  if (task !== languageModelTask) {
    throw new RepriseError('wrong-task', `${name} is a checkpoint of "${task}", not of a language model`)
  }
  const { fingerprint, run, progress } = metadata
  if (typeof fingerprint !== 'string' || !isRunFiles(run) || typeof progress !== 'object' || !progress) {
    throw damaged(name, 'its description is not one')
  }
  const values = new Map<string, StateTensor>()
  for (const [key, { shape, values: data }] of tensors) {
    if (!(data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint32Array)) {
      throw damaged(name, `tensor "${key}" has a type no checkpoint has`)
    }
    values.set(key, { shape, data })
  }
  const state = { tensors: values, metadata: progress as JsonObject }
  return { checkpoint: { state, settings: readSettings(metadata.settings, name), fingerprint }, run }
}

function isRunFiles(value: unknown): value is RunFiles {
  const { data, valid, out } = (value ?? {}) as Record<string, unknown>
  const isPaths = (list: unknown) => Array.isArray(list) && list.every((path) => typeof path === 'string')
  return isPaths(data) && (valid === undefined || isPaths(valid)) && typeof out === 'string'
}

function damaged(name: string, reason: string): RepriseError {
  return new RepriseError('damaged-file', `${name} is damaged: ${reason}. Start the training again.`)
}
