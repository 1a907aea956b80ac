import type { LayerRow, Variation } from './layer-rows.js'

// Rows of the layers that do not walk over time step by step.

const sequence = (N: number, T: number) => [N, T, 3]
/** For layers whose weights depend on every axis: as long at every call. */
const fixed = (N: number) => [N, 3, 3]
const three = { shape: [2, 3], expected: 'expects input [N, T, F], got [2, 3]' }
const dataFormat: Variation = { value: 'channelsFirst', changes: 'output' }

const simple: readonly LayerRow[] = [
  {
    kind: 'activation',
    options: { activation: 'tanh' },
    input: sequence,
    variations: { activation: { value: 'softmax', changes: 'output' } },
  },
  {
    kind: 'reLu',
    options: {},
    input: sequence,
    variations: {
      maxValue: { value: 0.25, changes: 'output' },
      negativeSlope: { value: 0.5, changes: 'output' },
      threshold: { value: 0.25, changes: 'output' },
    },
  },
  {
    kind: 'leakyReLu',
    options: {},
    input: sequence,
    variations: { negativeSlope: { value: 0.5, changes: 'output' } },
  },
  {
    kind: 'softmax',
    options: {},
    input: (N, T) => [N, T],
    masks: true,
    wrong: { shape: [2], expected: 'expects input with an axis 1, got [2]', options: { axis: 1 } },
    variations: { axis: { value: [0, 1], changes: 'output' } },
  },
  { kind: 'softmax', options: { axis: [0, 2] }, input: (N) => [N, N, N], variations: {} },
  { kind: 'identity', options: {}, input: sequence, variations: {} },
  {
    kind: 'rescaling',
    options: { scale: 2 },
    input: sequence,
    variations: { scale: { value: 3, changes: 'output' }, offset: { value: 1, changes: 'output' } },
  },
  {
    kind: 'unitNormalization',
    options: {},
    input: sequence,
    wrong: { shape: [2], expected: 'expects input with an axis 2, got [2]', options: { axis: 2 } },
    variations: { axis: { value: [1, 2], changes: 'output' } },
  },
]

const reshaping: readonly LayerRow[] = [
  {
    kind: 'flatten',
    options: {},
    input: sequence,
    wrong: { shape: [], expected: 'expects input [N, …], got []' },
    variations: { dataFormat },
  },
  {
    kind: 'reshape',
    options: { targetShape: [-1, 3, 2] },
    input: (N, T) => [N, T, 6],
    wrong: {
      shape: [2, 5],
      expected: 'expects as many values as [-1, 3, 2] has, got [2, 5] (5 values each)',
    },
    variations: { targetShape: { value: [2, -1], changes: 'output' } },
  },
  {
    kind: 'permute',
    options: { dims: [2, 1] },
    input: sequence,
    wrong: { shape: [2, 3], expected: 'expects input of 3 axes, got [2, 3]' },
    variations: { dims: { value: [1, 2], changes: 'output' } },
  },
  {
    kind: 'zeroPadding1d',
    options: {},
    input: sequence,
    wrong: three,
    variations: { padding: { value: [0, 2], changes: 'output' }, dataFormat },
  },
  {
    kind: 'upSampling1d',
    options: {},
    input: sequence,
    wrong: three,
    variations: { size: { value: 3, changes: 'output' } },
  },
]

const merge = {
  options: {},
  input: sequence,
  others: (N: number, T: number) => [[N, T, 3]],
  masks: true,
  wrong: {
    shape: [2, 3, 4],
    expected:
      'expects inputs whose axes agree or have length 1, got [2, 3, 3] (inputs [2, 3, 4] and [2, 3, 3])',
  },
  variations: {},
}

