/** Options of optimizers in our names; Keras's are the same in snake_case. */
export const optimizerOptions: readonly string[] = [
  'learningRate',
  'weightDecay',
  'clipnorm',
  'globalClipnorm',
  'clipvalue',
  'beta1',
  'beta2',
  'epsilon',
  'amsgrad',
  'rho',
  'momentum',
  'centered',
  'nesterov',
  'initialAccumulatorValue',
]

/** Our names of optimizers → Keras's classes. */
export const optimizerClasses: Readonly<Record<string, string>> = {
  sgd: 'SGD',
  rmsprop: 'RMSprop',
  adam: 'Adam',
  adamW: 'AdamW',
  adagrad: 'Adagrad',
  adadelta: 'Adadelta',
  adamax: 'Adamax',
  nadam: 'Nadam',
  lion: 'Lion',
}

/** Learning-rate schedules and their options in our names. */
export const scheduleOptions: Readonly<Record<string, readonly string[]>> = {
  cosineDecay: ['initialLearningRate', 'decaySteps', 'alpha', 'warmupTarget', 'warmupSteps'],
  cosineDecayRestarts: ['initialLearningRate', 'firstDecaySteps', 'tMul', 'mMul', 'alpha'],
  exponentialDecay: ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase'],
  inverseTimeDecay: ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase'],
  piecewiseConstantDecay: ['boundaries', 'values'],
  polynomialDecay: ['initialLearningRate', 'decaySteps', 'endLearningRate', 'power', 'cycle'],
}

const logits = ['fromLogits', 'labelSmoothing'] as const
/** Losses and their options in our names. */
export const lossOptions: Readonly<Record<string, readonly string[]>> = {
  binaryCrossentropy: logits,
  binaryFocalCrossentropy: [...logits, 'applyClassBalancing', 'alpha', 'gamma'],
  categoricalCrossentropy: logits,
  categoricalFocalCrossentropy: [...logits, 'alpha', 'gamma'],
  categoricalHinge: [],
  cosineSimilarity: [],
  hinge: [],
  huber: ['delta'],
  klDivergence: [],
  logCosh: [],
  meanAbsoluteError: [],
  meanAbsolutePercentageError: [],
  meanSquaredError: [],
  meanSquaredLogarithmicError: [],
  poisson: [],
  sparseCategoricalCrossentropy: ['fromLogits', 'ignoreClass'],
  squaredHinge: [],
}

/** Other names of losses, in camelCase. */
export const lossAliases: Readonly<Record<string, string>> = {
  mse: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  msle: 'meanSquaredLogarithmicError',
  bce: 'binaryCrossentropy',
  kld: 'klDivergence',
  kLDivergence: 'klDivergence',
  kullbackLeiblerDivergence: 'klDivergence',
  logcosh: 'logCosh',
}

const thresholds = ['thresholds', 'topK', 'classId'] as const
const points = ['numThresholds', 'classId'] as const
/** Metrics besides the losses, and their options in our names. */
export const metricOptions: Readonly<Record<string, readonly string[]>> = {
  accuracy: [],
  acc: [],
  auc: ['numThresholds', 'curve', 'summationMethod', 'multiLabel', 'numLabels', 'fromLogits', 'thresholds'],
  binaryAccuracy: ['threshold'],
  categoricalAccuracy: [],
  cosineSimilarity: [],
  f1Score: ['average', 'threshold'],
  falseNegatives: ['thresholds'],
  falsePositives: ['thresholds'],
  fBetaScore: ['average', 'beta', 'threshold'],
  logCoshError: [],
  precision: thresholds,
  precisionAtRecall: ['recall', ...points],
  r2Score: ['classAggregation', 'numRegressors'],
  recall: thresholds,
  recallAtPrecision: ['precision', ...points],
  rootMeanSquaredError: [],
  sensitivityAtSpecificity: ['specificity', ...points],
  sparseCategoricalAccuracy: [],
  sparseTopKCategoricalAccuracy: ['k'],
  specificityAtSensitivity: ['sensitivity', ...points],
  topKCategoricalAccuracy: ['k'],
  trueNegatives: ['thresholds'],
  truePositives: ['thresholds'],
}

/** Classes whose names are not their names in camelCase with a capital. */
export const classNames: Readonly<Record<string, string>> = {
  klDivergence: 'KLDivergence',
  auc: 'AUC',
  fBetaScore: 'FBetaScore',
}
