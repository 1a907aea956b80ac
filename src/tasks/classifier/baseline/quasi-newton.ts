interface Step {
  /** Change of the weights. */
  readonly s: Float32Array
  /** Change of the gradient; before `complete` minus the old gradient. */
  readonly y: Float32Array
  /** 1 / (s · y) */
  rho: number
  /** (s · y) / (y · y) */
  curvature: number
}

/** The memory of L-BFGS: the last few steps, and from them a direction (two-loop recursion, Nocedal 1980). */
export class QuasiNewton {
  private readonly steps: Step[] = []
  private open: Step | undefined
  private readonly result: Float64Array

  constructor(
    private readonly size: number,
    private readonly memory: number,
  ) {
    this.result = new Float64Array(size)
  }

  /** −H · gradient, with H the approximate inverse of the Hessian; valid until the next call. */
  direction(gradient: Float64Array): Float64Array {
    const { steps, size, result: d } = this
    for (let k = 0; k < size; k++) d[k] = -gradient[k]!
    const alphas: number[] = []
    for (let i = steps.length - 1; i >= 0; i--) {
      const { s, y, rho } = steps[i]!
      const alpha = rho * dot(s, d)
      alphas[i] = alpha
      addScaled(d, y, -alpha)
    }
    const curvature = steps.at(-1)?.curvature ?? 1
    for (let k = 0; k < size; k++) d[k]! *= curvature
    for (const [i, { s, y, rho }] of steps.entries()) addScaled(d, s, alphas[i]! - rho * dot(y, d))
    return d
  }

  /** The step to try first: 1, and 1 / |gradient| as long as nothing is known of the scale. */
  firstStep(gradient: Float64Array): number {
    if (this.steps.length > 0) return 1
    let squares = 0
    for (const part of gradient) squares += part * part
    return 1 / Math.sqrt(squares)
  }

  /** A step was taken, from where the gradient was this. */
  remember(direction: Float64Array, step: number, gradient: Float64Array): void {
    const oldest = this.steps.length === this.memory ? this.steps.shift() : undefined
    const { s, y } = oldest ?? { s: new Float32Array(this.size), y: new Float32Array(this.size) }
    for (let k = 0; k < this.size; k++) {
      s[k] = step * direction[k]!
      y[k] = -gradient[k]!
    }
    this.open = { s, y, rho: 0, curvature: 0 }
  }

  /** The gradient where the step led. */
  complete(gradient: Float64Array): void {
    const { open } = this
    if (!open) return
    this.open = undefined
    const { s, y } = open
    let sy = 0
    let yy = 0
    for (let k = 0; k < this.size; k++) {
      const change = y[k]! + gradient[k]!
      y[k] = change
      sy += s[k]! * change
      yy += change * change
    }
    // Rounding may leave nothing of the curvature close to the minimum.
    if (!(sy > 1e-12 * yy)) return
    open.rho = 1 / sy
    open.curvature = sy / yy
    this.steps.push(open)
  }
}

function dot(a: Float32Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}

function addScaled(to: Float64Array, from: Float32Array, factor: number): void {
  for (let k = 0; k < to.length; k++) to[k]! += factor * from[k]!
}
