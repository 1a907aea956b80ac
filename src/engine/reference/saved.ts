import type { Floats } from './kernels.js'
import type { SequenceArguments } from './recurrent.js'

// The reference recomputes the forward walk in backward and needs nothing saved. It still claims the whole buffer and
// checks it, so that a program that mixes up, shares or overwrites saved buffers fails here with a clear message.

/** A number below 2²⁴ (exact in float32) that stands for shapes and flags. */
function stamp(a: SequenceArguments): number {
  const scalars = [a.N, a.T, a.I, a.H, a.reverse, a.activation, a.recurrentActivation ?? 0]
  const options = [a.resetAfter ?? 0, a.zeroOutput, a.dropoutGates]
  let hash = 1
  for (const value of [...scalars, ...options]) hash = (hash * 31 + value) % 16777213
  return hash
}

/** Marks `saved` as written by a forward command with these shapes and flags. */
export function sealSaved(saved: Floats, length: number, a: SequenceArguments): void {
  saved.fill(stamp(a), 0, length)
}

/** Consumes `saved`. Throws when it is not what the matching forward command left there. */
export function openSaved(saved: Floats, length: number, a: SequenceArguments): void {
  const expected = stamp(a)
  const wrong = saved.subarray(0, length).findIndex((value) => value !== expected)
  if (wrong >= 0 || saved.length < length) {
    throw new Error(
      `recurrent backward: element ${wrong} of saved (${length} elements) is not what the forward command of the ` +
        'same shapes and flags left there; was forward run, was saved consumed before, or does another buffer overlap it?',
    )
  }
  saved.fill(Number.NaN, 0, length)
}
