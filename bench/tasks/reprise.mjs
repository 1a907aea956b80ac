// Reprise in the comparison of tasks: each runner's `advance` does a part of the work and returns { tokens, seconds }.
import { input, layers, model, NdArray } from '../../dist/index.js'
import { trainClassifier, trainTagger } from '../../dist/tasks/index.js'

const timed = async (tokens, work) => {
  const begin = performance.now()
  await work()
  return { tokens, seconds: (performance.now() - begin) / 1000 }
}

/** The plain network that peers build too. */
export function plainNetwork(engine, sizes, { ids, labels, tokens }) {
  const { time, vocabulary, embedding, units, batch } = sizes
  const words = input({ shape: [time], dtype: 'int32', name: 'words' })
  const embedded = layers.embedding({ inputDim: vocabulary, outputDim: embedding }).apply(words)
  const states = layers.bidirectional(layers.lstm({ units, returnSequences: true })).apply(embedded)
  const pooled = layers
    .concatenate()
    .apply([layers.globalMaxPooling1d().apply(states), layers.globalAveragePooling1d().apply(states)])
  const answer = layers.dense({ units: 1, activation: 'sigmoid' }).apply(pooled)
  const network = model({ inputs: words, outputs: answer, engine })
  network.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' })
  const x = new NdArray(ids, [labels.length, time])
  const y = new NdArray(Float32Array.from(labels), [labels.length, 1])
  return {
    train: () => timed(tokens, () => network.fit(x, y, { batchSize: batch, epochs: 1, verbose: 0 })),
    predict: () => timed(tokens, () => network.predict(x, { batchSize: batch })),
    dispose: () => network.dispose(),
  }
}

/** Seconds of a training from the end of its first pass on, in which programs are compiled and caches filled. */
function stopwatch() {
  const ends = []
  return {
    callback: {
      onStep: (report) => void (report.stepInEpoch === report.stepsPerEpoch && ends.push(performance.now())),
    },
    passes: () => ends.length - 1,
    seconds: () => (ends.at(-1) - ends[0]) / 1000,
  }
}

/** `train classifier` with its defaults: words, pairs, letters or case, beside a baseline that is trained before. */
export async function defaultClassifier(engine, sizes, { examples, tokens }) {
  const texts = examples.map(({ text }) => text)
  const train = async (epochs) => {
    const watch = stopwatch()
    const { batch } = sizes
    const options = { engine, epochs, batch, subwords: 0, validSplit: 0, callbacks: [watch.callback] }
    const { model } = await trainClassifier(examples, options)
    return { model, tokens: tokens * watch.passes(), seconds: watch.seconds() }
  }
  const { model } = await train(1)
  return {
    async train() {
      const { model, tokens, seconds } = await train(1 + sizes.passes)
      model.dispose()
      return { tokens, seconds }
    },
    predict: () => timed(tokens, () => model.predict(texts)),
    dispose: () => model.dispose(),
  }
}

/** A tagger with these options, as the command trains it. */
export async function tagger(engine, sizes, { examples, vectors, tokens }, options) {
  const texts = examples.map(({ tokens }) => tokens)
  const train = async (epochs) => {
    const watch = stopwatch()
    const given = {
      engine,
      epochs,
      validSplit: 0,
      ...(vectors && { vectors }),
      callbacks: [watch.callback],
      ...options,
    }
    const { model } = await trainTagger(examples, given)
    return { model, tokens: tokens * watch.passes(), seconds: watch.seconds() }
  }
  const { model } = await train(1)
  return {
    async train() {
      const { model, tokens, seconds } = await train(1 + sizes.passes)
      model.dispose()
      return { tokens, seconds }
    },
    predict: () => timed(tokens, () => model.predict(texts)),
    dispose: () => model.dispose(),
  }
}
