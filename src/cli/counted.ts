import { formatCount } from './terminal.js'

/** A number with its noun: `1 sentence`, `2,001 sentences`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}
