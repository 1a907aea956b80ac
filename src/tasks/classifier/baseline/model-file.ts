import { RepriseError } from '../../../errors.js'
import type { ModelFile } from '../../../formats/model-file.js'
import { WordTokenizer } from '../../../text/index.js'
import { damagedModel, readPart, readSavedSettings } from '../../model-parts.js'
import { SeenTexts } from '../../seen-texts.js'
import { classifierTask } from '../model-file.js'
import { BagOfWords, type Features } from './bag-of-words.js'
import { baselineFields } from './settings.js'
import { type BaselineRecord, outputsOf, type TrainedBaseline } from './train.js'

export const baselineKind = 'baseline'

/** All there is to a baseline. */
export type BaselineParts = Omit<TrainedBaseline, 'beforeRefit' | 'validExamples' | 'counts'>

/**
 * What a model file has. Tensors: kernel [D, K], bias [K], idf [D], and the features: words [W], pairs [P, 2] as
 * numbers of the vocabulary (exact in float32 up to 2²⁴), D = W + P + L. The L runs of letters are in the description.
 */
export function baselineFile(model: BaselineParts): ModelFile {
  const { bag, outputs: K, weights, labels, multiLabel, temperature, settings, training, seen } = model
  const { words, pairs, letters, idf } = bag.features
  const D = bag.size
  const tensors: [string, readonly number[], ArrayLike<number>][] = [
    ['kernel', [D, K], weights.subarray(0, D * K)],
    ['bias', [K], weights.subarray(D * K)],
    ['idf', [D], idf],
    ['words', [words.length], words],
    ['pairs', [pairs.length / 2, 2], pairs],
  ]
  return {
    task: classifierTask,
    metadata: {
      kind: baselineKind,
      labels,
      multiLabel,
      temperature,
      settings,
      tokenizer: bag.tokenizer.toJSON(),
      ...(letters.length > 0 && { letters }),
      training,
      ...(seen && { seen: seen.toJSON() }),
    },
    weights: new Map(
      tensors.map(([name, shape, values]) => [name, { shape, values: Float32Array.from(values) }]),
    ),
  }
}

/** Reads a baseline; throws `damaged-file`, `wrong-task`, `newer-version`. */
export function readBaseline(file: ModelFile, name: string): BaselineParts {
  const { kind, labels, multiLabel, temperature, settings: saved, tokenizer: words, training } = file.metadata
  if (file.task !== classifierTask || kind !== baselineKind) {
    const what = file.task === classifierTask ? `a ${String(kind)} classifier` : `a model for "${file.task}"`
    throw new RepriseError('wrong-task', `${name} is ${what}, not a baseline of words and weights.`)
  }
  const isLabels = Array.isArray(labels) && labels.every((label) => typeof label === 'string')
  if (!isLabels || labels.length === 0 || new Set(labels).size !== labels.length)
    throw damagedModel(name, 'its labels are not such')
  if (typeof multiLabel !== 'boolean' || typeof temperature !== 'number' || !(temperature > 0))
    throw damagedModel(name, 'its description lacks a part')
  if (typeof training !== 'object' || training === null)
    throw damagedModel(name, 'its training record is not one')
  const settings = readSavedSettings(baselineFields, saved, name)
  const tokenizer = readPart(name, () => WordTokenizer.fromJSON(words))
  const features = readFeatures(file, tokenizer.vocabulary.size, name)
  const D = features.idf.length
  const K = outputsOf(labels, multiLabel)
  const weights = new Float64Array((D + 1) * K)
  weights.set(tensor(file, 'kernel', [D, K], name))
  weights.set(tensor(file, 'bias', [K], name), D * K)
  if (!weights.every(Number.isFinite)) throw damagedModel(name, 'a weight is not a number')
  return {
    settings,
    labels,
    multiLabel,
    temperature,
    bag: new BagOfWords(tokenizer, features, settings),
    link: multiLabel || K === 1 ? 'sigmoid' : 'softmax',
    outputs: K,
    weights,
    training: training as BaselineRecord,
    seen: SeenTexts.fromJSON(file.metadata.seen, name),
  }
}

function readFeatures(file: ModelFile, vocabulary: number, name: string): Features {
  const ids = (part: string, shape: readonly (number | undefined)[]) => {
    const values = tensor(file, part, shape, name)
    if (!values.every((id) => Number.isInteger(id) && id >= 0 && id < vocabulary))
      throw damagedModel(name, `the tensor "${part}" has numbers of no word`)
    return Int32Array.from(values)
  }
  const words = ids('words', [undefined])
  const pairs = ids('pairs', [undefined, 2])
  const letters = file.metadata.letters ?? []
  const isRuns = Array.isArray(letters) && letters.every((run) => typeof run === 'string' && run !== '')
  if (!isRuns || new Set(letters).size !== letters.length)
    throw damagedModel(name, 'its runs of letters are not such')
  const D = words.length + pairs.length / 2 + letters.length
  return { words, pairs, letters, idf: tensor(file, 'idf', [D], name).slice() }
}

/** The values of a tensor of this shape; undefined = any length. */
function tensor(
  file: ModelFile,
  part: string,
  shape: readonly (number | undefined)[],
  name: string,
): Float32Array {
  const found = file.weights.get(part)
  const fits =
    found?.shape.length === shape.length && shape.every((n, k) => n === undefined || n === found.shape[k])
  if (!found || !fits) throw damagedModel(name, `the tensor "${part}" is missing or has another shape`)
  return found.values
}
