import {
  type RunFiles,
  readTaskCheckpoint,
  type TaskCheckpoint,
  taskCheckpointPieces,
} from '../checkpoint-file.js'
import { classifierTask, readSettings } from './model-file.js'
import type { ClassifierSettings } from './settings.js'

/** A training state and what it belongs to. */
export type ClassifierCheckpoint = TaskCheckpoint<ClassifierSettings>

/** A checkpoint as the pieces of a file. */
export function classifierCheckpointPieces(checkpoint: ClassifierCheckpoint, run: RunFiles): Uint8Array[] {
  return taskCheckpointPieces(classifierTask, checkpoint, run)
}

/** Reads a checkpoint of a classifier; throws `not-a-checkpoint`, `wrong-task`, `damaged-file`. */
export function readClassifierCheckpoint(
  bytes: Uint8Array,
  name: string,
): { checkpoint: ClassifierCheckpoint; run: RunFiles } {
  return readTaskCheckpoint(bytes, name, classifierTask, 'classifier', readSettings)
}
