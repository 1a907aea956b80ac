import { type RunFiles, readTaskCheckpoint, taskCheckpointPieces } from '../checkpoint-file.js'
import { languageModelTask, readSettings } from './model-file.js'
import type { LanguageCheckpoint } from './train.js'

/** A checkpoint as the pieces of a file. */
export function languageCheckpointPieces(checkpoint: LanguageCheckpoint, run: RunFiles): Uint8Array[] {
  return taskCheckpointPieces(languageModelTask, checkpoint, run)
}

/** Reads a checkpoint of a language model; throws `not-a-checkpoint`, `wrong-task`, `damaged-file`. */
export function readLanguageCheckpoint(
  bytes: Uint8Array,
  name: string,
): { checkpoint: LanguageCheckpoint; run: RunFiles } {
  return readTaskCheckpoint(bytes, name, languageModelTask, 'language model', readSettings)
}
