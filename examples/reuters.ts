// Topics of Reuters newswires: Embedding(128), LSTM(128), softmax over 46 topics; the last 80 words, Adam, 5 epochs.
//   npm run example -- reuters [--epochs 5] [--small]
import { datasets, layers, padSequences, sequential } from 'reprise'
import { ctrlC, epochs } from './support/arguments.js'
import { few } from './support/few.js'

const maxFeatures = 10_000
const maxlen = 80

const data = await datasets.reuters.loadData({ numWords: maxFeatures, testSplit: 0.2 })
const [[trainTexts, yTrain], [testTexts, yTest]] = few(data, 400)
const topics = datasets.reuters.getLabelNames()
console.log(
  trainTexts.length,
  'train sequences,',
  testTexts.length,
  'test sequences,',
  topics.length,
  'topics',
)

const xTrain = padSequences(trainTexts, { maxlen })
const xTest = padSequences(testTexts, { maxlen })

const model = sequential()
model.add(layers.embedding(maxFeatures, 128))
model.add(layers.lstm(128, { dropout: 0.2, recurrentDropout: 0.2 }))
model.add(layers.dense(topics.length, { activation: 'softmax' }))

// The labels are numbers of topics; as one-hot rows they would need categoricalCrossentropy.
model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })

await model.fit(xTrain, yTrain, {
  batchSize: 32,
  epochs: epochs(5, 6),
  validationSplit: 0.1,
  signal: ctrlC(),
})

const [score, acc] = await model.evaluate(xTest, yTest, { batchSize: 32 })
console.log('Test score:', score)
console.log('Test accuracy:', acc)

// What always naming the most frequent topic would get.
const counts = topics.map((_, topic) => yTest.filter((label) => label === topic).length)
const best = Math.max(...counts)
console.log(`Always "${topics[counts.indexOf(best)]}":`, best / yTest.length)

const predicted = (await model.predict(xTest.slice(0, 5))).argmax().data
console.log('Predicted:', [...predicted].map((topic) => topics[topic]).join(', '))
console.log('Actual:   ', [...yTest.slice(0, 5)].map((topic) => topics[topic]).join(', '))
