import { RepriseError } from '../errors.js'

/**
 * Options as JSON. An initializer given as a function is left out (a loaded layer gets its weights from the file);
 * another function throws `not-saveable` with what to do.
 */
export function savedOptions(
  owner: string,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const saved: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (typeof value !== 'function') saved[name] = value
    else if (!name.endsWith('Initializer')) {
      throw new RepriseError(
        'not-saveable',
        `${owner}: ${name} is a function and cannot be saved; give it a name with registerActivation and use the name`,
      )
    }
  }
  return saved
}
