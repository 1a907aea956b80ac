// Characters one by one, as `LanguageModel.generate` gives them to a user, sampling included.
import { LanguageModel } from '../../dist/tasks/index.js'

const chunk = 200

/** A text with as many different characters as make the vocabulary, <unk> among them, `vocabulary` tokens large. */
function alphabet(vocabulary) {
  const letters = Array.from({ length: vocabulary - 1 }, (_, k) => String.fromCharCode(48 + k)).join('')
  return letters.repeat(Math.ceil(400 / letters.length))
}

/** The file of a model of these sizes, hardly trained: what it writes does not matter. */
async function languageModelFile(engine, workload) {
  const { vocabulary, units, layers, cell } = workload
  const model = await LanguageModel.train(alphabet(vocabulary), {
    engine,
    unit: 'char',
    cell,
    layers,
    units,
    embedding: vocabulary,
    epochs: 1,
    batch: 4,
    bptt: 10,
    validSplit: 0,
    dropout: 0,
  })
  try {
    return Buffer.concat(model.toPieces())
  } finally {
    model.dispose()
  }
}

export async function generationRunner(engine, workload, precision) {
  const file = await languageModelFile(engine, workload)
  const options = precision === 'float32' ? { engine } : { engine, weights: precision }
  const model = await LanguageModel.load(file, options)
  const size = model.tokenizer.vocabulary.size
  if (size !== workload.vocabulary) throw new Error(`vocabulary of ${size} instead of ${workload.vocabulary}`)
  const state = model.start()
  const length = Math.min(chunk, workload.characters)
  let seed = 0
  let _written = 0
  return {
    async advance() {
      for await (const piece of model.generate('', { length, seed: seed++, state })) _written += piece.length
      return length / workload.characters
    },
    loss: () => undefined,
    dispose: () => model.dispose(),
  }
}
