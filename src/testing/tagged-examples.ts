import { RandomStream } from '../random.js'
import type { TaggerExample } from '../tasks/tagger/vocabulary.js'

const nouns = ['cat', 'dog', 'river', 'stone', 'lamp', 'house']
const verbs = ['sees', 'likes', 'holds', 'finds']
const names = ['Ada', 'Bob', 'Carla', 'Dan', 'Eva', 'Fritz']
const surnames = ['Ames', 'Boole', 'Curry', 'Dahl']
const places = ['Oslo', 'Rome', 'Quito', 'Bern']

const pick = <Item>(random: RandomStream, items: readonly Item[]): Item =>
  items[random.integer(items.length)]!

/**
 * Sentences with parts of speech, "the gleaming cat sees a stone .": adjectives are made up and end in -ing, so that most are
 * unknown words, but one can tell them by their end.
 */
export function speechExamples(count: number, seed = 1): TaggerExample[] {
  const random = new RandomStream(seed, 'parts of speech')
  const madeUp = () => `${Array.from({ length: 3 }, () => pick(random, [...'bdgklmprt'])).join('e')}ing`
  return Array.from({ length: count }, () => {
    const tokens: string[] = []
    const tags: string[] = []
    const say = (token: string, tag: string) => {
      tokens.push(token)
      tags.push(tag)
    }
    const thing = () => {
      say(pick(random, ['the', 'a']), 'DET')
      if (random.uniform() < 0.5) say(madeUp(), 'ADJ')
      say(pick(random, nouns), 'NOUN')
    }
    thing()
    say(pick(random, verbs), 'VERB')
    if (random.uniform() < 0.7) thing()
    say('.', 'PUNCT')
    return { tokens, tags }
  })
}

/** Sentences with names of persons (one or two tokens) and places in IOB1: "Ada Ames sees Rome .". */
export function nameExamples(count: number, seed = 1): TaggerExample[] {
  const random = new RandomStream(seed, 'names')
  return Array.from({ length: count }, () => {
    const tokens: string[] = []
    const tags: string[] = []
    const say = (text: string, type?: string) => {
      for (const token of text.split(' ')) {
        tokens.push(token)
        tags.push(type === undefined ? 'O' : `I-${type}`)
      }
    }
    const person = () =>
      say(
        random.uniform() < 0.5 ? pick(random, names) : `${pick(random, names)} ${pick(random, surnames)}`,
        'PER',
      )
    const place = () => say(pick(random, places), 'LOC')
    if (random.uniform() < 0.7) person()
    else say(`the ${pick(random, nouns)}`)
    say(pick(random, verbs))
    if (random.uniform() < 0.5) person()
    else say(`the ${pick(random, nouns)}`)
    if (random.uniform() < 0.5) {
      say('in')
      place()
    }
    if (random.uniform() < 0.2) {
      person()
      place()
    }
    say('.')
    return { tokens, tags }
  })
}

/** A tagger that learns these sentences in a second. */
export const tinyTagger = {
  embedding: 12,
  characterEmbedding: 8,
  characterUnits: 12,
  affixes: 4,
  casing: 4,
  units: 16,
  epochs: 6,
  batch: 8,
  lr: 0.02,
  inputDropout: 0.2,
  dropout: 0.2,
} as const

/** A CoNLL-U file of these examples: ten columns, tags in the fourth. */
export const conlluFile = (examples: readonly TaggerExample[]) =>
  `${examples.map(({ tokens, tags }) => tokens.map((token, k) => `${k + 1}\t${token}\t_\t${tags[k]}\t_\t_\t0\t_\t_\t_\n`).join('')).join('\n')}\n`
