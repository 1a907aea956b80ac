/** What a kind of layer is called in Keras, and which of its options the two have in common. */
export interface LayerRule {
  readonly className: string
  /** Our names; Keras's are the same in snake_case. */
  readonly options: readonly string[]
  /** Keras's keys that may only have these values: with another one the layer computes something else. */
  readonly only?: Readonly<Record<string, readonly unknown[]>>
}

const recurrentLoop = [
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'unroll',
  'zeroOutputForMask',
  'activityRegularizer',
] as const
const noTimeMajor = { time_major: [false] }

const cell = [
  'units',
  'activation',
  'useBias',
  'kernelInitializer',
  'recurrentInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'recurrentRegularizer',
  'biasRegularizer',
  'kernelConstraint',
  'recurrentConstraint',
  'biasConstraint',
  'dropout',
  'recurrentDropout',
  'seed',
] as const
const lstmCell = [...cell, 'recurrentActivation', 'unitForgetBias']
const gruCell = [...cell, 'recurrentActivation', 'resetAfter']

const kernelAndBias = [
  'activation',
  'useBias',
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
  'activityRegularizer',
  'kernelConstraint',
  'biasConstraint',
] as const
const normalization = [
  'axis',
  'epsilon',
  'center',
  'scale',
  'betaInitializer',
  'gammaInitializer',
  'betaRegularizer',
  'gammaRegularizer',
  'betaConstraint',
  'gammaConstraint',
] as const
const pooling = ['poolSize', 'strides', 'padding', 'dataFormat'] as const
const globalPooling = ['dataFormat', 'keepdims'] as const
const notQuantized = { quantization_config: [], lora_rank: [] }

const rule = (
  className: string,
  options: readonly string[] = [],
  only: LayerRule['only'] = {},
): LayerRule => ({
  className,
  options,
  only,
})

/** Layers by our kind. */
export const layerRules: Readonly<Record<string, LayerRule>> = {
  embedding: rule(
    'Embedding',
    [
      'inputDim',
      'outputDim',
      'embeddingsInitializer',
      'embeddingsRegularizer',
      'embeddingsConstraint',
      'activityRegularizer',
      'maskZero',
    ],
    notQuantized,
  ),
  dense: rule('Dense', ['units', ...kernelAndBias], notQuantized),
  dropout: rule('Dropout', ['rate', 'noiseShape', 'seed']),
  spatialDropout1d: rule('SpatialDropout1D', ['rate', 'seed']),
  simpleRnn: rule('SimpleRNN', [...cell, ...recurrentLoop], noTimeMajor),
  lstm: rule('LSTM', [...lstmCell, ...recurrentLoop], noTimeMajor),
  gru: rule('GRU', [...gruCell, ...recurrentLoop], noTimeMajor),
  rnn: rule('RNN', [...recurrentLoop, 'cell'], noTimeMajor),
  bidirectional: rule('Bidirectional', ['layer', 'backwardLayer', 'mergeMode']),
  timeDistributed: rule('TimeDistributed', ['layer']),
  masking: rule('Masking', ['maskValue']),
  activation: rule('Activation', ['activation']),
  reLu: rule('ReLU', ['maxValue', 'negativeSlope', 'threshold']),
  leakyReLu: rule('LeakyReLU', ['negativeSlope']),
  softmax: rule('Softmax', ['axis']),
  identity: rule('Identity'),
  rescaling: rule('Rescaling', ['scale', 'offset']),
  flatten: rule('Flatten', ['dataFormat']),
  reshape: rule('Reshape', ['targetShape']),
  permute: rule('Permute', ['dims']),
  repeatVector: rule('RepeatVector', ['n']),
  zeroPadding1d: rule('ZeroPadding1D', ['padding', 'dataFormat']),
  upSampling1d: rule('UpSampling1D', ['size']),
  add: rule('Add'),
  subtract: rule('Subtract'),
  multiply: rule('Multiply'),
  average: rule('Average'),
  maximum: rule('Maximum'),
  minimum: rule('Minimum'),
  concatenate: rule('Concatenate', ['axis']),
  dot: rule('Dot', ['axes', 'normalize']),
  conv1d: rule('Conv1D', [
    'filters',
    'kernelSize',
    'strides',
    'padding',
    'dataFormat',
    'dilationRate',
    'groups',
    ...kernelAndBias,
  ]),
  maxPooling1d: rule('MaxPooling1D', pooling),
  averagePooling1d: rule('AveragePooling1D', pooling),
  globalMaxPooling1d: rule('GlobalMaxPooling1D', globalPooling),
  globalAveragePooling1d: rule('GlobalAveragePooling1D', globalPooling),
  layerNormalization: rule('LayerNormalization', [...normalization, 'rmsScaling']),
  batchNormalization: rule(
    'BatchNormalization',
    [...normalization, 'momentum', 'movingMeanInitializer', 'movingVarianceInitializer'],
    { renorm: [false], adjustment: [] },
  ),
  unitNormalization: rule('UnitNormalization', ['axis']),
  attention: rule('Attention', ['useScale', 'scoreMode', 'dropout', 'seed']),
  additiveAttention: rule('AdditiveAttention', ['useScale', 'dropout', 'seed']),
  multiHeadAttention: rule('MultiHeadAttention', [
    'numHeads',
    'keyDim',
    'valueDim',
    'dropout',
    'useBias',
    'outputShape',
    'attentionAxes',
    'slidingWindow',
    'kernelInitializer',
    'biasInitializer',
    'kernelRegularizer',
    'biasRegularizer',
    'activityRegularizer',
    'kernelConstraint',
    'biasConstraint',
    'useGate',
    'seed',
  ]),
}

