// IMDB reviews, good or bad, read from both ends: Bidirectional(LSTM(64)) instead of the LSTM(128) of imdb-lstm.
//   npm run example -- imdb-bidirectional [--epochs 1] [--small]
import { datasets, layers, padSequences, sequential } from 'reprise'
import { ctrlC, epochs } from './support/arguments.js'
import { few } from './support/few.js'

const maxFeatures = 10_000
const maxlen = 80

const data = await datasets.imdb.loadData({ numWords: maxFeatures })
const [[trainReviews, yTrain], [testReviews, yTest]] = few(data, 400)
const xTrain = padSequences(trainReviews, { maxlen })
const xTest = padSequences(testReviews, { maxlen })

// One LSTM reads forwards, one backwards; their last outputs stand side by side, 128 features together.
const model = sequential()
model.add(layers.embedding(maxFeatures, 128))
model.add(layers.bidirectional(layers.lstm(64, { dropout: 0.2, recurrentDropout: 0.2 })))
model.add(layers.dense(1, { activation: 'sigmoid' }))

model.compile({ loss: 'binaryCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })

await model.fit(xTrain, yTrain, {
  batchSize: 32,
  epochs: epochs(1, 2),
  validationData: [xTest, yTest],
  signal: ctrlC(),
})
model.summary()

const [score, acc] = await model.evaluate(xTest, yTest, { batchSize: 32 })
console.log('Test score:', score)
console.log('Test accuracy:', acc)

// What it thinks of a review of ours, encoded as the data set is: rank + 3, 1 begins, 2 stands for rare words.
const wordIndex = await datasets.imdb.getWordIndex()
const review = 'a wonderful film with great actors and a good story'
const encoded = review.split(' ').map((word) => {
  const index = (wordIndex.get(word) ?? Infinity) + 3
  return index < maxFeatures ? index : 2
})
const opinion = await model.predict(padSequences([[1, ...encoded]], { maxlen }))
console.log(`"${review}" is good with probability ${opinion.at(0, 0).toFixed(2)}`)
