import type { Shape } from '../graph/tensor.js'
import { custom } from '../options.js'

export type Axes = number | readonly number[]

/** An option that takes an axis or several; negative ones count from the last. */
export function axesField(doc: string, fallback: Axes) {
  return custom<Axes>(doc, 'axis', fallback, (value) => {
    const axes: readonly unknown[] = Array.isArray(value) ? value : [value]
    return axes.length > 0 && axes.every(Number.isInteger)
      ? { value: value as Axes }
      : { expected: 'an axis number or a list of them' }
  })
}

/** The axes as a list of numbers from 0; undefined when one of them does not exist. */
export function axesOf(axes: Axes, { length }: Shape): readonly number[] | undefined {
  const own = (typeof axes === 'number' ? [axes] : axes).map((axis) => (axis < 0 ? axis + length : axis))
  return own.every((axis) => axis >= 0 && axis < length) ? own : undefined
}
