import type { Floats, ReferenceKernels } from './kernels.js'

export const optimizerKernels: ReferenceKernels<'globalNorm' | 'clipByValue' | 'sgd' | 'rmsprop' | 'adam'> = {
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
    const { firstMoment, secondMoment, beta1, beta2, epsilon } = a
    const rate = a.hyper[1]! * a.rateScale
    update(a, (g, e) => {
      const m = firstMoment[e]! + (g - firstMoment[e]!) * (1 - beta1)
      const v = secondMoment[e]! + (g * g - secondMoment[e]!) * (1 - beta2)
      firstMoment[e] = m
      secondMoment[e] = v
      return (-rate * m) / (Math.sqrt(v) + epsilon)
    })
  },
}

interface Update {
  readonly parameters: Floats
  readonly gradients: Floats
  readonly hyper: Floats
  readonly norm: Floats | undefined
  readonly count: number
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
  for (let e = 0; e < a.count; e++) {
    a.parameters[e] = a.parameters[e]! * (1 - decay) + step(a.gradients[e]! * clip, e)
  }
}
