import { RepriseError } from '../errors.js'

export interface SpoolOptions {
  /** Bytes kept in memory; what goes beyond is moved to a temporary file (Node only). Default 128 MiB. */
  readonly memoryLimit?: number
  /** Where that file goes. Default: the system's folder for temporary files. */
  readonly temporaryFolder?: string
}

const defaultMemoryLimit = 128 * 2 ** 20
const blockBytes = 1 << 20

/** Bytes that are written once, from front to end, and then read anywhere: in memory, or in a temporary file. */
export class ByteSpool {
  /** Bytes written so far. */
  length = 0
  private readonly memoryLimit: number
  /** All blocks but the last are full. Once there is a file, only the last block is in memory. */
  private blocks: Uint8Array[] = []
  private file: SpoolFile | undefined
  private closed = false

  constructor(private readonly options: SpoolOptions = {}) {
    this.memoryLimit = options.memoryLimit ?? defaultMemoryLimit
  }

  /** Bytes held in memory. */
  get memory(): number {
    return this.blocks.reduce((sum, block) => sum + block.length, 0)
  }

  get spilled(): boolean {
    return this.file !== undefined
  }

  /** Throws `cannot-write` when the temporary file cannot be made or its disk is full. */
  async append(bytes: Uint8Array): Promise<void> {
    this.assertOpen()
    for (let at = 0; at < bytes.length; ) {
      const filled = this.length % blockBytes
      const take = Math.min(blockBytes - filled, bytes.length - at)
      if (filled === 0) await this.nextBlock(take)
      this.roomFor(filled + take).set(bytes.subarray(at, at + take), filled)
      at += take
      this.length += take
    }
  }

  /** Copies the bytes from `begin` on into `target`. */
  read(begin: number, target: Uint8Array): void {
    this.assertOpen()
    if (!(begin >= 0) || begin + target.length > this.length) {
      throw new RangeError(`read [${begin}, ${begin + target.length}) of ${this.length} bytes`)
    }
    const inFile = this.file?.length ?? 0
    let at = 0
    if (this.file !== undefined && begin < inFile) {
      at = Math.min(target.length, inFile - begin)
      this.file.read(begin, target.subarray(0, at))
    }
    while (at < target.length) {
      const position = begin + at - inFile
      const offset = position % blockBytes
      const block = this.blocks[(position - offset) / blockBytes]!
      const take = Math.min(blockBytes - offset, target.length - at)
      target.set(block.subarray(offset, offset + take), at)
      at += take
    }
  }

  /** Frees memory and file. */
  close(): void {
    this.closed = true
    this.blocks = []
    this.file?.close()
    this.file = undefined
  }

  /** The last block, with room for `needed` bytes: a short text should not cost a whole block. */
  private roomFor(needed: number): Uint8Array {
    const block = this.blocks[this.blocks.length - 1]!
    if (needed <= block.length) return block
    const larger = new Uint8Array(Math.min(blockBytes, Math.max(needed, block.length * 2)))
    larger.set(block)
    this.blocks[this.blocks.length - 1] = larger
    return larger
  }

  private async nextBlock(needed: number): Promise<void> {
    if (this.file === undefined && this.memory + blockBytes > this.memoryLimit && this.blocks.length > 0) {
      const { createSpoolFile } = await import('./node-spool-file.js').catch(() => {
        throw new RepriseError(
          'out-of-memory-limit',
          `the data is larger than the memory limit (${this.memoryLimit} bytes), and there is no file system here to ` +
            'move it to. Raise the limit or use less data.',
        )
      })
      this.file = createSpoolFile(this.options.temporaryFolder)
    }
    if (this.file === undefined) {
      this.blocks.push(new Uint8Array(this.blocks.length === 0 ? needed : blockBytes))
      return
    }
    try {
      for (const block of this.blocks) this.file.append(block)
    } catch (error) {
      this.close()
      throw error
    }
    this.blocks = [this.blocks[0]!]
  }

  private assertOpen(): void {
    if (this.closed) throw new RepriseError('closed', 'this data was closed already.')
  }
}

/** What `node-spool-file.ts` provides. */
export interface SpoolFile {
  readonly length: number
  append(bytes: Uint8Array): void
  read(begin: number, target: Uint8Array): void
  close(): void
}
