import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Field, Fields } from '../options.js'
import { weightFormats } from '../quantization.js'

/** `recurrentDropout` → `--recurrent-dropout`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** How to keep the weights of a model that is loaded. */
export const weightsOption = () =>
  new Option(
    '--weights <format>',
    'how to keep the weights in memory; int8 generates fastest (default: as the file has them)',
  ).choices(weightFormats)

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
  if (field.fallback === false || field.doc.includes('default:')) return field.doc
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
    throw new InvalidArgumentError(sentence(error instanceof Error ? error.message : String(error)))
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

/** With a capital letter. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Reads `90s`, `10m`, `1.5h` or plain seconds as milliseconds; above zero. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h)?$/.exec(text.trim())
  const duration = Number(match?.[1]) * units[match?.[2] ?? 's']!
  if (!(duration > 0)) throw new InvalidArgumentError('A duration looks like 90s, 10m or 1.5h.')
  return duration
}

/** Reads a whole number within bounds, both allowed. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < least || value > most || text.trim() === '') {
      const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
      throw new InvalidArgumentError(`It must be a whole number ${range}.`)
    }
    return value
  }
}

/** Reads a number from `least`, or above it, to `most`. */
export function numberWithin(bounds: {
  readonly least?: number
  readonly above?: number
  readonly most?: number
}): (text: string) => number {
  const { least = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY, most } = bounds
  const from = bounds.above === undefined ? `of at least ${least}` : `above ${above}`
  const range = most === undefined ? from : `${from} and at most ${most}`
  return (text) => {
    const value = Number(text)
    const fits = Number.isFinite(value) && value >= least && value > above && !(value > (most ?? value))
    if (!fits || text.trim() === '') throw new InvalidArgumentError(`It must be a number ${range}.`)
    return value
  }
}

/** Text with the escapes people write in a shell: \n, \t, \r and \\. */
export function readEscapes(text: string): string {
  const meaning: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' }
  return text.replace(/\\([ntr\\])/g, (_, letter: string) => meaning[letter]!)
}

/** Collects a flag given several times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text]
}
