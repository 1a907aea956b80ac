import { boolean, number } from '../../options.js'
import { learningRate } from '../learning-rate-schedules.js'
import { defineOptimizer, type Stretch, sharedFields } from './optimizer.js'

/** Options of the optimizers that keep two moments. */
export const momentFields = {
  learningRate: learningRate(0.001),
  beta1: number('discount of the first moment', 0.9, { min: 0, below: 1 }),
  beta2: number('discount of the second moment', 0.999, { min: 0, below: 1 }),
  epsilon: number('added to the root', 1e-7, { min: 0 }),
  ...sharedFields,
} as const

export interface Moments {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

const fields = {
  ...momentFields,
  amsgrad: boolean('divide by the largest second moment so far (Reddi et al. 2018)', false),
} as const

const kind = {
  emit({ context, shared, slot }: Stretch, options: Moments & { readonly amsgrad: boolean }): void {
    const { beta1, beta2, epsilon, amsgrad } = options
    context.emit('adam', {
      ...shared,
      firstMoment: slot('firstMoment'),
      secondMoment: slot('secondMoment'),
      maxSecondMoment: amsgrad ? slot('maxSecondMoment') : undefined,
      fresh1: 1 - beta1,
      fresh2: 1 - beta2,
      epsilon,
    })
  },
  furtherHyper(updates: number, rate: number, { beta1, beta2 }: Moments): readonly number[] {
    const left = (beta: number) => 1 - Math.fround(beta) ** (updates + 1)
    return [(rate * Math.sqrt(left(beta2))) / left(beta1)]
  },
}

/** Adam (Kingma & Ba 2015), as in Keras: ε beside the root, before the bias correction. */
export const adam = defineOptimizer({ name: 'adam', fields, ...kind })

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019), 0.004 unless given, as in Keras. */
export const adamW = defineOptimizer({
  name: 'adamW',
  fields: { ...fields, weightDecay: number('decoupled weight decay', 0.004, { min: 0 }) },
  ...kind,
})
