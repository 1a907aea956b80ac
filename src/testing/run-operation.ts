import type { Address, CommandArguments } from '../engine/commands.generated.js'
import type { Elements, Engine, Executable, Region } from '../engine/engine.js'
import { type Precision, ProgramBuilder } from '../engine/program.js'
import { drawBuffers, type OperationBuffer, scalarsOf } from './operation-buffers.js'
import type { OperationRow } from './operation-row.js'

/** A quiet NaN that stands for “nobody may read or write this”. */
const poison = 0x7fc0dead

/** Elements around every buffer: more than any vector, and an odd number every other time. */
const guardOf = (index: number) => 64 + (index % 2) * 3

/** What a row left in the buffers its commands write, by name. */
export type OperationResult = ReadonlyMap<string, Elements>

/** A row set up on an engine: a region for each buffer, guard zones around it, and the program loaded. */
export class PreparedOperation {
  private readonly regions: Region[] = []
  private readonly executable: Executable

  private constructor(
    private readonly engine: Engine,
    private readonly row: OperationRow,
    private readonly buffers: readonly OperationBuffer[],
    bufferOf: ReadonlyMap<string, OperationBuffer>,
    precision: Precision,
  ) {
    const builder = new ProgramBuilder(precision)
    for (const command of row.commands) {
      const tensors: Record<string, Address> = {}
      for (const [name, buffer] of bufferOf) {
        const slot = buffers.indexOf(buffer)
        tensors[name] = { slot, offset: guardOf(slot) + buffer.before }
      }
      const args = { ...scalarsOf(row, command), ...tensors }
      builder.emit(command, args as unknown as CommandArguments[typeof command])
    }
    for (const [slot, { length }] of buffers.entries()) {
      this.regions.push(engine.allocate(4 * (length + 2 * guardOf(slot))))
    }
    this.executable = engine.load(builder.build(), this.regions)
  }

  static on(engine: Engine, row: OperationRow, precision: Precision = 'float32'): PreparedOperation {
    const { buffers, bufferOf } = drawBuffers(row)
    return new PreparedOperation(engine, row, buffers, bufferOf, precision)
  }

  /** Writes the initial values, runs, and reads the result. Throws when anything outside the outputs was changed. */
  runSync(): OperationResult {
    this.reset()
    this.executable.runSync()
    return this.collect()
  }

  /** The same through the asynchronous call. */
  async run(): Promise<OperationResult> {
    this.reset()
    await this.executable.run()
    return this.collect()
  }

  free(): void {
    this.executable.dispose()
    for (const region of this.regions) this.engine.free(region)
  }

  private reset(): void {
    for (const [slot, buffer] of this.buffers.entries()) {
      this.engine.write(this.regions[slot]!, 0, contents(buffer, guardOf(slot)))
    }
  }

  private collect(): OperationResult {
    const result = new Map<string, Elements>()
    for (const [slot, buffer] of this.buffers.entries()) {
      const guard = guardOf(slot)
      const before = contents(buffer, guard)
      const after = before.slice()
      this.engine.read(this.regions[slot]!, 0, after)
      const inside = buffer.written ? { from: guard, to: guard + buffer.length } : { from: 0, to: 0 }
      for (let e = 0; e < after.length; e++) {
        if (after[e] === before[e] || (e >= inside.from && e < inside.to)) continue
        const place = e < guard || e >= guard + buffer.length ? 'outside of' : 'in the input'
        throw new Error(
          `row "${this.row.name}": element ${e - guard - buffer.before} ${place} ${buffer.name} was written`,
        )
      }
      const view = { f32: Float32Array, i32: Int32Array, u32: Uint32Array }[buffer.dtype]
      if (buffer.written && !buffer.private) {
        result.set(buffer.name, new view(after.buffer, 4 * guard, buffer.length))
      }
    }
    return result
  }
}

/** The words of a buffer and its guards before the run. */
function contents({ length, initial, dtype }: OperationBuffer, guard: number): Int32Array<ArrayBuffer> {
  const words = new Int32Array(length + 2 * guard).fill(poison)
  if (!initial) return words
  const view = { f32: Float32Array, i32: Int32Array, u32: Uint32Array }[dtype]
  const target = initial instanceof Int32Array ? words : new view(words.buffer)
  target.set(initial, guard)
  return words
}
