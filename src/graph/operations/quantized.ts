import {
  Activation,
  type ActivationName,
  Cell,
  type CommandArguments,
  WeightFormat,
} from '../../engine/commands.generated.js'
import { apply, type Lowering, type Operation, type TensorRecord } from '../operation.js'
import type { Packing } from '../packed-weights.js'
import type { Tensor } from '../tensor.js'

interface PackedInput {
  /** Scales and packed matrix as they lie in the parameter vector. */
  readonly packed: Tensor
  readonly [name: string]: Tensor | undefined
}

/** Addresses of the two parts of a packed weight. */
function parts({ begin }: Packing, tensor: Tensor, at: Lowering<TensorRecord, string, unknown>['at']) {
  return { w: at(tensor, begin), scale: begin > 0 ? at(tensor) : undefined }
}

const dequantizeOperation: Operation<PackedInput, 'y', Packing> = {
  name: 'dequantize',
  infer: (_inputs, { K, N, transposed }) => ({
    y: { shape: transposed ? [N, K] : [K, N], dtype: 'float32' },
  }),
  lower({ inputs, outputs, attributes, at, emit }) {
    const { K, N, format, transposed } = attributes
    emit('dequantize', {
      ...parts(attributes, inputs.packed, at),
      y: at(outputs.y),
      K,
      N,
      format: WeightFormat[format],
      transpose: transposed ? 1 : 0,
    })
  },
}

/**
 * The float32 value of a packed weight. An operation that has a form for packed weights looks through it (`packedOf`), and what
 * nobody reads is not computed.
 */
export function dequantize(packed: Tensor, packing: Packing): Tensor {
  return apply(dequantizeOperation, { packed }, packing).y
}

/** The packed weight a tensor is the value of; undefined when it is none. */
export function packedOf(tensor: Tensor): { readonly packed: Tensor; readonly packing: Packing } | undefined {
  const { node } = tensor
  if (node?.operation.name !== dequantizeOperation.name) return undefined
  return { packed: node.inputs.packed!, packing: node.attributes as Packing }
}

/**
 * Most rows that are multiplied with packed weights as they are. More are worth unpacking the weights for: a product of
 * float32 matrices does several times as much in a second.
 */
export const fewRows = 8

interface DenseInputs extends PackedInput {
  readonly x: Tensor
  readonly bias: Tensor | undefined
}

const denseOperation: Operation<
  DenseInputs,
  'y',
  { readonly packing: Packing; readonly activation: ActivationName }
> = {
  name: 'quantizedDense',
  infer: ({ x }, { packing }) => ({ y: { shape: [...x.shape.slice(0, -1), packing.N], dtype: 'float32' } }),
  lower({ inputs, outputs, attributes: { packing, activation }, at, optional, emit }) {
    const { K, N, format } = packing
    emit('quantizedDense', {
      ...parts(packing, inputs.packed, at),
      x: at(inputs.x),
      bias: optional(inputs.bias),
      y: at(outputs.y),
      M: inputs.x.size / K,
      N,
      K,
      format: WeightFormat[format],
      activation: Activation[activation],
    })
  },
}

/** f(x · w + bias) for a packed `w` and few rows of x; undefined where another operation must do it. */
export function quantizedDense(
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  transposeW: boolean,
  activation: ActivationName,
): Tensor | undefined {
  const found = packedOf(w)
  if (!found || found.packing.transposed !== transposeW || x.size / found.packing.K > fewRows)
    return undefined
  const { packed, packing } = found
  return apply(denseOperation, { x, packed, bias }, { packing, activation }).y
}

const embeddingOperation: Operation<PackedInput & { readonly ids: Tensor }, 'y', Packing> = {
  name: 'quantizedEmbedding',
  infer: ({ ids }, { K }) => ({ y: { shape: [...ids.shape, K], dtype: 'float32' } }),
  lower({ inputs: { packed, ids }, outputs: { y }, attributes, at, emit }) {
    const { K, N, format } = attributes
    emit('quantizedEmbedding', {
      ...parts(attributes, packed, at),
      ids: at(ids),
      y: at(y),
      M: ids.size,
      V: N,
      E: K,
      format: WeightFormat[format],
    })
  },
}

