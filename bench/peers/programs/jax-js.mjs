// jax-js on its WebAssembly backend, one thread, compiled (`jit`), with relaxed SIMD where Node has it. It has no scan: the loop
// over time is unrolled when it is traced. Reference counts are its way: what is used twice is passed as `.ref`.
import { availableParallelism } from 'node:os'
import { integers, pick, requirePeer, serve, Unsupported, versionOf } from './serve.mjs'

globalThis.navigator ??= { userAgent: 'node', hardwareConcurrency: availableParallelism() }
const jax = requirePeer('@jax-js/jax')
const { numpy: np, nn, jit, valueAndGrad, random, tree } = jax
await jax.init('wasm')
jax.defaultDevice('wasm')

let key = 0
const draw = (...shape) => random.uniform(random.key(key++), shape, { minval: -0.08, maxval: 0.08 })
const keep = (parameters) => tree.ref(parameters)
const lstmWeights = (inputs, units) => ({
  kernel: draw(inputs, 4 * units),
  recurrent: draw(units, 4 * units),
  bias: np.zeros([4 * units]),
})

/** One step; without a state it is zero. Consumes x, h and c. */
function lstmStep(weights, x, h, c) {
  let z = np.matmul(x, weights.kernel.ref).add(weights.bias.ref)
  if (h) z = z.add(np.matmul(h, weights.recurrent.ref))
  const [i, f, g, o] = np.split(z, 4, -1)
  let next = nn.sigmoid(i).mul(np.tanh(g))
  if (c) next = next.add(nn.sigmoid(f).mul(c))
  else f.dispose()
  return [nn.sigmoid(o).mul(np.tanh(next.ref)), next]
}

/** A layer over a list of inputs; consumes them and the weights. */
function lstmLayer(weights, inputs) {
  let h
  let c
  const outputs = inputs.map((x) => {
    ;[h, c] = lstmStep(weights, x, h, c)
    return h.ref
  })
  h.dispose()
  c.dispose()
  tree.dispose(weights)
  return outputs
}

/** Reads shapes alone: takes no reference away. */
const zerosLike = (parameters) => tree.map((x) => np.zeros(x.shape), parameters)

/** Adam without correction of the first steps; the cost is the same. Consumes all it gets. */
function adam(parameters, gradients, { m, v }, rate) {
  const first = tree.map((a, b) => a.mul(0.9).add(b.mul(0.1)), m, keep(gradients))
  const second = tree.map((a, b) => a.mul(0.999).add(np.square(b).mul(0.001)), v, gradients)
  const move = (x, a, b) => x.sub(a.mul(rate).div(np.sqrt(b).add(1e-8)))
  return [tree.map(move, parameters, keep(first), keep(second)), { m: first, v: second }]
}

function training({ vocabulary, embedding, layers, units, classes, batch, time, optimizer }) {
  if (embedding) throw new Unsupported('jax-js cannot differentiate a gather inside jit')
  const weights = {
    output: draw(units, classes),
    bias: np.zeros([classes]),
    ...Object.fromEntries(
      Array.from({ length: layers }, (_, k) => [`lstm_${k}`, lstmWeights(k ? units : vocabulary, units)]),
    ),
  }
  const loss = (p, inputs, targets) => {
    let outputs = inputs
    for (let k = 0; k < layers; k++) outputs = lstmLayer(p[`lstm_${k}`], outputs)
    const logits = np.matmul(np.concatenate(outputs, 0), p.output).add(p.bias)
    return np.sum(nn.logSoftmax(logits, -1).mul(targets)).mul(-1 / (batch * time))
  }
  const step = jit((p, state, inputs, targets) => {
    const [value, gradients] = valueAndGrad(loss)(keep(p), inputs, targets)
    return [value, ...adam(p, gradients, state, optimizer.learningRate)]
  })
  const ids = integers(batch * time, vocabulary)
  const oneHot = (part, width) => nn.oneHot(np.array(part, { dtype: np.int32 }), width)
  const inputs = Array.from({ length: time }, (_, t) =>
    oneHot(ids.slice(t * batch, (t + 1) * batch), vocabulary),
  )
  const targets = oneHot(integers(batch * time, classes), classes)
  let parameters = weights
  let state = { m: zerosLike(weights), v: zerosLike(weights) }
  return {
    async advance() {
      const [value, ...next] = step(parameters, state, keep(inputs), targets.ref)
      ;[parameters, state] = next
      await value.data()
      await jax.blockUntilReady(keep(parameters)).then((ready) => ready && tree.dispose(ready))
      return 1
    },
    dispose: () => tree.dispose([parameters, state, inputs, targets]),
  }
}

function generation({ vocabulary, units, layers, characters }) {
  const cells = Array.from({ length: layers }, (_, k) => lstmWeights(k ? units : vocabulary, units))
  const weights = { cells, output: draw(units, vocabulary) }
  const step = jit((p, x, ...states) => {
    const next = []
    let value = x
    for (const [k, cell] of p.cells.entries()) {
      const [h, c] = lstmStep(cell, value, states[2 * k], states[2 * k + 1])
      tree.dispose(cell)
      value = h.ref
      next.push(h, c)
    }
    return [nn.softmax(np.matmul(value, p.output), -1), ...next]
  })
  let states = Array.from({ length: 2 * layers }, () => np.zeros([1, units]))
  let symbol = 0
  const chunk = Math.min(100, characters)
  return {
    async advance() {
      for (let k = 0; k < chunk; k++) {
        const oneHot = new Float32Array(vocabulary)
        oneHot[symbol] = 1
        const [probabilities, ...next] = step(
          keep(weights),
          np.array(oneHot).reshape([1, vocabulary]),
          ...states,
        )
        states = next
        symbol = pick(probabilities.dataSync())
      }
      return chunk / characters
    },
    dispose: () => tree.dispose([states, weights]),
  }
}

function classification({ vocabulary, embedding, units, sequences, time, batch }) {
  const weights = { lstm: lstmWeights(embedding, units), output: draw(units, 1) }
  const table = draw(vocabulary, embedding)
  const ids = integers(sequences * time, vocabulary)
  const classify = jit((p, inputs) => {
    const outputs = lstmLayer(p.lstm, inputs)
    const last = outputs.pop()
    for (const output of outputs) output.dispose()
    return nn.sigmoid(np.matmul(last, p.output))
  })
  return {
    async advance() {
      for (let begin = 0; begin < sequences; begin += batch) {
        const rows = Math.min(batch, sequences - begin)
        const inputs = Array.from({ length: time }, (_, t) => {
          const column = Int32Array.from({ length: rows }, (_, row) => ids[(begin + row) * time + t])
          return np.take(table.ref, np.array(column, { dtype: np.int32 }), 0)
        })
        await classify(keep(weights), inputs).data()
      }
      return 1
    },
    dispose: () => tree.dispose([weights, table]),
  }
}

const makers = { training, generation, classification }
await serve(versionOf('@jax-js/jax'), (sizes) => makers[sizes.task](sizes), { coldCounts: false })
