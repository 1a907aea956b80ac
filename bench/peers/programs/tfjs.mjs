// TensorFlow.js on its WebAssembly backend (one thread in Node, SIMD on). That backend has no kernel for the gradient of an
// embedding; `segmentSum` adds it, so that W3–W5 can be measured at all.
import { dirname, join } from 'node:path'
import { integers, pick, requirePeer, serve } from './serve.mjs'

const tf = requirePeer('@tensorflow/tfjs')
const backend = requirePeer('@tensorflow/tfjs-backend-wasm')
backend.setWasmPaths(
  join(dirname(requirePeer.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist/'),
)
await tf.setBackend('wasm')
await tf.ready()

/** Sums rows that share an index: kernel UnsortedSegmentSum. */
function segmentSum({ inputs, backend: memory, attrs }) {
  const { x, segmentIds } = inputs
  const ids = memory.readSync(segmentIds.dataId)
  const rows = memory.readSync(x.dataId)
  const width = x.size / segmentIds.size
  const sums = new Float32Array(attrs.numSegments * width)
  for (const [row, id] of ids.entries()) {
    for (let column = 0; column < width; column++) sums[id * width + column] += rows[row * width + column]
  }
  const result = memory.makeOutput([attrs.numSegments, ...x.shape.slice(segmentIds.rank)], 'float32')
  memory.typedArrayFromHeap(result).set(sums)
  return result
}
tf.registerKernel({ kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: segmentSum })

/** Glorot's initial weights where the default, orthogonal ones, would take minutes to draw; Keras 3's gate activation. */
const recurrentOptions = { recurrentActivation: 'sigmoid', recurrentInitializer: 'glorotNormal' }

function network({ cell, vocabulary, embedding, layers, units, classes, time, task }, activation) {
  const members = []
  const stateful = task === 'generation'
  const shape = stateful ? { batchInputShape: [1, 1, vocabulary] } : { inputShape: [time, vocabulary] }
  if (embedding) {
    members.push(tf.layers.embedding({ inputDim: vocabulary, outputDim: embedding, inputLength: time }))
  }
  for (let k = 0; k < layers; k++) {
    const options = { units, returnSequences: classes > 1 || k < layers - 1, stateful }
    const first = k === 0 && !embedding ? shape : {}
    members.push(
      cell === 'lstm'
        ? tf.layers.lstm({ ...options, ...recurrentOptions, ...first })
        : tf.layers.simpleRNN({ ...options, recurrentInitializer: 'glorotNormal', ...first }),
    )
  }
  members.push(tf.layers.dense({ units: classes, activation }))
  return tf.sequential({ layers: members })
}

const optimizers = {
  adam: (rate) => tf.train.adam(rate),
  rmsprop: (rate) => tf.train.rmsprop(rate),
  sgd: (rate) => tf.train.sgd(rate),
}

function training(sizes) {
  const { batch, time, vocabulary, embedding, classes, optimizer } = sizes
  const made = optimizers[optimizer.name](optimizer.learningRate)
  const ids = tf.tensor2d(integers(batch * time, vocabulary), [batch, time], 'int32')
  const model = network(sizes, classes === 1 ? 'sigmoid' : optimizer.clip ? undefined : 'softmax')
  const perToken = classes > 1
  const targets = perToken
    ? tf.tensor2d(integers(batch * time, classes), [batch, time], 'int32')
    : tf.tensor2d(Float32Array.from(integers(batch, 2)), [batch, 1])
  const inputs = () => (embedding ? ids : tf.oneHot(ids, vocabulary))
  const free = () => {
    model.dispose()
    tf.dispose([ids, targets])
  }
  if (optimizer.clip === undefined) {
    model.compile({ optimizer: made, loss: perToken ? 'categoricalCrossentropy' : 'binaryCrossentropy' })
    return {
      async advance() {
        const x = inputs()
        const y = perToken ? tf.oneHot(targets, classes) : targets
        await model.trainOnBatch(x, y)
        for (const made of [x, y]) if (made !== ids && made !== targets) made.dispose()
        return 1
      },
      dispose: free,
    }
  }
  // Layers models clip each gradient alone; the norm of all of them together is core operations.
  model.build([batch, time])
  const variables = model.trainableWeights.map((weight) => weight.val)
  return {
    async advance() {
      tf.tidy(() => {
        const loss = () => {
          const logits = model.apply(inputs(), { training: true }).reshape([batch * time, classes])
          return tf.losses.softmaxCrossEntropy(tf.oneHot(targets.reshape([batch * time]), classes), logits)
        }
        const { value, grads } = tf.variableGrads(loss, variables)
        const norm = tf.sqrt(tf.addN(Object.values(grads).map((gradient) => gradient.square().sum())))
        const scale = tf.minimum(1, tf.div(optimizer.clip, norm))
        for (const name of Object.keys(grads)) grads[name] = grads[name].mul(scale)
        made.applyGradients(grads)
        value.dataSync()
      })
      return 1
    },
    dispose: free,
  }
}

/** Core operations: on small models twice as fast here as a stateful Layers model. */
function generation({ vocabulary, units, layers, characters }) {
  const draw = (...shape) => tf.randomUniform(shape, -0.08, 0.08)
  const cells = Array.from({ length: layers }, (_, k) => ({
    kernel: draw((k ? units : vocabulary) + units, 4 * units),
    bias: tf.zeros([4 * units]),
  }))
  const output = { kernel: draw(units, vocabulary), bias: tf.zeros([vocabulary]) }
  const step = (x, [h, c], { kernel, bias }) => {
    const [i, f, g, o] = tf.split(tf.add(tf.matMul(tf.concat([x, h], 1), kernel), bias), 4, 1)
    const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)))
    return [tf.mul(tf.sigmoid(o), tf.tanh(next)), next]
  }
  let states = cells.map(() => [tf.zeros([1, units]), tf.zeros([1, units])])
  let symbol = 0
  const chunk = Math.min(100, characters)
  return {
    async advance() {
      for (let k = 0; k < chunk; k++) {
        const next = tf.tidy(() => {
          let x = tf.oneHot(tf.tensor1d([symbol], 'int32'), vocabulary).toFloat()
          const result = cells.map((cell, index) => {
            const state = step(x, states[index], cell)
            x = state[0]
            return state
          })
          symbol = pick(tf.softmax(tf.add(tf.matMul(x, output.kernel), output.bias)).dataSync())
          return result
        })
        tf.dispose(states)
        states = next
      }
      return chunk / characters
    },
    dispose: () => tf.dispose([states, cells, output]),
  }
}

function classification(sizes) {
  const { sequences, time, batch, vocabulary } = sizes
  const model = network(sizes, 'sigmoid')
  const x = tf.tensor2d(integers(sequences * time, vocabulary), [sequences, time], 'int32')
  return {
    async advance() {
      const y = model.predict(x, { batchSize: batch })
      y.dataSync()
      y.dispose()
      return 1
    },
    dispose() {
      model.dispose()
      x.dispose()
    },
  }
}

const makers = { training, generation, classification }
await serve(tf.version.tfjs, (sizes) => makers[sizes.task](sizes))
