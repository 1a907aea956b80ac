import { number } from '../../options.js'
import { defineOptimizer, type Stretch, sharedFields } from './optimizer.js'

const fields = {
  learningRate: number('step size', 0.001, { min: 0 }),
  beta1: number('discount of the first moment', 0.9, { min: 0, below: 1 }),
  beta2: number('discount of the second moment', 0.999, { min: 0, below: 1 }),
  epsilon: number('added to the root', 1e-7, { min: 0 }),
  ...sharedFields,
} as const

interface Moments {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

const kind = {
  emit({ context, shared, slot }: Stretch, { beta1, beta2, epsilon }: Moments): void {
    const moments = { firstMoment: slot('firstMoment'), secondMoment: slot('secondMoment') }
    context.emit('adam', { ...shared, ...moments, beta1, beta2, epsilon })
  },
  /** In float64: 1 − β2^t has few digits left in float32. */
  correctedRate(updates: number, learningRate: number, { beta1, beta2 }: Moments): number {
    const t = updates + 1
    return (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t)
  },
}

/** Adam (Kingma & Ba 2015), as in Keras. */
export const adam = defineOptimizer({ name: 'adam', fields, ...kind })

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019), 0.004 unless given, as in Keras. */
export const adamW = defineOptimizer({
  name: 'adamW',
  fields: { ...fields, weightDecay: number('decoupled weight decay', 0.004, { min: 0 }) },
  ...kind,
})
