import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatenate, embedding, maximumOf, multiply, reshape } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { RandomStream } from '../random.js'
import { type GraphCase, GraphRunner, gradientProblems, type Values } from '../testing/graph-check.js'
import * as layers from './index.js'
import { perFeature } from './masks.js'

// One vector for every word from its characters, as a tagger wants it: recurrent and convolutional encoders over rows of
// characters, for every word of a batch or for the distinct ones, whose vectors are then picked by number.

const [B, T, C, H] = [2, 3, 4, 2]
/** Characters of five distinct words, 0 fills up; the third has none. */
const words = [
  [1, 2, 3, 0],
  [4, 0, 0, 0],
  [0, 0, 0, 0],
  [2, 2, 1, 4],
  [3, 1, 0, 0],
]
/** The word at each place of the batch, −1 behind the end of a row. */
const places = [0, 3, 0, 2, 1, -1]
const distinct: Values = { shape: [words.length, C], values: words.flat() }
const every: Values = {
  shape: [B, T, C],
  values: places.flatMap((word) => words[word] ?? words[2]!),
}
const ids: Values = { shape: [B, T], values: places }
const lengths: Values = {
  shape: [words.length],
  values: words.map((word) => word.filter((id) => id > 0).length),
}

/** characters int32 [rows, C] → a vector for each row */
type Encoder = (characters: Tensor, lengths?: Tensor) => Tensor

const table = () => layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true, name: 'characters' })

function recurrent(context: layers.BuildContext): Encoder {
  const characters = table()
  const forward = layers.lstm({ units: H, name: 'forward' })
  const backward = layers.lstm({ units: H, goBackwards: true, name: 'backward' })
  characters.build(context, [1, C])
  for (const layer of [forward, backward]) layer.build(context, [1, C, 3])
  return (x, lengths) => {
    const vectors = characters.call(x)
    const steps = lengths ? { lengths } : { mask: characters.outputMask(x) }
    const ends = [forward, backward].map((layer) => layer.callWithState(vectors, steps).state.h!)
    return concatenate(ends, -1)
  }
}

function convolution(context: layers.BuildContext): Encoder {
  const characters = table()
  const convolve = layers.conv1d({ filters: 2 * H, kernelSize: 3, padding: 'same', activation: 'relu' })
  characters.build(context, [1, C])
  convolve.build(context, [1, C, 3])
  return (x) => {
    const mask = perFeature(characters.outputMask(x)!)
    // Nothing stands where no character is, before the windows and after: relu gives nothing below 0.
    return maximumOf(multiply(convolve.call(multiply(characters.call(x), mask)), mask), 1)
  }
}

function graphCase(
  make: (context: layers.BuildContext) => Encoder,
  integers: Readonly<Record<string, Values>>,
  build: (encode: Encoder, tensors: Readonly<Record<string, Tensor>>) => Tensor,
): GraphCase {
  let encode: Encoder | undefined
  return {
    parameters: {},
    integers,
    layers: (parameters) => {
      encode = make(new layers.BuildContext(parameters, (name) => new RandomStream(1, name)))
    },
    build: (tensors) => build(encode!, tensors),
  }
}

function valuesOf(row: GraphCase): number[] {
  const runner = new GraphRunner(row)
  const { values } = runner.value()
  runner.dispose()
  return Array.from(values)
}

for (const [name, make] of Object.entries({ recurrent, convolution })) {
  const distinctOnce = graphCase(make, { distinct, ids }, (encode, x) =>
    embedding(encode(x.distinct!), x.ids!),
  )
  const everyPlace = graphCase(make, { every }, (encode, x) =>
    reshape(encode(reshape(x.every!, [B * T, C])), [B, T, 2 * H]),
  )

  test(`${name}: distinct words encoded once and picked are every word encoded in its place`, () => {
    const [once, inPlace] = [valuesOf(distinctOnce), valuesOf(everyPlace)]
    assert.deepEqual(once, inPlace)
    const vector = (place: number) => once.slice(place * 2 * H, (place + 1) * 2 * H)
    assert.deepEqual(vector(0), vector(2))
    assert.notDeepEqual(vector(0), vector(1))
    // A word of no characters and a place of no word are zeros.
    assert.deepEqual([...vector(3), ...vector(5)], new Array(4 * H).fill(0))
  })

  test(`${name}: gradients agree with differences`, () => {
    assert.deepEqual(gradientProblems(distinctOnce), [])
    assert.deepEqual(gradientProblems(everyPlace), [])
  })

  test(`${name}: how far rows are filled up does not matter`, () => {
    const wide: Values = {
      shape: [words.length, C + 3],
      values: words.flatMap((word) => [...word, 0, 0, 0]),
    }
    const all = (rows: Values) => valuesOf(graphCase(make, { rows }, (encode, x) => encode(x.rows!)))
    assert.deepEqual(all(wide), all(distinct))
  })
}

test('lengths are the mask of the characters that are there', () => {
  const masked = graphCase(recurrent, { distinct }, (encode, x) => encode(x.distinct!))
  const cut = graphCase(recurrent, { distinct, lengths }, (encode, x) => encode(x.distinct!, x.lengths))
  assert.deepEqual(valuesOf(cut), valuesOf(masked))
  assert.deepEqual(gradientProblems(cut), [])
})
