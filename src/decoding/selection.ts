/**
 * Moves the best entries of `order[0 … count)` to its front, in no order among themselves: as few as it takes for
 * their weights to add up to `target`. Returns how many. A higher score is better; equal scores go by lower index.
 *
 * Partitions like quickselect and descends only into the side where the sum is reached, so it takes time O(count) on
 * average where sorting takes O(count · log count). `scores` and `weights` are indexed by entry.
 */
export function selectBest(
  order: Int32Array,
  count: number,
  scores: Float64Array,
  weights: Float64Array | undefined,
  target: number,
): number {
  let low = 0
  let high = count
  let missing = target
  while (high - low > 1) {
    const pivot = medianOfThree(order, scores, low, high)
    const pivotScore = scores[pivot]!
    let left = low
    let right = high - 1
    let sum = 0
    while (left <= right) {
      const entry = order[left]!
      const score = scores[entry]!
      if (score > pivotScore || (score === pivotScore && entry <= pivot)) {
        sum += weights === undefined ? 1 : weights[entry]!
        left++
      } else {
        order[left] = order[right]!
        order[right--] = entry
      }
    }
    // [low, left) is the pivot and everything better; it never is the whole stretch unless that is needed whole.
    if (sum < missing) {
      missing -= sum
      low = left
    } else high = left
  }
  return high
}

/**
 * The median of the first, the middle and the last entry, or the better of two. So it is the worst of a stretch only if
 * that is a single entry, and each partition makes the stretch shorter.
 */
function medianOfThree(order: Int32Array, scores: Float64Array, low: number, high: number): number {
  const a = order[low]!
  const b = order[(low + high) >> 1]!
  const c = order[high - 1]!
  if (b === c) return before(scores, a, b) ? a : b
  if (before(scores, a, b)) return before(scores, b, c) ? b : before(scores, a, c) ? c : a
  return before(scores, a, c) ? a : before(scores, b, c) ? c : b
}

function before(scores: Float64Array, a: number, b: number): boolean {
  return scores[a]! > scores[b]! || (scores[a] === scores[b] && a < b)
}
