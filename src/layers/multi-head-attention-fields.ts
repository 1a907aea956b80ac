import { boolean, custom, integer, optional } from '../options.js'
import { attentionFields } from './attention.js'
import { type Axes, axesField } from './axes.js'
import { constraintField } from './constraints.js'
import { initializerField } from './initializers.js'
import { regularizerField } from './regularizers.js'

const count = (doc: string) => integer(doc, undefined, { min: 1 })

/** Keras 3's options. */
export const multiHeadAttentionFields = {
  numHeads: count('attention heads'),
  keyDim: count('features of query and key in each head'),
  valueDim: optional(count('features of the value in each head; keyDim when not given')),
  ...attentionFields,
  useBias: boolean('add biases to the projections', true),
  outputShape: optional(
    custom<number | readonly number[]>(
      'features of the output; those of the query when not given',
      'shape',
      1,
      (value) => {
        const lengths: readonly unknown[] = Array.isArray(value) ? value : [value]
        return lengths.length > 0 &&
          lengths.every((length) => Number.isSafeInteger(length) && (length as number) > 0)
          ? { value: value as number | readonly number[] }
          : { expected: 'a whole number from 1 or a list of them' }
      },
    ),
  ),
  attentionAxes: optional<Axes>(
    axesField('axes attention goes over; all but batch and features when not given', 1),
  ),
  slidingWindow: optional(count('steps a query sees to either side, its own included')),
  kernelInitializer: initializerField('initial kernels', 'glorotUniform'),
  biasInitializer: initializerField('initial biases', 'zeros'),
  kernelRegularizer: regularizerField('penalty on the kernels'),
  biasRegularizer: regularizerField('penalty on the biases'),
  activityRegularizer: regularizerField('penalty on the projections'),
  kernelConstraint: constraintField('what the kernels become after an update'),
  biasConstraint: constraintField('what the biases become after an update'),
  useGate: boolean('multiply the heads by sigmoid of a projection of the query', false),
}
