import { RepriseError } from '../../errors.js'
import { boolean, type Given, integer, optional, type Resolved, resolve } from '../../options.js'
import type { Callback, Logs } from '../callback.js'
import type { Model } from '../model.js'
import { findScore } from '../scores.js'
import { baselineField, lessIsBetter, monitorFields, readMonitor } from './monitor.js'

const fields = {
  ...monitorFields,
  saveBestOnly: boolean('only when the watched score is better than before', false),
  saveWeightsOnly: boolean('weights without the architecture', false),
  saveFreq: optional(
    integer('every so many batches; default at the end of each epoch', undefined, { min: 1 }),
  ),
  initialValueThreshold: baselineField,
}

/**
 * Saves the model while it trains, as Keras's callback of this name. The file name may hold `{epoch}`, `{epoch:02d}` and scores such
 * as `{val_loss:.2f}`; its ending chooses the format.
 *
 * @example
 * new ModelCheckpoint('best.keras', { saveBestOnly: true })
 */
export class ModelCheckpoint implements Callback {
  private readonly options: Resolved<typeof fields>
  private readonly less: boolean
  private model: Model | undefined
  private best: number
  private epoch = 0
  private batches = 0

  constructor(
    private readonly filepath: string,
    given: Given<typeof fields> = {},
  ) {
    this.options = resolve('ModelCheckpoint', fields, given)
    const { monitor, mode, initialValueThreshold } = this.options
    this.less = lessIsBetter(monitor, mode)
    this.best = initialValueThreshold ?? (this.less ? Infinity : -Infinity)
  }

  setModel(model: Model): void {
    this.model = model
  }

  onEpochBegin(epoch: number): void {
    this.epoch = epoch
  }

  async onTrainBatchEnd(_batch: number, logs: Logs): Promise<void> {
    const { saveFreq } = this.options
    if (saveFreq !== undefined && ++this.batches % saveFreq === 0) await this.save(logs)
  }

  async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    if (this.options.saveFreq === undefined) await this.save(logs)
  }

  private async save(logs: Logs): Promise<void> {
    const { monitor, saveBestOnly, saveWeightsOnly, verbose } = this.options
    if (saveBestOnly) {
      const score = readMonitor('ModelCheckpoint', monitor, logs)
      if (score === undefined || !(this.less ? score < this.best : score > this.best)) return
      this.best = score
    }
    const path = filled(this.filepath, { epoch: this.epoch + 1, ...logs })
    if (verbose) console.log(`Epoch ${this.epoch + 1}: saving model to ${path}`)
    if (saveWeightsOnly) await this.model!.saveWeights(path)
    else await this.model!.save(path)
  }
}

/** Python's format for the fields people use: {epoch}, {epoch:02d}, {val_loss:.2f}. */
function filled(template: string, values: Logs): string {
  return template.replace(
    /\{(\w+)(?::0?(\d*)(?:\.(\d+))?[df]?)?\}/g,
    (_whole, name: string, width = '', digits) => {
      const value = findScore(values, name)
      if (value === undefined) {
        throw new RepriseError(
          'option',
          `ModelCheckpoint: the file name asks for {${name}}; there are ${Object.keys(values).join(', ')}`,
        )
      }
      const text = digits === undefined ? String(value) : value.toFixed(Number(digits))
      return text.padStart(Number(width), '0')
    },
  )
}
