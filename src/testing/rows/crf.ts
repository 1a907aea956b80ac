import { cycle, type Draw, integers, range } from '../draws.js'
import type { OperationRow, Tolerance } from '../operation-row.js'

/** A float32 score of size s has an error of s/2²⁴; what is summed over the steps of a row is kept small. */
const tolerance: Tolerance = {
  absolute: 1e-5,
  relative: 1e-5,
  reason: 'exponentials to a few ulps of scores of order ten, sums over all labels at every step',
}

/** Moves drawn in ±2, every third forbidden as a tagging scheme does it. */
const forbidding: Draw = (length, random) =>
  Array.from(range(-2, 2)(length, random) as number[], (x, e) => (e % 3 === 1 ? x - 1e4 : x))

type Size = readonly [N: number, T: number, L: number]
type Options = Partial<OperationRow> & { readonly lengths?: readonly number[]; readonly mask?: Draw }

const row =
  (commands: readonly ('crfForward' | 'crfBackward' | 'crfDecode')[]) =>
  (what: string, [N, T, L]: Size, options: Options = {}): OperationRow => {
    const { lengths, mask, ...rest } = options
    return {
      name: `${commands[0]} [${N}, ${T}, ${L}]${what}`,
      commands,
      scalars: { N, T, L },
      tolerance,
      ...rest,
      absent: [...(lengths ? [] : ['lengths']), ...(mask ? [] : ['mask']), ...(rest.absent ?? [])],
      tensors: {
        // No two chains score nearly the same.
        emissions: { draw: range(-3, Math.E) },
        transitions: { draw: range(-2, Math.PI / 2) },
        start: { draw: range(-1, Math.SQRT2) },
        targets: { draw: integers(0, L) },
        ...(lengths && { lengths: { draw: cycle(...lengths) } }),
        ...(mask && { mask: { draw: mask } }),
        ...rest.tensors,
      },
    }
  }

const gaps = cycle(0, 1, 1, 0, 1, 0.5, 0)
const sizes: readonly Size[] = [
  [1, 1, 1],
  [2, 1, 2],
  [3, 5, 1],
  [3, 5, 2],
  [1, 2, 45],
  [2, 3, 17],
  [5, 7, 45],
  [33, 6, 16], // more rows than groups of them
  [2, 300, 9],
]

const both = row(['crfForward', 'crfBackward'])
const decode = row(['crfDecode'])

const common = (of: typeof both): OperationRow[] => [
  ...sizes.map((size) => of('', size)),
  of(', lengths', [5, 4, 3], { lengths: [0, 1, 4, 2, 9] }),
  of(', mask with gaps', [3, 7, 5], { mask: gaps }),
  of(', lengths and mask', [4, 6, 5], { lengths: [6, 3, 0, 1], mask: gaps }),
  of(', nothing counts', [2, 3, 4], { mask: cycle(0) }),
]

const fixed = { targets: { draw: cycle(0, 3, 6, 2, 5, 8) } } // moves that are allowed

export const crfRows: readonly OperationRow[] = [
  ...common(both),
  both(', forbidden moves', [3, 8, 9], { tensors: { transitions: { draw: forbidding }, ...fixed } }),
  both(', moves forbidden by −∞', [3, 8, 9], {
    tensors: {
      transitions: { draw: cycle(0.5, Number.NEGATIVE_INFINITY, -0.7, 0.2) },
      start: { draw: cycle(0.1, 0.2, 0.3, Number.NEGATIVE_INFINITY) },
      targets: { draw: cycle(0, 2) },
    },
    noGradient: 'no finite difference changes −∞; the forbidden moves above are as good',
  }),
  both(', scores in the hundreds', [2, 9, 5], {
    tensors: { emissions: { draw: range(-400, 400) }, transitions: { draw: range(-300, 300) } },
    tolerance: { absolute: 2e-4, relative: 2e-5, reason: 'scores near 500 resolve to 3e-5' },
    noGradient: 'most probabilities are below the resolution of a finite difference',
  }),
  both(', a long row', [1, 5000, 5], {
    tolerance: {
      absolute: 5e-4,
      relative: 1e-5,
      reason: 'float32 sums over 5000 steps, partial sums near 100',
    },
  }),
  row(['crfForward'])(', inference', [3, 6, 5], { absent: ['saved'], lengths: [6, 0, 3] }),
  ...common(decode),
  decode(', forbidden moves', [3, 8, 9], { tensors: { transitions: { draw: forbidding } } }),
  decode(', all equal', [2, 5, 20], {
    tensors: Object.fromEntries(
      ['emissions', 'transitions', 'start', 'end'].map((name) => [name, { draw: cycle(0.25) }]),
    ),
  }),
  decode(', many equals', [3, 9, 6], {
    tensors: Object.fromEntries(
      ['emissions', 'transitions', 'start', 'end'].map((name) => [name, { draw: integers(0, 3) }]),
    ),
  }),
  decode(', nothing allowed', [1, 3, 4], {
    tensors: { transitions: { draw: cycle(Number.NEGATIVE_INFINITY) } },
  }),
]
