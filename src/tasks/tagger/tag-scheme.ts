// Spans written as one tag a token. All schemes are read by the rules of the conlleval script, which accepts any sequence.

/** A stretch of tokens `begin` … `end` − 1 with a name. */
export interface Span {
  readonly type: string
  readonly begin: number
  readonly end: number
}

/**
 * How tags stand for spans:
 * - `bio`: B- begins a span, I- goes on (IOB2)
 * - `iob1`: I- also begins one, B- only right after another span of the same type
 * - `bioes`: B- … I- … E-, and S- for a span of one token (IOBES); `bilou` is the same with L- and U-
 * - `none`: tags that stand for themselves, such as parts of speech
 */
export const tagSchemes = ['bio', 'iob1', 'bioes', 'bilou', 'none'] as const
export type TagScheme = (typeof tagSchemes)[number]

/** The type of spans whose tags are letters alone. */
export const untyped = '_'

interface Tag {
  /** B, I, E, S or O; other letters as they are. */
  readonly part: string
  readonly type: string
}

const otherLetters: Readonly<Record<string, string>> = { L: 'E', U: 'S', M: 'I' }
const outside: Tag = { part: 'O', type: untyped }

function readTag(tag: string): Tag {
  if (tag === 'O') return outside
  const letter = tag.charAt(0)
  const dash = tag.indexOf('-', 1)
  return { part: otherLetters[letter] ?? letter, type: (dash < 0 ? '' : tag.slice(dash + 1)) || untyped }
}

/** Whether a span that reaches `before` ends there. */
function endsBetween(before: Tag, tag: Tag): boolean {
  if (before.part === 'O') return false
  return before.part === 'E' || before.part === 'S' || 'BSO'.includes(tag.part) || before.type !== tag.type
}

/** Whether a span begins at `tag`. */
function beginsBetween(before: Tag, tag: Tag): boolean {
  if (tag.part === 'O') return false
  return tag.part === 'B' || tag.part === 'S' || 'ESO'.includes(before.part) || before.type !== tag.type
}

/**
 * The spans of a sentence as conlleval reads them: any sequence of tags has spans, an I- or E- where none is open begins
 * one.
 */
export function spansOf(tags: readonly string[]): Span[] {
  const spans: Span[] = []
  let before = outside
  let begin = -1
  for (let at = 0; at <= tags.length; at++) {
    const tag = at < tags.length ? readTag(tags[at]!) : outside
    if (begin >= 0 && endsBetween(before, tag)) {
      spans.push({ type: before.type, begin, end: at })
      begin = -1
    }
    if (beginsBetween(before, tag)) begin = at
    before = tag
  }
  return spans
}

/** Spans that do not overlap, in order, as tags of a scheme. */
export function tagsOf(spans: readonly Span[], length: number, scheme: Exclude<TagScheme, 'none'>): string[] {
  const tags = new Array<string>(length).fill('O')
  const [last, single] = scheme === 'bilou' ? ['L', 'U'] : ['E', 'S']
  const closes = scheme === 'bioes' || scheme === 'bilou'
  for (const [index, { type, begin, end }] of spans.entries()) {
    const name = type === untyped ? '' : `-${type}`
    const before = spans[index - 1]
    const touches = before?.end === begin && before.type === type
    for (let at = begin; at < end; at++) tags[at] = `I${name}`
    if (scheme !== 'iob1' || touches) tags[begin] = `B${name}`
    if (closes) tags[end - 1] = `${begin === end - 1 ? single : last}${name}`
  }
  return tags
}

/** Whether `tag` may follow `before`; undefined stands for the ends of the sentence. */
export function isLegal(scheme: TagScheme, before: string | undefined, tag: string | undefined): boolean {
  if (scheme === 'none') return true
  const from = before === undefined ? outside : readTag(before)
  const to = tag === undefined ? outside : readTag(tag)
  const isOpen = from.part === 'B' || from.part === 'I'
  const sameType = from.type === to.type
  switch (scheme) {
    case 'bio':
      return to.part !== 'I' || (isOpen && sameType)
    case 'iob1':
      return to.part !== 'B' || (isOpen && sameType)
    default:
      return isOpen ? 'IE'.includes(to.part) && sameType : !'IE'.includes(to.part)
  }
}

/** How often a tag follows one it must not follow, and where that is first. */
export function illegalTransitions(
  scheme: TagScheme,
  tags: readonly string[],
): { count: number; first: number | undefined } {
  let count = 0
  let first: number | undefined
  for (let at = 0; at <= tags.length; at++) {
    if (isLegal(scheme, tags[at - 1], tags[at])) continue
    count++
    first ??= Math.min(at, tags.length - 1)
  }
  return { count, first }
}

const spanTag = /^(O|[BIESLUM](-.+)?)$/

/**
 * The scheme of tagged sentences. Tags that are not all O or a letter of spans, alone or with a type, stand for
 * themselves. Where mistakes make more than one scheme possible, the one with the fewest of them is taken.
 */
export function detectScheme(sentences: Iterable<readonly string[]>): TagScheme {
  const seen = new Set<string>()
  let begunWithB = 0
  let begunWithI = 0
  for (const tags of sentences) {
    for (const [at, tag] of tags.entries()) {
      seen.add(tag)
      const { part, type } = readTag(tag)
      if (part !== 'B' && part !== 'I') continue
      const before = at === 0 ? outside : readTag(tags[at - 1]!)
      if (before.part !== 'O' && before.type === type) continue
      if (part === 'B') begunWithB++
      else begunWithI++
    }
  }
  const letters = new Set([...seen].map((tag) => tag.charAt(0)))
  if (![...seen].every((tag) => spanTag.test(tag)) || !/[BISU]/.test([...letters].join(''))) return 'none'
  if (letters.has('L') || letters.has('U')) return 'bilou'
  if (letters.has('E') || letters.has('S') || letters.has('M')) return 'bioes'
  return begunWithI > begunWithB ? 'iob1' : 'bio'
}
