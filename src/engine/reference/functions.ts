import {
  Activation,
  type ActivationName,
  Binary,
  type BinaryName,
  Unary,
  type UnaryName,
} from '../commands.generated.js'

const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

/** y = f(x). NaN gives NaN. */
const activations: Record<ActivationName, (x: number) => number> = {
  linear: (x) => x,
  tanh: (x) => Math.tanh(x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
  hardSigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  softsign: (x) => x / (1 + Math.abs(x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x)),
  exponential: (x) => Math.exp(x),
}

/** f′(x) written in terms of y = f(x); at a corner the slope of the left side. */
const slopes: Record<ActivationName, (y: number) => number> = {
  linear: () => 1,
  tanh: (y) => 1 - y * y,
  sigmoid: (y) => y * (1 - y),
  relu: (y) => (y > 0 ? 1 : 0),
  hardSigmoid: (y) => (y > 0 && y < 1 ? 1 / 6 : 0),
  softsign: (y) => (1 - Math.abs(y)) ** 2,
  softplus: (y) => -Math.expm1(-y),
  elu: (y) => (y > 0 ? 1 : y + 1),
  selu: (y) => (y > 0 ? seluScale : y + seluScale * seluAlpha),
  exponential: (y) => y,
}

const unaries: Record<UnaryName, (x: number) => number> = {
  negate: (x) => -x,
  absolute: Math.abs,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  reciprocal: (x) => 1 / x,
  sign: Math.sign,
  step: (x) => (x > 0 ? 1 : 0),
  log1p: Math.log1p,
  expm1: Math.expm1,
  sin: Math.sin,
  cos: Math.cos,
  erf,
}

const binaries: Record<BinaryName, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  power: (a, b) => a ** b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  equal: (a, b) => (a === b ? 1 : 0),
  notEqual: (a, b) => (a !== b ? 1 : 0),
  less: (a, b) => (a < b ? 1 : 0),
  lessEqual: (a, b) => (a <= b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greaterEqual: (a, b) => (a >= b ? 1 : 0),
}

/** erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)): all terms have one sign, so nothing cancels. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

function byCode<Name extends string, F>(
  codes: Readonly<Record<Name, number>>,
  table: Record<Name, F>,
): (code: number) => F {
  const functions: F[] = []
  for (const name of Object.keys(codes) as Name[]) functions[codes[name]] = table[name]
  return (code) => {
    const found = functions[code]
    if (found === undefined) throw new RangeError(`no function has the code ${code}`)
    return found
  }
}

/** The function of an `Activation` code. */
export const activationOf = byCode(Activation, activations)
/** The derivative of an `Activation` code, taking y = f(x). */
export const slopeOf = byCode(Activation, slopes)
/** The function of a `Unary` code. */
export const unaryOf = byCode(Unary, unaries)
/** The function of a `Binary` code. */
export const binaryOf = byCode(Binary, binaries)