const merging: readonly LayerRow[] = [
  ...['add', 'multiply', 'average', 'maximum', 'minimum'].flatMap((kind): LayerRow[] => [
    { ...merge, kind },
    {
      ...merge,
      kind,
      others: (N, T) => [
        [N, T, 1],
        [N, 1, 3],
      ],
      wrong: { shape: [3, 3, 3], expected: 'expects inputs of one batch size, got [2, 1, 3]' },
    },
    {
      ...merge,
      kind,
      others: (N) => [[N, 3]],
      wrong: {
        shape: [2, 3, 4],
        expected:
          'expects inputs whose axes agree or have length 1, got [2, 3] (inputs [2, 3, 4] and [2, 3])',
      },
    },
  ]),
  { ...merge, kind: 'subtract' },
  {
    kind: 'concatenate',
    options: {},
    input: sequence,
    others: (N, T) => [
      [N, T, 2],
      [N, T, 1],
    ],
    masks: true,
    wrong: {
      shape: [2, 4, 3],
      expected:
        'expects inputs that agree on all axes but 2, got [2, 3, 2] (inputs [2, 4, 3] and [2, 3, 2] and [2, 3, 1])',
    },
    variations: {},
  },
  {
    kind: 'concatenate',
    options: { axis: 1 },
    input: (N) => [N, 4, 3],
    others: (N) => [[N, 4, 3]],
    masks: true,
    wrong: { shape: [2, 3], expected: 'expects inputs that agree on all axes but 1, got [2, 4, 3]' },
    variations: { axis: { value: 2, changes: 'output' } },
  },
  {
    kind: 'dot',
    options: { axes: 2 },
    input: sequence,
    others: (N) => [[N, 5, 3]],
    wrong: {
      shape: [2, 3, 4],
      expected: 'expects inputs that agree on axes 2 and 2, got [2, 5, 3] (4 on axis 2 and 3 on axis 2',
    },
    variations: { normalize: { value: true, changes: 'output' } },
  },
  {
    kind: 'dot',
    options: { axes: [2, 1], normalize: true },
    input: (N, T) => [N, T, 3, 2],
    others: (N) => [[N, 3, 3]],
    variations: { axes: { value: [2, 2], changes: 'output' } },
  },
  { kind: 'dot', options: { axes: 1 }, input: (N) => [N, 4], others: (N) => [[N, 4]], variations: {} },
]

const weightOptions: Readonly<Record<string, Variation>> = {
  kernelInitializer: { value: 'ones', changes: 'weights' },
  biasInitializer: { value: 'ones', changes: 'weights' },
  kernelRegularizer: { value: 'l2', changes: 'penalties' },
  biasRegularizer: { value: 'l2', changes: 'penalties' },
  activityRegularizer: { value: 'l1', changes: 'penalties' },
  kernelConstraint: { value: 'maxNorm', changes: 'constrained' },
  biasConstraint: { value: 'nonNeg', changes: 'constrained' },
}

const windows: readonly LayerRow[] = [
  {
    kind: 'conv1d',
    options: { filters: 2, kernelSize: 3, padding: 'same' },
    input: (N, T) => [N, T, 4],
    wrong: { shape: [2, 3, 5], expected: 'expects input [N, T, 4], got [2, 3, 5] (axis 2: 5 ≠ 4)' },
    variations: {
      filters: { value: 3, changes: 'output' },
      kernelSize: { value: 2, changes: 'output' },
      strides: { value: 2, changes: 'output' },
      padding: { value: 'causal', changes: 'output' },
      dilationRate: { value: 2, changes: 'output' },
      groups: { value: 2, changes: 'weights' },
      activation: { value: 'gelu', changes: 'output' },
      useBias: { value: false, changes: 'weights' },
      ...weightOptions,
    },
  },
  {
    kind: 'conv1d',
    options: { filters: 4, kernelSize: 2, groups: 2, strides: 2, activation: 'tanh' },
    input: (N) => [N, 4, 4],
    wrong: { shape: [2, 1, 4], expected: 'expects a sequence as long as its window, got [2, 1, 4]' },
    variations: { dataFormat, padding: { value: 'same', changes: 'nothing' } },
  },
  ...['maxPooling1d', 'averagePooling1d'].map(
    (kind): LayerRow => ({
      kind,
      options: { padding: 'same' },
      input: (N, T) => [N, T, T],
      wrong: three,
      variations: {
        poolSize: { value: 4, changes: 'output' },
        strides: { value: 1, changes: 'output' },
        padding: { value: 'valid', changes: 'output', with: { poolSize: 3 } },
        dataFormat,
      },
    }),
  ),
  ...['globalMaxPooling1d', 'globalAveragePooling1d'].map(
    (kind): LayerRow => ({
      kind,
      options: {},
      input: (N, T) => [N, T, T],
      masks: true,
      wrong: three,
      variations: { dataFormat, keepdims: { value: true, changes: 'output' } },
    }),
  ),
]

const gammaBeta: Readonly<Record<string, Variation>> = {
  epsilon: { value: 0.1, changes: 'output' },
  center: { value: false, changes: 'weights' },
  scale: { value: false, changes: 'weights' },
  betaInitializer: { value: 'ones', changes: 'weights' },
  gammaInitializer: { value: 'zeros', changes: 'weights' },
  betaRegularizer: { value: 'l1', changes: 'penalties' },
  gammaRegularizer: { value: 'l1', changes: 'penalties' },
  betaConstraint: { value: 'nonNeg', changes: 'constrained' },
  gammaConstraint: { value: 'nonNeg', changes: 'constrained' },
}

