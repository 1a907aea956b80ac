import { longestWhole, pieceLength } from './labeller.js'
import { detectScheme, illegalTransitions, type TagScheme } from './tag-scheme.js'
import type { TaggerExample } from './vocabulary.js'

/** Something odd that was found in data, and how often; shown, never silently dropped. */
export interface TaggerNote {
  readonly what: string
  readonly count: number
  readonly example?: string | undefined
}

/** How the tags of the data stand for spans, and how often they break the rules of that. */
export function understandTags(examples: readonly TaggerExample[]): {
  scheme: TagScheme
  notes: TaggerNote[]
} {
  const scheme = detectScheme(examples.map(({ tags }) => tags))
  return { scheme, notes: noteIllegal(examples, scheme) }
}

/** What is odd about sentences with tokens that are evaluated, `all` of them with those that have none. */
export function noteEvaluated(
  all: readonly TaggerExample[],
  usable: readonly TaggerExample[],
  scheme: TagScheme,
): TaggerNote[] {
  const long = usable.filter(({ tokens }) => tokens.length > longestWhole)
  const place = long[0]?.place
  return [
    ...(usable.length < all.length
      ? [{ what: 'sentences without tokens, left out', count: all.length - usable.length }]
      : []),
    ...noteIllegal(usable, scheme),
    ...(long.length > 0
      ? [
          {
            what: `sentences of more than ${longestWhole} tokens, read in pieces of ${pieceLength}`,
            count: long.length,
            ...(place !== undefined && { example: place }),
          },
        ]
      : []),
  ]
}

function noteIllegal(examples: readonly TaggerExample[], scheme: TagScheme): TaggerNote[] {
  let illegal = 0
  let example: string | undefined
  for (const { tags, tokens, place } of examples) {
    const { count, first } = illegalTransitions(scheme, tags)
    illegal += count
    if (first !== undefined && example === undefined) {
      const before = first === 0 ? 'the beginning' : `"${tags[first - 1]}"`
      example = `"${tags[first]}" of "${tokens[first]}" after ${before}${place === undefined ? '' : ` in the sentence at ${place}`}`
    }
  }
  if (illegal === 0) return []
  const what = `illegal ${scheme.toUpperCase()} transitions, read as conlleval reads them`
  return [{ what, count: illegal, example }]
}
