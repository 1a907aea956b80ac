import { lookUp } from './registry.js'

/** What a metric may look at after a batch; all read from the outputs of a program. */
export interface MetricBatch {
  /** Sum of the losses and their count. */
  readonly loss: number
  readonly weight: number
  /** Chosen class of each row, and the class wanted; negative targets do not count. */
  readonly classes?: ArrayLike<number>
  /** Probability of each row (binary). */
  readonly probabilities?: ArrayLike<number>
  readonly targets?: ArrayLike<number>
}

/** A score summed over batches in float64, in order. */
export interface Metric {
  readonly name: string
  update(batch: MetricBatch): void
  /** 0 before any row has counted. */
  result(): number
  reset(): void
}

/** A sum over a count, turned into a score at the end. */
export class MeanMetric implements Metric {
  private sum = 0
  private count = 0

  constructor(
    readonly name: string,
    private readonly measure: (batch: MetricBatch) => { sum: number; count: number },
    private readonly finish: (mean: number) => number = (mean) => mean,
  ) {}

  update(batch: MetricBatch): void {
    const { sum, count } = this.measure(batch)
    this.sum += sum
    this.count += count
  }

  result(): number {
    return this.count === 0 ? 0 : this.finish(this.sum / this.count)
  }

  reset(): void {
    this.sum = 0
    this.count = 0
  }
}

/** Mean loss in nats → e^loss, how many equally likely choices are as hard. */
export const perplexityOf = (nats: number): number => Math.exp(nats)
/** Nats → bits. */
export const bitsOf = (nats: number): number => nats / Math.LN2

/** How many rows have the class that is wanted, of those with a target ≥ 0. */
export function countCorrect(
  classes: ArrayLike<number>,
  targets: ArrayLike<number>,
): { readonly correct: number; readonly counted: number } {
  if (classes.length !== targets.length) {
    throw new RangeError(`countCorrect: ${classes.length} classes for ${targets.length} targets`)
  }
  let correct = 0
  let counted = 0
  for (let row = 0; row < targets.length; row++) {
    if (!(targets[row]! >= 0)) continue
    counted++
    if (classes[row] === targets[row]) correct++
  }
  return { correct, counted }
}

function accuracy(name: string, read: (batch: MetricBatch) => ArrayLike<number> | undefined): Metric {
  return new MeanMetric(name, (batch) => {
    const classes = read(batch)
    if (!classes || !batch.targets) throw new Error(`metric ${name} needs predictions and targets`)
    const { correct, counted } = countCorrect(classes, batch.targets)
    return { sum: correct, count: counted }
  })
}

const atHalf = (batch: MetricBatch) =>
  batch.probabilities && Array.from(batch.probabilities, (p) => (p > 0.5 ? 1 : 0))
const nats = ({ loss, weight }: MetricBatch) => ({ sum: loss, count: weight })

const makers = new Map<string, () => Metric>([
  ['loss', () => new MeanMetric('loss', nats)],
  ['perplexity', () => new MeanMetric('perplexity', nats, perplexityOf)],
  ['accuracy', () => accuracy('accuracy', (batch) => batch.classes ?? atHalf(batch))],
  ['sparseCategoricalAccuracy', () => accuracy('sparseCategoricalAccuracy', (batch) => batch.classes)],
  ['binaryAccuracy', () => accuracy('binaryAccuracy', atHalf)],
])

/** A metric by name. Throws `unknown-name`. */
export function createMetric(name: string): Metric {
  return lookUp('metric', makers, name)()
}

export const metricNames = (): readonly string[] => [...makers.keys()]