const normalizing: readonly LayerRow[] = [
  {
    kind: 'layerNormalization',
    options: {},
    input: sequence,
    constant: true,
    wrong: { shape: [2, 4], expected: 'expects input of length 3 along axis 1, got [2, 4]' },
    variations: { ...gammaBeta, rmsScaling: { value: true, changes: 'output' } },
  },
  {
    kind: 'layerNormalization',
    options: { axis: [1, 2] },
    input: fixed,
    constant: true,
    wrong: { shape: [2, 3, 4], expected: 'expects input of length 3, 3 along axis 1, 2, got [2, 3, 4]' },
    variations: { axis: { value: 1, changes: 'output' } },
  },
  {
    kind: 'batchNormalization',
    options: {},
    input: sequence,
    constant: true,
    masks: true,
    wrong: { shape: [2, 4], expected: 'expects input of length 3 along axis -1, got [2, 4]' },
    variations: {
      ...gammaBeta,
      momentum: { value: 0.5, changes: 'after' },
      movingMeanInitializer: { value: 'ones', changes: 'weights' },
      movingVarianceInitializer: { value: 'zeros', changes: 'weights' },
    },
  },
  {
    kind: 'batchNormalization',
    options: { axis: 1 },
    input: fixed,
    constant: true,
    wrong: { shape: [2, 4, 3], expected: 'expects input of length 3 along axis 1, got [2, 4, 3]' },
    variations: { axis: { value: 2, changes: 'output' } },
  },
]

const dropout: Readonly<Record<string, Variation>> = {
  dropout: { value: 0.5, changes: 'training' },
  seed: { value: 3, changes: 'training', with: { dropout: 0.5 } },
}
const queryAndValue = {
  input: (N: number, T: number) => [N, T, 4],
  others: (N: number, T: number) => [[N, T + 1, 4]],
  masks: true,
}
const queryValueKey = {
  ...queryAndValue,
  others: (N: number, T: number) => [
    [N, T + 1, 3],
    [N, T + 1, 4],
  ],
}
const everyArgument = { useCausalMask: true, returnAttentionScores: true }
const wrongQuery = {
  shape: [2, 3, 5],
  expected:
    'expects query [N, T, D], value [N, S, V], key [N, S, D], got [2, 4, 4] (inputs [2, 3, 5], [2, 4, 4]',
}

const attending: readonly LayerRow[] = [
  {
    ...queryAndValue,
    kind: 'attention',
    options: {},
    constant: true,
    wrong: wrongQuery,
    variations: {
      useScale: { value: true, changes: 'weights' },
      scoreMode: { value: 'concat', changes: 'output' },
      ...dropout,
    },
  },
  {
    ...queryValueKey,
    kind: 'attention',
    options: { useScale: true, scoreMode: 'concat' },
    arguments: everyArgument,
    constant: true,
    variations: {},
  },
  {
    ...queryAndValue,
    kind: 'additiveAttention',
    options: {},
    wrong: wrongQuery,
    variations: { useScale: { value: false, changes: 'weights' }, ...dropout },
  },
  { ...queryValueKey, kind: 'additiveAttention', options: {}, arguments: everyArgument, variations: {} },
  {
    ...queryAndValue,
    kind: 'multiHeadAttention',
    options: { numHeads: 2, keyDim: 3 },
    wrong: {
      shape: [2, 3, 5],
      expected:
        'expects query [N, T, …], value and key [N, S, …] of 4, 4, 4 features, got [2, 3, 5] (inputs [2, 3, 5], [2, 4, 4])',
    },
    variations: {
      numHeads: { value: 3, changes: 'weights' },
      keyDim: { value: 2, changes: 'weights' },
      valueDim: { value: 2, changes: 'weights' },
      ...dropout,
      useBias: { value: false, changes: 'weights' },
      useGate: { value: true, changes: 'weights' },
      outputShape: { value: [2, 2], changes: 'output' },
      slidingWindow: { value: 2, changes: 'output' },
      ...weightOptions,
    },
  },
  {
    ...queryValueKey,
    kind: 'multiHeadAttention',
    options: { numHeads: 2, keyDim: 3, valueDim: 2, useGate: true },
    arguments: everyArgument,
    variations: {},
  },
  {
    kind: 'multiHeadAttention',
    options: { numHeads: 2, keyDim: 2 },
    masks: false,
    input: (N, T) => [N, T, 2, 3],
    others: (N, T) => [[N, T, 2, 3]],
    wrong: { shape: [2, 3, 3], expected: 'expects query [N, T, …], value and key [N, S, …]' },
    variations: { attentionAxes: { value: 1, changes: 'output' } },
  },
]

export const tensorLayerRows: readonly LayerRow[] = [
  ...simple,
  ...reshaping,
  ...merging,
  ...windows,
  ...normalizing,
  ...attending,
]
