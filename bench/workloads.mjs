// The workloads, written with the public API alone. Each gives a training step on fixed random inputs.
import { graph, layers, random, training } from '../dist/index.js'

const { operations, ParameterSet, Session } = graph

/** Two LSTM layers and a softmax over one-hot characters: the shape of char-rnn. */
function charRnn(engine, units) {
  const [N, T, V] = [50, 50, 65]
  const parameters = new ParameterSet()
  const context = new layers.BuildContext(parameters, (name) => new random.RandomStream(1, name))
  const first = layers.lstm({ units, returnSequences: true, name: 'lstm_1' })
  const second = layers.lstm({ units, returnSequences: true, name: 'lstm_2' })
  const output = layers.dense({ units: V, name: 'output' })
  first.build(context, [N, T, V])
  second.build(context, [N, T, units])
  output.build(context, [N, T, units])
  const session = new Session(engine, parameters)
  session.initializeParameters()
  const optimizer = training.createOptimizer({ name: 'adam', learningRate: 2e-3 })
  const program = session.program(
    'train',
    (g) => {
      const x = operations.oneHot(g.input('tokens', [N, T], 'int32', V), V)
      const targets = g.input('targets', [N, T], 'int32')
      const logits = output.call(second.call(first.call(x)))
      const loss = operations.mean(operations.softmaxCrossEntropy(logits, targets))
      return { fetch: { loss }, differentiate: loss, update: optimizer.update }
    },
    { training: true },
  )
  const draw = new random.RandomStream(7, 'data')
  const ids = () => Int32Array.from({ length: N * T }, () => draw.integer(V))
  program.write('tokens', ids())
  program.write('targets', ids())
  let steps = 0
  return {
    tokens: N * T,
    flops: program.flops,
    async step() {
      session.writeState('optimizer/hyper', optimizer.hyperparameters(steps++, 2e-3))
      await program.run()
    },
    loss: () => program.read('loss', new Float32Array(1))[0],
    dispose: () => session.dispose(),
  }
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
}
