// What is measured. A workload is described by sizes alone: Reprise and every peer build the same network from this record,
// so that what they are timed on cannot drift apart.

/**
 * One-hot tokens (embedding 0) or an embedding → recurrent layers → logits: `classes` at every step, or one from the last
 * state (classes 1). `training`: forward, loss, backward, clipping, optimizer on one fixed random batch.
 */
const characters = { cell: 'lstm', vocabulary: 65, embedding: 0, layers: 2, classes: 65 }
const reviews = { cell: 'lstm', vocabulary: 10000, embedding: 128, layers: 1, units: 128, classes: 1 }
const adam = (learningRate) => ({ name: 'adam', learningRate })

export const workloads = {
  W1: {
    what: 'char-rnn 2×LSTM(128), 65 symbols one-hot, batch 50, 50 steps, Adam',
    task: 'training',
    ...characters,
    units: 128,
    batch: 50,
    time: 50,
    optimizer: adam(2e-3),
  },
  W2: {
    what: 'char-rnn 2×LSTM(512), 65 symbols one-hot, batch 50, 50 steps, Adam',
    task: 'training',
    ...characters,
    units: 512,
    batch: 50,
    time: 50,
    optimizer: adam(2e-3),
  },
  W3: {
    what: 'Embedding(10000,128)–LSTM(128)–Dense(1), batch 32, 80 steps, Adam',
    task: 'training',
    ...reviews,
    batch: 32,
    time: 80,
    optimizer: adam(1e-3),
  },
  W4: {
    what: 'Embedding(10000,32)–SimpleRNN(32)–Dense(1), batch 128, 500 steps, RMSprop',
    task: 'training',
    ...reviews,
    cell: 'simple',
    embedding: 32,
    units: 32,
    batch: 128,
    time: 500,
    optimizer: { name: 'rmsprop', learningRate: 1e-3 },
  },
  W5: {
    what: 'Embedding(10000,650)–2×LSTM(650)–Dense(10000), batch 20, 35 steps, SGD, clipped',
    task: 'training',
    cell: 'lstm',
    vocabulary: 10000,
    embedding: 650,
    layers: 2,
    units: 650,
    classes: 10000,
    batch: 20,
    time: 35,
    optimizer: { name: 'sgd', learningRate: 1, clip: 5 },
  },
  W6a: {
    what: '2000 characters one by one with sampling, model of W1',
    task: 'generation',
    ...characters,
    units: 128,
    characters: 2000,
  },
  W6b: {
    what: '2000 characters one by one with sampling, model of W2',
    task: 'generation',
    ...characters,
    units: 512,
    characters: 2000,
  },
  W7a: {
    what: '1000 sequences of 80 in batches of 32, model of W3',
    task: 'classification',
    ...reviews,
    batch: 32,
    time: 80,
    sequences: 1000,
  },
  W7b: {
    what: 'one sequence of 80, model of W3',
    task: 'classification',
    ...reviews,
    batch: 1,
    time: 80,
    sequences: 1,
  },
}

/** What one time stands for. */
export function unitOf({ task, characters, sequences }) {
  if (task === 'training') return 'a step'
  if (task === 'generation') return `${characters} characters`
  return sequences === 1 ? 'a sequence' : `${sequences} sequences`
}

/** Tokens read or written in one unit. */
export const tokensOf = ({ task, batch, time, characters, sequences }) =>
  task === 'training' ? batch * time : task === 'generation' ? characters : sequences * time

/**
 * Useful floating-point operations of one unit: two for each weight of a product and token, six in training, where the
 * backward pass has two products for each. Look-ups, activations and the optimizer count as nothing.
 */
export function flopsOf(workload) {
  const { cell, vocabulary, embedding, layers, units, classes, task } = workload
  const gates = cell === 'lstm' ? 4 : 1
  let perToken = 0
  for (let layer = 0; layer < layers; layer++) {
    const inputs = layer > 0 ? units : embedding || vocabulary
    perToken += gates * units * (inputs + units)
  }
  const perSequence = classes === 1 ? units : 0
  if (classes > 1) perToken += units * classes
  const sequences = tokensOf(workload) / (workload.time ?? 1)
  return (task === 'training' ? 6 : 2) * (perToken * tokensOf(workload) + perSequence * sequences)
}

/** The same network and task with every size tiny, for the smoke run. */
export function tiny(workload) {
  const least = (name, size) =>
    workload[name] === undefined ? {} : { [name]: Math.min(workload[name], size) }
  return {
    ...workload,
    ...least('vocabulary', 17),
    ...least('embedding', 6),
    ...least('units', 8),
    ...least('classes', 17),
    ...least('batch', 3),
    ...least('time', 5),
    ...least('characters', 40),
    ...least('sequences', 7),
  }
}
