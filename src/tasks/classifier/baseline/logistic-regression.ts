import { type Link, logisticLoss } from './logistic-loss.js'
import { QuasiNewton } from './quasi-newton.js'
import { multiply, multiplyTransposed, type SparseRows } from './sparse-rows.js'
import type { Pause } from './word-numbers.js'

/** What there is to learn from: rows of features and the labels that hold. */
export interface LogisticProblem {
  readonly rows: SparseRows
  /** Columns of `rows`. */
  readonly features: number
  /** Scores a row has. */
  readonly outputs: number
  readonly link: Link
  /** 1 where a label holds, [N, K] flat. */
  readonly targets: Uint8Array
  /** Weight of each row's loss. */
  readonly weights: Float64Array
}

/** kernel [D, K] and bias [K], one behind the other in one vector. */
export type LogisticWeights = Float64Array

export interface LogisticFit {
  readonly weights: LogisticWeights
  readonly iterations: number
  /** The largest part of the gradient came below the tolerance before the iterations ran out. */
  readonly converged: boolean
}

export interface LogisticFitOptions {
  readonly c: number
  /** Where to begin; zero when absent. */
  readonly start?: LogisticWeights
  readonly maxIterations: number
  /** Largest part of the gradient of the mean loss at which the minimum counts as found. */
  readonly tolerance: number
  readonly pause: Pause
}

/**
 * Minimises ½ |kernel|² + C · Σ loss; biases are not penalised, as in scikit-learn's `LogisticRegression`.
 *
 * L-BFGS (Liu and Nocedal 1989). A step is along a line, and scores are linear, so the line search needs no pass over the
 * data: each iteration costs one product with the rows and one with their transpose.
 */
export async function fitLogisticRegression(
  problem: LogisticProblem,
  options: LogisticFitOptions,
): Promise<LogisticFit> {
  const { link, outputs } = problem
  return link === 'sigmoid' && outputs > 1 ? fitEachLabel(problem, options) : fitTogether(problem, options)
}

/**
 * Labels that do not exclude each other have nothing to do with each other: by themselves they need fewer steps, rare ones
 * few (of 88 labels in 6,215 news 16 on average, where all together had not settled after 60).
 */
async function fitEachLabel(problem: LogisticProblem, options: LogisticFitOptions): Promise<LogisticFit> {
  const { features: D, outputs: K, targets, rows } = problem
  const weights = new Float64Array((D + 1) * K)
  let iterations = 0
  let converged = true
  for (let k = 0; k < K; k++) {
    const own = Uint8Array.from({ length: rows.rows }, (_, i) => targets[i * K + k]!)
    const share = own.reduce((sum, holds) => sum + holds, 0) / rows.rows
    const start = options.start && Float64Array.from({ length: D + 1 }, (_, d) => options.start![d * K + k]!)
    const found = await fitTogether(
      { ...problem, outputs: 1, targets: own },
      {
        ...options,
        ...(start && { start }),
        // The gradient of a label that few rows have is small from the beginning.
        tolerance: options.tolerance * Math.min(1, Math.max(0.02, 5 * share)),
      },
    )
    for (let d = 0; d <= D; d++) weights[d * K + k] = found.weights[d]!
    iterations = Math.max(iterations, found.iterations)
    converged &&= found.converged
  }
  return { weights, iterations, converged }
}