/** Cells of an RNN layer by our kind. */
export const cellRules: Readonly<Record<string, LayerRule>> = {
  simpleRnn: rule('SimpleRNNCell', cell),
  lstm: rule('LSTMCell', lstmCell),
  gru: rule('GRUCell', gruCell),
  stacked: rule('StackedRNNCells', ['cells']),
}

/** Other names of classes in older files. */
export const classAliases: Readonly<Record<string, string>> = {
  CuDNNLSTM: 'LSTM',
  CuDNNGRU: 'GRU',
  MaxPool1D: 'MaxPooling1D',
  AvgPool1D: 'AveragePooling1D',
  GlobalMaxPool1D: 'GlobalMaxPooling1D',
  GlobalAvgPool1D: 'GlobalAveragePooling1D',
  Convolution1D: 'Conv1D',
}

/** Keys in Keras's files that say nothing about what a layer computes here. */
export const harmlessKeys: ReadonlySet<string> = new Set([
  'name',
  'trainable',
  'dtype',
  'batch_input_shape',
  'batch_shape',
  'input_shape',
  'input_dtype',
  'input_length',
  'implementation',
  'use_cudnn',
  'autocast',
  'sparse',
  'ragged',
  'optional',
  'synchronized',
  'fused',
  'virtual_batch_size',
  'renorm_clipping',
  'renorm_momentum',
  'force_generator',
  'rng_type',
  'lora_alpha',
  'num_splits',
])

/** Options of ours that Keras has not, and the value with which they can be left out. */
export const ownOptions: Readonly<Record<string, readonly unknown[]>> = {
  lockedDropoutMask: ['auto', 'shared', 'perGate'],
  fused: ['auto', 'always', 'never'],
  useCudnn: ['auto', true, false],
  implementation: [1, 2],
  locked: [false],
}

/** Where layers of other packages and raw operations come from; those we know all live in the packages of layers. */
export const isLayerModule = (module: unknown): boolean =>
  module === undefined || module === null || (typeof module === 'string' && !/\bops\b/.test(module))

const byClass = (rules: Readonly<Record<string, LayerRule>>) =>
  new Map(Object.entries(rules).map(([kind, { className }]) => [className, kind]))
const layerKinds = byClass(layerRules)
const cellKinds = byClass(cellRules)

/** Our kind of a class of layers or cells; undefined when there is none. */
export const layerKindOf = (className: string): string | undefined =>
  layerKinds.get(Object.hasOwn(classAliases, className) ? classAliases[className]! : className)
export const cellKindOf = (className: string): string | undefined => cellKinds.get(className)
