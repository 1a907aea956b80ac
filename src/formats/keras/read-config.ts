import { RepriseError } from '../../errors.js'
import type { ModelConfig } from '../model-description.js'
import type { JsonObject } from './json.js'
import { readModelConfig } from './read-model.js'
import type { ReadScope } from './read-scope.js'

/** A model's configuration and what reading it has collected. */
export interface ReadConfig {
  readonly config: ModelConfig
  readonly scope: ReadScope
}

/** Reads the configuration of a model. Throws `bad-file`, and `unsupported-layer` with all layers that cannot be read. */
export function readConfig(json: JsonObject, dialect: ReadScope['dialect'], file: string): ReadConfig {
  const scope: ReadScope = {
    file,
    dialect,
    unsupported: [],
    ignored: [],
    notes: [],
    cudnn: new Set(),
    readModel: (inner) => readModelConfig(inner, scope),
  }
  const config = readModelConfig(json, scope)
  if (scope.unsupported.length === 0) return { config, scope }
  const list = [...new Set(scope.unsupported)]
  throw new RepriseError(
    'unsupported-layer',
    `${file} cannot be imported; Reprise has no ${list.join('; no ')}. Nothing was read.`,
  )
}

/** Whose meanings a file of this version has. Version 3 began to write the module of each class. */
export function dialectOf(version: unknown, json: JsonObject): 'keras3' | 'keras2' {
  const major = typeof version === 'string' ? Number.parseInt(version, 10) : Number.NaN
  if (Number.isNaN(major)) return 'module' in json ? 'keras3' : 'keras2'
  return major >= 3 ? 'keras3' : 'keras2'
}
