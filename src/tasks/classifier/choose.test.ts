import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolve } from '../../options.js'
import { chooseSettings, chooseVocabulary, type TextSizes } from './choose.js'
import { type ClassifierOptions, classifierFields } from './settings.js'

const sizes = {
  examples: 7000,
  pieces: 1_000_000,
  upper: 0.1,
  labels: 8,
  median: 90,
  most: 400,
  longest: 900,
}

function chosen(own: Partial<TextSizes>, given: ClassifierOptions = {}) {
  const options = resolve('classifier', classifierFields, given)
  const all = { ...sizes, ...own }
  const vocabulary = { ...chooseVocabulary(options, all), stripTags: false, multiLabel: false }
  return chooseSettings(options, all, vocabulary)
}

test('many labels get more epochs, up to three times as many; what is given stays', () => {
  const epochs = [2, 8, 20, 40, 90, 5000].map((labels) => chosen({ labels }).epochs)
  assert.deepEqual(epochs, [6, 6, 6, 13, 19, 19])
  assert.equal(chosen({ labels: 90 }, { epochs: 2 }).epochs, 2)
})

test('much text gets a lower rate and no letters inside words, few texts small batches', () => {
  assert.deepEqual([chosen({}).lr, chosen({ pieces: 6_000_000 }).lr], [2e-3, 1e-3])
  assert.deepEqual([chosen({ pieces: 80_000 }).subwords, chosen({}).subwords], [20_000, 0])
  assert.deepEqual([chosen({ examples: 100 }).batch, chosen({}).batch], [4, 64])
})
