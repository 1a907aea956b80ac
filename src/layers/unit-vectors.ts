import { divide, maximum, scalar, sqrt, square, sum } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'

/** x / max(‖x‖, epsilon), the Euclidean norm over the given axes. The gradient at zero is finite. */
export function unitVectors(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const squares = sum(square(x), axes, true)
  return divide(x, sqrt(maximum(squares, scalar(x, epsilon ** 2))))
}
