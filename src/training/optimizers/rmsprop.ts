import { boolean, number } from '../../options.js'
import { learningRate } from '../learning-rate-schedules.js'
import { defineOptimizer, sharedFields } from './optimizer.js'

/** RMSprop (Tieleman & Hinton 2012), as in Keras: ε under the root. */
export const rmsprop = defineOptimizer({
  name: 'rmsprop',
  fields: {
    learningRate: learningRate(0.001),
    rho: number('discount of the mean square', 0.9, { min: 0, max: 1 }),
    momentum: number('part of the last step added to the next', 0, { min: 0, max: 1 }),
    epsilon: number('added under the root', 1e-7, { min: 0 }),
    centered: boolean('divide by the variance instead of the mean square', false),
    ...sharedFields,
  },
  emit({ context, shared, slot }, { rho, momentum, epsilon, centered }) {
    context.emit('rmsprop', {
      ...shared,
      meanSquare: slot('meanSquare'),
      meanGradient: centered ? slot('meanGradient') : undefined,
      velocity: momentum > 0 ? slot('velocity') : undefined,
      rho,
      momentum,
      epsilon,
    })
  },
})
