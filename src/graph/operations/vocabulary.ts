import { RepriseError } from '../../errors.js'
import type { Graph } from '../graph.js'
import { apply, type Operation } from '../operation.js'
import { formatShape, type Tensor } from '../tensor.js'
import { add, multiply, negate, subtract } from './arithmetic.js'
import { reshape } from './broadcast.js'
import { embedding } from './embedding.js'
import { matmul } from './matmul.js'
import { sum } from './reduce.js'

type Optional = { readonly [name: string]: Tensor | undefined }

// ---- cross-entropy a stretch of classes at a time ----

interface LinearInputs extends Optional {
  readonly x: Tensor
  readonly w: Tensor
  readonly bias: Tensor | undefined
  readonly targets: Tensor
  readonly count: Tensor | undefined
}

interface LinearAttributes {
  readonly transposeW: boolean
}

const linearSizes = ({ w, targets }: LinearInputs, { transposeW }: LinearAttributes) => {
  const [K, V] = transposeW ? [w.shape[1]!, w.shape[0]!] : [w.shape[0]!, w.shape[1]!]
  return { M: targets.size, V, K, transposeW: transposeW ? 1 : 0 }
}

const linearOperation: Operation<LinearInputs, 'loss' | 'lse', LinearAttributes> = {
  name: 'linearCrossEntropy',
  infer(inputs, attributes) {
    const { x, w, bias, targets } = inputs
    const { M, V, K } = linearSizes(inputs, attributes)
    if (x.shape.at(-1) !== K || x.size !== M * K || targets.dtype !== 'int32' || (bias && bias.size !== V)) {
      throw new RepriseError(
        'shape',
        `cross-entropy of ${formatShape(x.shape)} with weights ${formatShape(w.shape)} needs one int32 target per row, got ${targets.dtype} ${formatShape(targets.shape)}`,
      )
    }
    return {
      loss: { shape: targets.shape, dtype: 'float32' },
      lse: { shape: targets.shape, dtype: 'float32' },
    }
  },
  lower({ inputs, outputs: { loss, lse }, attributes, at, optional, emit }) {
    emit('linearCrossEntropyForward', {
      x: at(inputs.x),
      w: at(inputs.w),
      bias: optional(inputs.bias),
      targets: at(inputs.targets),
      count: optional(inputs.count),
      loss: at(loss),
      lse: at(lse),
      ...linearSizes(inputs, attributes),
    })
  },
  gradient({ inputs: { x, w, bias, targets, count }, outputs: { lse }, attributes, gradients }) {
    if (!gradients.loss) return {}
    const inputs = { x, w, bias, targets, count, lse, dLoss: gradients.loss }
    const { dx, dw, dBias } = apply(linearGradientOperation, inputs, attributes)
    return { x: dx, w: dw, bias: bias && dBias }
  },
}

const linearGradientOperation: Operation<
  LinearInputs & { readonly lse: Tensor; readonly dLoss: Tensor },
  'dx' | 'dw' | 'dBias',
  LinearAttributes
> = {
  name: 'linearCrossEntropyGradient',
  infer: (inputs, attributes) => ({
    dx: { shape: inputs.x.shape, dtype: 'float32' },
    dw: { shape: inputs.w.shape, dtype: 'float32' },
    dBias: { shape: inputs.bias?.shape ?? [linearSizes(inputs, attributes).V], dtype: 'float32' },
  }),
  lower({ inputs, outputs: { dx, dw, dBias }, attributes, at, optional, emit }) {
    emit('linearCrossEntropyBackward', {
      x: at(inputs.x),
      w: at(inputs.w),
      bias: optional(inputs.bias),
      targets: at(inputs.targets),
      count: optional(inputs.count),
      lse: at(inputs.lse),
      dLoss: at(inputs.dLoss),
      dx: at(dx),
      dw: at(dw),
      dBias: inputs.bias && optional(dBias),
      ...linearSizes(inputs, attributes),
    })
  },
}

/**
 * Softmax cross-entropy of the logits x·w + bias, which are computed a stretch of classes at a time and never all in
 * memory: x [..., K], w [K, V] (or [V, K] with `transposeW`), bias of V values, targets int32 [...] (negative = ignored)
 * → loss in nats [...]. With `count` (int32 [1]) only the first rows count, the others have loss 0.
 */
export function linearCrossEntropy(
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  targets: Tensor,
  options: { readonly transposeW?: boolean; readonly count?: Tensor } = {},
): Tensor {
  const { transposeW = false, count } = options
  return apply(linearOperation, { x, w, bias, targets, count }, { transposeW }).loss
}

// ---- sampled classes ----

interface Sample {
  readonly S: number
  readonly V: number
  readonly stream: number
}

const sampleOperation: Operation<{ readonly rng: Tensor } & Optional, 'classes' | 'tries', Sample> = {
  name: 'sampleClasses',
  infer: (_inputs, { S, V }) => {
    if (S > V) throw new RepriseError('shape', `cannot sample ${S} distinct classes of ${V}`)
    return { classes: { shape: [S], dtype: 'int32' }, tries: { shape: [1], dtype: 'int32' } }
  },
  lower: ({ inputs: { rng }, outputs: { classes, tries }, attributes, at, emit }) =>
    emit('sampleClasses', { rng: at(rng), classes: at(classes), tries: at(tries), ...attributes }),
}

