import { RepriseError } from '../errors.js'
import type { TokenSequence } from './token-store.js'

export interface StreamBatchesOptions {
  /** `N`, how many streams run side by side. Evaluate with 1: each stream starts without knowing its past. */
  readonly streams: number
  /** `T`, steps per batch. */
  readonly steps: number
  /** The id taken to stand before the first token, as `<eos>` does for words. Without it that token is not predicted. */
  readonly context?: number
  /** Draws from [0, 1), once per epoch: every stream then starts that much later in the text. Default: no shift. */
  readonly shift?: () => number
}

/** One truncated-backpropagation step for `N` streams. The arrays are overwritten by the next call of `next`. */
export interface StreamBatch {
  /** `[N, T]`, row-major: the token before each target. */
  readonly inputs: Int32Array
  /** `[N, T]`: the tokens to predict, or −1 where there is none (only after the end of a stretch of text). */
  readonly targets: Int32Array
  /** `[N]`: 1 where the stream begins or begins anew, so its state must be zero before this batch. */
  readonly resets: Uint8Array
  /** Targets that are not −1. */
  readonly predicted: number
}

/** Where the batches are; JSON-safe, and all that `restore` needs. */
export interface StreamPosition {
  readonly epoch: number
  /** Batches of this epoch already given. */
  readonly batch: number
  /** Predictions by which the streams are shifted in this epoch. */
  readonly shift: number
}

/**
 * Batches for truncated backpropagation with carried state.
 *
 * The `M` predictions of a text (all its tokens when `context` is given, else all but the first) are laid on a ring and
 * cut into `N` stretches that differ by at most one; stream `n` reads stretch `n`, `T` tokens a batch. So each
 * prediction comes exactly once an epoch, whatever `N` and `T`, and always with the token before it as input. Shapes
 * are constant: where a stretch ends inside a batch the rest of that row has target −1 (and input 0).
 *
 * A shift turns the ring. The stream that then passes the end of the text fills up its row, and goes on at the
 * beginning of the text with the next batch and `resets` set.
 */
export class StreamBatches {
  readonly streams: number
  readonly steps: number
  /** `M`, the predictions of an epoch. */
  readonly predictions: number
  private readonly context: number | undefined
  private readonly drawShift: (() => number) | undefined
  private readonly batch: {
    readonly inputs: Int32Array
    readonly targets: Int32Array
    readonly resets: Uint8Array
    predicted: number
  }
  private readonly window: Int32Array
  private epoch = 0
  private done = 0
  private shift = 0

  constructor(
    private readonly tokens: TokenSequence,
    options: StreamBatchesOptions,
  ) {
    const { streams, steps, context, shift } = options
    this.streams = positive('streams', streams)
    this.steps = positive('steps', steps)
    this.context = context
    this.drawShift = shift
    this.predictions = tokens.length - (context === undefined ? 1 : 0)
    if (this.predictions < 1) {
      throw new RepriseError(
        'too-short',
        `a text of ${tokens.length} token${tokens.length === 1 ? '' : 's'} leaves nothing to predict. Give more text.`,
      )
    }
    this.window = new Int32Array(steps + 1)
    this.batch = {
      inputs: new Int32Array(streams * steps),
      targets: new Int32Array(streams * steps),
      resets: new Uint8Array(streams),
      predicted: 0,
    }
  }

  /** Batches in the current epoch; a shift may add one. */
  get batchesPerEpoch(): number {
    let most = 0
    for (let row = 0; row < this.streams; row++) {
      const { first, second } = this.stretch(row)
      most = Math.max(most, Math.ceil(first / this.steps) + Math.ceil(second / this.steps))
    }
    return most
  }

  get position(): StreamPosition {
    return { epoch: this.epoch, batch: this.done, shift: this.shift }
  }

  /** Goes to a position of the same text with the same options. Draws nothing. Throws `bad-position`. */
  restore(position: StreamPosition): void {
    const { epoch, batch, shift } = position
    const whole = [epoch, batch, shift].every((value) => Number.isSafeInteger(value) && value >= 0)
    if (whole && shift < this.shifts) {
      this.epoch = epoch
      this.shift = shift
      this.done = batch
      if (batch <= this.batchesPerEpoch) return
    }
    throw new RepriseError(
      'bad-position',
      `the position ${JSON.stringify(position)} is not in this text (${this.predictions} predictions, ` +
        `${this.streams} streams of ${this.steps} steps). Resume with the data and settings of the checkpoint.`,
    )
  }

  /** Begins the next epoch, and draws its shift. The first epoch, 0, has begun already and is not shifted. */
  nextEpoch(): void {
    this.epoch++
    this.done = 0
    this.shift =
      this.drawShift === undefined ? 0 : Math.min(this.shifts - 1, Math.floor(this.drawShift() * this.shifts))
  }

  /** The next batch of this epoch; undefined at its end, until `nextEpoch`. */
  next(): StreamBatch | undefined {
    if (this.done >= this.batchesPerEpoch) return undefined
    const { batch, steps } = this
    batch.inputs.fill(0)
    batch.targets.fill(-1)
    batch.predicted = 0
    for (let row = 0; row < this.streams; row++) {
      const { begin, first, second } = this.stretch(row)
      const firstBatches = Math.ceil(first / steps)
      const wrapped = this.done >= firstBatches
      const from = (this.done - (wrapped ? firstBatches : 0)) * steps
      const count = Math.max(0, Math.min(steps, (wrapped ? second : first) - from))
      batch.resets[row] = this.done === 0 || (wrapped && from === 0 && count > 0) ? 1 : 0
      if (count > 0) this.fill(row, (wrapped ? 0 : begin) + from, count)
      batch.predicted += count
    }
    this.done++
    return batch
  }

  /** Writes `count` predictions from number `prediction` on into a row. */
  private fill(row: number, prediction: number, count: number): void {
    const { batch, window, context } = this
    const at = row * this.steps
    if (context === undefined) this.tokens.read(prediction, count + 1, window)
    else if (prediction > 0) this.tokens.read(prediction - 1, count + 1, window)
    else {
      window[0] = context
      this.tokens.read(0, count, window, 1)
    }
    batch.inputs.set(window.subarray(0, count), at)
    batch.targets.set(window.subarray(1, count + 1), at)
  }

  /** The predictions of a stream: `first` from `begin` on, then `second` from the beginning of the text. */
  private stretch(row: number): { begin: number; first: number; second: number } {
    const { predictions, streams, shift } = this
    const begin = Math.floor((row * predictions) / streams) + shift
    const end = Math.floor(((row + 1) * predictions) / streams) + shift
    const inside = Math.min(end, predictions)
    return { begin, first: Math.max(0, inside - begin), second: end - Math.max(begin, inside) }
  }

  /** Shifts there can be: one for each place in the longest stretch, the last. */
  private get shifts(): number {
    return Math.ceil(this.predictions / this.streams)
  }
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RepriseError('option', `${name} must be a whole number from 1, got ${value}.`)
}
