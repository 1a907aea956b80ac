// IMDB reviews, good or bad: Embedding(32), SimpleRNN(32), a sigmoid; the last 500 words of each, RMSprop, 10 epochs.
//   npm run example -- imdb-simple-rnn [--epochs 10] [--small]
import { datasets, layers, padSequences, sequential } from 'reprise'
import { ctrlC, epochs, small } from './support/arguments.js'
import { few } from './support/few.js'

const numWords = 10_000
const maxlen = 500
const data = await datasets.imdb.loadData({ numWords })
const [[trainReviews, yTrain], [testReviews, yTest]] = few(data, 400)

const xTrain = padSequences(trainReviews, { maxlen })
const xTest = padSequences(testReviews, { maxlen })

const model = sequential()
model.add(layers.embedding(numWords, 32))
model.add(layers.simpleRnn(32))
model.add(layers.dense(1, { activation: 'sigmoid' }))

model.summary()

model.compile({ optimizer: 'rmsprop', loss: 'binaryCrossentropy', metrics: ['acc'] })

const { history } = await model.fit(xTrain, yTrain, {
  epochs: epochs(10, 5),
  batchSize: small ? 32 : 128,
  validationSplit: 0.2,
  signal: ctrlC(),
})
console.log(
  'Validation accuracy by epoch:',
  history.val_acc?.map((accuracy) => accuracy.toFixed(4)).join(' '),
)

const [testLoss, testAcc] = await model.evaluate(xTest, yTest)
console.log(`Test loss: ${testLoss}`)
console.log(`Test accuracy: ${testAcc}`)
