import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { ParameterSet, Session } from '../graph/index.js'
import { logExpectedCount, sampleClasses, sum } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { RandomStream } from '../random.js'
import { drawn, drawnWeight, gradientProblems } from '../testing/graph-check.js'
import { AdaptiveSoftmax } from './adaptive-softmax.js'
import { Dense } from './dense.js'
import { BuildContext } from './layer.js'
import { SampledSoftmax } from './sampled-softmax.js'
import type { VocabularySoftmax } from './vocabulary-softmax.js'

const [N, T, H, V] = [2, 5, 6, 12]
const x = Float32Array.from(drawn('x', [N, T, H], -2, 2).values)
const targets = Int32Array.of(0, 11, 3, -1, 5, 1, 2, 7, 8, 11)

/** A layer alone in a session of the reference engine, with distinct weights. */
class Bench<Kind extends VocabularySoftmax | Dense> {
  readonly session: Session
  readonly parameters = new ParameterSet()

  constructor(
    readonly layer: Kind,
    weights: (name: string, shape: Shape) => ArrayLike<number> = (name, shape) =>
      drawnWeight(name, shape).values,
  ) {
    layer.build(new BuildContext(this.parameters, (name) => new RandomStream(1, name)), [N, T, H])
    this.session = new Session(createReferenceEngine(), this.parameters)
    for (const parameter of this.parameters) {
      const name = parameter.name.slice(parameter.name.indexOf('/') + 1)
      this.session.writeParameter(parameter, Float32Array.from(weights(name, parameter.shape)))
    }
  }

  run(key: string, build: (layer: Kind, x: Tensor, targets: Tensor) => Tensor, training = false, step = 0) {
    const program = this.session.program(
      `${key} ${training}`,
      (graph) => {
        const inputs = [graph.input('x', [N, T, H]), graph.input('targets', [N, T], 'int32')] as const
        return { fetch: { y: build(this.layer, ...inputs) } }
      },
      { training },
    )
    this.session.writeState('rng', Uint32Array.of(7, 0, step, 0))
    if (program.hasInput('x')) program.write('x', x)
    if (program.hasInput('targets')) program.write('targets', targets)
    program.runSync()
    return program.read('y', new Float32Array(program.outputLength('y')))
  }
}

const losses = (layer: VocabularySoftmax | Dense, x: Tensor, t: Tensor) => layer.losses(x, t)
const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 2e-6) => {
  assert.equal(a.length, b.length)
  for (let k = 0; k < a.length; k++) {
    assert.ok(Math.abs(a[k]! - b[k]!) <= tolerance * (1 + Math.abs(b[k]!)), `${k}: ${a[k]} and ${b[k]}`)
  }
}

const kinds = {
  adaptive: () => new AdaptiveSoftmax({ units: V, cutoffs: [3, 5, 8], divValue: 2 }),
  'adaptive, one class in each cluster': () => new AdaptiveSoftmax({ units: V, cutoffs: [9, 10, 11] }),
  'adaptive without cut-offs or bias': () => new AdaptiveSoftmax({ units: V, useBias: false }),
  sampled: () => new SampledSoftmax({ units: V, samples: 4 }),
  'sampled without bias': () => new SampledSoftmax({ units: V, samples: 4, useBias: false }),
}

for (const [name, make] of Object.entries(kinds)) {
  test(`${name}: probabilities sum to one, and the losses are theirs`, () => {
    const bench = new Bench<VocabularySoftmax>(make())
    const all = bench.run('all', (layer, features) => layer.logProbabilities(features))
    for (let row = 0; row < N * T; row++) {
      const own = all.subarray(row * V, (row + 1) * V)
      near([own.reduce((total, logP) => total + Math.exp(logP), 0)], [1])
    }
    const expected = Float32Array.from(targets, (t, row) => (t < 0 ? 0 : -all[row * V + t]!))
    near(bench.run('losses', losses), expected)
    // With features and targets the layer adds the mean and gives the log-probabilities.
    near(
      bench.run('run', (layer, a, b) => layer.run([a, b]).outputs[0]!),
      expected.map((loss) => -loss),
    )
    const mean = bench.run('added', (layer, a, b) => {
      layer.run([a, b])
      return a.graph.losses[0]!
    })
    near(mean, [expected.reduce((total, loss) => total + loss, 0) / (N * T)])
    bench.session.dispose()
  })
}

test('biases of Zipf’s law are the same law in both layers, and probabilities', () => {
  const adaptive = new AdaptiveSoftmax({ units: V, cutoffs: [3, 5, 8], zipfBias: true })
  for (const layer of [adaptive, new SampledSoftmax({ units: V, zipfBias: true })]) {
    const parameters = new ParameterSet()
    layer.build(new BuildContext(parameters, (name) => new RandomStream(1, name)), [N, T, H])
    const initial = (name: string) => {
      const parameter = parameters.get(name)!
      return /bias$/.test(name) ? parameter.initializer(parameter.shape) : new Float32Array(parameter.size)
    }
    const bench = new Bench<VocabularySoftmax>(layer, (name) => initial(`${layer.name}/${name}`))
    const all = bench.run('all', (own, features) => own.logProbabilities(features))
    near(
      all.subarray(0, V),
      Array.from({ length: V }, (_, k) => Math.log(Math.log((k + 2) / (k + 1)) / Math.log(V + 1))),
    )
    bench.session.dispose()
  }
})

