import { custom } from '../options.js'
import { createSchedule } from '../training/schedules/index.js'

/** A schedule as its registry wants it: its name and options. */
export type ScheduleChoice = { readonly name: string } & Readonly<Record<string, unknown>>

/** Written name → registry name. */
const registryName: Readonly<Record<string, string>> = { 'one-cycle': 'oneCycle' }
const forms: Readonly<Record<string, readonly string[]>> = {
  'one-cycle': ['warmup', 'finalFactor'],
  cosine: ['finalFactor', 'warmup'],
  constant: [],
  exponential: ['rate'],
  step: ['factor', 'every', 'from'],
  slanted: ['cut', 'ratio'],
  plateau: ['factor', 'patience'],
}

/** What the `schedule` setting may be, for messages and help. */
export const scheduleForms = `${Object.entries(forms)
  .map(([form, parts]) => [form, ...parts.map((part) => part.toUpperCase())].join(':'))
  .join(', ')}; trailing numbers may be left out`

/**
 * Reads a schedule written as text: its name, then its numbers with colons between: `step:0.5:1:4` halves the rate every
 * epoch after the fourth. Undefined when it is none of `scheduleForms`.
 */
export function readSchedule(text: string): ScheduleChoice | undefined {
  const [name = '', ...values] = text.split(':')
  const names = Object.hasOwn(forms, name) ? forms[name]! : undefined
  const numbers = values.map(Number)
  if (!names || values.length > names.length) return undefined
  if (numbers.some((value, k) => !Number.isFinite(value) || values[k]!.trim() === '')) return undefined
  return {
    name: registryName[name] ?? name,
    ...Object.fromEntries(numbers.map((value, k) => [names[k]!, value])),
  }
}

/** The setting `schedule`, left open: chosen from the data. */
export const scheduleField = custom<string | undefined>(
  `learning rate over time: ${scheduleForms}; default: one-cycle`,
  'name:numbers',
  undefined,
  (value) => {
    const found = typeof value === 'string' ? readSchedule(value) : undefined
    if (!found) return { expected: `one of ${scheduleForms}` }
    createSchedule(found) // throws on numbers that make no sense
    return { value: value as string }
  },
)
