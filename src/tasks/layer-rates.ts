import type { ParameterSet } from '../graph/index.js'
import { number, optional } from '../options.js'
import { layerRates, type ParameterRates } from '../training/index.js'

/** The settings `layerDecay` and `unfreeze`, left open; the arguments say in words what is chosen. */
export const layerRateFields = (layerDecayDefault: string, unfreezeDefault: string) =>
  ({
    layerDecay: optional(
      number(
        `each layer learns at the rate of the one above it divided by this; default: ${layerDecayDefault}`,
        undefined,
        { min: 1 },
      ),
    ),
    unfreeze: optional(
      number(
        `epochs from one layer beginning to learn to the one below it; 0 = all from the start; default: ${unfreezeDefault}`,
        undefined,
        { min: 0 },
      ),
    ),
  }) as const

/** What has parameters. */
export interface Weighted {
  readonly weights: readonly { readonly name: string }[]
}

/**
 * Rates layer by layer, as the settings say; undefined where all layers learn alike. Each stack has its layers from the
 * lowest to the highest; those as far from the top learn together. Above them is everything that is in no stack.
 */
export function stackRates(
  parameters: ParameterSet,
  stacks: readonly (readonly Weighted[])[],
  { layerDecay, unfreeze }: { readonly layerDecay: number; readonly unfreeze: number },
): ParameterRates | undefined {
  if (layerDecay === 1 && unfreeze === 0) return undefined
  const depth = Math.max(...stacks.map(({ length }) => length))
  const lower = Array.from({ length: depth }, (_, level) => [
    ...new Set(
      stacks.flatMap((stack) => stack[stack.length - depth + level]?.weights.map(({ name }) => name) ?? []),
    ),
  ])
  const known = new Set(lower.flat())
  const head = [...parameters].map(({ name }) => name).filter((name) => !known.has(name))
  return layerRates([...lower, head], { decay: layerDecay, ...(unfreeze > 0 && { unfreezeEvery: unfreeze }) })
}
