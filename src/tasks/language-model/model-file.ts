import { RepriseError } from '../../errors.js'
import { readModelFile, writeModelFile } from '../../formats/model-file.js'
import type { Session } from '../../graph/index.js'
import type { WeightFormat } from '../../quantization.js'
import { type Tokenizer, tokenizerFromJSON } from '../../text/index.js'
import {
  checkChosen,
  damagedModel,
  type EpochRecord,
  readPart,
  readSavedSettings,
  weightsOf,
} from '../model-parts.js'
import { type LanguageModelSettings, languageModelFields } from './settings.js'

/** What training left behind; nothing in it depends on time, so that the same training gives the same file. */
export interface TrainingRecord {
  readonly epochs: number
  readonly steps: number
  readonly trainTokens: number
  /** Products took bfloat16 operands. Absent where they were float32, also when the machine had no others. */
  readonly precision?: 'mixed'
  readonly best?: { readonly epoch: number; readonly score: number }
  readonly valid?: {
    readonly tokens: number
    readonly nats: number
    readonly perplexity: number
    readonly bitsPerToken: number
  }
  readonly history: readonly EpochRecord[]
}

export interface LanguageModelFile {
  readonly settings: LanguageModelSettings
  readonly tokenizer: Tokenizer
  readonly training: TrainingRecord
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>
  /** How the file keeps them. */
  readonly format: WeightFormat
}

export const languageModelTask = 'lm'

/** The pieces of a model file, to be written one after the other. */
export function languageModelPieces(
  session: Session,
  parts: {
    readonly settings: LanguageModelSettings
    readonly tokenizer: Tokenizer
    readonly training: TrainingRecord
  },
): Uint8Array[] {
  return writeModelFile({
    task: languageModelTask,
    format: session.parameters.weights,
    metadata: { settings: parts.settings, tokenizer: parts.tokenizer.toJSON(), training: parts.training },
    weights: weightsOf(session),
  })
}

/** Reads a language model; throws `not-a-model`, `damaged-file`, `wrong-task`, `newer-version`. */
export function readLanguageModel(bytes: Uint8Array, name: string): LanguageModelFile {
  const file = readModelFile(bytes, name)
  if (file.task !== languageModelTask) {
    throw new RepriseError(
      'wrong-task',
      `${name} is a model for "${file.task}", not a language model; train one with: reprise train lm`,
    )
  }
  const { settings, tokenizer, training } = file.metadata
  return {
    settings: readSettings(settings, name),
    tokenizer: readPart(name, () => tokenizerFromJSON(tokenizer)),
    training: readTraining(training, name),
    weights: file.weights,
    format: file.format ?? 'float32',
  }
}

/** The settings in a model or checkpoint, checked like those a person gives. Throws `damaged-file`, `newer-version`. */
export function readSettings(saved: unknown, name: string): LanguageModelSettings {
  let settings = readSavedSettings(languageModelFields, saved, name) as LanguageModelSettings
  // Files from before there was a choice.
  settings = {
    ...settings,
    softmax: settings.softmax === 'auto' ? 'full' : settings.softmax,
    tableUpdates: settings.tableUpdates === 'auto' ? 'all' : settings.tableUpdates,
  }
  checkChosen(settings, chosen, name)
  return settings
}

/** Settings a model always has. */
const chosen = [
  'layers',
  'units',
  'embedding',
  'dropout',
  'bptt',
  'batch',
  'epochs',
  'optimizer',
  'lr',
  'schedule',
  'clip',
  'weightDecay',
] as const satisfies readonly (keyof LanguageModelSettings)[]

function readTraining(saved: unknown, name: string): TrainingRecord {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null
  const hasNumbers = (value: unknown, ...keys: string[]) =>
    isObject(value) && keys.every((key) => typeof value[key] === 'number')
  const fine =
    isObject(saved) &&
    hasNumbers(saved, 'epochs', 'steps', 'trainTokens') &&
    Array.isArray(saved.history) &&
    (saved.valid === undefined || hasNumbers(saved.valid, 'tokens', 'nats', 'perplexity', 'bitsPerToken'))
  if (!fine) throw damagedModel(name, 'its training record is not one')
  return saved as unknown as TrainingRecord
}
