import { RepriseError, unknownName } from '../errors.js'

export interface SlidingWindowsOptions {
  /** Items of a window. */
  readonly size: number
  /** Items between the beginnings of two windows. Default 1. */
  readonly step?: number | undefined
}

/** `windows[k]` is followed by `next[k]`. */
export interface Windows<Window, Item> {
  readonly windows: Window[]
  readonly next: Item[]
}

/**
 * All windows of `size` items that have a next item, and that item: what a model of the next word or character is trained
 * on. A string is taken by its characters (code points) and gives windows that are strings.
 *
 * Throws `too-short` when there is no window with a next item, `option`.
 *
 * @example
 * slidingWindows(['to', 'be', 'or', 'not'], { size: 2 }) // windows [['to', 'be'], ['be', 'or']], next ['or', 'not']
 * slidingWindows('hello', { size: 3 })                   // windows ['hel', 'ell'], next ['l', 'o']
 */
export function slidingWindows(text: string, options: SlidingWindowsOptions): Windows<string, string>
export function slidingWindows<Item>(
  items: readonly Item[],
  options: SlidingWindowsOptions,
): Windows<Item[], Item>
export function slidingWindows(
  items: string | readonly unknown[],
  options: SlidingWindowsOptions,
): Windows<unknown, unknown> {
  const { size, step = 1 } = options
  for (const name of Object.keys(options)) {
    if (name !== 'size' && name !== 'step') {
      throw unknownName('option of slidingWindows', name, ['size', 'step'])
    }
  }
  for (const [name, value] of Object.entries({ size, step })) {
    if (Number.isInteger(value) && value >= 1) continue
    throw new RepriseError('option', `slidingWindows: ${name} must be a whole number from 1, got ${value}`)
  }
  const list = typeof items === 'string' ? [...items] : items
  if (list.length <= size) {
    throw new RepriseError(
      'too-short',
      `slidingWindows: ${list.length} items give no window of ${size} with a next item; need at least ${size + 1}`,
    )
  }
  const windows: unknown[] = []
  const next: unknown[] = []
  for (let begin = 0; begin + size < list.length; begin += step) {
    const window = list.slice(begin, begin + size)
    windows.push(typeof items === 'string' ? window.join('') : window)
    next.push(list[begin + size])
  }
  return { windows, next }
}