/** Rows of a packed table; undefined when it is not packed. */
export function quantizedEmbedding(table: Tensor, ids: Tensor): Tensor | undefined {
  const found = packedOf(table)
  return found?.packing.transposed
    ? apply(embeddingOperation, { packed: found.packed, ids }, found.packing).y
    : undefined
}

interface StepInputs {
  /** [N, 1, I] */
  readonly x: Tensor
  /** Plain, or scales and packed matrix. */
  readonly kernel: Tensor
  readonly recurrentKernel: Tensor
  readonly bias?: Tensor | undefined
  readonly h0?: Tensor | undefined
  readonly c0?: Tensor | undefined
  readonly [name: string]: Tensor | undefined
}

export interface StepAttributes {
  readonly cell: keyof typeof Cell
  readonly H: number
  readonly gates: number
  readonly activation: ActivationName
  readonly recurrentActivation: ActivationName
  readonly resetAfter: boolean
}

type StepOutput = 'y' | 'hT' | 'cT'

/** Emits a step whose weights are plain, or packed alike. */
export function emitStep(
  { inputs, outputs, at, optional, emit }: Lowering<StepInputs, StepOutput, unknown>,
  a: StepAttributes,
  packings?: { readonly kernel: Packing; readonly recurrentKernel: Packing },
): void {
  const weight = (tensor: Tensor, packing: Packing | undefined) =>
    packing ? parts(packing, tensor, at) : { w: at(tensor), scale: undefined }
  const kernel = weight(inputs.kernel, packings?.kernel)
  const recurrentKernel = weight(inputs.recurrentKernel, packings?.recurrentKernel)
  const isLstm = a.cell === 'lstm'
  const step: CommandArguments['recurrentStep'] = {
    x: at(inputs.x),
    kernel: kernel.w,
    kernelScale: kernel.scale,
    recurrentKernel: recurrentKernel.w,
    recurrentScale: recurrentKernel.scale,
    bias: optional(inputs.bias),
    h0: optional(inputs.h0),
    c0: isLstm ? optional(inputs.c0) : undefined,
    y: optional(outputs.y),
    hT: optional(outputs.hT),
    cT: isLstm ? optional(outputs.cT) : undefined,
    N: inputs.x.shape[0]!,
    I: inputs.x.shape[2]!,
    H: a.H,
    cell: Cell[a.cell],
    wide: a.gates * a.H,
    activation: Activation[a.activation],
    recurrentActivation: Activation[a.recurrentActivation],
    resetAfter: a.cell === 'gru' && a.resetAfter ? 1 : 0,
    format: WeightFormat[packings?.kernel.format ?? 'float32'],
  }
  emit('recurrentStep', step)
}

interface PackedStepAttributes extends StepAttributes {
  readonly kernel: Packing
  readonly recurrentKernel: Packing
}

const stepOperation: Operation<StepInputs, StepOutput, PackedStepAttributes> = {
  name: 'quantizedStep',
  infer({ x }, { H }) {
    const N = x.shape[0]!
    const state = { shape: [N, H], dtype: 'float32' } as const
    return { y: { shape: [N, 1, H], dtype: 'float32' }, hT: state, cT: state }
  },
  lower: (lowering) => emitStep(lowering, lowering.attributes, lowering.attributes),
}

/** One step with packed weights for few rows; undefined where another operation must do it. */
export function quantizedStep(
  inputs: StepInputs,
  attributes: StepAttributes,
): Readonly<Record<StepOutput, Tensor>> | undefined {
  const [N, T] = inputs.x.shape as [number, number]
  const kernel = packedOf(inputs.kernel)
  const recurrentKernel = packedOf(inputs.recurrentKernel)
  if (T !== 1 || N > fewRows || !kernel || !recurrentKernel) return undefined
  return apply(
    stepOperation,
    { ...inputs, kernel: kernel.packed, recurrentKernel: recurrentKernel.packed },
    { ...attributes, kernel: kernel.packing, recurrentKernel: recurrentKernel.packing },
  )
}
