// The workloads, written with the public API alone. Each gives a training step on fixed random inputs.
import { graph, layers, random, training } from '../dist/index.js'

const { operations, ParameterSet, Session } = graph

/** A program that trains on fixed random inputs. `network` says what stands between tokens and loss. */
function trainingStep(engine, { N, T, vocabulary, classes, optimizer, network }) {
  const parameters = new ParameterSet()
  const context = new layers.BuildContext(parameters, (name) => new random.RandomStream(1, name))
  const call = network(context)
  const session = new Session(engine, parameters)
  session.initializeParameters()
  const updates = training.createOptimizer(optimizer)
  const perToken = classes > 1
  const program = session.program(
    'train',
    (g) => {
      const logits = call(g.input('tokens', [N, T], 'int32', vocabulary))
      const targets = g.input('targets', perToken ? [N, T] : [N, 1], perToken ? 'int32' : 'float32')
      const loss = perToken
        ? operations.mean(operations.softmaxCrossEntropy(logits, targets))
        : meanBinaryCrossEntropy(logits, targets)
      return {
        fetch: { loss },
        differentiate: loss,
        update: updates.update,
        precision: process.env.PRECISION ?? 'float32',
      }
    },
    { training: true },
  )
  const draw = new random.RandomStream(7, 'data')
  program.write(
    'tokens',
    Int32Array.from({ length: N * T }, () => draw.integer(vocabulary)),
  )
  program.write(
    'targets',
    perToken
      ? Int32Array.from({ length: N * T }, () => draw.integer(classes))
      : Float32Array.from({ length: N }, () => draw.integer(2)),
  )
  let steps = 0
  return {
    tokens: N * T,
    flops: program.flops,
    async step() {
      session.writeState('optimizer/hyper', updates.hyperparameters(steps++, optimizer.learningRate))
      await program.run()
    },
    loss: () => program.read('loss', new Float32Array(1))[0],
    dispose: () => session.dispose(),
  }
}

/** Mean of softplus(logit) − target·logit. */
function meanBinaryCrossEntropy(logits, targets) {
  const { activation, mean, multiply, subtract } = operations
  return mean(subtract(activation(logits, 'softplus'), multiply(targets, logits)))
}

/** Builds layers in order for inputs of shape [N, T]; what they do with a tensor. */
function stack(context, N, T, members) {
  let shape = [N, T]
  for (const layer of members) {
    layer.build(context, shape)
    shape = layer.outputShape(shape)
  }
  return (x) => members.reduce((value, layer) => layer.call(value), x)
}

const adam = { name: 'adam', learningRate: 2e-3 }

/** Two LSTM layers and a softmax over one-hot characters: the shape of char-rnn. */
function charRnn(engine, units) {
  const [N, T, V] = [50, 50, 65]
  return trainingStep(engine, {
    N,
    T,
    vocabulary: V,
    classes: V,
    optimizer: adam,
    network(context) {
      const first = layers.lstm({ units, returnSequences: true, name: 'lstm_1' })
      const second = layers.lstm({ units, returnSequences: true, name: 'lstm_2' })
      const output = layers.dense({ units: V, name: 'output' })
      first.build(context, [N, T, V])
      second.build(context, [N, T, units])
      output.build(context, [N, T, units])
      return (tokens) => output.call(second.call(first.call(operations.oneHot(tokens, V))))
    },
  })
}

/** Name → description and maker. */
export const workloads = {
  W1: {
    what: 'char-rnn 2×LSTM(128), 65 symbols one-hot, batch 50, 50 steps, Adam',
    make: (engine) => charRnn(engine, 128),
  },
  W2: {
    what: 'char-rnn 2×LSTM(512), 65 symbols one-hot, batch 50, 50 steps, Adam',
    make: (engine) => charRnn(engine, 512),
  },
  W3: {
    what: 'Embedding(10000,128)–LSTM(128)–Dense(1), batch 32, 80 steps, Adam',
    make: (engine) =>
      trainingStep(engine, {
        N: 32,
        T: 80,
        vocabulary: 10000,
        classes: 1,
        optimizer: { name: 'adam', learningRate: 1e-3 },
        network: (context) =>
          stack(context, 32, 80, [
            layers.embedding({ inputDim: 10000, outputDim: 128 }),
            layers.lstm({ units: 128 }),
            layers.dense({ units: 1 }),
          ]),
      }),
  },
  W4: {
    what: 'Embedding(10000,32)–SimpleRNN(32)–Dense(1), batch 128, 500 steps, RMSprop',
    make: (engine) =>
      trainingStep(engine, {
        N: 128,
        T: 500,
        vocabulary: 10000,
        classes: 1,
        optimizer: { name: 'rmsprop', learningRate: 1e-3 },
        network: (context) =>
          stack(context, 128, 500, [
            layers.embedding({ inputDim: 10000, outputDim: 32 }),
            layers.simpleRnn({ units: 32 }),
            layers.dense({ units: 1 }),
          ]),
      }),
  },
  W5: {
    what: 'Embedding(10000,650)–2×LSTM(650)–Dense(10000), batch 20, 35 steps, SGD, clipped',
    make: (engine) =>
      trainingStep(engine, {
        N: 20,
        T: 35,
        vocabulary: 10000,
        classes: 10000,
        optimizer: { name: 'sgd', learningRate: 1, globalClipnorm: 5 },
        network: (context) =>
          stack(context, 20, 35, [
            layers.embedding({ inputDim: 10000, outputDim: 650 }),
            layers.lstm({ units: 650, returnSequences: true }),
            layers.lstm({ units: 650, returnSequences: true }),
            layers.dense({ units: 10000 }),
          ]),
      }),
  },
}
