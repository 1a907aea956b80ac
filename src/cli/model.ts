import { readWholeFile } from '../data/node-files.js'
import type { Engine } from '../engine/engine.js'
import type { WeightFormat } from '../quantization.js'
import { LanguageModel } from '../tasks/index.js'
import { engineFor } from './engine.js'
import type { CommonFlags } from './terminal.js'

/** Loads a language model and hands it over; engine and memory are freed afterwards. */
export async function withModel<Result>(
  path: string,
  flags: CommonFlags & { readonly weights?: WeightFormat },
  body: (model: LanguageModel, engine: Engine) => Promise<Result>,
): Promise<Result> {
  const bytes = await readWholeFile(path)
  const engine = await engineFor(flags)
  try {
    return await body(LanguageModel.fromBytes(engine, bytes, path, { weights: flags.weights }), engine)
  } finally {
    engine.dispose()
  }
}
