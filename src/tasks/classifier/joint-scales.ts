/** What one model says of each text: a number for each label, of which softmax (or sigmoid) makes probabilities. */
export type Logits = readonly Float32Array[]

/**
 * How strongly the factors hold to their priors, against one validation text each. Validation parts are small: on SMS messages (four
 * folds) 10 to 30 gave the least log loss and 1 left the better model out where chance would have it.
 */
const trustInPrior = 10
const mostIterations = 50

/**
 * The factors a_k ≥ 0 for which the probabilities of Σ a_k · logits_k have the least log loss on texts whose labels are
 * known: temperature scaling (Guo et al. 2017; a = 1/T) for one model, and for several how much each counts. Newton's
 * method on a convex function; `priors` are the factors without any text.
 */
export function fitScales(
  models: readonly Logits[],
  truth: readonly (readonly number[])[],
  multiLabel: boolean,
  priors: readonly number[] = models.map(() => 1 / models.length),
): number[] {
  const spreads = models.map(spreadOf)
  const least = Math.min(...spreads)
  // A model that is surer than the others of all texts moves more with its factor: as much as it does, it holds to its prior.
  const trusts = spreads.map((spread) => trustInPrior * Math.max(1, (spread / least) ** 2 || 0))
  const problem: Problem = { models, truth, multiLabel, priors, trusts }
  const active = new Set(models.keys())
  let scales = [...priors]
  for (;;) {
    scales = newton(problem, scales, active)
    const worst = [...active].find((k) => scales[k]! < 0)
    if (worst === undefined) return scales
    active.delete(worst)
    scales[worst] = 0
  }
}

interface Problem {
  readonly models: readonly Logits[]
  readonly truth: readonly (readonly number[])[]
  readonly multiLabel: boolean
  readonly priors: readonly number[]
  readonly trusts: readonly number[]
}

/**
 * Factors to begin with where the texts to learn from are few: each model says as much as the least sure of all, times its
 * share. A network that knows its few training texts by heart is sure of everything.
 */
export function priorsOf(models: readonly Logits[], shares: readonly number[]): number[] {
  const spreads = models.map(spreadOf)
  const least = Math.min(...spreads)
  return shares.map((share, k) => share * (spreads[k]! > 0 ? least / spreads[k]! : 1))
}

/** How far the logits of a text lie from their mean: the root of the mean square. */
function spreadOf(logits: Logits): number {
  let squares = 0
  let count = 0
  for (const row of logits) {
    const mean = row.reduce((sum, logit) => sum + logit, 0) / row.length
    for (const logit of row) squares += (logit - mean) ** 2
    count += row.length
  }
  return count === 0 ? 0 : Math.sqrt(squares / count)
}

function newton(problem: Problem, start: readonly number[], active: ReadonlySet<number>): number[] {
  let scales = [...start]
  let { loss, gradient, hessian } = derivatives(problem, scales)
  for (let iteration = 0; iteration < mostIterations; iteration++) {
    const free = [...active]
    const step = solve(
      free.map((j) => free.map((k) => hessian[j]![k]!)),
      free.map((k) => -gradient[k]!),
    )
    let size = 1
    let improved = false
    for (let halving = 0; halving < 30 && !improved; halving++, size /= 2) {
      const candidate = [...scales]
      for (const [index, k] of free.entries()) candidate[k] = scales[k]! + size * step[index]!
      const next = derivatives(problem, candidate)
      improved = next.loss < loss
      if (improved) {
        scales = candidate
        ;({ loss, gradient, hessian } = next)
      }
    }
    if (!improved || Math.max(...step.map(Math.abs)) < 1e-6) break
  }
  return scales
}

