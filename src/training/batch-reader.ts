import type { BatchSource } from './batch-source.js'
import type { JsonValue } from './json.js'

/** A batch, and the position of the data after it; undefined batch: the epoch is over. */
export interface Pulled<Batch> {
  readonly batch: Batch | undefined
  readonly position: JsonValue
}

/** Reads a source one batch ahead. The position kept with a batch does not depend on how far it has read. */
export class BatchReader<Batch> {
  private ahead: Promise<Pulled<Batch>> | undefined

  constructor(private readonly source: BatchSource<Batch>) {}

  /** Goes to the beginning of an epoch, or to a position in it. */
  async goTo(epoch: number, position?: JsonValue): Promise<void> {
    await this.settle()
    await this.source.startEpoch(epoch)
    if (position !== undefined) await this.source.seek(position)
  }

  position(): JsonValue {
    return this.source.position()
  }

  /** Begins to read the next batch. */
  readAhead(): void {
    this.ahead ??= this.pull()
    this.ahead.catch(() => {}) // reported by the `next` that waits for it
  }

  async next(): Promise<Pulled<Batch>> {
    const pulled = this.ahead ?? this.pull()
    this.ahead = undefined
    return pulled
  }

  /** Waits for reading under way and forgets what it gives. */
  async settle(): Promise<void> {
    await this.ahead?.catch(() => {})
    this.ahead = undefined
  }

  private async pull(): Promise<Pulled<Batch>> {
    const batch = await this.source.next()
    return { batch, position: this.source.position() }
  }
}
