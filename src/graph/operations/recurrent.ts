import {
  Activation,
  type ActivationName,
  gruForwardSavedLength,
  lstmForwardSavedLength,
  simpleRnnForwardSavedLength,
} from '../../engine/commands.generated.js'
import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { formatShape, type Tensor, type TensorSpec } from '../tensor.js'
import { emitStep, quantizedStep, type StepAttributes } from './quantized.js'

export type CellKind = 'simpleRnn' | 'lstm' | 'gru'

/** Inputs of a whole-sequence recurrent layer; see the manifest for shapes. State comes as a named record. */
export interface RecurrentInputs {
  readonly x: Tensor
  readonly kernel: Tensor
  readonly recurrentKernel: Tensor
  readonly bias?: Tensor | undefined
  readonly h0?: Tensor | undefined
  readonly c0?: Tensor | undefined
  readonly lengths?: Tensor | undefined
  readonly mask?: Tensor | undefined
  readonly resets?: Tensor | undefined
  readonly inputDropout?: Tensor | undefined
  readonly recurrentDropout?: Tensor | undefined
  readonly [name: string]: Tensor | undefined
}

export interface RecurrentAttributes {
  readonly activation?: ActivationName
  readonly recurrentActivation?: ActivationName
  readonly reverse?: boolean
  readonly zeroOutput?: boolean
  readonly resetAfter?: boolean
}

/** What the operation works with: ids in the place of a one-hot x save a product and the memory of its zeros. */
type SequenceInputs = Omit<RecurrentInputs, 'x'> & {
  readonly x?: Tensor | undefined
  readonly ids?: Tensor | undefined
  readonly kernel: Tensor
  readonly recurrentKernel: Tensor
}

interface Attributes extends Required<RecurrentAttributes> {
  readonly cell: CellKind
  readonly dropoutGates: number
}

export const gateCount: Readonly<Record<CellKind, number>> = { simpleRnn: 1, lstm: 4, gru: 3 }
const savedLength = {
  simpleRnn: simpleRnnForwardSavedLength,
  lstm: lstmForwardSavedLength,
  gru: gruForwardSavedLength,
}

function sizes({ x, ids, kernel, recurrentKernel }: SequenceInputs) {
  const [N, T] = (ids ?? x)!.shape as [number, number]
  return { N, T, I: kernel.shape[0]!, H: recurrentKernel.shape[0]! }
}

/** Scalars common to forward and backward, minus the ones a cell does not have. */
function scalars(inputs: SequenceInputs, a: Attributes) {
  return {
    ...sizes(inputs),
    reverse: a.reverse ? 1 : 0,
    activation: Activation[a.activation],
    recurrentActivation: Activation[a.recurrentActivation],
    resetAfter: a.resetAfter ? 1 : 0,
    zeroOutput: a.zeroOutput ? 1 : 0,
    dropoutGates: a.dropoutGates,
  }
}

function check(inputs: SequenceInputs, { cell, resetAfter }: Attributes): void {
  const { x, kernel, recurrentKernel, bias, h0, c0 } = inputs
  const G = gateCount[cell]
  const H = recurrentKernel.shape[0]!
  if (x && (x.rank !== 3 || x.shape[2] !== kernel.shape[0])) {
    const features = kernel.shape[0]!
    const hint = x.rank === 3 ? ` (${x.shape[2]} ≠ ${features} features)` : ''
    throw new RepriseError(
      'shape',
      `${cell} expects input [N, T, ${features}], got ${formatShape(x.shape)}${hint}`,
    )
  }
  const expect = (name: string, tensor: Tensor | undefined, shape: readonly number[]) => {
    if (tensor && formatShape(tensor.shape) !== formatShape(shape)) {
      throw new RepriseError(
        'shape',
        `${cell} expects ${name} ${formatShape(shape)}, got ${formatShape(tensor.shape)}`,
      )
    }
  }
  const { N, T, I } = sizes(inputs)
  expect('kernel', kernel, [kernel.shape[0]!, G * H])
  expect('recurrent kernel', recurrentKernel, [H, G * H])
  expect('bias', bias, cell === 'gru' && resetAfter ? [2, 3 * H] : [G * H])
  expect('initial state h', h0, [N, H])
  expect('initial state c', c0, [N, H])
  expect('lengths', inputs.lengths, [N])
  expect('mask', inputs.mask, [N, T])
  expect('resets', inputs.resets, [N, T])
  const masks = inputs.inputDropout?.shape[0] === G || inputs.recurrentDropout?.shape[0] === G ? G : 1
  expect('input dropout masks', inputs.inputDropout, [masks, N, I])
  expect('recurrent dropout masks', inputs.recurrentDropout, [masks, N, H])
  if (inputs.lengths && inputs.lengths.dtype !== 'int32') {
    throw new RepriseError('shape', `${cell} expects lengths of type int32, got ${inputs.lengths.dtype}`)
  }
}

