import { RepriseError } from '../errors.js'

/** What may be shown after a piece of text, and the stop string that ended it, if one did. */
export interface StopResult {
  readonly text: string
  readonly stop: string | undefined
}

/**
 * Watches a stream of text for strings that end it. Text that may be the beginning of a stop string is held back until
 * it is certain. The stop that is complete first wins; of several complete at the same place, the longest. Neither it nor
 * anything after it is given out, and how the text is cut into pieces makes no difference.
 */
export class StopStrings {
  private readonly automata: readonly Automaton[]
  private held = ''
  private found: string | undefined

  /** Throws `option` for an empty stop string. */
  constructor(stops: readonly string[]) {
    if (stops.includes('')) throw new RepriseError('option', 'a stop string must not be empty.')
    this.automata = stops.map((stop) => new Automaton(stop))
  }

  /** The text that is certain by now. After a stop every piece gives nothing. */
  push(piece: string): StopResult {
    if (this.found !== undefined) return { text: '', stop: this.found }
    const text = this.held + piece
    for (let i = this.held.length; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      let longest = ''
      for (const automaton of this.automata) {
        if (automaton.step(unit) && automaton.stop.length > longest.length) longest = automaton.stop
      }
      if (longest !== '') {
        this.found = longest
        this.held = ''
        return { text: text.slice(0, i + 1 - longest.length), stop: longest }
      }
    }
    let held = 0
    for (const automaton of this.automata) held = Math.max(held, automaton.matched)
    this.held = text.slice(text.length - held)
    return { text: text.slice(0, text.length - held), stop: undefined }
  }

  /** The text is over: what was held back. */
  end(): string {
    const { held } = this
    this.held = ''
    for (const automaton of this.automata) automaton.matched = 0
    return held
  }
}

/** Knuth–Morris–Pratt: how much of the stop string the text so far ends with. */
class Automaton {
  matched = 0
  /** For each length matched, the longest shorter one that also fits. */
  private readonly fallback: Int32Array

  constructor(readonly stop: string) {
    this.fallback = new Int32Array(stop.length + 1)
    for (let i = 1, k = 0; i < stop.length; i++) {
      while (k > 0 && stop[i] !== stop[k]) k = this.fallback[k]!
      if (stop[i] === stop[k]) k++
      this.fallback[i + 1] = k
    }
  }

  /** Takes one UTF-16 unit; true when the stop string is complete. */
  step(unit: number): boolean {
    const { stop, fallback } = this
    while (this.matched > 0 && stop.charCodeAt(this.matched) !== unit) this.matched = fallback[this.matched]!
    if (stop.charCodeAt(this.matched) === unit) this.matched++
    return this.matched === stop.length
  }
}
