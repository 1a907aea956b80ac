import { custom, type Field } from '../options.js'

/** Windows of `size` steps, `dilation` apart, every `stride` steps. */
export interface TimeWindows {
  readonly size: number
  readonly stride: number
  readonly dilation: number
  /** valid: only whole windows; same: as many as steps (over stride); causal: the same, none looks ahead. */
  readonly padding: 'valid' | 'same' | 'causal'
}

const reach = ({ size, dilation }: TimeWindows) => (size - 1) * dilation

/** How many windows a sequence has; NaN when its length is not known. */
export function windowCount(length: number, windows: TimeWindows): number {
  const room = windows.padding === 'valid' ? length - reach(windows) - 1 : length - 1
  return Math.floor(room / windows.stride) + 1
}

/** Steps to add before and after the sequence. */
export function windowPadding(length: number, windows: TimeWindows): readonly [number, number] {
  if (windows.padding === 'valid') return [0, 0]
  if (windows.padding === 'causal') return [reach(windows), 0]
  const needed = (windowCount(length, windows) - 1) * windows.stride + reach(windows) + 1
  const total = Math.max(0, needed - length)
  return [Math.floor(total / 2), Math.ceil(total / 2)]
}

/** A number of steps; Keras saves it as a list of one, which is taken too. */
export function stepsField<Fallback extends number | undefined>(
  doc: string,
  fallback: Fallback,
): Field<number | Fallback> & { readonly fallback: Fallback } {
  const field = custom<number | undefined>(doc, 'steps', fallback, (value) => {
    const steps = Array.isArray(value) && value.length === 1 ? value[0] : value
    if (steps === null) return { value: fallback }
    return Number.isSafeInteger(steps) && steps >= 1
      ? { value: steps }
      : { expected: 'a whole number from 1' }
  })
  return field as Field<number | Fallback> & { readonly fallback: Fallback }
}

/** The same without a default. */
export function requiredSteps(doc: string): Field<number> {
  const { fallback: _none, ...field } = stepsField(doc, 1)
  return field
}
