import { denseStrides, type Shape, sizeOf } from '../graph/tensor.js'
import type { Values } from './graph-check.js'

/** Numbers with a shape, read by index: plain loops to say what an operation should give. */
export class Grid implements Values {
  private readonly strides: readonly number[]

  constructor(
    readonly shape: Shape,
    readonly values: ArrayLike<number>,
  ) {
    this.strides = denseStrides(shape)
  }

  static of({ shape, values }: Values): Grid {
    return new Grid(shape, values)
  }

  /** The grid whose element at each index is f(index). */
  static make(shape: Shape, f: (...index: number[]) => number): Grid {
    const strides = denseStrides(shape)
    const values = Float64Array.from({ length: sizeOf(shape) }, (_, e) =>
      f(...shape.map((length, k) => Math.floor(e / strides[k]!) % length)),
    )
    return new Grid(shape, values)
  }

  /** Element at an index; leading indices too many are dropped and axes of length 1 repeat, as in broadcasting. */
  at(...index: number[]): number {
    const own = index.slice(index.length - this.shape.length)
    const place = own.reduce((sum, i, k) => sum + (this.shape[k] === 1 ? 0 : i) * this.strides[k]!, 0)
    return this.values[place]!
  }

  map(f: (value: number) => number): Grid {
    return new Grid(this.shape, Float64Array.from(this.values, f))
  }
}
