import { isObject, type JsonObject } from './json.js'
import { camelCase, lowerCamel, snakeCase, upperCamel } from './names.js'
import type { ReadScope } from './read-scope.js'

// Functions chosen by name: activations, initializers, regularizers, constraints.

/** Activations by our names, which are Keras's in camelCase; those not here do not exist in both. */
export const activationNames: readonly string[] = [
  'celu',
  'elu',
  'exponential',
  'gelu',
  'hardSigmoid',
  'hardSilu',
  'hardTanh',
  'leakyRelu',
  'linear',
  'logSigmoid',
  'logSoftmax',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'silu',
  'softmax',
  'softplus',
  'softsign',
  'squareplus',
  'tanh',
  'tanhShrink',
]
const activationAliases: Readonly<Record<string, string>> = { swish: 'silu', hardSwish: 'hardSilu' }

/** Our name of an activation in a file; undefined when it is not one we have. */
export function readActivation(value: unknown, { dialect }: ReadScope): string | undefined {
  if (value === null || value === undefined) return 'linear'
  let name: unknown = value
  // { class_name: 'function', config: 'relu' }, or a layer such as ReLU used as an activation.
  if (isObject(value)) name = typeof value.config === 'string' ? value.config : undefined
  if (typeof name !== 'string') return undefined
  const camel = lowerCamel(name)
  const ours = Object.hasOwn(activationAliases, camel) ? activationAliases[camel]! : camel
  if (ours === 'hardSigmoid' && dialect !== 'keras3') return 'legacyHardSigmoid'
  return activationNames.includes(ours) ? ours : undefined
}

/** Keras's name; undefined when Keras has no such activation. */
export function writeActivation(value: unknown): string | undefined {
  return typeof value === 'string' && activationNames.includes(value) ? snakeCase(value) : undefined
}

interface FunctionKind {
  readonly module: string
  /** Our name → its options in our names. */
  readonly known: Readonly<Record<string, readonly string[]>>
  /** In camelCase. */
  readonly aliases: Readonly<Record<string, string>>
  readonly className: (name: string) => string
}

const seed = ['seed'] as const
const initializers: FunctionKind = {
  module: 'keras.initializers',
  known: {
    zeros: [],
    ones: [],
    constant: ['value'],
    identity: ['gain'],
    randomNormal: ['mean', 'stddev', ...seed],
    randomUniform: ['minval', 'maxval', ...seed],
    truncatedNormal: ['mean', 'stddev', ...seed],
    varianceScaling: ['scale', 'mode', 'distribution', ...seed],
    glorotUniform: seed,
    glorotNormal: seed,
    heUniform: seed,
    heNormal: seed,
    lecunUniform: seed,
    lecunNormal: seed,
    orthogonal: ['gain', ...seed],
  },
  aliases: {
    zero: 'zeros',
    one: 'ones',
    normal: 'randomNormal',
    uniform: 'randomUniform',
    orthogonalInitializer: 'orthogonal',
    identityInitializer: 'identity',
    leCunNormal: 'lecunNormal',
    leCunUniform: 'lecunUniform',
  },
  className: upperCamel,
}

const regularizers: FunctionKind = {
  module: 'keras.regularizers',
  known: {
    l1: ['l1'],
    l2: ['l2'],
    l1l2: ['l1', 'l2'],
    orthogonalRegularizer: ['factor', 'mode'],
  },
  aliases: { l1L2: 'l1l2', L1L2: 'l1l2' },
  className: (name) => (name === 'orthogonalRegularizer' ? 'OrthogonalRegularizer' : name.toUpperCase()),
}

const constraints: FunctionKind = {
  module: 'keras.constraints',
  known: {
    maxNorm: ['maxValue', 'axis'],
    minMaxNorm: ['minValue', 'maxValue', 'rate', 'axis'],
    nonNeg: [],
    unitNorm: ['axis'],
  },
  aliases: {},
  className: upperCamel,
}

/** The kind of function an option takes, by the end of its name. */
export function functionKindOf(option: string): FunctionKind | undefined {
  if (option.endsWith('Initializer')) return initializers
  if (option.endsWith('Regularizer')) return regularizers
  if (option.endsWith('Constraint')) return constraints
  return undefined
}

/**
 * A function in our form, "glorotUniform" or { name: "l2", l2: 0.01 }; undefined when it is none of ours. None of them
 * changes what a loaded model computes.
 */
export function readFunction(kind: FunctionKind, value: unknown): string | JsonObject | undefined {
  const given = isObject(value) ? value.class_name : value
  if (typeof given !== 'string') return undefined
  const camel = lowerCamel(given)
  const name = Object.hasOwn(kind.aliases, camel) ? kind.aliases[camel]! : camel
  if (!Object.hasOwn(kind.known, name)) return undefined
  const config = isObject(value) && isObject(value.config) ? value.config : {}
  const options = kind.known[name]!.flatMap((option): [string, unknown][] => {
    const found = config[snakeCase(option)]
    if (typeof found === 'number') return [[option, found]]
    if (typeof found === 'string') return [[option, readWord(found)]]
    return Array.isArray(found) && option === 'axis' ? [[option, found]] : []
  })
  return options.length === 0 ? name : { name, ...Object.fromEntries(options) }
}

/** fan_avg → fanAvg; Keras 1 called the truncated normal distribution "normal". */
const readWord = (word: string): string => (word === 'normal' ? 'truncatedNormal' : camelCase(word))

/** Keras's form of a function; undefined when it has none such. */
export function writeFunction(kind: FunctionKind, value: unknown): JsonObject | undefined {
  const name = isObject(value) ? value.name : value
  if (typeof name !== 'string') return undefined
  const ours = Object.hasOwn(kind.aliases, lowerCamel(name))
    ? kind.aliases[lowerCamel(name)]!
    : lowerCamel(name)
  if (!Object.hasOwn(kind.known, ours)) return undefined
  const given = isObject(value) ? value : {}
  const config = kind.known[ours]!.flatMap((option): [string, unknown][] => {
    const found = given[option]
    if (found === undefined) return []
    return [[snakeCase(option), typeof found === 'string' ? snakeCase(found) : found]]
  })
  return {
    module: kind.module,
    class_name: kind.className(ours),
    config: Object.fromEntries(config),
    registered_name: null,
  }
}
