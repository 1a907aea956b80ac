// IMDB reviews, good or bad: Embedding(128), LSTM(128) with both dropouts, a sigmoid; the last 80 words, Adam, 1 epoch.
//   npm run example -- imdb-lstm [--epochs 1] [--small]
import { datasets, layers, padSequences, sequential } from 'reprise'
import { ctrlC, epochs } from './support/arguments.js'
import { few } from './support/few.js'

const maxFeatures = 10_000
const maxlen = 80

console.log('Loading data...')
const data = await datasets.imdb.loadData({ numWords: maxFeatures })
const [[trainReviews, yTrain], [testReviews, yTest]] = few(data, 400)
console.log(trainReviews.length, 'train sequences')
console.log(testReviews.length, 'test sequences')

console.log('Pad sequences (samples x time)')
const xTrain = padSequences(trainReviews, { maxlen })
const xTest = padSequences(testReviews, { maxlen })
console.log('x_train shape:', xTrain.shape)
console.log('x_test shape:', xTest.shape)

console.log('Building model...')
const model = sequential()
model.add(layers.embedding(maxFeatures, 128))
model.add(layers.lstm(128, { dropout: 0.2, recurrentDropout: 0.2 }))
model.add(layers.dense(1, { activation: 'sigmoid' }))

model.compile({ loss: 'binaryCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })

console.log('Training...')
await model.fit(xTrain, yTrain, {
  batchSize: 32,
  epochs: epochs(1, 2),
  validationData: [xTest, yTest],
  signal: ctrlC(),
})

const [score, acc] = await model.evaluate(xTest, yTest, { batchSize: 32 })
console.log('Test score:', score)
console.log('Test accuracy:', acc)
