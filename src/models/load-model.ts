import type { Engine } from '../engine/engine.js'
import { RepriseError } from '../errors.js'
import type { ImportedModel, ImportReport } from '../formats/import-report.js'
import type { TorchOptions } from '../formats/torch/index.js'
import { checkWeightFormat, type WeightFormat } from '../quantization.js'
import type { Model } from './model.js'
import { modelConfig } from './model-config.js'
import { assignWeights, modelFromDescription } from './model-from-config.js'
import { fromSafetensors } from './own-format.js'

export interface LoadModelOptions {
  readonly engine?: Engine | undefined
  /**
   * How to keep kernels and embedding tables: "int8" or "bf16" take a quarter or half of the memory, for predictions alone. Default:
   * as the file has them.
   */
  readonly weights?: WeightFormat | undefined
  /** Gets what became of a file of another program: layers, keys left out. Default: warns when something was left out. */
  readonly report?: ((report: ImportReport) => void) | undefined
  /** What a PyTorch state dict does not say: the order of its modules, activations. */
  readonly torch?: TorchOptions | undefined
}

/**
 * A model from a file, by the ending of its name: `.safetensors` (this library's, or a PyTorch state dict), `.keras`, `.h5`, or the
 * `model.json` of TensorFlow.js. It is complete or an error.
 *
 * Throws `bad-file`, `bad-archive`, `damaged-file`, `not-a-model`; `unsupported-layer`, which lists all layers that are missing here.
 *
 * @example
 * const model = await loadModel('reviews.keras')
 * const probabilities = await model.predict(x)
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  const { besideFile, readBytes } = await import('../formats/node-read-file.js')
  return loadModelFromBytes(await readBytes(path), path, options, besideFile(path))
}

/**
 * The same from bytes, in a browser too; `name` decides what they are. For TensorFlow.js `sibling` gets the files beside
 * model.json by their path.
 */
export async function loadModelFromBytes(
  bytes: Uint8Array,
  name: string,
  options: LoadModelOptions = {},
  sibling?: (path: string) => Promise<Uint8Array>,
): Promise<Model> {
  if (options.weights !== undefined) checkWeightFormat(options.weights)
  const { description, report } = await read(bytes, name, options, sibling)
  const model = modelFromDescription(description, { engine: options.engine, weights: options.weights })
  if (report) (options.report ?? warnOfLosses)(report)
  return model
}

/** Reads weights from a file into a model that is built. Nothing changes when they do not fit. */
export async function loadWeights(model: Model, path: string): Promise<void> {
  const { readBytes } = await import('../formats/node-read-file.js')
  const bytes = await readBytes(path)
  if (/\.h5$/i.test(path)) {
    const { readKerasWeights } = await import('../formats/keras/keras-h5.js')
    assignWeights(model, await readKerasWeights(bytes, modelConfig(model), path))
    return
  }
  const { description } = await read(bytes, path, {})
  assignWeights(model, description.weights)
}

async function read(
  bytes: Uint8Array,
  name: string,
  { torch }: LoadModelOptions,
  sibling?: (path: string) => Promise<Uint8Array>,
): Promise<Partial<Pick<ImportedModel, 'report'>> & Pick<ImportedModel, 'description'>> {
  const lower = name.toLowerCase()
  if (lower.endsWith('.weights.h5')) {
    throw new RepriseError('not-a-model', `${name} holds weights alone; build the model and call loadWeights`)
  }
  // What a file is shows in its first bytes, whatever its name.
  const begins = (...signature: readonly number[]) => signature.every((byte, k) => bytes[k] === byte)
  if (bytes.length === 0) throw new RepriseError('bad-file', `${name} is empty`)
  if (begins(0x50, 0x4b, 3, 4) || (lower.endsWith('.keras') && !begins(0x89, 0x48, 0x44, 0x46))) {
    const { readKerasArchive } = await import('../formats/keras/keras-archive.js')
    return readKerasArchive(bytes, name)
  }
  if (begins(0x89, 0x48, 0x44, 0x46) || /\.(h5|hdf5)$/.test(lower)) {
    const { readKerasH5 } = await import('../formats/keras/keras-h5.js')
    return readKerasH5(bytes, name)
  }
  if (lower.endsWith('.json')) {
    if (!sibling)
      throw new RepriseError(
        'option',
        `${name}: its weights lie in other files; give a function that reads them`,
      )
    const { readTfjsModel } = await import('../formats/tfjs/read-tfjs.js')
    return readTfjsModel(bytes, sibling, name)
  }
  if (lower.endsWith('.onnx')) {
    throw new RepriseError('not-a-model', `${name}: ONNX files are written for other programs, not read`)
  }
  const { readSafetensors } = await import('../formats/safetensors.js')
  const isOwn = readSafetensors(bytes, name).metadata.has('reprise')
  if (isOwn) return { description: fromSafetensors(bytes, name) }
  const { readTorch, torchDescription } = await import('../formats/torch/index.js')
  return torchDescription(readTorch(bytes, name), torch)
}

function warnOfLosses({ format, ignored, notes }: ImportReport): void {
  const lines = [...(ignored.length > 0 ? [`left out: ${ignored.join('; ')}`] : []), ...notes]
  if (lines.length > 0) console.warn([`${format}:`, ...lines].join('\n  '))
}
