import type { DType, Shape } from '../graph/tensor.js'
import { Embedding } from '../layers/embedding.js'
import type { Layer } from '../layers/layer.js'
import { drawn } from './graph-check.js'
import type { Observation } from './layer-observation.js'
import { LeakyCell } from './leaky-cell.js'
import { tensorLayerRows } from './tensor-layer-rows.js'

/** One option and what must differ when it is set. */
export interface Variation {
  readonly value: unknown
  /** What must change; `nothing` for an option that is accepted without effect, and must have none. */
  readonly changes: keyof Observation | 'nothing'
  /** Options both sides of the comparison have besides the row's. */
  readonly with?: Readonly<Record<string, unknown>>
}

/** What the contract needs to know about a layer. Every registered layer has one or more rows. */
export interface LayerRow {
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
  /** Shape of the input for a batch of N rows and T steps. */
  readonly input: (N: number, T: number) => Shape
  /** Shapes of further inputs. */
  readonly others?: (N: number, T: number) => readonly Shape[]
  /** Call arguments. */
  readonly arguments?: Readonly<Record<string, unknown>>
  /** True: what it computes depends on masks, its gradients are checked under some too. False: it refuses them. */
  readonly masks?: boolean
  /** Integer inputs lie in 0 … integers−1; absent = float32. */
  readonly integers?: number
  /** Carries state, walks over time. */
  readonly recurrent?: boolean
  /** Its weights start at constants, whatever the seed. */
  readonly constant?: boolean
  /** A first input that does not fit, and what the error says was expected; absent when any input does. */
  readonly wrong?: {
    readonly shape: Shape
    readonly dtype?: DType
    readonly expected: string
    readonly options?: object
  }
  /** Built before the layer, for options that refer to another one. */
  readonly before?: () => Layer
  readonly variations: Readonly<Record<string, Variation>>
}

const sequence: Readonly<Record<string, Variation>> = {
  returnSequences: { value: true, changes: 'output' },
  returnState: { value: true, changes: 'outputs' },
  goBackwards: { value: true, changes: 'output' },
  stateful: { value: true, changes: 'second' },
  unroll: { value: true, changes: 'nothing' },
  zeroOutputForMask: { value: true, changes: 'masked', with: { returnSequences: true } },
  activityRegularizer: { value: 'l2', changes: 'penalties' },
  fused: { value: 'never', changes: 'commands' },
}
const gates: Readonly<Record<string, Variation>> = {
  units: { value: 5, changes: 'output' },
  activation: { value: 'softsign', changes: 'output' },
  useBias: { value: false, changes: 'weights' },
  kernelInitializer: { value: 'heNormal', changes: 'weights' },
  recurrentInitializer: { value: 'glorotUniform', changes: 'weights' },
  biasInitializer: { value: { name: 'constant', value: 0.25 }, changes: 'weights' },
  kernelRegularizer: { value: 'l1', changes: 'penalties' },
  recurrentRegularizer: { value: { name: 'l2', l2: 0.1 }, changes: 'penalties' },
  biasRegularizer: { value: { name: 'l1l2', l1: 0.1 }, changes: 'penalties' },
  kernelConstraint: { value: 'unitNorm', changes: 'constrained' },
  recurrentConstraint: { value: 'maxNorm', changes: 'constrained' },
  biasConstraint: { value: 'nonNeg', changes: 'constrained' },
  dropout: { value: 0.5, changes: 'training' },
  recurrentDropout: { value: 0.5, changes: 'training' },
  seed: { value: 3, changes: 'training', with: { dropout: 0.5, recurrentDropout: 0.5 } },
}
const perGate: Variation = { value: 'perGate', changes: 'training', with: { dropout: 0.5 } }
const gated: Readonly<Record<string, Variation>> = {
  recurrentActivation: { value: 'hardSigmoid', changes: 'output' },
  lockedDropoutMask: perGate,
  implementation: { value: 1, changes: 'training', with: { dropout: 0.5 } },
  useCudnn: { value: false, changes: 'nothing' },
}
const recurrent = {
  input: (N: number, T: number) => [N, T, 2],
  recurrent: true,
  wrong: { shape: [2, 3, 4], expected: 'expects input [N, T, 2], got [2, 3, 4] (axis 2: 4 ≠ 2)' },
} as const

const inner = (layer: string, options: Readonly<Record<string, unknown>>) => ({ layer, options })
/** One of the inputs that observations use, so that the step it is in is masked. */
const maskedValue = Math.fround(drawn('x', [2, 4, 1]).values[2]!)

