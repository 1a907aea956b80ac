import { pad } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { custom, type Given, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { dataFormatField } from './data-format.js'
import { ReshapingLayer } from './stateless-layer.js'

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

const fields = {
  padding: custom<number | readonly [number, number]>(
    'steps of zeros at both ends, or [before, after]',
    'steps',
    1,
    (value) => {
      const counts: readonly unknown[] = Array.isArray(value) ? value : [value, value]
      return counts.length === 2 && counts.every(isCount)
        ? { value: value as number | readonly [number, number] }
        : { expected: 'a whole number from 0, or two' }
    },
  ),
  dataFormat: dataFormatField,
}

export type ZeroPadding1dOptions = Given<typeof fields> & CommonOptions

/** Steps of zeros before and after a sequence: [N, T, F] → [N, before + T + after, F]. */
export class ZeroPadding1d extends ReshapingLayer {
  static readonly fields = fields
  readonly kind = 'zeroPadding1d'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: ZeroPadding1dOptions = {}) {
    super(given)
    this.resolved = resolveOwn('zeroPadding1d', fields, given)
  }

  private get axis(): number {
    return this.resolved.dataFormat === 'channelsFirst' ? 2 : 1
  }

  private get counts(): readonly [number, number] {
    const { padding } = this.resolved
    return typeof padding === 'number' ? [padding, padding] : padding
  }

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length !== 3) throw this.shapeError('input [N, T, F]', inputShape)
    const [before, after] = this.counts
    return inputShape.with(this.axis, before + inputShape[this.axis]! + after)
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    return pad(x, this.axis, ...this.counts)
  }
}
