import { number } from '../../options.js'
import { learningRate } from '../learning-rate-schedules.js'
import { defineOptimizer, sharedFields } from './optimizer.js'

/** Adadelta (Zeiler 2012), as in Keras: ε under both roots. The paper's form has a learning rate of 1. */
export const adadelta = defineOptimizer({
  name: 'adadelta',
  fields: {
    learningRate: learningRate(0.001),
    rho: number('discount of the mean squares', 0.95, { min: 0, max: 1 }),
    epsilon: number('added under the roots', 1e-7, { min: 0 }),
    ...sharedFields,
  },
  emit({ context, shared, slot }, { rho, epsilon }) {
    const squares = { meanSquare: slot('meanSquare'), meanSquareStep: slot('meanSquareStep') }
    context.emit('adadelta', { ...shared, ...squares, rho, epsilon })
  },
})
