import { RepriseError } from '../errors.js'
import { formatShape, type Shape, sizeOf } from '../graph/tensor.js'
import {
  choice,
  custom,
  type Field,
  type Fields,
  integer,
  number,
  optional,
  type Resolved,
  resolve,
} from '../options.js'
import { RandomStream } from '../random.js'
import { Registry } from '../registry.js'
import type { Initializer } from './layer.js'
import { shorthand } from './named-functions.js'
import { orthogonalRows } from './orthogonal.js'

/** How an option names an initializer: "glorotUniform", { name: "randomUniform", minval: −0.1, maxval: 0.1 }, or a function. */
export type InitializerLike =
  | string
  | { readonly name: string; readonly [option: string]: unknown }
  | Initializer

type Factory = (options: Readonly<Record<string, unknown>>) => Initializer

const seedField = optional(integer('draws the same values for the same shape', undefined, { min: 0 }))

/** A factory whose options are declared and checked; all take a `seed`. */
function define<F extends Fields>(
  name: string,
  fields: F,
  make: (options: Resolved<F>) => Initializer,
): [string, Factory] {
  return [
    name,
    (options) => {
      const all: unknown = resolve(`initializer ${name}`, { ...fields, seed: seedField }, options)
      const { seed } = all as { readonly seed: number | undefined }
      const draw = make(all as Resolved<F>)
      return seed === undefined ? draw : (shape) => draw(shape, new RandomStream(seed, 'initializer'))
    },
  ]
}

/** Fan-in and fan-out as Keras counts them: the last two axes, times the axes before (a convolution's field). */
export function computeFans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 }
  const field = sizeOf(shape.slice(0, -2))
  return { fanIn: shape.at(-2)! * field, fanOut: shape.at(-1)! * field }
}

function draw(next: (random: RandomStream) => number): Initializer {
  return (shape, random) => {
    const values = new Float32Array(sizeOf(shape))
    for (let index = 0; index < values.length; index++) values[index] = next(random)
    return values
  }
}

/** A normal number no further than two standard deviations from the mean; others are drawn again. */
function truncatedNormal(random: RandomStream, mean: number, deviation: number): number {
  for (;;) {
    const value = random.normal()
    if (Math.abs(value) <= 2) return mean + deviation * value
  }
}

/** Standard deviation of a normal distribution cut off at two standard deviations. */
const truncatedDeviation = 0.8796256610342398

type Mode = 'fanIn' | 'fanOut' | 'fanAvg'
type Distribution = 'truncatedNormal' | 'untruncatedNormal' | 'uniform'

function varianceScaling(scale: number, mode: Mode, distribution: Distribution): Initializer {
  return (shape, random) => {
    const { fanIn, fanOut } = computeFans(shape)
    const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2
    const variance = scale / Math.max(1, fan)
    const deviation = Math.sqrt(variance)
    const limit = Math.sqrt(3 * variance)
    if (distribution === 'uniform') return draw((r) => r.uniform(-limit, limit))(shape, random)
    if (distribution === 'untruncatedNormal') return draw((r) => r.normal(0, deviation))(shape, random)
    return draw((r) => truncatedNormal(r, 0, deviation / truncatedDeviation))(shape, random)
  }
}

function needsMatrix(name: string, shape: Shape): void {
  if (shape.length < 2) {
    throw new RepriseError('shape', `initializer ${name} needs at least two axes, got ${formatShape(shape)}`)
  }
}

function orthogonal(gain: number): Initializer {
  return (shape, random) => {
    needsMatrix('orthogonal', shape)
    const columns = shape.at(-1)!
    const rows = sizeOf(shape) / columns
    const [count, length] = rows < columns ? [rows, columns] : [columns, rows]
    const vectors = orthogonalRows(count, length, random)
    const values = new Float32Array(rows * columns)
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < length; i++) {
        values[rows < columns ? k * columns + i : i * columns + k] = gain * vectors[k * length + i]!
      }
    }
    return values
  }
}

function identity(gain: number): Initializer {
  return (shape) => {
    if (shape.length !== 2) {
      throw new RepriseError('shape', `initializer identity needs two axes, got ${formatShape(shape)}`)
    }
    const [rows, columns] = shape as [number, number]
    const values = new Float32Array(rows * columns)
    for (let k = 0; k < Math.min(rows, columns); k++) values[k * columns + k] = gain
    return values
  }
}

const mean = number('mean', 0)
const stddev = number('standard deviation', 0.05, { min: 0 })
const gain = number('factor', 1)
const uniformFields = { minval: number('lower bound', -0.05), maxval: number('upper bound', 0.05) }
const normalFields = { mean, stddev }
const uniform = (name: string) =>
  define(name, uniformFields, ({ minval, maxval }) => draw((random) => random.uniform(minval, maxval)))
const normal = (name: string) =>
  define(name, normalFields, (options) => draw((random) => random.normal(options.mean, options.stddev)))
