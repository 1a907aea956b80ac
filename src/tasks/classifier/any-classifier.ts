import type { Engine } from '../../engine/engine.js'
import { readModelFile } from '../../formats/model-file.js'
import type { WeightFormat } from '../../quantization.js'
import { baselineKind, TextBaseline } from './baseline/index.js'
import { Classifier, type PredictionOptions } from './classifier.js'
import type { ClassifierExample } from './examples.js'
import type { Explanation } from './explanation.js'
import { classifierTask } from './model-file.js'
import type { ClassPrediction } from './prediction.js'
import type { ClassificationReport } from './report.js'
import type { ScoreOptions } from './scores.js'

/** What every classifier does, whatever it is made of. */
export interface TextClassifier {
  readonly kind: string
  /** Sorted. */
  readonly labels: readonly string[]
  /** Whether a text may have several labels, or none. */
  readonly multiLabel: boolean
  predict(texts: readonly string[], options?: PredictionOptions): Promise<ClassPrediction[]>
  predict(
    texts: AsyncIterable<string>,
    options?: PredictionOptions,
  ): AsyncGenerator<ClassPrediction, void, undefined>
  /** Scores on labelled texts, with the baseline's where the model keeps one. */
  report(
    examples: readonly ClassifierExample[],
    options?: ScoreOptions & PredictionOptions,
  ): Promise<ClassificationReport>
  /** Which words moved the decision for a label; default: the most probable one. Throws `unknown-name`. */
  explain(text: string, label?: string): Promise<Explanation>
  dispose(): void
}

/** Reads a classifier of any kind from the bytes of its file. Throws `not-a-model`, `damaged-file`, `wrong-task`, `newer-version`. */
export async function loadClassifier(
  engine: Engine,
  bytes: Uint8Array,
  name = 'model',
  options: { readonly weights?: WeightFormat | undefined } = {},
): Promise<TextClassifier> {
  const file = readModelFile(bytes, name)
  return file.task === classifierTask && file.metadata.kind === baselineKind
    ? TextBaseline.fromFile(file, name)
    : Classifier.fromBytes(engine, bytes, name, options)
}
