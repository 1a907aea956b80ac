import { lookUp, readSpec, type Spec } from '../registry.js'
import { plateau } from './plateau.js'
import { constant, cosine, exponential, inverseSquareRoot, oneCycle, slanted, step } from './pure.js'
import type { Schedule } from './schedule.js'

export type { Progress, Schedule } from './schedule.js'
export { pureSchedule } from './schedule.js'
export { constant, cosine, exponential, inverseSquareRoot, oneCycle, plateau, slanted, step }

type Maker = (options: Readonly<Record<string, unknown>>) => Schedule

const makers = new Map(
  Object.entries({ constant, step, exponential, cosine, oneCycle, slanted, plateau, inverseSquareRoot }) as [
    string,
    Maker,
  ][],
)

/** A schedule by name and options. Throws `unknown-name`, `option`. */
export function createSchedule(spec: Spec): Schedule {
  const { name, options } = readSpec(spec)
  return lookUp('schedule', makers, name)(options)
}

export const scheduleNames = (): readonly string[] => [...makers.keys()]
