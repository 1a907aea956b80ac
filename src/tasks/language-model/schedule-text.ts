import { RepriseError } from '../../errors.js'

/** A schedule as its registry wants it: its name and options. */
export type ScheduleChoice = { readonly name: string } & Readonly<Record<string, unknown>>

/** Written name → registry name. */
const registryName: Readonly<Record<string, string>> = { 'one-cycle': 'oneCycle' }
const forms: Readonly<Record<string, readonly string[]>> = {
  constant: [],
  cosine: ['finalFactor', 'warmup'],
  'one-cycle': ['warmup', 'finalFactor'],
  exponential: ['rate'],
  step: ['factor', 'every', 'from'],
  plateau: ['factor', 'patience'],
}

/**
 * Reads a schedule written as text: its name, then its numbers with colons between: `step:0.5:1:4` halves the rate every
 * epoch after the fourth. Throws `option` with the possible forms.
 */
export function parseSchedule(text: string): ScheduleChoice {
  const [name = '', ...values] = text.split(':')
  const names = forms[name]
  const numbers = values.map(Number)
  if (
    !names ||
    values.length > names.length ||
    numbers.some((value, k) => !Number.isFinite(value) || values[k] === '')
  ) {
    const known = Object.entries(forms).map(([form, parts]) =>
      [form, ...parts.map((part) => part.toUpperCase())].join(':'),
    )
    throw new RepriseError(
      'option',
      `schedule "${text}" is not one of ${known.join(', ')} (trailing numbers may be left out)`,
    )
  }
  return {
    name: registryName[name] ?? name,
    ...Object.fromEntries(numbers.map((value, k) => [names[k]!, value])),
  }
}