/** A single step of which nothing is masked, emptied or dropped. */
function isPlainStep({ x, lengths, mask, resets, inputDropout, recurrentDropout }: SequenceInputs): boolean {
  return x?.shape[1] === 1 && !lengths && !mask && !resets && !inputDropout && !recurrentDropout
}

function stepAttributes(inputs: RecurrentInputs, attributes: Attributes): StepAttributes {
  const { cell, activation, recurrentActivation, resetAfter } = attributes
  const H = inputs.recurrentKernel.shape[0]!
  return { cell, H, gates: gateCount[cell], activation, recurrentActivation, resetAfter }
}

type ForwardOutput = 'y' | 'hT' | 'cT' | 'saved'

const forwardOperation: Operation<SequenceInputs, ForwardOutput, Attributes> = {
  name: 'recurrent',
  infer(inputs, attributes) {
    check(inputs, attributes)
    const { N, T, I, H } = sizes(inputs)
    const f32 = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' })
    const saved = savedLength[attributes.cell]({ N, T, I, H, dropoutGates: attributes.dropoutGates })
    return { y: f32([N, T, H]), hT: f32([N, H]), cT: f32([N, H]), saved: f32([saved]) }
  },
  lower(lowering) {
    const { inputs, outputs, attributes, at, optional, emit } = lowering
    const saved = optional(outputs.saved)
    const { x } = inputs
    if (!saved && x?.shape[0] === 1 && isPlainStep(inputs)) {
      const step = { ...inputs, x }
      return emitStep({ ...lowering, inputs: step }, stepAttributes(step, attributes))
    }
    const shared = {
      x: optional(inputs.x),
      ids: optional(inputs.ids),
      kernel: at(inputs.kernel),
      recurrentKernel: at(inputs.recurrentKernel),
      bias: optional(inputs.bias),
      h0: optional(inputs.h0),
      lengths: optional(inputs.lengths),
      mask: optional(inputs.mask),
      resets: optional(inputs.resets),
      inputDropout: optional(inputs.inputDropout),
      recurrentDropout: optional(inputs.recurrentDropout),
      y: optional(outputs.y),
      hT: optional(outputs.hT),
      saved,
      ...scalars(inputs, attributes),
    }
    if (attributes.cell === 'lstm') {
      emit('lstmForward', { ...shared, c0: optional(inputs.c0), cT: optional(outputs.cT) })
    } else if (attributes.cell === 'gru') {
      emit('gruForward', shared)
    } else {
      emit('simpleRnnForward', shared)
    }
  },
  gradient({ inputs, outputs, attributes, gradients, needs }) {
    const backward = apply(
      backwardOperation,
      { ...inputs, saved: outputs.saved, dy: gradients.y, dhT: gradients.hT, dcT: gradients.cT },
      attributes,
    )
    const when = (name: string, gradient: Tensor) => (needs(name) ? gradient : undefined)
    return {
      x: when('x', backward.dx),
      kernel: when('kernel', backward.dKernel),
      recurrentKernel: when('recurrentKernel', backward.dRecurrentKernel),
      bias: when('bias', backward.dBias),
      h0: when('h0', backward.dh0),
      c0: when('c0', backward.dc0),
    }
  },
}

type BackwardOutput = 'dx' | 'dKernel' | 'dRecurrentKernel' | 'dBias' | 'dh0' | 'dc0'

