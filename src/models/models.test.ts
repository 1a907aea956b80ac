import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import * as layers from '../layers/index.js'
import { NdArray } from '../nd-array.js'
import { optimizers } from '../training/index.js'
import * as callbacks from './callbacks/index.js'
import { type Callback, type CompileOptions, input, type Model, model, sequential } from './index.js'

const engine = createReferenceEngine()
const wave = (...shape: number[]) =>
  new NdArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k * 1.7)),
    shape,
  )
const ids = (limit: number, ...shape: number[]) =>
  new NdArray(
    Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => (k * 7 + (k >> 2)) % limit),
    shape,
  )

function small(options: CompileOptions = {}, seed = 0) {
  const own = sequential([layers.dense(4, { activation: 'tanh', inputDim: 3 }), layers.dense(1)], {
    engine,
    seed,
  })
  own.compile({ optimizer: 'adam', loss: 'mse', ...options })
  return own
}
const quiet = { verbose: 0 } as const
const equalWeights = (a: Model, b: Model) => {
  assert.deepEqual(
    a.getWeights().map(({ data }) => [...data]),
    b.getWeights().map(({ data }) => [...data]),
  )
}

describe('fit', () => {
  test('the same seed gives the same weights, another seed others; two halves make a whole', async () => {
    const [x, y] = [wave(20, 3), wave(20, 1)]
    const run = async (seed: number, parts: readonly (readonly [number, number])[]) => {
      const own = small({}, seed)
      for (const [initialEpoch, epochs] of parts) {
        await own.fit(x, y, { ...quiet, batchSize: 6, initialEpoch, epochs })
      }
      return own
    }
    const whole = await run(1, [[0, 4]])
    equalWeights(whole, await run(1, [[0, 4]]))
    equalWeights(
      whole,
      await run(1, [
        [0, 2],
        [2, 4],
      ]),
    )
    const other = await run(2, [[0, 4]])
    assert.notDeepEqual([...whole.getWeights()[0]!.data], [...other.getWeights()[0]!.data])
  })

  test('a generator gives what arrays give', async () => {
    const [x, y] = [wave(12, 3), wave(12, 1)]
    const fromArrays = small()
    await fromArrays.fit(x, y, { ...quiet, batchSize: 4, epochs: 2, shuffle: false })
    async function* batches() {
      for (let k = 0; k < 12; k += 4) yield [x.slice(k, k + 4), y.slice(k, k + 4)] as const
    }
    const fromFunction = small()
    await fromFunction.fit(batches, { ...quiet, epochs: 2 })
    equalWeights(fromArrays, fromFunction)
    async function* endless() {
      for (;;) yield* batches()
    }
    const fromEndless = small()
    await fromEndless.fit(endless(), undefined, { ...quiet, epochs: 2, stepsPerEpoch: 3 })
    equalWeights(fromArrays, fromEndless)
    const scores = await fromArrays.evaluate(x, y, { ...quiet, batchSize: 4 })
    assert.deepEqual({ ...(await fromArrays.evaluate(batches, undefined, quiet)) }, { ...scores })
  })

  test('a generator that runs dry ends training with its history', async () => {
    function* once() {
      yield [wave(4, 3), wave(4, 1)] as const
    }
    const warn = console.warn
    const said: string[] = []
    console.warn = (text: string) => void said.push(text)
    let ended = 0
    const { epoch } = await small().fit(once(), {
      ...quiet,
      epochs: 3,
      callbacks: { onTrainEnd: () => void ended++ },
    })
    console.warn = warn
    assert.deepEqual(epoch, [0])
    assert.equal(ended, 1)
    assert.match(said.join(), /epoch 2 has no batches/)
    function* nothing(): Generator<readonly [NdArray, NdArray]> {}
    await assert.rejects(small().fit(nothing(), quiet), { code: 'empty-data' })
    await assert.rejects(small().evaluate(nothing(), undefined, quiet), { code: 'empty-data' })
  })

  test('trainOnBatch is a step of fit; evaluate destructures both ways', async () => {
    const [x, y] = [wave(8, 3), wave(8, 1)]
    const [a, b] = [small({ metrics: ['mae'] }), small({ metrics: ['mae'] })]
    const { history } = await a.fit(x, y, { ...quiet, batchSize: 8 })
    const { loss } = await b.trainOnBatch(x, y)
    assert.equal(history.loss![0], loss)
    equalWeights(a, b)
    const scores = await a.evaluate(x, y, quiet)
    const [first, second] = scores
    assert.deepEqual([first, second], [scores.loss, scores.mae])
    assert.deepEqual({ ...(await a.testOnBatch(x, y)) }, { ...scores })
  })

  test('validationSplit takes the last rows before shuffling; stepsPerEpoch ends epochs', async () => {
    const own = small()
    const [x, y] = [wave(10, 3), wave(10, 1)]
    let batches = 0
    const { history, epoch } = await own.fit(x, y, {
      ...quiet,
      batchSize: 2,
      epochs: 3,
      initialEpoch: 1,
      validationSplit: 0.2,
      stepsPerEpoch: 3,
      callbacks: [{ onTrainBatchEnd: () => void batches++ }],
    })
    assert.equal(batches, 4) // as Keras: three of the four batches, then the last
    assert.deepEqual(epoch, [1, 2])
    const { loss } = await own.evaluate(x.slice(8, 10), y.slice(8, 10), quiet)
    assert.equal(history.val_loss!.at(-1), loss)
  })

  test('frozen layers keep their weights', async () => {
    const own = small()
    own.layers[0]!.trainable = false
    const before = own.getWeights()
    await own.fit(wave(8, 3), wave(8, 1), quiet)
    const after = own.getWeights()
    assert.deepEqual([...after[0]!.data], [...before[0]!.data])
    assert.notDeepEqual([...after[2]!.data], [...before[2]!.data])
    own.layers[0]!.trainable = true
    await own.fit(wave(8, 3), wave(8, 1), quiet)
    assert.notDeepEqual([...own.getWeights()[0]!.data], [...before[0]!.data])
  })

  test('an aborted training returns its history and the model still works', async () => {
    const controller = new AbortController()
    const own = small()
    const stop: Callback = { onEpochEnd: (epoch) => (epoch === 1 ? controller.abort() : undefined) }
    const { epoch } = await own.fit(wave(8, 3), wave(8, 1), {
      ...quiet,
      epochs: 9,
      signal: controller.signal,
      callbacks: [stop],
    })
    assert.deepEqual(epoch, [0, 1])
    await own.predict(wave(2, 3))
  })

  test('predict may be called while training, in callbacks and concurrently', async () => {
    const own = small()
    const [x, y] = [wave(8, 3), wave(8, 1)]
    const seen: number[] = []
    const callback: Callback = {
      onEpochEnd: async () => void seen.push((await own.predict(x)).at(0, 0)),
    }
    const training = own.fit(x, y, { ...quiet, epochs: 3, callbacks: [callback] })
    const answers = await Promise.all([own.predict(x), own.predict(x), own.predict(x.slice(0, 3))])
    assert.equal(answers[2]!.length, 3)
    await training
    assert.equal(new Set(seen).size, 3)
  })
})

