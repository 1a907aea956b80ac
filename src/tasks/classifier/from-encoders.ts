import { RepriseError } from '../../errors.js'
import type { ParameterRates } from '../../training/index.js'
import { stackRates } from '../layer-rates.js'
import { type PretrainedEncoder, pairEncoders } from '../pretrained-encoder.js'
import type { ClassifierNetwork } from './network.js'
import type { ClassifierOptions, ClassifierSettings, ResolvedOptions } from './settings.js'

/**
 * The settings that language models bring with them. Throws `option` when another value was asked for, `wrong-encoder`
 * when they are no pair or read backward only.
 */
export function settingsFrom(
  given: ResolvedOptions,
  asked: ClassifierOptions,
  encoders: readonly PretrainedEncoder[],
): ResolvedOptions {
  const [first, second] = pairEncoders(encoders)
  if (!first) return given
  if (first.shape.reverse) {
    throw new RepriseError(
      'wrong-encoder',
      `${first.name} reads backward, and a classifier begins with one that reads forward. Give that first; this one may stand beside it.`,
    )
  }
  const { cell, layers, units, embedding } = first.shape
  const others =
    second &&
    (['cell', 'layers', 'units', 'embedding'] as const).find((key) => second.shape[key] !== first.shape[key])
  if (others !== undefined) {
    throw new RepriseError(
      'wrong-encoder',
      `${first.name} has \`${others}\` ${first.shape[others]}, ${second!.name} ${second!.shape[others]}; a pair must be alike. Train both with the same options.`,
    )
  }
  if (cell === 'simple') {
    throw new RepriseError(
      'wrong-encoder',
      `${first.name} has simple recurrent cells; a classifier has LSTM or GRU. Train it with \`cell\` lstm or gru.`,
    )
  }
  const { normalize, split } = first.tokenizer.toJSON() as {
    normalize?: { lowercase?: boolean }
    split?: string
  }
  const brought = {
    unit: 'word',
    lowercase: normalize?.lowercase === true,
    split: split === 'punctuation' ? 'punctuation' : 'whitespace',
    cell,
    layers,
    units,
    embedding,
    bidirectional: second !== undefined,
    directions: 'apart',
    minCount: 1,
    maxVocabulary: first.tokenizer.vocabulary.size - 1,
    subwords: 0,
  } as const
  for (const [name, value] of Object.entries(brought)) {
    const wanted = (asked as Readonly<Record<string, unknown>>)[name]
    if (wanted === undefined || wanted === value) continue
    throw new RepriseError(
      'option',
      `\`${name}\` is ${JSON.stringify(wanted)}, and ${first.name} brings ${JSON.stringify(value)}. Leave \`${name}\` out, or train a language model with it.`,
    )
  }
  return { ...given, ...brought }
}

/** Rates layer by layer, as the settings say; undefined where all layers learn alike. */
export function classifierRates(
  network: ClassifierNetwork,
  settings: Pick<ClassifierSettings, 'layerDecay' | 'unfreeze'>,
): ParameterRates | undefined {
  const { parameters, encoders, embedding, recurrent } = network
  if (encoders.length > 0) {
    const stacks = encoders.map(({ layers }) => layers)
    return stackRates(parameters, stacks, settings)
  }
  const stacks = [[embedding, ...recurrent.map(({ forward }) => forward)]]
  if (recurrent[0]?.backward) stacks.push([embedding, ...recurrent.map(({ backward }) => backward!)])
  return stackRates(parameters, stacks, settings)
}
