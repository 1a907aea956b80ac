import type { Floats, ReferenceKernels } from './kernels.js'

export const optimizerKernels: ReferenceKernels<
  | 'globalNorm'
  | 'clipByValue'
  | 'sgd'
  | 'rmsprop'
  | 'adam'
  | 'adagrad'
  | 'adadelta'
  | 'adamax'
  | 'nadam'
  | 'lion'
> = {
  globalNorm({ x, norm, count, accumulate }) {
    let sum = accumulate ? norm[0]! ** 2 : 0
    for (let e = 0; e < count; e++) sum += x[e]! ** 2
    norm[0] = Math.sqrt(sum)
  },

  clipByValue({ x, count, limit }) {
    for (let e = 0; e < count; e++) x[e] = Math.min(Math.max(x[e]!, -limit), limit)
  },

  sgd(a) {
    const { velocity, momentum, nesterov } = a
    const rate = a.hyper[0]! * a.rateScale
    update(a, (g, e) => {
      if (!velocity) return -rate * g
      const v = momentum * velocity[e]! - rate * g
      velocity[e] = v
      return nesterov ? momentum * v - rate * g : v
    })
  },

  rmsprop(a) {
    const { meanSquare, meanGradient, velocity, rho, momentum, epsilon } = a
    const rate = a.hyper[0]! * a.rateScale
    update(a, (g, e) => {
      const s = rho * meanSquare[e]! + (1 - rho) * g * g
      meanSquare[e] = s
      let variance = s
      if (meanGradient) {
        const m = rho * meanGradient[e]! + (1 - rho) * g
        meanGradient[e] = m
        variance -= m * m
      }
      const step = (rate * g) / Math.sqrt(variance + epsilon)
      if (!velocity) return -step
      const b = momentum * velocity[e]! + step
      velocity[e] = b
      return -b
    })
  },

  adam(a) {
    const { firstMoment, secondMoment, maxSecondMoment, fresh1, fresh2, epsilon } = a
    const rate = a.hyper[1]! * a.rateScale
    update(a, (g, e) => {
      const m = firstMoment[e]! + (g - firstMoment[e]!) * fresh1
      const v = secondMoment[e]! + (g * g - secondMoment[e]!) * fresh2
      firstMoment[e] = m
      secondMoment[e] = v
      if (!maxSecondMoment) return (-rate * m) / (Math.sqrt(v) + epsilon)
      const w = Math.max(maxSecondMoment[e]!, v)
      maxSecondMoment[e] = w
      return (-rate * m) / (Math.sqrt(w) + epsilon)
    })
  },

  adagrad(a) {
    const { accumulator, initial, epsilon } = a
    const rate = a.hyper[0]! * a.rateScale
    update(a, (g, e) => {
      const s = accumulator[e]! + g * g
      accumulator[e] = s
      return (-rate * g) / Math.sqrt(s + initial + epsilon)
    })
  },

  adadelta(a) {
    const { meanSquare, meanSquareStep, rho, epsilon } = a
    const rate = a.hyper[0]! * a.rateScale
    update(a, (g, e) => {
      const s = rho * meanSquare[e]! + (1 - rho) * g * g
      meanSquare[e] = s
      const u = (g * Math.sqrt(meanSquareStep[e]! + epsilon)) / Math.sqrt(s + epsilon)
      meanSquareStep[e] = rho * meanSquareStep[e]! + (1 - rho) * u * u
      return -rate * u
    })
  },

  adamax(a) {
    const { firstMoment, largest, beta1, beta2, epsilon } = a
    const rate = a.hyper[1]! * a.rateScale
    update(a, (g, e) => {
      const m = firstMoment[e]! + (g - firstMoment[e]!) * (1 - beta1)
      const u = Math.max(beta2 * largest[e]!, Math.abs(g))
      firstMoment[e] = m
      largest[e] = u
      return (-rate * m) / (u + epsilon)
    })
  },

  nadam(a) {
    const { firstMoment, secondMoment, beta1, beta2, epsilon } = a
    const [ofMoment, ofGradient] = [a.hyper[1]! * a.rateScale, a.hyper[2]! * a.rateScale]
    const correction = a.hyper[3]!
    update(a, (g, e) => {
      const m = firstMoment[e]! + (g - firstMoment[e]!) * (1 - beta1)
      const v = secondMoment[e]! + (g * g - secondMoment[e]!) * (1 - beta2)
      firstMoment[e] = m
      secondMoment[e] = v
      return -(ofMoment * m + ofGradient * g) / (Math.sqrt(correction * v) + epsilon)
    })
  },

  lion(a) {
    const { firstMoment, beta1, beta2 } = a
    const rate = a.hyper[0]! * a.rateScale
    update(a, (g, e) => {
      const m = firstMoment[e]!
      firstMoment[e] = beta2 * m + (1 - beta2) * g
      return -rate * Math.sign(beta1 * m + (1 - beta1) * g)
    })
  },
}

interface Update {
  readonly parameters: Floats
  readonly gradients: Floats
  readonly hyper: Floats
  readonly norm: Floats | undefined
  readonly rows: Int32Array | undefined
  readonly rowCount: Int32Array | undefined
  readonly count: number
  readonly limit: number
  readonly width: number
  readonly rateScale: number
  readonly weightDecay: number
  readonly maxNorm: number
}

/** What all optimizers share: the finite check, clipping and weight decay around the step of one element. */
function update(a: Update, step: (gradient: number, e: number) => number): void {
  const norm = a.norm?.[0] ?? 0
  if (!Number.isFinite(norm)) return
  const clip = a.maxNorm > 0 && norm > a.maxNorm ? a.maxNorm / norm : 1
  const decay = a.weightDecay * a.hyper[0]! * a.rateScale
  const { rows, rowCount, width } = a
  const count = rows ? Math.min(rowCount![0]!, a.limit) * width : a.count
  for (let g = 0; g < count; g++) {
    const e = rows ? rows[Math.floor(g / width)]! * width + (g % width) : g
    a.parameters[e] = a.parameters[e]! * (1 - decay) + step(a.gradients[g]! * clip, e)
  }
}
