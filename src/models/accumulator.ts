import type { OutputObjective } from './compile-options.js'
import type { OutputMetric, StepValues } from './step-program.js'

/** Sums losses and metrics over the batches of an epoch. Losses are means over batches weighted by their rows, as in Keras. */
export class Accumulator {
  private rows = 0
  private total = 0
  private readonly losses: number[]

  constructor(
    private readonly objectives: readonly OutputObjective[],
    private readonly metrics: readonly (readonly OutputMetric[])[],
  ) {
    this.losses = objectives.map(() => 0)
    for (const { metric } of metrics.flat()) metric.reset()
  }

  add(values: StepValues, rows: number): void {
    this.rows += rows
    this.total += values.total * rows
    for (const [index, loss] of values.losses.entries()) this.losses[index]! += (loss ?? 0) * rows
    for (const [index, list] of this.metrics.entries()) {
      for (const [k, { metric }] of list.entries()) metric.update(values.metrics[index]![k]!)
    }
  }

  /** `loss` first, then each output's loss when there are several, then metrics. */
  entries(): [string, number][] {
    const mean = (sum: number) => (this.rows === 0 ? 0 : sum / this.rows)
    const entries: [string, number][] = [['loss', mean(this.total)]]
    if (this.objectives.length > 1) {
      for (const [index, { name, loss }] of this.objectives.entries()) {
        if (loss) entries.push([`${name}_loss`, mean(this.losses[index]!)])
      }
    }
    for (const { key, metric } of this.metrics.flat()) {
      const result = metric.result()
      if (typeof result === 'number') entries.push([key, result])
      else for (const [k, value] of result.entries()) entries.push([`${key}_${k}`, value])
    }
    return entries
  }
}
