import type { Engine } from '../engine/engine.js'
import { loadEngine } from '../engine/load.js'

/** Makes a model on the engine given, or on one loaded for it, which is `own` then and freed when making fails. */
export async function onEngine<Model>(
  given: Engine | undefined,
  make: (engine: Engine) => Promise<Model>,
  own: (model: Model) => void,
): Promise<Model> {
  const engine = given ?? (await loadEngine())
  try {
    const model = await make(engine)
    if (given === undefined) own(model)
    return model
  } catch (error) {
    if (given === undefined) engine.dispose()
    throw error
  }
}
