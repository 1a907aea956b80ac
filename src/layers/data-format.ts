import { transpose } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { choice } from '../options.js'

export type DataFormat = 'channelsLast' | 'channelsFirst'

/** Where the features stand in a sequence; the same option for all layers that have it. */
export const dataFormatField = choice(
  'data format: channelsLast = [N, T, F], channelsFirst = [N, F, T]',
  ['channelsLast', 'channelsFirst'],
  'channelsLast',
)

/** [N, T, F] of a sequence in either format, and the other way round. */
export const channelsLast = (x: Tensor, format: DataFormat): Tensor =>
  format === 'channelsFirst' ? transpose(x, [0, 2, 1]) : x

/** The same for a shape. */
export const channelsLastShape = (shape: Shape, format: DataFormat): Shape =>
  format === 'channelsFirst' ? [shape[0]!, shape[2]!, shape[1]!] : shape
