// Dense(64, relu) on 100 inputs and Dense(1): a number with mean squared error, then yes or no.
//   npm run example -- dense [FILE] [--epochs 20] [--small]
import { layers, sequential, Tokenizer } from 'reprise'
import { ctrlC, epochs, small } from './support/arguments.js'
import { book } from './support/book.js'

// Passages of a book, and in each how often the 99 most frequent words occur (index 0 is no word): 100 numbers.
const passages = book()
  .split(/\n\s*\n/)
  .filter((passage) => passage.length > 200)
  .slice(0, small ? 300 : undefined)
const tokenizer = new Tokenizer({ numWords: 100 })
tokenizer.fitOnTexts(passages)
const X = tokenizer.textsToMatrix(passages, 'count')

// The last fifth is for testing.
const count = Math.floor(passages.length * 0.8)
const [XTrain, XTest] = [X.slice(0, count), X.slice(count)]
console.log('X_train:', XTrain.shape, 'X_test:', XTest.shape)

// A number: how many hundred characters a passage has. The output is linear.
const lengths = passages.map((passage) => passage.length / 100)
const regression = sequential()
regression.add(layers.dense(64, { activation: 'relu', inputDim: 100 }))
regression.add(layers.dense(1))
regression.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mae'] })
const options = { epochs: epochs(20, 10), batchSize: 32, signal: ctrlC() }
await regression.fit(XTrain, lengths.slice(0, count), options)
const { loss: squared, mae } = await regression.evaluate(XTest, lengths.slice(count))
console.log(`Length: mean squared error ${squared?.toFixed(2)}, off by ${mae?.toFixed(2)} hundred characters`)

// Yes or no: does somebody speak in it? The output is a sigmoid. The tokenizer has left the quotation marks out.
const speech = passages.map((passage) => (/["“]/.test(passage) ? 1 : 0))
const silent = speech.slice(count).filter((label) => label === 0).length / (passages.length - count)
console.log(`Speech: saying always no would be right in ${silent} of the test passages`)
for (const loss of ['meanSquaredError', 'binaryCrossentropy']) {
  const model = sequential()
  model.add(layers.dense(64, { activation: 'relu', inputDim: 100 }))
  model.add(layers.dense(1, { activation: 'sigmoid' }))
  model.compile({ optimizer: 'adam', loss, metrics: ['accuracy'] })
  await model.fit(XTrain, speech.slice(0, count), options)

  const [testLoss, testAccuracy] = await model.evaluate(XTest, speech.slice(count))
  console.log(`Speech, ${loss}: Test Loss: ${testLoss}, Test Accuracy: ${testAccuracy}`)
  const predictions = await model.predict(XTest.slice(0, 2))
  console.log('Predictions:', predictions.toArray(), 'Labels:', speech.slice(count, count + 2))
}
