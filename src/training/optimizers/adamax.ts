import { momentFields } from './adam.js'
import { defineOptimizer } from './optimizer.js'

/** Adam with the infinity norm in place of the second moment (Kingma & Ba 2015, section 7), as in Keras. */
export const adamax = defineOptimizer({
  name: 'adamax',
  fields: momentFields,
  emit({ context, shared, slot }, { beta1, beta2, epsilon }) {
    const moments = { firstMoment: slot('firstMoment'), largest: slot('largest') }
    context.emit('adamax', { ...shared, ...moments, beta1, beta2, epsilon })
  },
  furtherHyper: (updates, rate, { beta1 }) => [rate / (1 - Math.fround(beta1) ** (updates + 1))],
})
