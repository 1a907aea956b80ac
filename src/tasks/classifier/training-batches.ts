import { RandomStream } from '../../random.js'
import type { BatchSource, JsonValue } from '../../training/index.js'
import type { ClassifierNetwork } from './network.js'
import type { ClassifierSettings } from './settings.js'
import { type Passage, roundedLength, TextBatch } from './text-batch.js'
import type { EncodedText } from './text-features.js'

/** A text as ids, with its labels as numbers. */
export interface TrainingText {
  readonly text: EncodedText
  readonly labels: readonly number[]
}

/** The inputs of one training step. */
export interface ClassifierBatch {
  readonly inputs: TextBatch
  /** Right label of each row, −1 = no text; [N]. */
  readonly targets: Int32Array
  /** How much each row counts; [N]. */
  readonly weights: Float32Array
  /** Several labels a text: 1 where the row has the label; [N, L]. */
  readonly labelSets: Float32Array | undefined
  /** Several labels a text: how much each decision counts; [N, L]. */
  readonly labelWeights: Float32Array | undefined
  /** Steps that count. */
  readonly steps: number
}

type Settings = Pick<ClassifierSettings, 'batch' | 'passage' | 'wordDropout' | 'multiLabel' | 'seed'>

/** Batches that are sorted by length together, so that those of one batch are alike. */
const sortedTogether = 40

/**
 * Batches of texts of similar length, in another order each epoch; of texts longer than a passage each epoch sees another
 * part. Everything drawn depends on the seed, the epoch and the number of the batch alone.
 */
export class ClassifierBatches implements BatchSource<ClassifierBatch> {
  readonly stepsPerEpoch: number
  private readonly buffers = new Map<number, ClassifierBatch>()
  private epoch = 0
  private place = 0
  private order: Uint32Array[] = []

  constructor(
    private readonly texts: readonly TrainingText[],
    private readonly network: ClassifierNetwork,
    private readonly settings: Settings,
    /** How much an example of each label counts. */
    private readonly labelWeights: Float32Array,
  ) {
    this.stepsPerEpoch = Math.ceil(texts.length / settings.batch)
  }

  startEpoch(epoch: number): void {
    this.epoch = epoch
    this.place = 0
    this.order = this.drawOrder()
  }

  next(): ClassifierBatch | undefined {
    const rows = this.order[this.place]
    if (!rows) return undefined
    const random = new RandomStream(this.settings.seed, `batch ${this.place} of epoch ${this.epoch}`)
    this.place++
    const passages = Array.from(rows, (row) => this.drawPassage(this.texts[row]!.text, random))
    const longest = passages.reduce((most, { begin, end }) => Math.max(most, end - begin), 1)
    // A text shorter than a passage of odd length must not make the batch longer than that.
    const T = longest === this.settings.passage ? longest : roundedLength(longest)
    const batch = this.buffer(T)
    batch.inputs.fill(passages)
    this.dropWords(batch.inputs, passages, random)
    this.fillTargets(batch, rows)
    return { ...batch, steps: passages.reduce((sum, { begin, end }) => sum + end - begin, 0) }
  }

  position(): JsonValue {
    return this.place
  }

  seek(position: JsonValue): void {
    this.place = position as number
  }

  /** Which texts each batch of this epoch has. */
  private drawOrder(): Uint32Array[] {
    const { seed, batch, passage } = this.settings
    const random = new RandomStream(seed, `order of epoch ${this.epoch}`)
    const drawn = random.permutation(this.texts.length)
    const length = (row: number) => Math.min(passage, this.texts[row]!.text.words.length)
    const batches: Uint32Array[] = []
    for (let begin = 0; begin < drawn.length; begin += batch * sortedTogether) {
      const part = drawn.slice(begin, begin + batch * sortedTogether).sort((a, b) => length(a) - length(b))
      for (let at = 0; at < part.length; at += batch) batches.push(part.subarray(at, at + batch))
    }
    return Array.from(random.permutation(batches.length), (index) => batches[index]!)
  }

  private drawPassage(text: EncodedText, random: RandomStream): Passage {
    const { passage } = this.settings
    const { length } = text.words
    if (length <= passage) return { text, begin: 0, end: length }
    const begin = random.integer(length - passage + 1)
    return { text, begin, end: begin + passage }
  }

  private dropWords(inputs: TextBatch, passages: readonly Passage[], random: RandomStream): void {
    const { wordDropout } = this.settings
    if (wordDropout === 0) return
    for (const [row, { begin, end }] of passages.entries()) {
      for (let t = 0; t < end - begin; t++) if (random.uniform() < wordDropout) inputs.forget(row, t)
    }
  }

  private fillTargets(
    { targets, weights, labelSets, labelWeights }: ClassifierBatch,
    rows: Uint32Array,
  ): void {
    const { labels: L } = this.network.sizes
    targets.fill(-1)
    weights.fill(0)
    labelSets?.fill(0)
    labelWeights?.fill(0)
    for (const [row, index] of rows.entries()) {
      const { labels } = this.texts[index]!
      weights[row] = 1
      if (!labelSets || !labelWeights) {
        targets[row] = labels[0]!
        weights[row] = this.labelWeights[labels[0]!]!
        continue
      }
      labelWeights.fill(1, row * L, (row + 1) * L)
      for (const label of labels) {
        labelSets[row * L + label] = 1
        labelWeights[row * L + label] = this.labelWeights[label]!
      }
    }
  }

  /** Two sets of arrays for each length: one is read ahead while the other is trained on. */
  private buffer(T: number): ClassifierBatch {
    const key = T * 2 + (this.place % 2)
    let batch = this.buffers.get(key)
    if (!batch) {
      const { batch: N, multiLabel } = this.settings
      const { labels: L } = this.network.sizes
      batch = {
        inputs: new TextBatch(this.network, N, T),
        targets: new Int32Array(N),
        weights: new Float32Array(N),
        labelSets: multiLabel ? new Float32Array(N * L) : undefined,
        labelWeights: multiLabel ? new Float32Array(N * L) : undefined,
        steps: 0,
      }
      this.buffers.set(key, batch)
    }
    return batch
  }
}
