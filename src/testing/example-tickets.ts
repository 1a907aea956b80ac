import { RandomStream } from '../random.js'

const subjects = {
  billing: ['invoice', 'refund', 'charge', 'payment', 'receipt'],
  technical: ['crash', 'login', 'error', 'screen', 'update'],
} as const
const phrases = [
  'please help with my',
  'there is a problem with the',
  'still waiting for the',
  'what about this',
]

export type Team = keyof typeof subjects

export interface Ticket {
  readonly body: string
  readonly team: Team
}

/** Tickets one can tell apart by a word, for tests of classifiers. */
export function exampleTickets(count: number, seed = 1): Ticket[] {
  const random = new RandomStream(seed, 'tickets')
  const one = <Item>(list: readonly Item[]) => list[random.integer(list.length)]!
  return Array.from({ length: count }, (_, k) => {
    const team: Team = k % 3 === 0 ? 'technical' : 'billing'
    return { body: `${one(phrases)} ${one(subjects[team])}, number ${k + 100 * seed}`, team }
  })
}

/** The same as a CSV file. */
export function ticketsFile(tickets: readonly Ticket[]): string {
  return ['id,body,team', ...tickets.map(({ body, team }, k) => `${k},"${body}",${team}`), ''].join('\n')
}

/** A classifier that trains in a moment. */
export const tinyClassifier = {
  units: 4,
  embedding: 8,
  pairEmbedding: 4,
  subwords: 50,
  batch: 8,
  epochs: 4,
  lr: 0.02,
} as const