describe('models of models', () => {
  const encoderDecoder = () => {
    const [source, target] = [input({ shape: [null, 3] }), input({ shape: [null, 2] })]
    const encoder = layers.lstm(4, { returnState: true })
    const decoder = layers.lstm(4, { returnSequences: true, returnState: true })
    const output = layers.dense(5, { activation: 'softmax' })
    const [, h, c] = encoder.applyAll(source)
    const [steps] = decoder.applyAll(target, { initialState: [h!, c!] })
    const whole = model({ inputs: [source, target], outputs: output.apply(steps!), engine })
    return { source, target, decoder, output, states: [h!, c!], whole }
  }

  test('encoder and decoder share the weights of the model that trains them', async () => {
    const { source, target, decoder, output, states, whole } = encoderDecoder()
    const encoder = model({ inputs: source, outputs: states, engine })
    const given = [input({ shape: [4] }), input({ shape: [4] })]
    const [steps, h, c] = decoder.applyAll(target, { initialState: given })
    const stepper = model({ inputs: [target, ...given], outputs: [output.apply(steps!), h!, c!], engine })
    const agree = async () => {
      const [x, y] = [wave(3, 5, 3), wave(3, 4, 2)]
      const expected = await whole.predict([x, y])
      let state = await encoder.predictAll(x)
      for (let t = 0; t < 4; t++) {
        const step = new NdArray(
          Float32Array.from({ length: 6 }, (_, k) => y.at(k >> 1, t, k & 1)),
          [3, 1, 2],
        )
        const [p, ...rest] = await stepper.predictAll([step, ...state])
        for (let n = 0; n < 3; n++) {
          for (let v = 0; v < 5; v++) assert.ok(Math.abs(p!.at(n, 0, v) - expected.at(n, t, v)) < 1e-6)
        }
        state = rest
      }
    }
    await agree()
    whole.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
    const before = (await encoder.predictAll(wave(1, 5, 3)))[0]!.at(0, 0)
    await whole.fit([wave(6, 5, 3), wave(6, 4, 2)], ids(5, 6, 4), { ...quiet, epochs: 3 })
    assert.notEqual((await encoder.predictAll(wave(1, 5, 3)))[0]!.at(0, 0), before)
    await agree()
    stepper.layers.find(({ kind }) => kind === 'dense')!.setWeights([wave(4, 5), wave(5)])
    await agree()
  })

  test('a model inside a model is a layer; used twice it has one set of weights', async () => {
    const inner = sequential([layers.dense(3, { activation: 'relu' }), layers.dense(2)], { engine })
    const [a, b] = [input({ shape: [4] }), input({ shape: [4] })]
    const outer = model({
      inputs: [a, b],
      outputs: layers.dense(1).apply(inner.apply(a)),
      engine,
    })
    assert.equal(outer.countParams(), 4 * 3 + 3 + 3 * 2 + 2 + 2 + 1)
    const x = wave(5, 4)
    const hidden = await inner.predict(x)
    const [kernel, bias] = outer.getLayer('dense').getWeights()
    const expected = hidden.at(2, 0) * kernel!.at(0, 0) + hidden.at(2, 1) * kernel!.at(1, 0) + bias!.at(0)
    assert.ok(Math.abs((await outer.predict([x, x])).at(2, 0) - expected) < 1e-6)
    const twice = model({ inputs: [a, b], outputs: [inner.apply(a), inner.apply(b)], engine })
    assert.equal(twice.countParams(), inner.countParams())
    const [first, second] = await twice.predictAll([x, x])
    assert.deepEqual(first, second)
  })

  test('a stateful model carries its state until it is reset', async () => {
    const own = sequential(
      [layers.lstm(3, { stateful: true, batchInputShape: [2, 4, 2], returnSequences: true })],
      { engine },
    )
    const once = sequential([layers.lstm(3, { inputShape: [8, 2], returnSequences: true })], { engine })
    once.setWeights(own.getWeights())
    const x = wave(2, 8, 2)
    const part = (begin: number) =>
      new NdArray(
        Float32Array.from({ length: 16 }, (_, k) => x.at(k >> 3, begin + ((k >> 1) & 3), k & 1)),
        [2, 4, 2],
      )
    await own.predict(part(0))
    const second = await own.predict(part(4))
    assert.ok(Math.abs(second.at(1, 3, 2) - (await once.predict(x)).at(1, 7, 2)) < 1e-6)
    own.resetStates()
    const again = await own.predict(part(0))
    assert.ok(Math.abs(again.at(0, 0, 0) - (await once.predict(x)).at(0, 0, 0)) < 1e-6)
  })
})