export const layerRows: readonly LayerRow[] = [
  {
    kind: 'embedding',
    options: { inputDim: 4, outputDim: 3 },
    input: (N, T) => [N, T],
    integers: 4,
    wrong: { shape: [2, 3], dtype: 'float32', expected: 'expects integer ids (int32), got [2, 3]' },
    variations: {
      inputDim: { value: 6, changes: 'weights' },
      outputDim: { value: 2, changes: 'output' },
      embeddingsInitializer: { value: { name: 'uniform', minval: -1, maxval: 1 }, changes: 'weights' },
      embeddingsRegularizer: { value: 'l2', changes: 'penalties' },
      embeddingsConstraint: { value: { name: 'minMaxNorm', axis: 1 }, changes: 'constrained' },
      activityRegularizer: { value: 'l1', changes: 'penalties' },
      weights: { value: [0, 1, 2, 3].map((id) => [id, -id, 0.5]), changes: 'weights' },
      maskZero: { value: true, changes: 'mask' },
      inputLength: { value: 7, changes: 'nothing' },
      sparse: { value: true, changes: 'nothing' },
    },
  },
  {
    kind: 'dense',
    options: { units: 3 },
    input: (N, T) => [N, T, 2],
    wrong: { shape: [5, 4], expected: 'expects input [..., 2], got [5, 4] (axis 1: 4 ≠ 2)' },
    before: () => new Embedding({ inputDim: 3, outputDim: 2, name: 'table' }),
    variations: {
      units: { value: 4, changes: 'output' },
      activation: { value: 'softplus', changes: 'output' },
      useBias: { value: false, changes: 'weights' },
      kernelInitializer: { value: 'ones', changes: 'weights' },
      biasInitializer: { value: 'ones', changes: 'weights' },
      kernelRegularizer: { value: 'orthogonalRegularizer', changes: 'penalties' },
      biasRegularizer: { value: 'l2', changes: 'penalties' },
      activityRegularizer: { value: 'l1', changes: 'penalties' },
      kernelConstraint: { value: 'maxNorm', changes: 'constrained' },
      biasConstraint: { value: 'nonNeg', changes: 'constrained' },
      tiedTo: { value: 'table', changes: 'weights' },
    },
  },
  {
    kind: 'adaptiveSoftmax',
    options: { units: 7, cutoffs: [2, 4], divValue: 2 },
    input: (N, T) => [N, T, 4],
    wrong: { shape: [5, 3], expected: 'expects input [..., 4], got [5, 3] (axis 1: 3 ≠ 4)' },
    variations: {
      units: { value: 9, changes: 'output' },
      cutoffs: { value: [3], changes: 'output' },
      divValue: { value: 4, changes: 'weights' },
      useBias: { value: false, changes: 'weights' },
      kernelInitializer: { value: 'ones', changes: 'weights' },
      biasInitializer: { value: 'ones', changes: 'weights' },
      zipfBias: { value: true, changes: 'weights' },
    },
  },
  {
    kind: 'crf',
    options: { transitionsInitializer: 'glorotUniform' },
    input: (N, T) => [N, T, 3],
    masks: true,
    wrong: { shape: [2, 5, 4], expected: 'expects input [N, T, 3], got [2, 5, 4] (axis 2: 4 ≠ 3)' },
    variations: {
      useBoundaries: { value: false, changes: 'weights' },
      transitionsInitializer: { value: 'ones', changes: 'weights' },
      forbidden: {
        value: [
          [0, 1],
          [1, 'end'],
          ['start', 2],
        ],
        changes: 'weights',
      },
    },
  },
  {
    kind: 'sampledSoftmax',
    options: { units: 3 },
    input: (N, T) => [N, T, 2],
    wrong: { shape: [5, 4], expected: 'expects input [..., 2], got [5, 4] (axis 1: 4 ≠ 2)' },
    before: () => new Embedding({ inputDim: 3, outputDim: 2, name: 'table' }),
    variations: {
      units: { value: 4, changes: 'output' },
      useBias: { value: false, changes: 'weights' },
      kernelInitializer: { value: 'ones', changes: 'weights' },
      biasInitializer: { value: 'ones', changes: 'weights' },
      zipfBias: { value: true, changes: 'weights' },
      tiedTo: { value: 'table', changes: 'weights' },
      // They matter with targets and while training; see vocabulary-softmax.test.ts.
      samples: { value: 2, changes: 'nothing' },
      sparse: { value: true, changes: 'nothing' },
    },
  },
  {
    kind: 'dropout',
    options: { rate: 0.5 },
    input: (N, T) => [N, T, 3],
    wrong: { shape: [2, 3], expected: 'expects input [N, T, F], got [2, 3]', options: { locked: true } },
    variations: {
      rate: { value: 0.25, changes: 'training' },
      locked: { value: true, changes: 'training' },
      noiseShape: { value: [null, 1, 3], changes: 'training' },
      seed: { value: 3, changes: 'training' },
    },
  },
  {
    kind: 'simpleRnn',
    options: { units: 3 },
    ...recurrent,
    variations: {
      ...sequence,
      ...gates,
      // One gate: there is nothing to share.
      lockedDropoutMask: { ...perGate, changes: 'nothing' },
    },
  },
  {
    kind: 'lstm',
    options: { units: 3 },
    ...recurrent,
    variations: {
      ...sequence,
      ...gates,
      ...gated,
      unitForgetBias: { value: false, changes: 'weights' },
    },
  },
  {
    kind: 'gru',
    options: { units: 3 },
    ...recurrent,
    variations: {
      ...sequence,
      ...gates,
      ...gated,
      resetAfter: { value: false, changes: 'weights' },
    },
  },
  {
    kind: 'gru',
    options: { units: 3, resetAfter: false, activation: 'gelu' },
    ...recurrent,
    variations: { useBias: { value: false, changes: 'weights' } },
  },
  {
    kind: 'rnn',
    options: { cell: new LeakyCell({ size: 3 }) },
    ...recurrent,
    variations: {
      ...sequence,
      fused: { value: 'never', changes: 'nothing' },
      cell: { value: { cell: 'lstm', options: { units: 3 } }, changes: 'output' },
    },
  },
  {
    kind: 'rnn',
    options: { cell: [new LeakyCell({ size: 3 }), { cell: 'gru', options: { units: 2, dropout: 0.3 } }] },
    ...recurrent,
    variations: { cell: { value: [{ cell: 'gru', options: { units: 2 } }], changes: 'weights' } },
  },
  {
    kind: 'rnn',
    options: {
      cell: [
        { cell: 'lstm', options: { units: 3, dropout: 0.2 } },
        { cell: 'simpleRnn', options: { units: 2, recurrentDropout: 0.3 } },
      ],
    },
    ...recurrent,
    variations: sequence,
  },
  {
    kind: 'bidirectional',
    options: { layer: inner('lstm', { units: 3, returnState: true }) },
    input: recurrent.input,
    wrong: recurrent.wrong,
    variations: {
      layer: { value: inner('gru', { units: 3, stateful: true }), changes: 'second' },
      mergeMode: { value: 'sum', changes: 'output' },
      backwardLayer: {
        value: inner('gru', { units: 2, returnState: true, goBackwards: true }),
        changes: 'output',
      },
    },
  },
  {
    kind: 'bidirectional',
    options: {
      layer: inner('rnn', { cell: { cell: 'leaky', options: { size: 3 } }, returnSequences: true }),
      mergeMode: null,
    },
    input: recurrent.input,
    wrong: recurrent.wrong,
    variations: { mergeMode: { value: 'ave', changes: 'outputs' } },
  },
  {
    kind: 'timeDistributed',
    options: { layer: inner('dense', { units: 3 }) },
    input: recurrent.input,
    wrong: { shape: [2, 3], expected: 'expects input [N, T, ...] of three axes or more, got [2, 3]' },
    variations: { layer: { value: inner('dense', { units: 4 }), changes: 'output' } },
  },
  {
    kind: 'masking',
    options: {},
    input: (N, T) => [N, T, 1],
    wrong: { shape: [2], expected: 'expects input [N, ..., features], got [2]' },
    variations: { maskValue: { value: maskedValue, changes: 'mask' } },
  },
  {
    kind: 'repeatVector',
    options: { n: 2 },
    input: (N) => [N, 3],
    wrong: { shape: [2, 3, 4], expected: 'expects input [N, features], got [2, 3, 4]' },
    variations: { n: { value: 3, changes: 'output' } },
  },
  {
    kind: 'spatialDropout1d',
    options: { rate: 0.5 },
    input: (N, T) => [N, T, 3],
    wrong: { shape: [2, 3], expected: 'expects input [N, T, F], got [2, 3]' },
    variations: {
      rate: { value: 0.25, changes: 'training' },
      seed: { value: 3, changes: 'training' },
    },
  },
  ...tensorLayerRows,
]
