import { RepriseError } from '../../errors.js'
import { type ModelFile, readModelFile, writeModelFile } from '../../formats/model-file.js'
import type { Session } from '../../graph/index.js'
import type { WeightFormat } from '../../quantization.js'
import {
  checkChosen,
  damagedModel,
  type EpochRecord,
  readPart,
  readSavedSettings,
  weightsOf,
} from '../model-parts.js'
import { SeenTexts } from '../seen-texts.js'
import type { ExampleCounts } from './examples.js'
import { type ClassifierSettings, chosenSettings, classifierFields } from './settings.js'
import { TextFeatures } from './text-features.js'

/** Scores on the validation part that a model keeps. */
export interface ValidationScores {
  readonly examples: number
  readonly accuracy: number
  readonly macroF1: number
  /** Of calibrated probabilities, in nats. */
  readonly logLoss: number
}

/** What training left behind; nothing in it depends on time, so that the same training gives the same file. */
export interface ClassifierRecord {
  readonly epochs: number
  readonly steps: number
  readonly examples: Omit<ExampleCounts, 'labels'>
  /** Words or characters of the training texts. */
  readonly trainPieces: number
  /** Products took bfloat16 operands. */
  readonly precision?: 'mixed'
  readonly best?: { readonly epoch: number; readonly score: number }
  /** The epoch whose weights were kept, where it is not the best one: the last, which does as well but for chance. */
  readonly kept?: number
  /** Of the model as it predicts. */
  readonly valid?: ValidationScores
  /** Of its recurrent network alone, where a baseline is joined. */
  readonly networkValid?: ValidationScores
  /** Of the baseline trained beside it. */
  readonly baseline?: ValidationScores & { readonly name: string }
  readonly history: readonly EpochRecord[]
}

/** How logits become probabilities. */
export interface Calibration {
  /** Factor of the network's logits: 1 / temperature. */
  readonly network: number
  /** Factor of the joined baseline's; 0 = none is joined. */
  readonly baseline: number
}

/** A joined baseline as its own model file has it. */
export type StoredBaseline = Pick<ModelFile, 'metadata' | 'weights'>

/** All of a classifier but its memory on an engine. */
export interface ClassifierParts {
  readonly settings: ClassifierSettings
  readonly features: TextFeatures
  readonly labels: readonly string[]
  readonly calibration: Calibration
  readonly training: ClassifierRecord
  readonly baseline?: StoredBaseline | undefined
  /** The texts it was trained on; absent in files of older versions. */
  readonly seen?: SeenTexts | undefined
}

export interface ClassifierFile extends ClassifierParts {
  readonly weights: ModelFile['weights']
  /** How the file keeps them. */
  readonly format: WeightFormat
}

export const classifierTask = 'classifier'
export const recurrentKind = 'recurrent'
/** Before the names of a joined baseline's tensors. */
const baselinePrefix = 'baseline/'

/** The pieces of a model file, to be written one after the other. */
export function classifierPieces(session: Session, parts: ClassifierParts): Uint8Array[] {
  const { settings, features, labels, calibration, training, baseline, seen } = parts
  const joined = [...(baseline?.weights ?? [])].map(
    ([name, weight]) => [`${baselinePrefix}${name}`, weight] as const,
  )
  return writeModelFile({
    task: classifierTask,
    format: session.parameters.weights,
    metadata: {
      kind: recurrentKind,
      settings,
      labels,
      vocabulary: features.toJSON(),
      calibration,
      training,
      ...(baseline && { baseline: baseline.metadata }),
      ...(seen && { seen: seen.toJSON() }),
    },
    weights: new Map([...weightsOf(session), ...joined]),
  })
}

/** Reads a recurrent classifier; throws `not-a-model`, `damaged-file`, `wrong-task`, `newer-version`. */
export function readClassifier(bytes: Uint8Array, name: string): ClassifierFile {
  const file = readModelFile(bytes, name)
  const { kind, settings: saved, labels, vocabulary, calibration, training, baseline, seen } = file.metadata
  if (file.task !== classifierTask || kind !== recurrentKind) {
    const what = file.task === classifierTask ? `a ${String(kind)} classifier` : `a model for "${file.task}"`
    throw new RepriseError(
      'wrong-task',
      `${name} is ${what}, not a recurrent classifier; train one with: reprise train classifier`,
    )
  }
  const settings = readSettings(saved, name)
  const isLabels = Array.isArray(labels) && labels.every((label) => typeof label === 'string')
  if (!isLabels || labels.length === 0 || new Set(labels).size !== labels.length)
    throw damagedModel(name, 'its labels are not such')
  const own = new Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>()
  const joined = new Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>()
  for (const [weight, value] of file.weights) {
    if (weight.startsWith(baselinePrefix)) joined.set(weight.slice(baselinePrefix.length), value)
    else own.set(weight, value)
  }
  return {
    settings,
    features: readPart(name, () => TextFeatures.fromJSON(settings, vocabulary)),
    labels,
    calibration: readCalibration(calibration, name),
    training: readTraining(training, name),
    weights: own,
    format: file.format ?? 'float32',
    seen: SeenTexts.fromJSON(seen, name),
    ...(typeof baseline === 'object' &&
      baseline !== null && {
        baseline: { metadata: baseline as StoredBaseline['metadata'], weights: joined },
      }),
  }
}

/** The settings in a model or checkpoint, checked like those a person gives. Throws `damaged-file`, `newer-version`. */
export function readSettings(saved: unknown, name: string): ClassifierSettings {
  const settings = readSavedSettings(classifierFields, saved, name) as ClassifierSettings
  checkChosen(settings, chosenSettings, name)
  return settings
}

function readCalibration(saved: unknown, name: string): Calibration {
  const { network, baseline } = (saved ?? {}) as Readonly<Record<string, unknown>>
  const isFactor = (value: unknown): value is number =>
    typeof value === 'number' && Number.isFinite(value) && value >= 0
  if (!isFactor(network) || !isFactor(baseline)) throw damagedModel(name, 'its calibration is not one')
  return { network, baseline }
}

function readTraining(saved: unknown, name: string): ClassifierRecord {
  const { epochs, steps, examples, history } = (saved ?? {}) as Readonly<Record<string, unknown>>
  const isObject = typeof examples === 'object' && examples !== null
  if (typeof epochs !== 'number' || typeof steps !== 'number' || !isObject || !Array.isArray(history))
    throw damagedModel(name, 'its training record is not one')
  return saved as ClassifierRecord
}
