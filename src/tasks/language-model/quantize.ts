import type { TextInput } from '../../data/index.js'
import type { Engine } from '../../engine/engine.js'
import type { WeightFormat } from '../../quantization.js'
import { LanguageModel, type TextScores } from './language-model.js'

/** What keeping the weights in fewer bits changed. */
export interface QuantizationReport {
  readonly weights: WeightFormat
  /** Of the weights before and after. */
  readonly bytes: { readonly before: number; readonly after: number }
  /** The largest change of a weight, and of which. */
  readonly largestChange: { readonly weight: string; readonly change: number }
  /** With a text: how well it is predicted before and after. */
  readonly before?: TextScores
  readonly after?: TextScores
  /** Perplexity after − before; positive when something is lost. */
  readonly perplexityLoss?: number
}

/**
 * The same model with weights in another format, and what that costs: the text is scored with both. The model given stays as it is.
 * Throws `not-finite`, and what `LanguageModel.evaluate` throws.
 */
export async function quantizeLanguageModel(
  model: LanguageModel,
  weights: WeightFormat,
  options: { readonly engine: Engine; readonly text?: TextInput | undefined },
): Promise<{ readonly model: LanguageModel; readonly report: QuantizationReport }> {
  const { engine, text } = options
  const quantized = LanguageModel.fromBytes(engine, concatenated(model.toPieces()), 'the model', { weights })
  const report = {
    weights,
    bytes: { before: model.network.parameters.bytes, after: quantized.network.parameters.bytes },
    largestChange: largestChange(model, quantized),
  }
  if (text === undefined) return { model: quantized, report }
  const before = await model.evaluate(text)
  const after = await quantized.evaluate(text)
  const perplexityLoss = after.perplexity - before.perplexity
  return { model: quantized, report: { ...report, before, after, perplexityLoss } }
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

function largestChange(model: LanguageModel, other: LanguageModel): { weight: string; change: number } {
  let largest = { weight: '', change: 0 }
  for (const parameter of model.network.parameters) {
    const before = model.session.readParameter(parameter)
    const after = other.session.readParameter(other.network.parameters.get(parameter.name)!)
    for (let k = 0; k < before.length; k++) {
      const change = Math.abs(after[k]! - before[k]!)
      if (change > largest.change) largest = { weight: parameter.name, change }
    }
  }
  return largest
}
