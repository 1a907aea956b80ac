import { number } from '../../options.js'
import { learningRate } from '../learning-rate-schedules.js'
import { defineOptimizer, sharedFields } from './optimizer.js'

/** Adagrad (Duchi et al. 2011), as in Keras: ε under the root. The slot holds the accumulator without its initial value. */
export const adagrad = defineOptimizer({
  name: 'adagrad',
  fields: {
    learningRate: learningRate(0.001),
    initialAccumulatorValue: number('what the sum of squares starts from', 0.1, { min: 0 }),
    epsilon: number('added under the root', 1e-7, { min: 0 }),
    ...sharedFields,
  },
  emit({ context, shared, slot }, { initialAccumulatorValue: initial, epsilon }) {
    context.emit('adagrad', { ...shared, accumulator: slot('accumulator'), initial, epsilon })
  },
})
