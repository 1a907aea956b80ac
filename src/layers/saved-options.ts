import { RepriseError } from '../errors.js'

/** End of an option's name → how to give what it takes a name. */
const registers = [
  ['Regularizer', 'registerRegularizer'],
  ['Constraint', 'registerConstraint'],
  ['', 'registerActivation'],
] as const

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
      const [, register] = registers.find(([end]) => name.endsWith(end))!
      throw new RepriseError(
        'not-saveable',
        `${owner}: ${name} is a function and cannot be saved; give it a name with ${register} and use the name`,
      )
    }
  }
  return saved
}