/** `samples` distinct classes of 0 … V−1 from a log-uniform distribution, int32 [samples], and the number of draws [1]. */
export const sampleClasses = (graph: Graph, samples: number, V: number) =>
  apply(sampleOperation, { rng: graph.rng() }, { S: samples, V, stream: graph.nextStream() })

const expectedOperation: Operation<{ readonly ids: Tensor; readonly tries: Tensor } & Optional, 'y', number> =
  {
    name: 'logExpectedCount',
    infer: ({ ids }) => ({ y: { shape: ids.shape, dtype: 'float32' } }),
    lower: ({ inputs: { ids, tries }, outputs: { y }, attributes: V, at, emit }) =>
      emit('logExpectedCount', { ids: at(ids), tries: at(tries), y: at(y), M: ids.size, V }),
  }

/** Log of how probably `sampleClasses` of V classes draws each id in `tries` draws. */
export const logExpectedCount = (ids: Tensor, tries: Tensor, V: number): Tensor =>
  apply(expectedOperation, { ids, tries }, V).y

interface SampledInputs extends Optional {
  readonly logits: Tensor
  readonly offsets: Tensor
  readonly classes: Tensor
  readonly targets: Tensor
  readonly trueLogits: Tensor
}

const sampledOperation: Operation<SampledInputs, 'loss' | 'lse', null> = {
  name: 'sampledCrossEntropy',
  infer: ({ targets }) => ({
    loss: { shape: targets.shape, dtype: 'float32' },
    lse: { shape: targets.shape, dtype: 'float32' },
  }),
  lower: ({ inputs, outputs: { loss, lse }, at, emit }) =>
    emit('sampledCrossEntropyForward', {
      logits: at(inputs.logits),
      offsets: at(inputs.offsets),
      classes: at(inputs.classes),
      targets: at(inputs.targets),
      trueLogits: at(inputs.trueLogits),
      loss: at(loss),
      lse: at(lse),
      M: inputs.targets.size,
      S: inputs.classes.size,
    }),
  gradient({ inputs, outputs: { lse }, gradients }) {
    if (!gradients.loss) return {}
    const { dLogits, dTrueLogits } = apply(
      sampledGradientOperation,
      { ...inputs, lse, dLoss: gradients.loss },
      null,
    )
    return { logits: dLogits, trueLogits: dTrueLogits, offsets: sum(dLogits, 0) }
  },
}

const sampledGradientOperation: Operation<
  SampledInputs & { readonly lse: Tensor; readonly dLoss: Tensor },
  'dLogits' | 'dTrueLogits',
  null
> = {
  name: 'sampledCrossEntropyGradient',
  inPlace: { dLogits: 'logits' },
  infer: ({ logits, trueLogits }) => ({
    dLogits: { shape: logits.shape, dtype: 'float32' },
    dTrueLogits: { shape: trueLogits.shape, dtype: 'float32' },
  }),
  lower: ({ inputs, outputs: { dLogits, dTrueLogits }, at, emit }) =>
    emit('sampledCrossEntropyBackward', {
      logits: at(inputs.logits),
      offsets: at(inputs.offsets),
      classes: at(inputs.classes),
      targets: at(inputs.targets),
      trueLogits: at(inputs.trueLogits),
      lse: at(inputs.lse),
      dLoss: at(inputs.dLoss),
      dLogits: at(dLogits),
      dTrueLogits: at(dTrueLogits),
      M: inputs.targets.size,
      S: inputs.classes.size,
    }),
}

/**
 * Sampled softmax (Jean et al. 2015): cross-entropy of the right class among it and `samples` others, drawn log-uniformly
 * once for all rows; every logit is lowered by the log of its class's expected count, and where the right class is among
 * the samples it does not count twice. x [..., K], w [V, K], bias [V, 1], targets int32 [...] → loss [...]. With
 * `samples` = V it is the cross-entropy of the full softmax.
 */
export function sampledCrossEntropy(
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  targets: Tensor,
  samples: number,
): Tensor {
  const [V, K] = w.shape as [number, number]
  const rows = reshape(x, [-1, K])
  const flat = reshape(targets, [-1])
  const { classes, tries } = sampleClasses(x.graph, samples, V)
  const offsetsOf = (ids: Tensor) => {
    const expected = logExpectedCount(ids, tries, V)
    return bias ? subtract(reshape(embedding(bias, ids), ids.shape), expected) : negate(expected)
  }
  const logits = matmul(rows, embedding(w, classes), { transposeB: true })
  const trueLogits = add(sum(multiply(rows, embedding(w, flat)), -1), offsetsOf(flat))
  const offsets = offsetsOf(classes)
  const inputs = { logits, offsets, classes, targets: flat, trueLogits }
  return reshape(apply(sampledOperation, inputs, null).loss, targets.shape)
}
