import { add, matmul, multiply, scale, sumAxis, tanh } from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Tensor } from '../graph/tensor.js'
import type { Cell, RecurrentState, StepResult, WeightMaker } from '../layers/cell.js'
import { registerCell } from '../layers/cell-registry.js'
import { initializer } from '../layers/initializers.js'

/** A cell as a user may write it: two states of different sizes, and an output that is neither. */
export class LeakyCell implements Cell {
  readonly kind = 'leaky'
  readonly outputSize = 2
  private kernel: Parameter | undefined
  private recurrentKernel: Parameter | undefined
  private readout: Parameter | undefined
  private scale: Parameter | undefined

  constructor(private readonly sizes: { readonly size: number }) {}

  get stateSizes() {
    return { fast: this.sizes.size, slow: this.sizes.size + 1 }
  }

  build(weight: WeightMaker, features: number): void {
    const { size } = this.sizes
    this.kernel = weight('kernel', [features, size], initializer('glorotUniform'))
    this.recurrentKernel = weight('recurrentKernel', [size + 1, size], initializer('orthogonal'))
    this.readout = weight('readout', [size, size + 1], initializer('glorotUniform'))
    this.scale = weight('scale', [features], initializer('ones'))
  }

  step(x: Tensor, { fast, slow }: RecurrentState): StepResult {
    const own = (parameter: Parameter | undefined) => x.graph.parameter(parameter!)
    const next = tanh(add(matmul(x, own(this.kernel)), matmul(slow!, own(this.recurrentKernel))))
    const state = { fast: next, slow: add(scale(slow!, 0.7), matmul(add(next, fast!), own(this.readout))) }
    return { output: multiply(own(this.scale), add(x, sumAxis(next, 1))), state }
  }

  options() {
    return this.sizes
  }
}

registerCell('leaky', (options) => new LeakyCell(options as { size: number }))
