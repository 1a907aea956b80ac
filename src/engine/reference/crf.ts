import type { Floats, ReferenceKernels } from './kernels.js'

export const crfKernels: ReferenceKernels<'crfForward' | 'crfBackward' | 'crfDecode'> = {
  crfForward(a) {
    for (let n = 0; n < a.N; n++) {
      const places = placesOf(a, n)
      const total = logSumExp(
        forwardScores(a, places)
          .at(-1)
          ?.map((x, l) => x + a.end[l]!) ?? [0],
      )
      a.logLikelihood[n] = targetScore(a, places) - total
    }
  },

  crfBackward(a) {
    const { emissions, transitions, end, targets, dEmissions, dTransitions, dStart, dEnd, N, T, L } = a
    const gradients = {
      emissions: new Float64Array(N * T * L),
      transitions: new Float64Array(L * L),
      start: new Float64Array(L),
      end: new Float64Array(L),
    }
    const labels = Array.from({ length: L }, (_, l) => l)
    for (let n = 0; n < N; n++) {
      const places = placesOf(a, n)
      if (places.length === 0) continue
      const last = places.length - 1
      const gradient = Number.isFinite(targetScore(a, places)) ? a.dLogLikelihood[n]! : Number.NaN
      const before = forwardScores(a, places)
      const total = logSumExp(before[last]!.map((x, l) => x + end[l]!))
      /** Log of the sum over everything that can follow a label. */
      let after = labels.map((l) => end[l]!)
      for (let k = last; k >= 0; k--) {
        const place = places[k]!
        const target = targets[place]!
        const difference = (l: number, expected: number) =>
          gradient * ((l === target ? 1 : 0) - Math.exp(expected - total))
        for (const l of labels) {
          const expected = difference(l, before[k]![l]! + after[l]!)
          gradients.emissions[place * L + l] = expected
          if (k === 0) gradients.start[l]! += expected
          if (k === last) gradients.end[l]! += expected
        }
        if (k === 0) break
        const entered = labels.map((j) => emissions[place * L + j]! + after[j]!)
        for (const i of labels) {
          const isBefore = i === targets[places[k - 1]!]
          for (const j of labels) {
            const pair = before[k - 1]![i]! + transitions[i * L + j]! + entered[j]! - total
            const counted = isBefore && j === target ? 1 : 0
            gradients.transitions[i * L + j]! += gradient * (counted - Math.exp(pair))
          }
        }
        after = labels.map((i) => logSumExp(labels.map((j) => transitions[i * L + j]! + entered[j]!)))
      }
    }
    dEmissions.set(gradients.emissions)
    dTransitions.set(gradients.transitions)
    dStart.set(gradients.start)
    dEnd.set(gradients.end)
  },

  crfDecode(a) {
    const { emissions, transitions, start, end, tags, score, N, T, L } = a
    for (let n = 0; n < N; n++) {
      const places = placesOf(a, n)
      tags.fill(-1, n * T, (n + 1) * T)
      const origins: number[][] = []
      let scores: number[] = []
      for (const [k, place] of places.entries()) {
        const moves = Array.from({ length: L }, (_, j) =>
          scores.map((score, i) => score + transitions[i * L + j]!),
        )
        origins.push(moves.map(firstLargest))
        scores = moves.map(
          (move, j) => (k === 0 ? start[j]! : move[origins[k]![j]!]!) + emissions[place * L + j]!,
        )
      }
      scores = scores.map((x, l) => x + end[l]!)
      let label = firstLargest(scores)
      score[n] = places.length > 0 ? scores[label]! : 0
      for (let k = places.length - 1; k >= 0; k--) {
        tags[places[k]!] = label
        label = origins[k]![label]!
      }
    }
  },
}

interface Chain {
  readonly emissions: Floats
  readonly transitions: Floats
  readonly start: Floats
  readonly end: Floats
  readonly lengths: Int32Array | undefined
  readonly mask: Floats | undefined
  readonly T: number
  readonly L: number
}

/** Where the steps of row n that count are among all N·T. */
function placesOf({ lengths, mask, T }: Chain, n: number): number[] {
  return Array.from({ length: T }, (_, t) => n * T + t).filter(
    (place) => place - n * T < (lengths?.[n] ?? T) && (mask?.[place] ?? 1) !== 0,
  )
}

/** Log of the sum over all beginnings of a chain that end in a label, for each step. */
function forwardScores({ emissions, transitions, start, L }: Chain, places: readonly number[]): number[][] {
  const all: number[][] = []
  for (const place of places) {
    const before = all.at(-1)
    all.push(
      Array.from({ length: L }, (_, j) => {
        const reached = before ? logSumExp(before.map((x, i) => x + transitions[i * L + j]!)) : start[j]!
        return reached + emissions[place * L + j]!
      }),
    )
  }
  return all
}

/** The score of the targets; NaN where one is no label. */
function targetScore(
  { emissions, transitions, start, end, targets, L }: Chain & { readonly targets: Int32Array },
  places: readonly number[],
): number {
  let score = 0
  for (const [k, place] of places.entries()) {
    const label = targets[place]!
    if (label < 0 || label >= L) return Number.NaN
    score += emissions[place * L + label]!
    score += k === 0 ? start[label]! : transitions[targets[places[k - 1]!]! * L + label]!
    if (k === places.length - 1) score += end[label]!
  }
  return score
}

function firstLargest(values: readonly number[]): number {
  let best = 0
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k
  return best
}

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values)
  if (largest === Number.NEGATIVE_INFINITY) return largest
  return largest + Math.log(values.reduce((sum, x) => sum + Math.exp(x - largest), 0))
}
