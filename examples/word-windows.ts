// Three words and the one after them: dictionaries of words and indices, sliding windows, new text with unknown words.
//   npm run example -- word-windows [FILE] [--epochs 20] [--small]
import { layers, padSequences, sequential, slidingWindows } from 'reprise'
import { ctrlC, epochs, small } from './support/arguments.js'
import { book } from './support/book.js'

const text = book()
  .toLowerCase()
  .replace(/[^\p{L}']+/gu, ' ')
  .trim()
  .split(' ')
  .slice(0, small ? 400 : 20_000)
  .join(' ')

const words = text.split(' ')
const uniqueWords = [...new Set(words)]
const wordToIndex = new Map(uniqueWords.map((word, index) => [word, index]))
const indexToWord = new Map(uniqueWords.map((word, index) => [index, word]))
console.log('Word to Index:', [...wordToIndex].slice(0, 6))

const sentenceSize = 3
const step = 1
const { windows: X, next: y } = slidingWindows(words, { size: sentenceSize, step })
console.log('Input X[0]:', X[0], 'Target y[0]:', y[0])

const indexOf = (word: string) => wordToIndex.get(word)!
const XIndices = X.map((sentence) => sentence.map(indexOf))
const yIndices = y.map(indexOf)
console.log('Numerical X[0]:', XIndices[0], 'Numerical y[0]:', yIndices[0])

const model = sequential([
  layers.embedding(uniqueWords.length, 32),
  layers.lstm(64),
  layers.dense(uniqueWords.length, { activation: 'softmax' }),
])
model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })
await model.fit(XIndices, yIndices, { epochs: epochs(20, 5), signal: ctrlC() })

// New sentences go the same way; words that were not there to learn are skipped.
const newText = ['call me ishmael', 'the sea was televised again', 'where is the whale']
const newTextSplit = newText.map((sentence) =>
  sentence.split(' ').flatMap((word) => wordToIndex.get(word) ?? []),
)
console.log('New Text Indices:', newTextSplit)

const predicted = await model.predict(padSequences(newTextSplit, { maxlen: sentenceSize }))
for (const [k, index] of predicted.argmax().data.entries()) {
  console.log(`${newText[k]} … ${indexToWord.get(index)}`)
}
