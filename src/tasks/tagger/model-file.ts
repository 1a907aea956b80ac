import { RepriseError } from '../../errors.js'
import { readModelFile, writeModelFile } from '../../formats/model-file.js'
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
import { LabelScheme } from './labels.js'
import { type TaggerSettings, taggerFields } from './settings.js'
import { type TagScheme, tagSchemes } from './tag-scheme.js'
import { TaggerVocabulary, type TaggerVocabularyJson } from './vocabulary.js'

/** What training left behind; nothing in it depends on time, so that the same training gives the same file. */
export interface TaggerTrainingRecord {
  readonly epochs: number
  readonly steps: number
  readonly trainSentences: number
  readonly trainTokens: number
  readonly best?: { readonly epoch: number; readonly score: number }
  readonly valid?: {
    readonly tokens: number
    readonly accuracy: number
    readonly f1?: number | undefined
  }
  readonly history: readonly EpochRecord[]
}

export const taggerTask = 'tagger'

interface TaggerParts {
  readonly settings: TaggerSettings
  readonly vocabulary: TaggerVocabulary
  readonly scheme: LabelScheme
  readonly training: TaggerTrainingRecord
  /** The sentences it was trained on; absent in files of older versions. */
  readonly seen?: SeenTexts | undefined
}

export interface TaggerFile extends TaggerParts {
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>
  /** How the file keeps them. */
  readonly format: WeightFormat
}

/** The pieces of a model file, to be written one after the other. */
export function taggerPieces(session: Session, parts: TaggerParts): Uint8Array[] {
  return writeModelFile({
    task: taggerTask,
    format: session.parameters.weights,
    metadata: {
      settings: parts.settings,
      scheme: parts.scheme.data,
      vocabulary: parts.vocabulary.json,
      training: parts.training,
      ...(parts.seen && { seen: parts.seen.toJSON() }),
    },
    weights: weightsOf(session),
  })
}

/** Reads a tagger; throws `not-a-model`, `damaged-file`, `wrong-task`, `newer-version`. */
export function readTagger(bytes: Uint8Array, name: string): TaggerFile {
  const file = readModelFile(bytes, name)
  if (file.task !== taggerTask) {
    throw new RepriseError(
      'wrong-task',
      `${name} is a model for "${file.task}", not a tagger; train one with: reprise train tagger`,
    )
  }
  const { settings: saved, scheme, vocabulary, training, seen } = file.metadata
  const settings = readTaggerSettings(saved, name)
  const known = tagSchemes.find((each) => each === scheme)
  if (known === undefined) throw damagedModel(name, 'it does not say how its tags stand for spans')
  return {
    settings,
    scheme: new LabelScheme(known satisfies TagScheme, settings.scheme),
    vocabulary: readVocabulary(vocabulary, settings, name),
    training: readTraining(training, name),
    seen: SeenTexts.fromJSON(seen, name),
    weights: file.weights,
    format: file.format ?? 'float32',
  }
}

/** The settings in a model or checkpoint, checked like those a person gives. Throws `damaged-file`, `newer-version`. */
export function readTaggerSettings(saved: unknown, name: string): TaggerSettings {
  const read = readSavedSettings(taggerFields, saved, name) as TaggerSettings
  // Files from before there was a choice.
  const settings = { ...read, layerDecay: read.layerDecay ?? 1, unfreeze: read.unfreeze ?? 0 }
  checkChosen(
    settings,
    ['embedding', 'affixes', 'units', 'inputDropout', 'dropout', 'batch', 'epochs', 'lr', 'schedule'],
    name,
  )
  const open = [settings.scheme, settings.decoder].some((choice) => (choice as string) === 'auto')
  if (open) throw damagedModel(name, 'its settings are not all chosen')
  return settings
}

function readVocabulary(saved: unknown, settings: TaggerSettings, name: string): TaggerVocabulary {
  const isWords = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((item) => typeof item === 'string')
  const isLists = (list: unknown) => Array.isArray(list) && list.every(isWords)
  const { words, characters, affixes, features, labels, vectors } = (saved ?? {}) as Record<string, unknown>
  const { dimension, words: withVectors } = (vectors ?? { dimension: 1, words: [] }) as Record<
    string,
    unknown
  >
  const fine =
    [words, characters, labels, withVectors].every(isWords) &&
    [affixes, features].every(isLists) &&
    (labels as string[]).length > 0 &&
    Number.isSafeInteger(dimension)
  if (!fine) throw damagedModel(name, 'its vocabulary is not one')
  return readPart(name, () => new TaggerVocabulary(saved as TaggerVocabularyJson, settings))
}

function readTraining(saved: unknown, name: string): TaggerTrainingRecord {
  const record = (typeof saved === 'object' ? (saved ?? {}) : {}) as Record<string, unknown>
  const numbers = ['epochs', 'steps', 'trainSentences', 'trainTokens'].every(
    (key) => typeof record[key] === 'number',
  )
  if (!numbers || !Array.isArray(record.history)) throw damagedModel(name, 'its training record is not one')
  return record as unknown as TaggerTrainingRecord
}