const backwardOperation: Operation<SequenceInputs & { readonly saved: Tensor }, BackwardOutput, Attributes> =
  {
    name: 'recurrentGradient',
    infer(inputs) {
      const { N, H } = sizes(inputs)
      const like = (tensor: Tensor): TensorSpec => ({ shape: tensor.shape, dtype: 'float32' })
      const state: TensorSpec = { shape: [N, H], dtype: 'float32' }
      const none: TensorSpec = { shape: [1], dtype: 'float32' }
      return {
        dx: inputs.x ? like(inputs.x) : none,
        dKernel: like(inputs.kernel),
        dRecurrentKernel: like(inputs.recurrentKernel),
        dBias: inputs.bias ? like(inputs.bias) : none,
        dh0: state,
        dc0: state,
      }
    },
    lower({ inputs, outputs, attributes, at, optional, emit }) {
      const shared = {
        x: optional(inputs.x),
        ids: optional(inputs.ids),
        kernel: at(inputs.kernel),
        recurrentKernel: at(inputs.recurrentKernel),
        bias: optional(inputs.bias),
        h0: optional(inputs.h0),
        lengths: optional(inputs.lengths),
        mask: optional(inputs.mask),
        resets: optional(inputs.resets),
        inputDropout: optional(inputs.inputDropout),
        recurrentDropout: optional(inputs.recurrentDropout),
        saved: at(inputs.saved),
        dy: optional(inputs.dy),
        dhT: optional(inputs.dhT),
        dx: optional(outputs.dx),
        dKernel: optional(outputs.dKernel),
        dRecurrentKernel: optional(outputs.dRecurrentKernel),
        dBias: optional(outputs.dBias),
        dh0: optional(outputs.dh0),
        accumulate: 0,
        ...scalars(inputs, attributes),
      }
      if (attributes.cell === 'lstm') {
        const lstm = { c0: optional(inputs.c0), dcT: optional(inputs.dcT), dc0: optional(outputs.dc0) }
        emit('lstmBackward', { ...shared, ...lstm })
      } else if (attributes.cell === 'gru') {
        emit('gruBackward', shared)
      } else {
        emit('simpleRnnBackward', shared)
      }
    },
  }

/**
 * A whole-sequence recurrent layer as one command: x [N, T, I] → y [N, T, H] and the final state.
 * Only what is used is computed. See kernels/manifest.mjs for masks, resets, dropout and gate order.
 */
export function recurrent(
  cell: CellKind,
  inputs: RecurrentInputs,
  attributes: RecurrentAttributes = {},
): { y: Tensor; hT: Tensor; cT: Tensor } {
  const masks = inputs.inputDropout ?? inputs.recurrentDropout
  const all: Attributes = {
    cell,
    activation: attributes.activation ?? 'tanh',
    recurrentActivation: attributes.recurrentActivation ?? 'sigmoid',
    reverse: attributes.reverse ?? false,
    zeroOutput: attributes.zeroOutput ?? false,
    resetAfter: attributes.resetAfter ?? true,
    dropoutGates: masks?.shape[0] ?? 1,
  }
  const plain = apply(forwardOperation, withIds(inputs), all)
  if (!isPlainStep(inputs)) return plain
  const { x, kernel, recurrentKernel, bias, h0, c0 } = inputs
  return quantizedStep({ x, kernel, recurrentKernel, bias, h0, c0 }, stepAttributes(inputs, all)) ?? plain
}

/** The ids a tensor was made from by `oneHot`; undefined for any other tensor. */
function idsOfOneHot({ node }: Tensor): Tensor | undefined {
  return node?.operation.name === 'oneHot' ? node.inputs.ids : undefined
}

function withIds(inputs: RecurrentInputs): SequenceInputs {
  if (inputs.x.shape[0] === 1 && isPlainStep(inputs)) return inputs // a command of its own
  const ids = idsOfOneHot(inputs.x)
  if (ids?.rank !== 2 || inputs.inputDropout || inputs.x.shape[2] !== inputs.kernel.shape[0]) return inputs
  return { ...inputs, x: undefined, ids }
}
