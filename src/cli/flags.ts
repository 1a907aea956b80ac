import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Field, Fields } from '../options.js'

/** `recurrentDropout` → `--recurrent-dropout`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Adds one flag for every declared option, under a heading of the help. */
export function addFields(command: Command, heading: string, fields: Fields): void {
  for (const [name, field] of Object.entries(fields))
    command.addOption(fieldOption(name, field).helpGroup(heading))
}

function fieldOption(name: string, field: Field<unknown>): Option {
  const flag = flagName(name)
  const isSwitch = field.fallback === false
  const option = new Option(
    isSwitch ? flag : `${flag} <${field.hint.length > 24 ? 'value' : field.hint}>`,
    describe(field),
  )
  if (!isSwitch) option.argParser((text: string) => parseField(field, text))
  return option
}

function describe(field: Field<unknown>): string {
  if (field.fallback === false) return field.doc
  const names = field.hint.includes('|') && field.hint.length > 24 ? ` (${field.hint})` : ''
  if (field.fallback === undefined || field.fallback === '')
    return `${field.doc}${names} (default: chosen from the data)`
  return `${field.doc}${names} (default: ${String(field.fallback)})`
}

function parseField(field: Field<unknown>, text: string): unknown {
  const value = field.parse(text)
  let checked: ReturnType<typeof field.check>
  try {
    checked = field.check(value)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
  if ('expected' in checked) throw new InvalidArgumentError(`It must be ${checked.expected}.`)
  return checked.value
}

/** Picks the declared options out of parsed flags. */
export function pickFields(
  flags: Readonly<Record<string, unknown>>,
  fields: Fields,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(flags).filter(([name, value]) => name in fields && value !== undefined),
  )
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Reads `90s`, `10m`, `1.5h` or plain seconds as milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim())
  if (!match) throw new InvalidArgumentError('A duration looks like 90s, 10m or 1.5h.')
  return Number(match[1]) * units[match[2] ?? 's']!
}

/** Reads a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < least || text.trim() === '') {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
    }
    return value
  }
}

/** Reads a number within bounds, both ends allowed. */
export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!(value >= least && value <= most) || text.trim() === '') {
      const range = most === Number.POSITIVE_INFINITY ? `at least ${least}` : `between ${least} and ${most}`
      throw new InvalidArgumentError(`It must be a number ${range}.`)
    }
    return value
  }
}

/** Collects a flag given several times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text]
}
