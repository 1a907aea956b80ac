import { number } from '../../options.js'
import { learningRate } from '../learning-rate-schedules.js'
import { defineOptimizer, sharedFields } from './optimizer.js'

/** Lion (Chen et al. 2023), as in Keras: every weight moves by the learning rate, in the direction of a mixed momentum. */
export const lion = defineOptimizer({
  name: 'lion',
  fields: {
    learningRate: learningRate(0.001),
    beta1: number('share of the momentum in the direction', 0.9, { above: 0, max: 1 }),
    beta2: number('discount of the momentum', 0.99, { min: 0, max: 1 }),
    ...sharedFields,
  },
  emit({ context, shared, slot }, { beta1, beta2 }) {
    context.emit('lion', { ...shared, firstMoment: slot('firstMoment'), beta1, beta2 })
  },
})
