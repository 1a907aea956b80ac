import { readModelFile, writeModelFile } from '../../formats/model-file.js'
import { TextBaseline } from './baseline/index.js'
import type { ClassifierExample } from './examples.js'
import { classifierTask, type StoredBaseline } from './model-file.js'

/** A baseline of words and weights trained beside the network, on the same split. */
export interface Companion {
  /** Trained on all examples. */
  readonly model: TextBaseline
  /** Trained without the validation part: its scores there are fair. */
  readonly heldOut: TextBaseline
}

/** Trains it; takes seconds where the network takes minutes. */
export async function trainCompanion(
  train: readonly ClassifierExample[],
  valid: readonly ClassifierExample[],
  options: { readonly multiLabel: boolean; readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<Companion> {
  return TextBaseline.trainWithHeldOut(train, { ...options, ...(valid.length > 0 && { valid }) })
}

/** The baseline as a part of another model's file. */
export function storeBaseline(baseline: TextBaseline): StoredBaseline {
  const { metadata, weights } = readModelFile(joined(baseline.toPieces()), 'baseline')
  // The other model remembers what both have seen.
  const { seen: _, ...own } = metadata
  return { metadata: own, weights }
}

/** The baseline in a model's file. Throws `damaged-file`. */
export function restoreBaseline({ metadata, weights }: StoredBaseline, name: string): TextBaseline {
  return TextBaseline.fromBytes(joined(writeModelFile({ task: classifierTask, metadata, weights })), name)
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}
