import { RepriseError } from '../../errors.js'
import type { WeightArray } from '../model-description.js'

/** Hands out the weights of a layer in the order of Keras's `layer.weights`; layers inside take theirs in turn. */
export class WeightCursor {
  private at = 0

  constructor(
    private readonly owner: string,
    private readonly arrays: readonly WeightArray[],
  ) {}

  /** The next array, which must have `rank` axes and the given lengths (undefined: any). Throws `shape`. */
  take(name: string, ...shape: readonly (number | undefined)[]): WeightArray {
    const array = this.arrays[this.at]
    if (!array) {
      throw new RepriseError(
        'shape',
        `${this.owner}: weight ${name} is missing, the description has ${this.arrays.length} arrays`,
      )
    }
    const { shape: got } = array
    if (got.length !== shape.length || got.some((length, axis) => length !== (shape[axis] ?? length))) {
      const expected = shape.map((length) => length ?? '?').join(', ')
      throw new RepriseError(
        'shape',
        `${this.owner}: weight ${name} must be [${expected}], the description has "${array.name}" [${got.join(', ')}]`,
      )
    }
    this.at++
    return array
  }

  /** Throws `shape` when arrays are left over. */
  finish(): void {
    const rest = this.arrays.slice(this.at)
    if (rest.length === 0) return
    const names = rest.map(({ name, shape }) => `"${name}" [${shape.join(', ')}]`).join(', ')
    throw new RepriseError('shape', `${this.owner}: ${rest.length} weights are left over: ${names}`)
  }
}
