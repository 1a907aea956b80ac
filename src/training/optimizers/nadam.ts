import { momentFields } from './adam.js'
import { defineOptimizer } from './optimizer.js'

/** Adam with Nesterov momentum (Dozat 2016), as in Keras, with its schedule of the momentum. */
export const nadam = defineOptimizer({
  name: 'nadam',
  fields: momentFields,
  emit({ context, shared, slot }, { beta1, beta2, epsilon }) {
    const moments = { firstMoment: slot('firstMoment'), secondMoment: slot('secondMoment') }
    context.emit('nadam', { ...shared, ...moments, beta1, beta2, epsilon })
  },
  furtherHyper(updates, rate, { beta1, beta2 }) {
    const t = updates + 1
    const momentum = Math.fround(beta1)
    const product = momentumProduct(t, momentum)
    const next = momentumAt(t + 1, momentum)
    return [
      (rate * next) / (1 - product * next),
      (rate * (1 - momentumAt(t, momentum))) / (1 - product),
      1 / (1 - Math.fround(beta2) ** t),
    ]
  },
})

/** The momentum of step t, from 1. */
const momentumAt = (t: number, beta1: number) => beta1 * (1 - 0.5 * 0.96 ** t)

/** momentumAt(1) ⋯ momentumAt(t); a factor is less than one, so a long product is zero. */
function momentumProduct(t: number, beta1: number): number {
  let product = 1
  for (let i = 1; i <= t && product > 0; i++) product *= momentumAt(i, beta1)
  return product
}
