import { RepriseError } from '../errors.js'
import type { ModelFile } from '../formats/model-file.js'
import type { ParameterSet, Session } from '../graph/index.js'
import { type Fields, type Resolved, resolve } from '../options.js'

// What the model files of all tasks have in common.

/** One line of a training record. */
export interface EpochRecord {
  readonly epoch: number
  readonly learningRate: number
  readonly scores: Readonly<Record<string, number>>
}

/** The weights of a session as a model file wants them. */
export function weightsOf(session: Session): ModelFile['weights'] {
  return new Map(
    [...session.parameters].map((parameter) => [
      parameter.name,
      { shape: parameter.shape, values: session.readParameter(parameter) },
    ]),
  )
}

/** Throws `damaged-file` unless a file has the weights of a network and no others. */
export function checkWeights(parameters: ParameterSet, weights: ModelFile['weights'], name: string): void {
  for (const { name: weight, shape } of parameters) {
    const found = weights.get(weight)?.shape
    if (found === undefined) throw damagedModel(name, `the weight "${weight}" is missing`)
    if (found.join() !== shape.join()) {
      throw damagedModel(
        name,
        `the weight "${weight}" has shape [${found.join(', ')}], not [${shape.join(', ')}]`,
      )
    }
  }
  const foreign = [...weights.keys()].find((weight) => !parameters.get(weight))
  if (foreign !== undefined) throw damagedModel(name, 'it has a weight too many')
}

/** Settings as a model or checkpoint has them, checked like those a person gives. Throws `damaged-file`, `newer-version`. */
export function readSavedSettings<F extends Fields>(fields: F, saved: unknown, name: string): Resolved<F> {
  if (typeof saved !== 'object' || saved === null) throw damagedModel(name, 'it has no settings')
  const foreign = Object.keys(saved).find((key) => !Object.hasOwn(fields, key))
  if (foreign !== undefined) {
    throw new RepriseError(
      'newer-version',
      `${name} has a setting "${foreign}" that this version of Reprise does not know; update Reprise.`,
    )
  }
  return readPart(name, () => resolve('settings', fields, { ...saved }))
}

/** Throws `damaged-file` unless the settings a model always has are there. */
export function checkChosen<Settings extends object>(
  settings: Settings,
  chosen: readonly (keyof Settings)[],
  name: string,
): void {
  const open = chosen.find((key) => settings[key] === undefined)
  if (open !== undefined) throw damagedModel(name, `it lacks the setting "${String(open)}"`)
}

/** What a reader gives; what it throws says that the file is damaged. */
export function readPart<Part>(name: string, read: () => Part): Part {
  try {
    return read()
  } catch (error) {
    throw damagedModel(name, error instanceof Error ? error.message : String(error), error)
  }
}

export function damagedModel(name: string, reason: string, cause?: unknown): RepriseError {
  return new RepriseError(
    'damaged-file',
    `${name} is damaged: ${reason.replace(/\.$/, '')}. Take a good copy, or train it again.`,
    { cause },
  )
}
