// The next character: windows of 50 one-hot characters, LSTM(128), softmax; then the most likely text and sampled ones.
//   npm run example -- characters [FILE] [--epochs 50] [--small]
import { layers, random, sequential, slidingWindows, toCategorical } from 'reprise'
import { ctrlC, epochs, small } from './support/arguments.js'
import { book } from './support/book.js'

const seqLength = 50
const text = book()
  .replace(/\s+/g, ' ')
  .slice(0, small ? 1_500 : 40_000)

const characters = [...new Set(text)].sort()
const charToIndex = new Map(characters.map((char, index) => [char, index]))
const indexOf = (char: string) => charToIndex.get(char) ?? 0
const numChars = characters.length

// A window every two characters, and the character after it.
const { windows, next } = slidingWindows(text, { size: seqLength, step: 2 })
const inputSequences = toCategorical(
  windows.map((window) => [...window].map(indexOf)),
  numChars,
)
const outputSequences = toCategorical(next.map(indexOf), numChars)
console.log(`${text.length} characters, ${numChars} different; X [${inputSequences.shape.join(', ')}]`)

const model = sequential([
  layers.lstm(128, { inputShape: [seqLength, numChars] }),
  layers.dense(numChars, { activation: 'softmax' }),
])
model.compile({ loss: 'categoricalCrossentropy', optimizer: 'adam' })
await model.fit(inputSequences, outputSequences, {
  batchSize: 128,
  epochs: epochs(50, 2),
  validationSplit: 0.2,
  signal: ctrlC(),
})

/** Probabilities of the character after the last 50 of a text; before a shorter one there is nothing, all zeros. */
async function probabilities(before: string): Promise<Float32Array> {
  const ids = [...before].slice(-seqLength).map(indexOf)
  const xPred = toCategorical(ids, numChars)
  const padded = new Float32Array(seqLength * numChars)
  padded.set(xPred.data)
  const predicted = await model.predict({ data: padded, shape: [1, seqLength, numChars] })
  return predicted.data
}

/** Draws a character; a low temperature favours the likely ones, 1 takes them as the model has them. */
const draw = new random.RandomStream(0, 'characters')
function sample(chances: Float32Array, temperature: number): number {
  if (temperature === 0) return chances.indexOf(Math.max(...chances))
  const weights = chances.map((chance) => chance ** (1 / temperature))
  let left = draw.uniform() * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return index
  }
  return weights.length - 1
}

for (const temperature of [0, 0.5, 1]) {
  let seedText = text.slice(0, seqLength)
  for (let k = 0; k < (small ? 30 : 200); k++) {
    seedText += characters[sample(await probabilities(seedText), temperature)]
  }
  console.log(`\ntemperature ${temperature || '0, the most likely'}: ${seedText}`)
}
