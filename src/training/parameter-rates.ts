import { type Given, integer, number, optional, resolve } from '../options.js'
import type { Progress } from './schedules/schedule.js'

/**
 * Learning rates of their own for groups of parameters, and when each group learns at all. Parameters in no group learn
 * at the learning rate.
 */
export interface ParameterRates {
  /** Names of parameters, group by group. */
  readonly groups: readonly (readonly string[])[]
  /**
   * What the learning rate of the next step is multiplied by, for each group. 0 freezes a group: its weights keep every
   * bit, and no gradient is computed that only it would need. Must depend on `progress` alone, so that training can be
   * resumed.
   */
  multipliers(progress: Progress): readonly number[]
}

const fields = {
  decay: number('each layer learns at the rate of the one above it divided by this', 2.6, { min: 1 }),
  unfreezeEvery: optional(
    number('epochs from one layer learning to the one below; default: all learn from the start', undefined, {
      above: 0,
    }),
  ),
  frozen: integer('layers from the lowest that never learn', 0, { min: 0 }),
} as const

export type LayerRatesOptions = Given<typeof fields>

/**
 * Rates for fine-tuning what was trained before (Howard & Ruder 2018): `layers` are lists of parameter names from the
 * lowest layer to the highest. Each layer learns more slowly than the one above it, and with `unfreezeEvery` the layers
 * begin to learn one after the other, from the highest down.
 *
 * ```ts
 * const rates = layerRates([['embedding/embeddings'], lstmNames, headNames], { unfreezeEvery: 1 })
 * await fit(model, batches, { optimizer, schedule: createSchedule('slanted'), epochs: 4, rates })
 * ```
 *
 * Throws `option`, `unknown-name`.
 */
export function layerRates(
  layers: readonly (readonly string[])[],
  given: LayerRatesOptions = {},
): ParameterRates {
  const { decay, unfreezeEvery, frozen } = resolve('layer rates', fields, given)
  const highest = layers.length - 1
  return {
    groups: layers,
    multipliers: ({ epoch }) =>
      layers.map((_, layer) => {
        const below = highest - layer
        const waits = unfreezeEvery !== undefined && epoch < Math.floor(below * unfreezeEvery)
        return waits || layer < frozen ? 0 : decay ** -below
      }),
  }
}