test('a mask leaves steps out of the mean', () => {
  const bench = new Bench<VocabularySoftmax>(kinds.adaptive())
  const all = bench.run('losses', losses)
  const mask = Float32Array.of(1, 1, 0, 1, 0, 1, 0, 0, 1, 1)
  const program = bench.session.program('masked', (graph) => {
    const inputs = [graph.input('x', [N, T, H]), graph.input('targets', [N, T], 'int32')]
    const { masks } = bench.layer.run(inputs, [graph.input('mask', [N, T])])
    assert.ok(masks[0])
    return { fetch: { y: graph.losses[0]! } }
  })
  program.write('x', x)
  program.write('targets', targets)
  program.write('mask', mask)
  program.runSync()
  const counted = all.filter((_, k) => mask[k] === 1)
  near(program.read('y', new Float32Array(1)), [
    counted.reduce((total, loss) => total + loss, 0) / counted.length,
  ])
  bench.session.dispose()
})

describe('the special cases that are a dense layer and a softmax', () => {
  const dense = new Bench(new Dense({ units: V }))
  const expected = dense.run('losses', losses)
  const weight = (name: string) => dense.session.readParameter(dense.parameters.get(`dense/${name}`)!)

  test('adaptive without cut-offs', () => {
    const bench = new Bench(new AdaptiveSoftmax({ units: V }), (name) => weight(name.replace('head_', '')))
    for (const training of [false, true]) near(bench.run('losses', losses, training), expected)
    bench.session.dispose()
  })

  test('sampled, with all classes for a sample, also while training', () => {
    const kernel = weight('kernel')
    const transposed = Float32Array.from(kernel, (_, k) => kernel[(k % H) * V + Math.floor(k / H)]!)
    const bench = new Bench(new SampledSoftmax({ units: V, samples: V + 5 }), (name) =>
      name === 'kernel' ? transposed : weight(name),
    )
    for (const training of [false, true]) near(bench.run('losses', losses, training), expected)
    bench.session.dispose()
  })
})

describe('gradients agree with differences while training', () => {
  const integers = { targets: { shape: [N, T], values: targets } }
  for (const [name, make] of Object.entries(kinds)) {
    for (const layer of [make()]) {
      test(name, () => {
        const problems = gradientProblems({
          parameters: { x: drawn('x', [N, T, H]) },
          integers,
          training: true,
          layers: (parameters) => {
            layer.build(new BuildContext(parameters, (own) => new RandomStream(1, own)), [N, T, H])
          },
          build: (tensors) => layer.losses(tensors.x!, tensors.targets!),
        })
        assert.deepEqual(problems, [])
      })
    }
  }
})

test('classes divided by their expected count add up to all classes, on average', () => {
  const [classes, samples, draws] = [60, 12, 600]
  const session = new Session(createReferenceEngine(), new ParameterSet())
  const program = session.program('sample', (graph) => {
    const sample = sampleClasses(graph, samples, classes)
    return { fetch: { ...sample, expected: logExpectedCount(sample.classes, sample.tries, classes) } }
  })
  const count = new Float64Array(classes)
  let total = 0
  for (let step = 0; step < draws; step++) {
    session.writeState('rng', Uint32Array.of(7, 0, step, 0))
    program.runSync()
    const drawn = program.read('classes', new Int32Array(samples))
    const expected = program.read('expected', new Float32Array(samples))
    assert.equal(new Set(drawn).size, samples)
    for (const [k, logCount] of expected.entries()) {
      total += Math.exp(-logCount) / draws
      count[drawn[k]!]! += Math.exp(-logCount) / draws
    }
  }
  // Drawing stops at a class not seen before, which makes the sum too large by less than one class of the sample.
  assert.ok(Math.abs(total - classes) < classes / samples, String(total))
  for (const [k, times] of count.entries()) assert.ok(times > 0.6 && times < 1.5, `${k}: ${times}`)
  session.dispose()
})

test('a sampled loss depends on the step and on nothing else', () => {
  const bench = new Bench(new SampledSoftmax({ units: V, samples: 6 }))
  assert.notDeepEqual(bench.run('losses', losses, true, 1), bench.run('losses', losses, true, 2))
  assert.deepEqual(bench.run('losses', losses, true, 1), bench.run('losses', losses, true, 1))
  bench.session.dispose()
})

test('options that do not fit are refused', () => {
  const refused = (message: RegExp) => ({ code: 'option', message })
  assert.throws(() => new AdaptiveSoftmax({ units: 9, cutoffs: [4, 9] }), refused(/cut-off 9 must be below/))
  for (const cutoffs of [[0], [3, 3], [5, 4], [1.5]]) {
    assert.throws(() => new AdaptiveSoftmax({ units: 9, cutoffs }), refused(/rising whole numbers/))
  }
  const bench = new Bench<VocabularySoftmax>(kinds.adaptive())
  assert.throws(() => bench.run('three', (layer, a, b) => layer.run([a, b, b]).outputs[0]!), {
    code: 'shape',
    message: /expects features, or features and targets, got 3/,
  })
  assert.throws(() => bench.run('floats', (layer, a) => layer.run([a, sum(a, -1)]).outputs[0]!), {
    code: 'shape',
    message: /int32 targets/,
  })
  bench.session.dispose()
})
