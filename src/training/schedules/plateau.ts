import { RepriseError } from '../../errors.js'
import { type Given, integer, number, resolve } from '../../options.js'
import type { Scores } from '../callbacks.js'
import { type JsonValue, plainJson } from '../json.js'
import { Monitor, monitorFields } from '../monitor.js'
import type { Schedule } from './schedule.js'

const fields = {
  ...monitorFields,
  minDelta: number('smaller changes do not count as better', 1e-4, { min: 0 }),
  factor: number('factor of each reduction', 0.1, { above: 0, below: 1 }),
  patience: integer('validations without improvement before a reduction', 10, { min: 0 }),
  cooldown: integer('validations after a reduction that are not counted', 0, { min: 0 }),
  minLearningRate: number('never reduce below this', 0, { min: 0 }),
} as const

type PlateauState = {
  readonly best: number | null
  readonly waited: number
  readonly cooling: number
  /** Of all reductions so far. */
  readonly factor: number
}

/** Reduces the rate when a score stops improving: Keras's ReduceLROnPlateau, its defaults included. */
export function plateau(given: Given<typeof fields> = {}): Schedule {
  const options = resolve('schedule plateau', fields, given)
  const monitor = new Monitor('schedule plateau', options)
  const initialState: PlateauState = { best: null, waited: 0, cooling: 0, factor: 1 }
  return {
    name: 'plateau',
    initialState,
    rate: (_progress, learningRate, state) =>
      Math.max(learningRate * read(state).factor, Math.min(learningRate, options.minLearningRate)),
    observe(state: JsonValue, scores: Scores): PlateauState {
      const { best, waited, cooling, factor } = read(state)
      const still = Math.max(0, cooling - 1)
      if (monitor.improves(scores, best ?? undefined)) {
        return { best: monitor.read(scores), waited: 0, cooling: still, factor }
      }
      if (still > 0) return { best, waited: 0, cooling: still, factor }
      const count = (cooling > 0 ? 0 : waited) + 1
      if (count < options.patience) return { best, waited: count, cooling: 0, factor }
      return { best, waited: 0, cooling: options.cooldown, factor: factor * options.factor }
    },
    toConfig: () => ({ name: 'plateau', ...plainJson(options) }),
  }
}

function read(state: JsonValue): PlateauState {
  if (state !== null && typeof state === 'object' && 'factor' in state) return state as PlateauState
  throw new RepriseError(
    'checkpoint',
    'the checkpoint was made without the plateau schedule; resume without it',
  )
}
