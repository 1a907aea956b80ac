import { letterPartsOf } from './letter-parts.js'
import type { Pause } from './word-numbers.js'

/** Runs of fewer letters say little. */
const shortest = 2
/** Different parts of texts whose runs are kept at hand. */
const mostAtHand = 50_000

/**
 * Runs of letters inside what stands between white space, with a space at both ends: ` fr`, `fre`, `ree`, `ee ` …, as
 * scikit-learn's `char_wb`. They know words that are misspelt, stretched or new.
 */
export class LetterRuns {
  private readonly numbers: ReadonlyMap<string, number>
  private readonly longest: number
  private readonly atHand = new Map<string, Int32Array>()

  constructor(
    readonly runs: readonly string[],
    private readonly lowercase: boolean,
  ) {
    this.numbers = new Map(runs.map((run, number) => [run, number]))
    this.longest = runs.reduce((most, run) => Math.max(most, Array.from(run).length), 0)
  }

  /** For each part of a text between white space the numbers of its runs, those that are known. */
  read(text: string): Int32Array[] {
    if (this.runs.length === 0) return []
    return letterPartsOf(text, this.lowercase).map((part) => this.readPart(part))
  }

  private readPart(part: string): Int32Array {
    const known = this.atHand.get(part)
    if (known) return known
    const found: number[] = []
    eachRun(part, this.longest, (run) => {
      const number = this.numbers.get(run)
      if (number !== undefined) found.push(number)
    })
    if (this.atHand.size === mostAtHand) this.atHand.clear()
    const numbers = Int32Array.from(found)
    this.atHand.set(part, numbers)
    return numbers
  }
}

/** The runs of at most `longest` letters that are in enough texts, in most texts first, and in how many they are. */
export async function countLetterRuns(
  texts: readonly string[],
  settings: {
    readonly longest: number
    readonly lowercase: boolean
    readonly minDocuments: number
    readonly most: number
  },
  pause: Pause,
): Promise<{ runs: string[]; counts: number[] }> {
  const { longest, lowercase, minDocuments, most } = settings
  const counts = new Map<string, { texts: number; last: number }>()
  const parts = new Map<string, readonly string[]>()
  for (const [number, text] of texts.entries()) {
    for (const part of letterPartsOf(text, lowercase)) {
      const runs = parts.get(part) ?? runsOf(part, longest)
      if (parts.size < mostAtHand) parts.set(part, runs)
      for (const run of runs) {
        const entry = counts.get(run)
        if (!entry) counts.set(run, { texts: 1, last: number })
        else if (entry.last !== number) {
          entry.texts++
          entry.last = number
        }
      }
    }
    await pause()
  }
  const kept = [...counts]
    .filter(([, { texts }]) => texts >= minDocuments)
    .sort(([a, x], [b, y]) => y.texts - x.texts || (a < b ? -1 : 1))
    .slice(0, most)
  return { runs: kept.map(([run]) => run), counts: kept.map(([, { texts }]) => texts) }
}

function runsOf(part: string, longest: number): string[] {
  const runs = new Set<string>()
  eachRun(part, longest, (run) => runs.add(run))
  return [...runs]
}

function eachRun(part: string, longest: number, visit: (run: string) => void): void {
  const letters = [' ', ...part, ' ']
  for (let begin = 0; begin + shortest <= letters.length; begin++) {
    let run = letters[begin]!
    for (let size = 2; size <= longest && begin + size <= letters.length; size++) {
      run += letters[begin + size - 1]!
      visit(run)
    }
  }
}
