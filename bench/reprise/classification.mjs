// Probabilities of whole sequences through `model.predict`.
import { input, layers, model, NdArray, random } from '../../dist/index.js'

/** The classifier of a workload as a user writes it. */
export function classifier({ time, vocabulary, embedding, units }, options = {}) {
  const tokens = input({ shape: [time], dtype: 'int32', name: 'tokens' })
  const embedded = layers.embedding({ inputDim: vocabulary, outputDim: embedding }).apply(tokens)
  const last = layers.lstm({ units }).apply(embedded)
  const probability = layers.dense({ units: 1, activation: 'sigmoid' }).apply(last)
  return model({ inputs: tokens, outputs: probability, ...options })
}

export function classificationRunner(engine, workload, precision) {
  const { sequences, time, vocabulary, batch } = workload
  const network = classifier(workload, { engine })
  if (precision !== 'float32') network.compile({ loss: 'binaryCrossentropy', precision })
  const draw = new random.RandomStream(7, 'data')
  const ids = Int32Array.from({ length: sequences * time }, () => draw.integer(vocabulary))
  const x = new NdArray(ids, [sequences, time])
  return {
    async advance() {
      await network.predict(x, { batchSize: batch })
      return 1
    },
    loss: () => undefined,
    dispose: () => network.dispose(),
  }
}
