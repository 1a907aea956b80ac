import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activationNames as ourActivations } from '../../layers/activations.js'
import { constraintNames } from '../../layers/constraints.js'
import { initializerNames } from '../../layers/initializers.js'
import { layerFields, layerNames } from '../../layers/registry.js'
import { regularizerNames } from '../../layers/regularizers.js'
import { createLoss, createMetric, createOptimizer } from '../../training/index.js'
import { learningRateScheduleNames } from '../../training/learning-rate-schedules.js'
import { lossOptions, metricOptions, optimizerClasses, scheduleOptions } from './compile-table.js'
import { cellRules, layerRules, ownOptions } from './layer-table.js'
import { storeName } from './names.js'
import { activationNames, functionKindOf } from './values.js'

// What the tables for Keras's files name must exist in this library.

test('layers and their options', () => {
  const known = new Set(layerNames())
  for (const [kind, { options }] of Object.entries(layerRules)) {
    assert.ok(known.has(kind), kind)
    const fields = layerFields(kind)
    for (const option of options) assert.ok(option in fields, `${kind} has no option ${option}`)
    const unknown = Object.keys(fields).filter(
      (option) => !options.includes(option) && !(option in ownOptions),
    )
    const ours = { embedding: ['weights', 'inputLength', 'sparse'], dense: ['tiedTo'] }[kind] ?? []
    assert.deepEqual(unknown, ours, `${kind}: options the table does not know`)
  }
  const models = ['sequential', 'functional', 'input']
  const notInKeras = ['adaptiveSoftmax', 'sampledSoftmax', 'crf']
  assert.deepEqual(
    [...known].filter((kind) => !(kind in layerRules) && !models.includes(kind)),
    notInKeras,
  )
  for (const [kind, { options }] of Object.entries(cellRules)) {
    if (kind === 'stacked') continue
    for (const option of options)
      assert.ok(option in layerFields(kind), `cell ${kind} has no option ${option}`)
  }
})

test('functions chosen by name', () => {
  for (const name of activationNames) assert.ok(ourActivations().includes(name), name)
  const names = {
    kernelInitializer: initializerNames,
    kernelRegularizer: regularizerNames,
    kernelConstraint: constraintNames,
  }
  for (const [option, list] of Object.entries(names)) {
    for (const name of Object.keys(functionKindOf(option)!.known)) assert.ok(list().includes(name), name)
  }
})

test('optimizers, schedules, losses and metrics', () => {
  for (const name of Object.keys(optimizerClasses)) assert.doesNotThrow(() => createOptimizer(name))
  assert.deepEqual(Object.keys(scheduleOptions).sort(), [...learningRateScheduleNames()].sort())
  const isUnknown = (option: string, make: () => unknown) => {
    try {
      make()
    } catch (error) {
      if ((error as { code?: string }).code === 'unknown-name')
        return `${option}: ${(error as Error).message}`
    }
    return undefined
  }
  for (const [name, options] of Object.entries(lossOptions)) {
    for (const option of options) {
      assert.equal(
        isUnknown(option, () => createLoss({ name, [option]: Number.NaN })),
        undefined,
      )
    }
    assert.doesNotThrow(() => createLoss(name))
  }
  for (const [name, options] of Object.entries(metricOptions)) {
    for (const option of [...options, 'label']) {
      assert.equal(
        isUnknown(option, () => createMetric({ name, [option]: Number.NaN }, shapes)),
        undefined,
      )
    }
  }
})
const shapes = { predictions: [2, 3], targets: [2, 3] }

test('names of classes in stores', () => {
  const names = {
    GlobalMaxPooling1D: 'global_max_pooling1d',
    LSTMCell: 'lstm_cell',
    SimpleRNN: 'simple_rnn',
    StackedRNNCells: 'stacked_rnn_cells',
    MultiHeadAttention: 'multi_head_attention',
    GRU: 'gru',
    ReLU: 're_lu',
    Conv1D: 'conv1d',
  }
  for (const [className, name] of Object.entries(names)) assert.equal(storeName(className), name)
})
