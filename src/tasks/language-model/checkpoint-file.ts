import { RepriseError } from '../../errors.js'
import { readCheckpointFile, writeCheckpointFile } from '../../formats/model-file.js'
import type { JsonObject, StateTensor } from '../../training/index.js'
import { languageModelTask } from './model-file.js'
import type { LanguageModelSettings } from './settings.js'
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
  const { settings, fingerprint, run, progress } = metadata as {
    settings?: LanguageModelSettings
    fingerprint?: string
    run?: RunFiles
    progress?: JsonObject
  }
  if (!settings || typeof fingerprint !== 'string' || !run || !progress) {
    throw new RepriseError(
      'damaged-file',
      `${name}: the description of the checkpoint is damaged; start the training again`,
    )
  }
  const values = new Map<string, StateTensor>()
  for (const [key, { shape, values: data }] of tensors) {
    if (!(data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint32Array)) {
      throw new RepriseError('damaged-file', `${name}: tensor "${key}" has a type no checkpoint has`)
    }
    values.set(key, { shape, data })
  }
  return { checkpoint: { state: { tensors: values, metadata: progress }, settings, fingerprint }, run }
}
