import { boolean, number } from '../../options.js'
import { learningRate } from '../learning-rate-schedules.js'
import { defineOptimizer, sharedFields } from './optimizer.js'

/** Stochastic gradient descent with momentum and Nesterov's form of it, as in Keras. */
export const sgd = defineOptimizer({
  name: 'sgd',
  fields: {
    learningRate: learningRate(0.01),
    momentum: number('part of the last step added to the next', 0, { min: 0, max: 1 }),
    nesterov: boolean('look ahead along the momentum', false),
    ...sharedFields,
  },
  emit({ context, shared, slot }, { momentum, nesterov }) {
    const velocity = momentum > 0 ? slot('velocity') : undefined
    context.emit('sgd', { ...shared, velocity, momentum, nesterov: nesterov ? 1 : 0 })
  },
})