const scaling = (name: string, scale: number, mode: Mode, distribution: Distribution) =>
  define(name, {}, () => varianceScaling(scale, mode, distribution))

const registry = new Registry<Factory>(
  'initializer',
  Object.fromEntries([
    define('zeros', {}, () => (shape) => new Float32Array(sizeOf(shape))),
    define('ones', {}, () => (shape) => new Float32Array(sizeOf(shape)).fill(1)),
    define('constant', { value: number('the value', 0) }, ({ value }) => (shape) => {
      return new Float32Array(sizeOf(shape)).fill(value)
    }),
    define('identity', { gain }, (options) => identity(options.gain)),
    normal('randomNormal'),
    normal('normal'),
    uniform('randomUniform'),
    uniform('uniform'),
    define('truncatedNormal', normalFields, (options) =>
      draw((random) => truncatedNormal(random, options.mean, options.stddev)),
    ),
    define(
      'varianceScaling',
      {
        scale: number('factor', 1, { above: 0 }),
        mode: choice('mode', ['fanIn', 'fanOut', 'fanAvg'], 'fanIn'),
        distribution: choice(
          'distribution',
          ['truncatedNormal', 'untruncatedNormal', 'uniform'],
          'truncatedNormal',
        ),
      },
      ({ scale, mode, distribution }) => varianceScaling(scale, mode, distribution),
    ),
    scaling('glorotUniform', 1, 'fanAvg', 'uniform'),
    scaling('glorotNormal', 1, 'fanAvg', 'truncatedNormal'),
    scaling('heUniform', 2, 'fanIn', 'uniform'),
    scaling('heNormal', 2, 'fanIn', 'truncatedNormal'),
    scaling('lecunUniform', 1, 'fanIn', 'uniform'),
    scaling('lecunNormal', 1, 'fanIn', 'truncatedNormal'),
    define('orthogonal', { gain }, (options) => orthogonal(options.gain)),
  ]),
)

/** Names `initializer` knows. */
export const initializerNames = (): string[] => registry.names()

/**
 * The function an initializer option stands for: Keras 3's formulas and defaults, drawing from the stream of the weight.
 * Throws `unknown-name` for a name or option that does not exist.
 *
 * Glorot & Bengio 2010; He et al. 2015; LeCun et al. 1998; orthogonal: Saxe et al. 2014.
 */
export function initializer(like: InitializerLike): Initializer {
  if (typeof like === 'function') return like
  if (typeof like === 'string') return registry.get(like)({})
  const { name, ...options } = like
  return registry.get(name)(options)
}

/** An option that takes an initializer. */
export function initializerField(
  doc: string,
  fallback: InitializerLike,
): Field<InitializerLike> & { fallback: InitializerLike } {
  return custom<InitializerLike>(doc, 'name|{name,…}', fallback, (value) => {
    const named =
      typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
    if (typeof value !== 'string' && typeof value !== 'function' && !named) {
      return { expected: 'an initializer name, { name, …options } or a function' }
    }
    initializer(value as InitializerLike)
    return { value: value as InitializerLike }
  })
}

interface Seed {
  readonly seed?: number
}
interface Normal extends Seed {
  readonly mean?: number
  readonly stddev?: number
}
interface Uniform extends Seed {
  readonly minval?: number
  readonly maxval?: number
}
interface Scaling extends Seed {
  readonly scale?: number
  readonly mode?: Mode
  readonly distribution?: Distribution
}
const seeded = (name: string) => shorthand<Seed>(name, ['seed'])

/**
 * Keras's initializers, written with their arguments.
 *
 * @example
 * layers.dense(10, { kernelInitializer: initializers.glorotUniform({ seed: 3 }), biasInitializer: initializers.constant(0.1) })
 */
export const initializers = {
  zeros: shorthand('zeros'),
  ones: shorthand('ones'),
  constant: shorthand<{ readonly value?: number }>('constant', ['value']),
  identity: shorthand<{ readonly gain?: number }>('identity', ['gain']),
  randomNormal: shorthand<Normal>('randomNormal', ['mean', 'stddev', 'seed']),
  truncatedNormal: shorthand<Normal>('truncatedNormal', ['mean', 'stddev', 'seed']),
  randomUniform: shorthand<Uniform>('randomUniform', ['minval', 'maxval', 'seed']),
  varianceScaling: shorthand<Scaling>('varianceScaling', ['scale', 'mode', 'distribution', 'seed']),
  glorotUniform: seeded('glorotUniform'),
  glorotNormal: seeded('glorotNormal'),
  heUniform: seeded('heUniform'),
  heNormal: seeded('heNormal'),
  lecunUniform: seeded('lecunUniform'),
  lecunNormal: seeded('lecunNormal'),
  orthogonal: shorthand<Seed & { readonly gain?: number }>('orthogonal', ['gain', 'seed']),
}
