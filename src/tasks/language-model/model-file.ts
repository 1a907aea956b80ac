import { RepriseError } from '../../errors.js'
import { readModelFile, writeModelFile } from '../../formats/model-file.js'
import type { Session } from '../../graph/index.js'
import { type Tokenizer, tokenizerFromJSON } from '../../text/index.js'
import type { LanguageNetwork } from './network.js'
import type { LanguageModelSettings } from './settings.js'

/** What training left behind; nothing in it depends on time, so that the same training gives the same file. */
export interface TrainingRecord {
  readonly epochs: number
  readonly steps: number
  readonly trainTokens: number
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
  readonly bytes: number
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
  const { settings, tokenizer, training } = file.metadata as {
    settings: LanguageModelSettings
    tokenizer: unknown
    training: TrainingRecord
  }
  if (
    typeof settings !== 'object' ||
    typeof training !== 'object' ||
    settings === null ||
    training === null
  ) {
    throw new RepriseError(
      'damaged-file',
      `${name}: the description of the model is damaged; train it again or take a good copy`,
    )
  }
  return {
    settings,
    tokenizer: tokenizerFromJSON(tokenizer),
    training,
    weights: file.weights,
    bytes: bytes.length,
  }
}

/** Puts the weights of a file into a session. Throws `damaged-file` when one is missing or has another shape. */
export function loadWeights(
  session: Session,
  network: LanguageNetwork,
  file: LanguageModelFile,
  name: string,
): void {
  for (const parameter of network.parameters) {
    const weight = file.weights.get(parameter.name)
    if (!weight || weight.values.length !== parameter.size) {
      throw new RepriseError(
        'damaged-file',
        `${name}: weight "${parameter.name}" is missing or has the wrong size`,
      )
    }
    session.writeParameter(parameter, weight.values)
  }
}
