import { RepriseError } from '../errors.js'
import { NdArray } from '../nd-array.js'
import { NumpyRandom } from '../preprocessing/index.js'
import type { TextsAndLabels } from './word-ranking.js'

export type LabelMode = 'int' | 'categorical' | 'binary'

/** A batch: texts and their labels, or texts alone where there are no labels. */
export type TextBatch = [texts: string[], labels: NdArray] | string[]

export interface TextDatasetParts {
  readonly texts: readonly string[]
  readonly labels: Int32Array | null
  readonly filePaths: readonly string[]
  readonly classNames: readonly string[] | null
  readonly labelMode: LabelMode | null
  readonly batchSize: number
  /** Undefined: the order stays. */
  readonly seed: number | undefined
}

/**
 * Texts in batches with their labels; can be iterated over again and again. The first pass goes in the order of `texts`;
 * shuffled data sets go through it in a new order, drawn from the seed, in each later one.
 */
export class TextDataset implements Iterable<TextBatch>, TextsAndLabels {
  readonly texts: readonly string[]
  /** The class of each text; empty without labels. */
  readonly labels: Int32Array
  readonly filePaths: readonly string[]
  /** Names of the classes; null without labels. */
  readonly classNames: readonly string[] | null
  readonly labelMode: LabelMode | null
  readonly batchSize: number
  private readonly random: NumpyRandom | undefined
  private order: Int32Array

  constructor({ texts, labels, filePaths, classNames, labelMode, batchSize, seed }: TextDatasetParts) {
    this.texts = texts
    this.labels = labels ?? new Int32Array(0)
    this.filePaths = filePaths
    this.classNames = classNames
    this.labelMode = labels === null ? null : labelMode
    this.batchSize = batchSize
    this.random = seed === undefined ? undefined : new NumpyRandom(seed)
    this.order = Int32Array.from(texts.keys())
  }

  /** Batches per pass. */
  get length(): number {
    return Math.ceil(this.texts.length / this.batchSize)
  }

  *[Symbol.iterator](): Generator<TextBatch> {
    const order = this.order.slice()
    this.random?.shuffle(this.order)
    for (let begin = 0; begin < order.length; begin += this.batchSize) {
      const rows = order.subarray(begin, begin + this.batchSize)
      const texts = Array.from(rows, (row) => this.texts[row]!)
      yield this.labelMode === null ? texts : [texts, this.labelsOf(rows)]
    }
  }

  /** The labels of all texts in the form of `labelMode`. Throws `option` without labels. */
  encodedLabels(): NdArray {
    if (this.labelMode === null) throw new RepriseError('option', 'this data set has no labels')
    return this.labelsOf(Int32Array.from(this.texts.keys()))
  }

  private labelsOf(rows: Int32Array): NdArray {
    const labels = rows.map((row) => this.labels[row]!)
    if (this.labelMode === 'int') return new NdArray(labels, [labels.length])
    if (this.labelMode === 'binary') return new NdArray(Float32Array.from(labels), [labels.length, 1])
    const width = this.classNames!.length
    const data = new Float32Array(labels.length * width)
    labels.forEach((label, row) => {
      data[row * width + label] = 1
    })
    return new NdArray(data, [labels.length, width])
  }
}
