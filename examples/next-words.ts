// The next word: Tokenizer, padSequences, Embedding(10), LSTM(100), softmax; goes on from "Hello world", then from a book.
//   npm run example -- next-words [FILE] [--epochs 100] [--small]
import { layers, padSequences, sequential, Tokenizer, toCategorical } from 'reprise'
import { ctrlC, epochs, small } from './support/arguments.js'
import { book } from './support/book.js'

const maxlen = 5

/** Learns the words of a text and adds some to the seed. */
async function goOn(text: string, seedText: string, words: number): Promise<string> {
  const tokenizer = new Tokenizer()
  tokenizer.fitOnTexts([text])
  const { wordIndex, indexWord } = tokenizer
  const vocabSize = wordIndex.size + 1 // index 0 is the padding

  // Up to five words, and the one that follows them.
  const [tokens = []] = tokenizer.textsToSequences([text])
  const targets = tokens.slice(1)
  const sequences = targets.map((_, i) => tokens.slice(Math.max(0, i + 1 - maxlen), i + 1))
  const x = padSequences(sequences, { maxlen })
  const y = toCategorical(targets, vocabSize)
  console.log(`${vocabSize - 1} different words, X [${x.shape.join(', ')}], y [${y.shape.join(', ')}]`)

  const model = sequential([
    layers.embedding({ inputDim: vocabSize, outputDim: 10, inputLength: maxlen }),
    layers.lstm(100),
    layers.dense(vocabSize, { activation: 'softmax' }),
  ])
  model.compile({ loss: 'categoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })
  model.summary()

  const options = { epochs: epochs(100, small ? 40 : 100), verbose: 0, signal: ctrlC() } as const
  const { history } = await model.fit(x, y, options)
  console.log(`loss ${history.loss?.[0]?.toFixed(3)} → ${history.loss?.at(-1)?.toFixed(3)}`)

  for (let k = 0; k < words; k++) {
    const tokenList = tokenizer.textsToSequences([seedText])
    const padded = padSequences(tokenList, { maxlen })
    const [predicted = 0] = (await model.predict(padded)).argmax().data
    seedText += ` ${indexWord.get(predicted) ?? ''}`
  }
  return seedText
}

const sentence = 'Hello world. This is a simple LSTM example.'
console.log(await goOn(sentence, 'Hello world', 5))

// One-hot targets are words × vocabulary numbers, so no more than the first pages of a book.
const pages = book().split(/\s+/)
const beginning = pages.slice(0, small ? 200 : 3000).join(' ')
console.log(await goOn(beginning, pages.slice(0, 6).join(' '), small ? 5 : 20))
