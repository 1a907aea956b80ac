// A training step of a workload on an engine, written with the public API.
import { graph, layers, random, training } from '../../dist/index.js'

const { operations, ParameterSet, Session } = graph

/** Builds the layers of a workload; what they do with a tensor of token ids [N, T]. */
function network(context, workload) {
  const { batch, time, vocabulary, embedding, units, classes, cell } = workload
  const members = []
  if (embedding) members.push(layers.embedding({ inputDim: vocabulary, outputDim: embedding }))
  const recurrent = cell === 'lstm' ? layers.lstm : layers.simpleRnn
  for (let k = 1; k <= workload.layers; k++) {
    const returnSequences = classes > 1 || k < workload.layers
    members.push(recurrent({ units, returnSequences, name: `${cell}_${k}` }))
  }
  members.push(layers.dense({ units: classes, name: 'output' }))
  let shape = embedding ? [batch, time] : [batch, time, vocabulary]
  for (const layer of members) {
    layer.build(context, shape)
    shape = layer.outputShape(shape)
  }
  return (tokens) => {
    const inputs = embedding ? tokens : operations.oneHot(tokens, vocabulary)
    return members.reduce((value, layer) => layer.call(value), inputs)
  }
}

/** Mean of softplus(logit) − target·logit. */
function meanBinaryCrossEntropy(logits, targets) {
  const { activation, mean, multiply, subtract } = operations
  return mean(subtract(activation(logits, 'softplus'), multiply(targets, logits)))
}

function optimizerOf({ clip, ...optimizer }) {
  return training.createOptimizer(clip === undefined ? optimizer : { ...optimizer, globalClipnorm: clip })
}

/** Trains on one fixed batch of random tokens and targets. */
export function trainingRunner(engine, workload, precision) {
  const { batch, time, vocabulary, classes, optimizer } = workload
  const parameters = new ParameterSet()
  const context = new layers.BuildContext(parameters, (name) => new random.RandomStream(1, name))
  const call = network(context, workload)
  const session = new Session(engine, parameters)
  session.initializeParameters()
  const updates = optimizerOf(optimizer)
  const perToken = classes > 1
  const program = session.program(
    'train',
    (g) => {
      const logits = call(g.input('tokens', [batch, time], 'int32', vocabulary))
      const targets = perToken ? g.input('targets', [batch, time], 'int32') : g.input('targets', [batch, 1])
      const loss = perToken
        ? operations.mean(operations.softmaxCrossEntropy(logits, targets))
        : meanBinaryCrossEntropy(logits, targets)
      const spec = { fetch: { loss }, differentiate: loss, update: updates.update }
      return precision === 'float32' ? spec : { ...spec, precision }
    },
    { training: true },
  )
  const draw = new random.RandomStream(7, 'data')
  const ids = (length, limit) => Int32Array.from({ length }, () => draw.integer(limit))
  program.write('tokens', ids(batch * time, vocabulary))
  program.write('targets', perToken ? ids(batch * time, classes) : Float32Array.from(ids(batch, 2)))
  let steps = 0
  return {
    async advance() {
      session.writeState('optimizer/hyper', updates.hyperparameters(steps++, optimizer.learningRate))
      await program.run()
      return 1
    },
    loss: () => program.read('loss', new Float32Array(1))[0],
    dispose: () => session.dispose(),
  }
}
