import { RepriseError, unknownName } from '../errors.js'
import type { LayerWeights, ModelConfig, ModelDescription } from '../formats/model-description.js'
import { readModelFile, writeModelFile } from '../formats/model-file.js'
import type { Model } from './model.js'
import { describeModel, describeWeights } from './model-config.js'

/** What a file must be able to do for its ending to be known. */
interface FileFormat {
  readonly write?: (description: ModelDescription) => Promise<readonly Uint8Array[]>
  readonly writeWeights?: (description: ModelDescription) => Promise<readonly Uint8Array[]>
}

const task = 'model'

const formats: Readonly<Record<string, FileFormat>> = {
  '.weights.h5': {},
  '.keras': {},
  '.h5': {},
  '.onnx': {},
  '.safetensors': {
    write: async (description) => toSafetensors(description),
    writeWeights: async (description) => toSafetensors(description),
  },
}

/** The longest known ending of a file name. Throws `unknown-name`. */
export function formatOf(path: string): string {
  const lower = path.toLowerCase()
  const ending = Object.keys(formats).find((known) => lower.endsWith(known))
  if (ending) return ending
  const own = /\.[^./\\]*$/.exec(path)?.[0] ?? path
  throw unknownName('ending of a model file', own, [...Object.keys(formats), 'model.json'])
}

export async function saveModel(model: Model, path: string): Promise<void> {
  const ending = formatOf(path)
  const { write } = formats[ending]!
  if (!write) throw new RepriseError('not-saveable', `${path}: a whole model cannot be written as ${ending}`)
  await writeFile(path, await write(describeModel(model)))
}

export async function saveWeights(model: Model, path: string): Promise<void> {
  const ending = formatOf(path)
  const { writeWeights } = formats[ending]!
  if (!writeWeights)
    throw new RepriseError('not-saveable', `${path}: weights alone cannot be written as ${ending}`)
  await writeFile(path, await writeWeights({ ...describeModel(model), weights: describeWeights(model) }))
}

export async function loadWeights(_model: Model, _path: string): Promise<void> {}

async function writeFile(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const { writeFileAtomic } = await import('../formats/node-atomic-file.js')
  await writeFileAtomic(path, pieces)
}

/** The library's own form: weights under layer/weight, the description as JSON beside them. */
export function toSafetensors({ config, weights, compile }: ModelDescription): Uint8Array[] {
  const tensors = weights.flatMap(({ layer, arrays }) =>
    arrays.map(({ name, shape, data }) => [`${layer}/${name}`, { shape, values: data }] as const),
  )
  const order = weights.map(({ layer, arrays }) => ({ layer, arrays: arrays.map(({ name }) => name) }))
  const metadata = { config, order, ...(compile && { compile }) }
  return writeModelFile({ task, metadata: { ...metadata }, weights: new Map(tensors) })
}

/** Reads what `toSafetensors` wrote. Throws `not-a-model` for a file of a task (a language model, say). */
export function fromSafetensors(bytes: Uint8Array, name: string): ModelDescription {
  const file = readModelFile(bytes, name)
  if (file.task !== task) {
    throw new RepriseError(
      'not-a-model',
      `${name} holds a ${file.task} model of a task, not layers; open it with the commands and classes of that task`,
    )
  }
  const { config, order, compile } = file.metadata as {
    config?: ModelConfig
    order?: { layer: string; arrays: string[] }[]
    compile?: Readonly<Record<string, unknown>>
  }
  if (!config || !Array.isArray(order)) {
    throw new RepriseError('damaged-file', `${name} is damaged: it does not describe its layers`)
  }
  const weights = order.map(
    ({ layer, arrays }): LayerWeights => ({
      layer,
      arrays: arrays.map((own) => {
        const found = file.weights.get(`${layer}/${own}`)
        if (!found)
          throw new RepriseError('damaged-file', `${name} is damaged: it lacks the weight ${layer}/${own}`)
        return { name: own, shape: found.shape, data: found.values }
      }),
    }),
  )
  return { config, weights, ...(compile && { compile }) }
}