describe('callbacks', () => {
  const scripted = (values: readonly number[]): Callback => ({
    onEpochEnd: (epoch, logs) => {
      logs.val_loss = values[epoch]!
    },
  })
  const data = [wave(8, 3), wave(8, 1)] as const

  test('EarlyStopping stops after patience and restores the best weights', async () => {
    const own = small()
    const kept: number[] = []
    const early = new callbacks.EarlyStopping({ monitor: 'valLoss', patience: 2, restoreBestWeights: true })
    const watch: Callback = { onEpochEnd: () => void kept.push(own.getWeights()[0]!.data[0]!) }
    const { epoch } = await own.fit(...data, {
      ...quiet,
      epochs: 9,
      callbacks: [scripted([5, 3, 4, 3.5, 1, 1]), early, watch],
    })
    assert.deepEqual(epoch, [0, 1, 2, 3])
    assert.equal(early.bestEpoch, 1)
    assert.equal(own.getWeights()[0]!.data[0], kept[1])
  })

  test('ReduceLROnPlateau, LearningRateScheduler', async () => {
    const own = small()
    const rates: number[] = []
    const watch: Callback = { onEpochEnd: (_, logs) => void rates.push(logs.learning_rate!) }
    const plateau = new callbacks.ReduceLROnPlateau({ factor: 0.5, patience: 2, minLr: 0.0004 })
    await own.fit(...data, {
      ...quiet,
      epochs: 7,
      callbacks: [scripted([5, 5, 5, 5, 5, 5, 5]), plateau, watch],
    })
    assert.deepEqual(rates, [0.001, 0.001, 0.001, 0.0005, 0.0005, 0.0004, 0.0004])
    const scheduler = new callbacks.LearningRateScheduler((epoch, rate) => (epoch < 2 ? 0.5 : rate / 2))
    const { history } = await own.fit(...data, { ...quiet, epochs: 4, callbacks: [scheduler] })
    assert.deepEqual(history.learning_rate, [0.5, 0.5, 0.25, 0.125])
  })

  test('TerminateOnNaN', async () => {
    const own = small({ optimizer: { name: 'sgd', learningRate: 1e30 } })
    const warn = console.warn
    console.warn = () => {}
    const { epoch } = await own.fit(...data, {
      ...quiet,
      epochs: 20,
      batchSize: 2,
      callbacks: [new callbacks.TerminateOnNaN()],
    })
    console.warn = warn
    assert.ok(epoch.length < 20)
  })

  test('CSVLogger and ModelCheckpoint write files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reprise-'))
    try {
      const own = small({ metrics: ['mae'] })
      const log = join(folder, 'log.csv')
      const best = join(folder, 'best-{epoch:02d}-{val_loss:.1f}.safetensors')
      const { history } = await own.fit(...data, {
        ...quiet,
        epochs: 3,
        callbacks: [
          scripted([5, 4, 6]),
          new callbacks.CSVLogger(log),
          new callbacks.ModelCheckpoint(best, { saveBestOnly: true }),
        ],
      })
      const lines = (await readFile(log, 'utf8')).trim().split('\n')
      assert.equal(lines[0], 'epoch,loss,mae,val_loss')
      assert.equal(lines[2], `1,${history.loss![1]},${history.mae![1]},4`)
      await readFile(join(folder, 'best-01-5.0.safetensors'))
      await readFile(join(folder, 'best-02-4.0.safetensors'))
      await assert.rejects(readFile(join(folder, 'best-03-6.0.safetensors')))
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('bad input is caught before the first step', () => {
  const words = () => {
    const own = sequential(
      [layers.embedding(10, 4), layers.lstm(3), layers.dense(3, { activation: 'softmax' })],
      {
        engine,
      },
    )
    own.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    return own
  }
  const refused = async (run: () => Promise<unknown>, code: string, message: RegExp) => {
    let steps = 0
    await assert.rejects(run, (error: Error & { code?: string }) => {
      assert.equal(error.code, code)
      assert.match(error.message, message)
      return true
    })
    assert.equal(steps, 0)
    steps++
  }

  test('shapes, labels, ids, NaN, lengths', async () => {
    const own = words()
    const [x, y] = [ids(10, 6, 5), ids(3, 6)]
    await refused(
      () => own.fit(ids(12, 6, 5), y, quiet),
      'id-out-of-range',
      /input "input_layer" holds 1[01] in row/,
    )
    await refused(
      () => own.fit(x, ids(4, 6), quiet),
      'id-out-of-range',
      /target "dense" holds 3 in row .* 0 … 2/,
    )
    await refused(() => own.fit(x, ids(3, 5), quiet), 'shape', /target "dense" has 5 rows, input .* 6/)
    await refused(() => own.fit(x, wave(6, 2), quiet), 'id-out-of-range', /whole numbers/)
    const holes = wave(8, 3)
    holes.data[7] = Number.NaN
    await refused(() => small().fit(holes, wave(8, 1), quiet), 'not-finite', /holds NaN in row 2/)
    await refused(() => small().fit(wave(8, 3), holes, quiet), 'not-finite', /target "dense_1" holds NaN/)
    await refused(
      () => small().fit(wave(8, 4), wave(8, 1), quiet),
      'shape',
      /\[null, 3\], got \[8, 4\] \(axis 1: 4 ≠ 3\)/,
    )
    await refused(
      () => small().fit(wave(8, 3), wave(8, 2), quiet),
      'shape',
      /output "dense_1" must be \[8, 1\].* got \[8, 2\]/,
    )
    await refused(() => small().fit(new Float32Array(0), [], quiet), 'empty-data', /no rows/)
    await refused(
      () =>
        small().predict([
          [1, 2, 3],
          [4, 5],
        ]),
      'shape',
      /rows differ in length/,
    )
    const oneHot = words()
    oneHot.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    await refused(() => oneHot.fit(x, y, quiet), 'id-out-of-range', /sparse loss/)
  })

  test('what Keras takes by place, and what it does not', async () => {
    const rate = (optimizer: ReturnType<typeof optimizers.adam>) => optimizer.learningRate
    assert.equal(rate(optimizers.adam(0.01)), 0.01)
    assert.equal(rate(optimizers.sgd(0.5, { momentum: 0.9 })), 0.5)
    assert.throws(() => new callbacks.EarlyStopping(5 as never), { code: 'option', message: /one object/ })
    assert.throws(() => layers.dense(2, 'relu' as never), {
      code: 'option',
      message: /after units .* one object/,
    })
    const x = input({ shape: [null, 3] })
    assert.throws(() => layers.lstm(2).apply(x, { initial_state: [] }), { code: 'unknown-name' })
    const two = model({ inputs: x, outputs: [layers.lstm(2).apply(x), layers.gru(2).apply(x)], engine })
    await refused(() => two.predict(wave(2, 4, 3)), 'option', /2 outputs; predictAll/)
    await refused(async () => small({ metrics: ['acuracy'] }), 'unknown-name', /acuracy/)
    const words = sequential([input({ shape: [3], dtype: 'int32' }), layers.embedding(5, 2)], { engine })
    words.layers[0]!.setWeights([wave(5, 2)])
    assert.deepEqual((await words.predict([[4, 0, 1]])).data.slice(0, 2), wave(5, 2).row(4).data)
    const binary = sequential([layers.dense(1, { activation: 'sigmoid', inputDim: 3 })], { engine })
    binary.compile({ loss: 'binaryCrossentropy' })
    await refused(() => binary.fit(wave(3, 3), [0, 2, 1], quiet), 'id-out-of-range', /holds 2 in row 1/)
  })

  test('models whose layers were named alike by themselves can be joined', async () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })]
    const [h, k] = [layers.dense(3).apply(a), layers.dense(3).apply(b)]
    const [left, right] = [model({ inputs: a, outputs: h, engine }), model({ inputs: b, outputs: k, engine })]
    const both = model({ inputs: [a, b], outputs: layers.concatenate().apply([h, k]), engine })
    assert.equal(new Set(both.layers.map(({ name }) => name)).size, both.layers.length)
    const x = wave(4, 2)
    const joined = await both.predict([x, x])
    assert.equal(joined.at(1, 0), (await left.predict(x)).at(1, 0))
    assert.equal(joined.at(1, 4), (await right.predict(x)).at(1, 1))
  })

  test('unknown names and options', async () => {
    const own = small()
    await refused(async () => own.compile({ optimizer: 'adm', loss: 'mse' }), 'unknown-name', /"adam"/)
    await refused(async () => own.compile({ loss: 'mean_squared' }), 'unknown-name', /Known/)
    await refused(async () => own.compile({ los: 'mse' } as CompileOptions), 'unknown-name', /"loss"/)
    await refused(async () => own.compile({ loss: { dens: 'mse' } }), 'unknown-name', /Known: dense_1/)
    await refused(() => own.fit(wave(8, 3), wave(8, 1), { epoch: 2 } as object), 'unknown-name', /"epochs"/)
    await refused(() => own.fit(wave(8, 3), wave(8, 1), { epochs: 0.5 }), 'option', /epochs/)
    await refused(
      async () => layers.lstm({ units: 3, returnSequence: true } as never),
      'unknown-name',
      /returnSequences/,
    )
    const fresh = sequential([layers.dense(1, { inputDim: 2 })], { engine })
    await refused(() => fresh.fit(wave(2, 2), wave(2, 1)), 'not-compiled', /compile/)
    await refused(async () => fresh.getLayer('dens'), 'unknown-name', /"dense"/)
    await refused(
      async () => fresh.setWeights([wave(2, 2), wave(1)]),
      'shape',
      /kernel is \[2, 1\], array 0 is \[2, 2\]/,
    )
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })]
    const joined = layers.dense(1).apply(layers.dense(2).apply(b))
    await refused(
      async () => model({ inputs: a, outputs: joined, engine }),
      'disconnected',
      /"b" \[null, 2\]/,
    )
  })
})

describe('summary', () => {
  test('is the table people know', () => {
    const own = sequential([
      layers.embedding(10000, 32, { inputLength: 500 }),
      layers.simpleRnn(32),
      layers.dense(1),
    ])
    const text = own.summary({ print: false })
    assert.match(text, /Model: "sequential"/)
    assert.match(text, /│ embedding \(Embedding\) +│ \(None, 500, 32\) +│ +320,000 │/)
    assert.match(text, /│ simple_rnn \(SimpleRNN\) +│ \(None, 32\) +│ +2,080 │/)
    assert.match(text, / Total params: 322,113 \(1\.23 MB\)/)
    const unbuilt = sequential([layers.dense(2)]).summary({ print: false })
    assert.match(unbuilt, /0 \(unbuilt\)/)
  })
})
