import { RepriseError } from '../errors.js'
import { crc32 } from '../formats/crc32.js'
import type { LayerWeights, ModelConfig, ModelDescription } from '../formats/model-description.js'
import { readModelFile, writeModelFile } from '../formats/model-file.js'

const task = 'model'

/** A checksum over all weights in their order: a changed bit would otherwise only show in the answers. */
function checksumOf(weights: readonly LayerWeights[]): number {
  let sum = 0
  for (const { data } of weights.flatMap(({ arrays }) => arrays)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    sum = (Math.imul(sum, 31) + crc32(bytes)) >>> 0
  }
  return sum
}

/** The library's own form: weights under layer/weight, the description as JSON beside them. */
export function toSafetensors({ config, weights, compile, weightFormat }: ModelDescription): Uint8Array[] {
  const tensors = weights.flatMap(({ layer, arrays }) =>
    arrays.map(({ name, shape, data }) => [`${layer}/${name}`, { shape, values: data }] as const),
  )
  const order = weights.map(({ layer, arrays }) => ({ layer, arrays: arrays.map(({ name }) => name) }))
  const metadata = { config, order, check: checksumOf(weights), ...(compile && { compile }) }
  const format = weightFormat ?? 'float32'
  return writeModelFile({ task, metadata: { ...metadata }, weights: new Map(tensors), format })
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
  const { config, order, check, compile } = file.metadata as {
    config?: ModelConfig
    order?: { layer: string; arrays: string[] }[]
    check?: number
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
  if (check !== undefined && check !== checksumOf(weights)) {
    throw new RepriseError('damaged-file', `${name} is damaged: its weights have changed. Take a good copy.`)
  }
  const weightFormat = file.format ?? 'float32'
  return { config, weights, ...(compile && { compile }), ...(weightFormat !== 'float32' && { weightFormat }) }
}
