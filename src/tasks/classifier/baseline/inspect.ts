import type { LayerReport } from '../../language-model/inspect.js'
import type { WordContribution } from '../explanation.js'
import { weightFor } from './explain.js'
import type { BaselineParts } from './model-file.js'
import type { BaselineSettings } from './settings.js'
import type { BaselineRecord } from './train.js'

export interface BaselineReport {
  readonly task: 'classifier'
  readonly kind: 'baseline'
  readonly name: string
  readonly labels: readonly string[]
  readonly multiLabel: boolean
  readonly layers: readonly LayerReport[]
  readonly parameters: number
  readonly vocabulary: {
    readonly size: number
    readonly words: number
    readonly pairs: number
    readonly letters: number
  }
  /** Of the weights, in bytes. */
  readonly bytes: number
  readonly settings: BaselineSettings
  readonly training: BaselineRecord
  /** Words and pairs that speak for each label most, with their weights; of at most 50 labels. */
  readonly strongest: readonly { readonly label: string; readonly features: readonly WordContribution[] }[]
}

const mostLabels = 50

/** Everything there is to know of a baseline; `most` strongest features for each label. */
export function reportBaseline(model: BaselineParts, name: string, most = 10): BaselineReport {
  const { bag, outputs: K, labels, multiLabel, settings, training } = model
  const D = bag.size
  const layer = (of: Pick<LayerReport, 'name' | 'kind' | 'output' | 'parameters'>): LayerReport => ({
    ...of,
    weights: [],
    runs: 'sparse rows, no engine',
  })
  return {
    task: 'classifier',
    kind: 'baseline',
    name,
    labels,
    multiLabel,
    layers: [
      layer({ name: 'words', kind: settings.weighting, output: `[N, ${D}]`, parameters: 0 }),
      layer({ name: 'output', kind: 'logistic', output: `[N, ${K}]`, parameters: (D + 1) * K }),
    ],
    parameters: (D + 1) * K,
    vocabulary: {
      size: bag.tokenizer.vocabulary.size,
      words: bag.features.words.length,
      pairs: bag.features.pairs.length / 2,
      letters: bag.features.letters.length,
    },
    bytes: 4 * (D + 1) * K,
    settings,
    training,
    strongest: labels
      .slice(0, mostLabels)
      .map((label, k) => ({ label, features: strongest(model, k, most) })),
  }
}

/** The features with the largest weights for a label. */
function strongest(model: BaselineParts, label: number, most: number): WordContribution[] {
  const best: { feature: number; weight: number }[] = []
  for (let feature = 0; feature < model.bag.size; feature++) {
    const weight = weightFor(model, feature, label)
    if (weight <= 0 || (best.length === most && weight <= best.at(-1)!.weight)) continue
    best.push({ feature, weight })
    best.sort((a, b) => b.weight - a.weight)
    if (best.length > most) best.pop()
  }
  return best.map(({ feature, weight }) => ({ word: model.bag.nameOf(feature), contribution: weight }))
}
