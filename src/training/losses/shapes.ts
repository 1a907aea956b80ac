import { RepriseError } from '../../errors.js'
import { formatShape, operations, type Shape, type Tensor } from '../../graph/index.js'

/** Rows of predictions: all axes but the last; a vector has one number per row. */
export function rowCount(shape: Shape): number {
  return (shape.length > 1 ? shape.slice(0, -1) : shape).reduce((product, length) => product * length, 1)
}

/** Means over the last axis, one per row; a vector stays as it is. */
export function rowMeans(values: Tensor): Tensor {
  return values.rank > 1 ? operations.mean(values, -1) : values
}

/** Sums over the last axis, one per row; a vector is one row of its own. */
export function rowSums(values: Tensor): Tensor {
  return values.rank > 1 ? operations.sum(values, -1) : values
}

/** Throws `shape` unless the targets have the type and shape that `wants` stands for. */
export function checkShapes(
  who: string,
  wants: 'int32' | 'float32',
  predictions: Tensor,
  targets: Tensor,
): void {
  const expected = wants === 'int32' ? predictions.shape.slice(0, -1) : predictions.shape
  const shapes = `predictions ${formatShape(predictions.shape)} and targets ${formatShape(targets.shape)}`
  const rule =
    wants === 'int32'
      ? `need int32 class ids of shape ${formatShape(expected)}`
      : 'must have one shape, float32'
  if (targets.dtype !== wants) {
    throw new RepriseError('shape', `${who}: ${shapes} ${rule}; the targets are ${targets.dtype}`)
  }
  if (targets.rank !== expected.length) {
    const got = `the targets have ${targets.rank} axes instead of ${expected.length}`
    throw new RepriseError('shape', `${who}: ${shapes} ${rule}; ${got}`)
  }
  const axis = expected.findIndex((length, k) => length !== targets.shape[k])
  if (axis < 0) return
  const got = `on axis ${axis} ${targets.shape[axis]} is not ${expected[axis]}`
  throw new RepriseError('shape', `${who}: ${shapes} ${rule}; ${got}`)
}
