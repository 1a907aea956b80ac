// brain.js: recurrent.LSTM, one sequence at a time with its own update (RMSprop), since it has no batches. A step of a workload
// is as many sequences as the batch has.
import { integers, requirePeer, serve, Unsupported, versionOf } from './serve.mjs'

const brain = requirePeer('brain.js')

function lstm({ vocabulary, embedding, layers, units }, longest) {
  const network = new brain.recurrent.LSTM({
    inputSize: embedding || vocabulary,
    inputRange: vocabulary,
    outputSize: vocabulary,
    hiddenLayers: Array.from({ length: layers }, () => units),
    maxPredictionLength: longest,
  })
  network.initialize()
  return network
}

function training(sizes) {
  const { batch, time, vocabulary } = sizes
  const network = lstm(sizes, time)
  // A start symbol is added: `time` steps are one symbol less. The last symbol of the vocabulary stands for it.
  const ids = integers(batch * (time - 1), vocabulary - 1)
  let row = 0
  return {
    async advance() {
      const begin = (row++ % batch) * (time - 1)
      network.trainPattern([...ids.subarray(begin, begin + time - 1)], 0.01)
      return 1 / batch
    },
  }
}

function generation(sizes) {
  const length = Math.min(100, sizes.characters)
  const network = lstm(sizes, length)
  const plain = {
    formatDataIn: (symbols) => (Array.isArray(symbols) ? symbols : []),
    formatDataOut: (_input, output) => output,
    specialIndexes: [],
    indexTable: {},
    characterTable: {},
  }
  if (network.options) network.options.dataFormatter = plain
  else Object.assign(network, { formatDataIn: plain.formatDataIn, formatDataOut: plain.formatDataOut })
  network.trainPattern([...integers(20, sizes.vocabulary - 1)], 1e-6)
  return {
    async advance() {
      let written = 0
      while (written < length) written += network.run([], true, 1).length + 1
      return written / sizes.characters
    },
  }
}

await serve(versionOf('brain.js'), (sizes) => {
  if (sizes.classes === 1) throw new Unsupported('brain.js cannot express a classifier over an embedding')
  return (sizes.task === 'training' ? training : generation)(sizes)
})