async function fitTogether(problem: LogisticProblem, options: LogisticFitOptions): Promise<LogisticFit> {
  const { rows, features: D, outputs: K, link, targets, weights: rowWeights } = problem
  const { c, maxIterations, tolerance, pause } = options
  const size = (D + 1) * K
  // Everything is divided by C times the number of rows, so that the tolerance means the same for all.
  const scale = 1 / rows.rows
  const penalty = scale / c
  const w = options.start?.slice() ?? startingWeights(problem)
  const gradient = new Float64Array(size)
  const scores = scoresOf(rows, w, D, K)
  const along = new Float64Array(scores.length)
  const residuals = new Float64Array(scores.length)
  const moved = new Float64Array(scores.length)
  const method = new QuasiNewton(size, 6)
  const computeGradient = () => gradientOf(rows, residuals, w, K, scale, penalty, gradient)
  let loss = scale * logisticLoss(link, scores, targets, rowWeights, K, residuals)
  computeGradient()
  for (let iteration = 0; ; iteration++) {
    const converged = largest(gradient) <= tolerance
    if (converged || iteration === maxIterations) return { weights: w, iterations: iteration, converged }
    await pause()
    const direction = method.direction(gradient)
    scoresOf(rows, direction, D, K, along)
    const [ww, wd, dd] = penaltyParts(w, direction, D * K)
    /** Value and slope at w + t · direction; leaves scores and residuals there. */
    const at = (t: number): readonly [value: number, slope: number] => {
      moved.set(scores)
      addScaled(moved, along, t)
      const value = scale * logisticLoss(link, moved, targets, rowWeights, K, residuals)
      return [
        value + 0.5 * penalty * (ww + 2 * t * wd + t * t * dd),
        scale * dot(residuals, along) + penalty * (wd + t * dd),
      ]
    }
    const value = loss + 0.5 * penalty * ww
    const step = lineSearch(at, value, dot(gradient, direction), method.firstStep(gradient))
    if (step === 0) return { weights: w, iterations: iteration, converged: false }
    addScaled(w, direction, step)
    loss = at(step)[0] - 0.5 * penalty * (ww + 2 * step * wd + step * step * dd)
    scores.set(moved)
    method.remember(direction, step, gradient)
    computeGradient()
    method.complete(gradient)
  }
}

/** Scores of every row: rows · kernel + bias, [N, K] flat. */
export function scoresOf(
  rows: SparseRows,
  weights: LogisticWeights,
  D: number,
  K: number,
  scores = new Float64Array(rows.rows * K),
): Float64Array {
  multiply(rows, weights, K, scores)
  for (let at = 0; at < scores.length; at += K)
    for (let k = 0; k < K; k++) scores[at + k]! += weights[D * K + k]!
  return scores
}

/** Nothing of the words, and biases that say how frequent each label is, from where the way is much shorter than from zero. */
function startingWeights({ features: D, outputs: K, link, targets, weights }: LogisticProblem): Float64Array {
  const start = new Float64Array((D + 1) * K)
  const total = weights.reduce((a, b) => a + b, 0)
  for (let k = 0; k < K; k++) {
    let holds = 0
    for (let i = 0; i < weights.length; i++) if (targets[i * K + k] === 1) holds += weights[i]!
    const share = (holds + 0.5) / (total + 1)
    start[D * K + k] = link === 'softmax' ? Math.log(share) : Math.log(share / (1 - share))
  }
  return start
}

/** scale · (rowsᵀ · residuals) + penalty · kernel, and scale · Σ residuals for the bias. */
function gradientOf(
  rows: SparseRows,
  residuals: Float64Array,
  w: Float64Array,
  K: number,
  scale: number,
  penalty: number,
  gradient: Float64Array,
): void {
  const kernel = w.length - K
  gradient.fill(0)
  multiplyTransposed(rows, residuals, K, gradient)
  for (let at = 0; at < residuals.length; at += K)
    for (let k = 0; k < K; k++) gradient[kernel + k]! += residuals[at + k]!
  for (let d = 0; d < kernel; d++) gradient[d] = scale * gradient[d]! + penalty * w[d]!
  for (let d = kernel; d < w.length; d++) gradient[d]! *= scale
}

/**
 * A step with enough descent and a slope flat enough (weak Wolfe conditions, by bisection and doubling: Lewis and Overton
 * 2013); 0 when there is none, at the limit of the arithmetic.
 */
function lineSearch(
  at: (t: number) => readonly [value: number, slope: number],
  value: number,
  slope: number,
  first: number,
): number {
  if (!(slope < 0)) return 0
  let [low, high, t] = [0, Number.POSITIVE_INFINITY, first]
  for (let trial = 0; trial < 40; trial++) {
    const [there, steepness] = at(t)
    if (!(there <= value + 1e-4 * t * slope)) high = t
    else if (steepness < 0.9 * slope) low = t
    else return t
    t = high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2
  }
  return low
}

function penaltyParts(w: Float64Array, direction: Float64Array, length: number): [number, number, number] {
  let [ww, wd, dd] = [0, 0, 0]
  for (let d = 0; d < length; d++) {
    ww += w[d]! * w[d]!
    wd += w[d]! * direction[d]!
    dd += direction[d]! * direction[d]!
  }
  return [ww, wd, dd]
}

function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (let k = 0; k < to.length; k++) to[k]! += factor * from[k]!
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}

function largest(values: Float64Array): number {
  let most = 0
  for (let k = 0; k < values.length; k++) most = Math.max(most, Math.abs(values[k]!))
  return most
}