/** Log loss in nats over all texts with the penalty that keeps scales near their priors, and its derivatives. */
function derivatives({ models, truth, multiLabel, priors, trusts }: Problem, scales: readonly number[]) {
  const K = models.length
  let loss = 0
  const gradient = new Array<number>(K).fill(0)
  const hessian = priors.map(() => new Array<number>(K).fill(0))
  for (const [k, prior] of priors.entries()) {
    loss += (trusts[k]! / 2) * (scales[k]! - prior) ** 2
    gradient[k]! += trusts[k]! * (scales[k]! - prior)
    hessian[k]![k]! += trusts[k]!
  }
  for (const [i, own] of truth.entries()) {
    const rows = models.map((logits) => logits[i]!)
    const joined = joinLogits(rows, scales)
    const p = probabilitiesOf(joined, multiLabel)
    if (multiLabel) {
      for (const [label, logit] of joined.entries()) {
        const has = own.includes(label) ? 1 : 0
        loss += softplus(has ? -logit : logit)
        const q = p[label]!
        for (let k = 0; k < K; k++) {
          gradient[k]! += (q - has) * rows[k]![label]!
          for (let j = 0; j < K; j++) hessian[k]![j]! += q * (1 - q) * rows[k]![label]! * rows[j]![label]!
        }
      }
      continue
    }
    const right = own[0]!
    loss -= Math.log(Math.max(p[right]!, 1e-300))
    const means = rows.map((row) => row.reduce((sum, z, label) => sum + p[label]! * z, 0))
    for (let k = 0; k < K; k++) {
      gradient[k]! += means[k]! - rows[k]![right]!
      for (let j = 0; j < K; j++) {
        let product = 0
        for (let label = 0; label < p.length; label++)
          product += p[label]! * rows[k]![label]! * rows[j]![label]!
        hessian[k]![j]! += product - means[k]! * means[j]!
      }
    }
  }
  return { loss, gradient, hessian }
}

const softplus = (x: number) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)))

/** Σ a_k · row_k */
export function joinLogits(rows: readonly Float32Array[], scales: readonly number[]): Float64Array {
  const joined = new Float64Array(rows[0]!.length)
  for (const [k, row] of rows.entries())
    for (let label = 0; label < joined.length; label++) joined[label]! += scales[k]! * row[label]!
  return joined
}

/** Softmax of a row, or of each number the sigmoid. */
export function probabilitiesOf(logits: ArrayLike<number>, multiLabel: boolean): Float64Array {
  const row = Float64Array.from(logits)
  if (multiLabel) return row.map((logit) => 1 / (1 + Math.exp(-logit)))
  const largest = row.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY)
  const powers = row.map((logit) => Math.exp(logit - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

/** −ln p of the right label, or where each label holds by itself the sum over labels. */
export function lossOf(logits: ArrayLike<number>, own: readonly number[], multiLabel: boolean): number {
  if (multiLabel)
    return Array.from(logits).reduce((sum, logit, k) => sum + softplus(own.includes(k) ? -logit : logit), 0)
  return -Math.log(Math.max(probabilitiesOf(logits, false)[own[0]!]!, 1e-300))
}

/** Numbers whose softmax (sigmoid) a row of probabilities is. */
export function logitsOf(probabilities: ArrayLike<number>, multiLabel: boolean): Float32Array {
  const least = 1e-7
  return Float32Array.from(probabilities, (p) => {
    const inside = Math.min(1 - least, Math.max(least, p))
    return multiLabel ? Math.log(inside / (1 - inside)) : Math.log(inside)
  })
}

/** Solves a small system with a positive definite matrix by elimination. */
function solve(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index]!])
  const size = rows.length
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = pivot + 1; row < size; row++) {
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!
      for (let column = pivot; column <= size; column++) rows[row]![column]! -= factor * rows[pivot]![column]!
    }
  }
  const result = new Array<number>(size).fill(0)
  for (let row = size - 1; row >= 0; row--) {
    let rest = rows[row]![size]!
    for (let column = row + 1; column < size; column++) rest -= rows[row]![column]! * result[column]!
    result[row] = rest / rows[row]![row]!
  }
  return result
}
