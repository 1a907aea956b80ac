import { RepriseError } from '../../errors.js'
import { readModelFile, writeModelFile } from '../../formats/model-file.js'
import type { Session } from '../../graph/index.js'
import { resolve } from '../../options.js'
import type { WeightFormat } from '../../quantization.js'
import { type Tokenizer, tokenizerFromJSON } from '../../text/index.js'
import type { LanguageNetwork } from './network.js'
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
  readonly history: readonly {
    readonly epoch: number
    readonly learningRate: number
    readonly scores: Readonly<Record<string, number>>
  }[]
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
    weights: new Map(
      [...session.parameters].map((parameter) => [
        parameter.name,
        { shape: parameter.shape, values: session.readParameter(parameter) },
      ]),
    ),
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
    tokenizer: readTokenizer(tokenizer, name),
    training: readTraining(training, name),
    weights: file.weights,
    format: file.format ?? 'float32',
  }
}

/** The settings in a model or checkpoint, checked like those a person gives. Throws `damaged-file`, `newer-version`. */
export function readSettings(saved: unknown, name: string): LanguageModelSettings {
  if (typeof saved !== 'object' || saved === null) throw damaged(name, 'it has no settings')
  const foreign = Object.keys(saved).find((key) => !Object.hasOwn(languageModelFields, key))
  if (foreign !== undefined) {
    throw new RepriseError(
      'newer-version',
      `${name} has a setting "${foreign}" that this version of Reprise does not know; update Reprise.`,
    )
  }
  let settings: LanguageModelSettings
  try {
    settings = resolve('settings', languageModelFields, { ...saved }) as LanguageModelSettings
  } catch (error) {
    throw damaged(name, error instanceof Error ? error.message : String(error), error)
  }
  // Files from before there was a choice.
  settings = {
    ...settings,
    softmax: settings.softmax === 'auto' ? 'full' : settings.softmax,
    tableUpdates: settings.tableUpdates === 'auto' ? 'all' : settings.tableUpdates,
  }
  const open = chosen.find((key) => settings[key] === undefined)
  if (open !== undefined) throw damaged(name, `it lacks the setting "${open}"`)
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

function readTokenizer(saved: unknown, name: string): Tokenizer {
  try {
    return tokenizerFromJSON(saved)
  } catch (error) {
    throw damaged(name, error instanceof Error ? error.message : String(error), error)
  }
}

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
  if (!fine) throw damaged(name, 'its training record is not one')
  return saved as unknown as TrainingRecord
}

/** Throws `damaged-file` unless a file has the weights of a network and no others. */
export function checkWeights(network: LanguageNetwork, file: LanguageModelFile, name: string): void {
  for (const { name: weight, shape } of network.parameters) {
    const found = file.weights.get(weight)?.shape
    if (found === undefined) throw damaged(name, `the weight "${weight}" is missing`)
    if (found.join() !== shape.join()) {
      throw damaged(name, `the weight "${weight}" has shape [${found.join(', ')}], not [${shape.join(', ')}]`)
    }
  }
  const foreign = [...file.weights.keys()].find((weight) => !network.parameters.get(weight))
  if (foreign !== undefined) throw damaged(name, 'it has a weight too many')
}

function damaged(name: string, reason: string, cause?: unknown): RepriseError {
  return new RepriseError(
    'damaged-file',
    `${name} is damaged: ${reason.replace(/\.$/, '')}. Take a good copy, or train it again.`,
    { cause },
  )
}
