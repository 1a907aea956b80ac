import { type RunFiles, readTaskCheckpoint, taskCheckpointPieces } from '../checkpoint-file.js'
import { readTaggerSettings, taggerTask } from './model-file.js'
import type { TaggerCheckpoint } from './train.js'

/** A checkpoint as the pieces of a file. */
export function taggerCheckpointPieces(checkpoint: TaggerCheckpoint, run: RunFiles): Uint8Array[] {
  return taskCheckpointPieces(taggerTask, checkpoint, run)
}

/** Reads a checkpoint of a tagger; throws `not-a-checkpoint`, `wrong-task`, `damaged-file`. */
export function readTaggerCheckpoint(
  bytes: Uint8Array,
  name: string,
): { checkpoint: TaggerCheckpoint; run: RunFiles } {
  return readTaskCheckpoint(bytes, name, taggerTask, 'tagger', readTaggerSettings)
}
