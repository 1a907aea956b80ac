/** The candidate with the smallest edit distance, when that is small enough to be a typing error. */
export function nearest(name, candidates) {
  const limit = Math.max(2, Math.floor(name.length / 2))
  const scored = candidates.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
  const [best] = scored.sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= limit ? best.candidate : undefined
}

/** Levenshtein distance without regard to case. */
function editDistance(a, b) {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()]
  let row = Array.from({ length: to.length + 1 }, (_, k) => k)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1))
    }
    row = next
  }
  return row[to.length]
}
