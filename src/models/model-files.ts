import { RepriseError, unknownName } from '../errors.js'
import type { ModelDescription } from '../formats/model-description.js'
import type { Model } from './model.js'
import { describeModel } from './model-config.js'
import { toSafetensors } from './own-format.js'

/** Pieces of a file, and what its reader should know. */
interface Written {
  readonly pieces: readonly Uint8Array[]
  readonly notes?: readonly string[]
}

interface FileFormat {
  readonly model?: (description: ModelDescription) => Written | Promise<Written>
  readonly weights?: (description: ModelDescription) => Written | Promise<Written>
}

const own = (description: ModelDescription): Written => ({ pieces: toSafetensors(description) })

/** By ending, longer ones first. Codecs are loaded when they are needed. */
const formats: Readonly<Record<string, FileFormat>> = {
  '.weights.h5': {
    weights: async (description) => {
      const { writeKerasWeights } = await import('../formats/keras/keras-h5.js')
      return { pieces: [await writeKerasWeights(description)] }
    },
  },
  '.keras': {
    model: async (description) => {
      const { writeKerasArchive } = await import('../formats/keras/keras-archive.js')
      const { bytes, notes } = await writeKerasArchive(description)
      return { pieces: [bytes], notes }
    },
  },
  '.h5': {
    model: async (description) => {
      const { writeKerasH5 } = await import('../formats/keras/keras-h5.js')
      const { bytes, notes } = await writeKerasH5(description)
      return { pieces: [bytes], notes }
    },
    weights: async (description) => {
      const { writeKerasWeights } = await import('../formats/keras/keras-h5.js')
      return { pieces: [await writeKerasWeights(description, { legacy: true })] }
    },
  },
  '.onnx': {
    model: async (description) => {
      const { toOnnx } = await import('../formats/onnx/index.js')
      return { pieces: [toOnnx(description)] }
    },
  },
  '.safetensors': { model: own, weights: own },
}

/** The longest known ending of a file name. Throws `unknown-name`. */
export function endingOf(path: string): string {
  const lower = path.toLowerCase()
  const ending = Object.keys(formats).find((known) => lower.endsWith(known))
  if (ending) return ending
  const given = /\.[^./\\]*$/.exec(path)?.[0] ?? path
  throw unknownName('ending of a model file', given, Object.keys(formats))
}

/** Writes the whole model; returns notes on what the format cannot say. */
export async function saveModel(model: Model, path: string): Promise<readonly string[]> {
  const ending = endingOf(path)
  const { model: write } = formats[ending]!
  if (!write) {
    throw new RepriseError(
      'not-saveable',
      `${path}: ${ending} holds weights alone; use saveWeights, or .keras`,
    )
  }
  // Other programs' files hold no models without weights.
  if (ending !== '.safetensors') checkBuilt(path, model)
  const description = describeModel(model)
  const notes = await store(path, await write(description))
  if (!model.isCompiled || description.compile || ending === '.onnx') return notes
  return [...notes, 'written without compile: a loss or metric is a function, which files cannot hold']
}

function checkBuilt(path: string, model: Model): void {
  if (model.currentNetwork) return
  throw new RepriseError(
    'not-built',
    `${path}: model "${model.name}" has no weights yet; give its first layer an inputShape, or call fit or predict with data`,
  )
}

export async function saveWeights(model: Model, path: string): Promise<readonly string[]> {
  const ending = endingOf(path)
  const { weights: write } = formats[ending]!
  if (!write) {
    throw new RepriseError(
      'not-saveable',
      `${path}: ${ending} cannot hold weights alone; use .weights.h5 or .safetensors`,
    )
  }
  checkBuilt(path, model)
  return store(path, await write(describeModel(model)))
}

async function store(path: string, { pieces, notes = [] }: Written): Promise<readonly string[]> {
  const { writeFileAtomic } = await import('../formats/node-atomic-file.js')
  await writeFileAtomic(path, pieces)
  return notes
}
