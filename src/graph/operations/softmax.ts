import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { formatShape, sameShape, type Tensor } from '../tensor.js'

type Optional = { readonly [name: string]: Tensor | undefined }

const softmaxOperation: Operation<{ readonly x: Tensor } & Optional, 'y', { log: boolean }> = {
  name: 'softmax',
  infer: ({ x }) => ({ y: { shape: x.shape, dtype: 'float32' } }),
  lower({ inputs: { x }, outputs: { y }, attributes, at, emit }) {
    const V = x.shape.at(-1)!
    emit('softmax', { x: at(x), y: at(y), M: x.size / V, V, log: attributes.log ? 1 : 0 })
  },
  gradient: ({ outputs: { y }, attributes, gradients }) => ({
    x: apply(softmaxGradientOperation, { y, dy: gradients.y! }, attributes).dx,
  }),
}

const softmaxGradientOperation: Operation<
  { readonly y: Tensor; readonly dy: Tensor } & Optional,
  'dx',
  { log: boolean }
> = {
  name: 'softmaxGradient',
  inPlace: { dx: 'dy' },
  infer: ({ y }) => ({ dx: { shape: y.shape, dtype: 'float32' } }),
  lower({ inputs: { y, dy }, outputs: { dx }, attributes, at, emit }) {
    const V = y.shape.at(-1)!
    emit('softmaxBackward', {
      y: at(y),
      dy: at(dy),
      dx: at(dx),
      M: y.size / V,
      V,
      log: attributes.log ? 1 : 0,
    })
  },
}

/** Probabilities over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOperation, { x }, { log: false }).y
/** Log-probabilities over the last axis. */
export const logSoftmax = (x: Tensor): Tensor => apply(softmaxOperation, { x }, { log: true }).y

type CrossEntropyInputs = {
  readonly logits: Tensor
  readonly targets: Tensor
  readonly weights: Tensor | undefined
} & Optional

const crossEntropyOperation: Operation<CrossEntropyInputs, 'loss' | 'lse', { smoothing: number }> = {
  name: 'softmaxCrossEntropy',
  infer({ logits, targets, weights }) {
    const rows = logits.shape.slice(0, -1)
    if (!sameShape(rows, targets.shape) || targets.dtype !== 'int32') {
      throw new RepriseError(
        'shape',
        `cross-entropy: logits ${formatShape(logits.shape)} need int32 targets ${formatShape(rows)}, got ${targets.dtype} ${formatShape(targets.shape)}`,
      )
    }
    if (weights && !sameShape(rows, weights.shape))
      throw new RepriseError('shape', 'cross-entropy: one weight per row')
    return { loss: { shape: rows, dtype: 'float32' }, lse: { shape: rows, dtype: 'float32' } }
  },
  lower({ inputs: { logits, targets, weights }, outputs: { loss, lse }, attributes, at, optional, emit }) {
    emit('softmaxCrossEntropyForward', {
      logits: at(logits),
      targets: at(targets),
      weights: optional(weights),
      loss: at(loss),
      lse: at(lse),
      M: loss.size,
      V: logits.shape.at(-1)!,
      smoothing: attributes.smoothing,
    })
  },
  gradient: ({ inputs: { logits, targets, weights }, outputs: { lse }, attributes, gradients }) => ({
    logits: gradients.loss
      ? apply(
          crossEntropyGradientOperation,
          { logits, lse, targets, weights, dLoss: gradients.loss },
          attributes,
        ).dLogits
      : undefined,
  }),
}

const crossEntropyGradientOperation: Operation<
  CrossEntropyInputs & { readonly lse: Tensor; readonly dLoss: Tensor },
  'dLogits',
  { smoothing: number }
> = {
  name: 'softmaxCrossEntropyGradient',
  inPlace: { dLogits: 'logits' },
  infer: ({ logits }) => ({ dLogits: { shape: logits.shape, dtype: 'float32' } }),
  lower({ inputs, outputs: { dLogits }, attributes, at, optional, emit }) {
    const { logits, lse, targets, weights, dLoss } = inputs
    emit('softmaxCrossEntropyBackward', {
      logits: at(logits),
      lse: at(lse),
      targets: at(targets),
      weights: optional(weights),
      dLoss: at(dLoss),
      dLogits: at(dLogits),
      M: lse.size,
      V: logits.shape.at(-1)!,
      smoothing: attributes.smoothing,
    })
  },
}

/**
 * Softmax and cross-entropy in one: logits [..., V], targets int32 [...] (negative = ignored, loss 0), optional row
 * weights [...], label smoothing in 0…1 → loss in nats [...].
 */
export function softmaxCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  weights?: Tensor,
  smoothing = 0,
): Tensor {
  return apply(crossEntropyOperation, { logits, targets, weights }, { smoothing }).loss
}

const argmaxOperation: Operation<{ readonly x: Tensor } & Optional, 'y', null> = {
  name: 'argmax',
  infer: ({ x }) => ({ y: { shape: x.shape.slice(0, -1), dtype: 'int32' } }),
  lower({ inputs: { x }, outputs: { y }, at, emit }) {
    emit('argmax', { x: at(x), y: at(y), M: y.size, V: x.shape.at(-1)! })
  },
}

/** Index of the first largest value of the last axis, int32 [...]. */
export const argmax = (x: Tensor): Tensor => apply(argmaxOperation, { x }, null).y
