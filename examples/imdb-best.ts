// IMDB reviews as well as a recurrent network from scratch does it here: words and pairs of words, both ways, pooled.
//   npm run example -- imdb-best [--epochs 3] [--small]
import { datasets, input, layers, model, optimizers, padSequences, random } from 'reprise'
import { ctrlC, epochs, small } from './support/arguments.js'
import { few } from './support/few.js'

const maxFeatures = 10_000
const maxPairs = small ? 2_000 : 20_000
const batchSize = 64
const passage = 160 // words of a review that a step of training sees
const maxlen = 600 // words that an evaluation sees

const data = await datasets.imdb.loadData({ numWords: maxFeatures })
const [[trainReviews, yTrain], [testReviews, yTest]] = few(data, 400)

// The most frequent pairs of neighbours in the training reviews get numbers of their own; 0 is any other pair.
const pairOf = (review: Int32Array, t: number) => review[t - 1]! * maxFeatures + review[t]!
const counts = new Map<number, number>()
for (const review of trainReviews) {
  for (let t = 1; t < review.length; t++) {
    counts.set(pairOf(review, t), (counts.get(pairOf(review, t)) ?? 0) + 1)
  }
}
const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, maxPairs - 1)
const pairIndex = new Map(frequent.map(([pair], k) => [pair, k + 1]))
const pairsIn = (review: Int32Array) => review.map((_, t) => (t && pairIndex.get(pairOf(review, t))) || 0)
const bothOf = (reviews: readonly Int32Array[], length: number) => [
  padSequences(reviews, { maxlen: length }),
  padSequences(reviews.map(pairsIn), { maxlen: length }),
]

// Each epoch reads another passage of every review: the network cannot learn reviews by heart.
let epoch = 0
function* passages() {
  const stream = new random.RandomStream(0, `passages/${epoch++}`)
  const order = stream.permutation(trainReviews.length)
  for (let begin = 0; begin < order.length; begin += batchSize) {
    const rows = [...order.subarray(begin, begin + batchSize)]
    const parts = rows.map((row) => {
      const review = trainReviews[row]!
      const start = Math.floor(stream.uniform(0, Math.max(1, review.length - passage + 1)))
      return review.subarray(start, start + passage)
    })
    yield [bothOf(parts, passage), Float32Array.from(rows, (row) => yTrain[row]!)] as const
  }
}

// Each step is a word and the pair it ends; what both directions find anywhere in the review counts, not the end alone.
const words = input({ shape: [null], dtype: 'int32', name: 'words' })
const pairs = input({ shape: [null], dtype: 'int32', name: 'pairs' })
const embedded = [layers.embedding(maxFeatures, 64).apply(words), layers.embedding(maxPairs, 32).apply(pairs)]
const x = layers.spatialDropout1d(0.3).apply(layers.concatenate().apply(embedded))
const steps = layers.bidirectional(layers.lstm(64, { returnSequences: true })).apply(x)
const found = layers
  .concatenate()
  .apply([
    layers.globalMaxPooling1d().apply(steps),
    layers.globalAveragePooling1d().apply(steps),
    layers.globalAveragePooling1d().apply(x),
  ])
const opinion = layers.dense(1, { activation: 'sigmoid' }).apply(layers.dropout(0.5).apply(found))
const reader = model({ inputs: [words, pairs], outputs: opinion })
reader.summary()

// The rate falls to nothing by the last step. Sizes and epochs were chosen on reviews of other films, held out of the training part.
const passes = epochs(3, 3)
const decaySteps = passes * Math.ceil(trainReviews.length / batchSize)
const learningRate = optimizers.schedules.cosineDecay({ initialLearningRate: 0.001, decaySteps })
reader.compile({
  loss: 'binaryCrossentropy',
  optimizer: optimizers.adam({ learningRate }),
  metrics: ['accuracy'],
})
await reader.fit(passages, { epochs: passes, signal: ctrlC() })

const [score, acc] = await reader.evaluate(bothOf(testReviews, maxlen), yTest, { batchSize: 100 })
console.log('Test score:', score)
console.log('Test accuracy:', acc)
