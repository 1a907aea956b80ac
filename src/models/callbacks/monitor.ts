import { choice, custom, number, optional, string } from '../../options.js'
import type { Logs } from '../callback.js'
import { findScore } from '../scores.js'

/** Options of callbacks that watch a score. */
export const monitorFields = {
  monitor: string('score to watch: "val_loss", "accuracy", …', 'val_loss'),
  mode: choice('better is: less, more, or by the name of the score', ['auto', 'min', 'max'], 'auto'),
  minDelta: number('smaller changes do not count', 0, { min: 0 }),
  verbose: custom<boolean | number>('say what happens: true or 1', '0|1', false, (value) =>
    typeof value === 'boolean' || value === 0 || value === 1 || value === 2
      ? { value }
      : { expected: 'true, false, 0 or 1' },
  ),
} as const
export const baselineField = optional(number('score to beat first'))

/** Whether less of a score is better: anything but accuracies, AUC, F1 and the like. */
export function lessIsBetter(monitor: string, mode: 'auto' | 'min' | 'max'): boolean {
  if (mode !== 'auto') return mode === 'min'
  if (/loss$/i.test(monitor)) return true // whatever the output is called
  return !/acc|auc|f1|fbeta|precision|recall|sensitivity|specificity|true_?(positives|negatives)|iou|r2|similarity$/i.test(
    monitor,
  )
}

let warned = new Set<string>()

/** The watched score, or undefined with a warning that names those there are. */
export function readMonitor(callback: string, monitor: string, logs: Logs): number | undefined {
  const value = findScore(logs, monitor)
  const message = `${callback}: there is no score "${monitor}"; there are ${Object.keys(logs).join(', ')}`
  if (value === undefined && !warned.has(message)) {
    warned = new Set([...warned, message])
    console.warn(message)
  }
  return value
}
