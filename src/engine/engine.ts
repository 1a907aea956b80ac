import type { Program } from './program.js'

/** A 64-byte aligned stretch of an engine's memory, zero-filled when allocated. */
export interface Region {
  readonly bytes: number
}

/** Typed arrays an engine reads and writes; all have 32-bit elements. */
export type Elements = Float32Array | Int32Array | Uint32Array

export interface EngineInfo {
  /** Which implementation runs. */
  readonly name: 'native' | 'wasm' | 'reference'
  /** Instruction set the kernels were chosen for, as the kernels name it. */
  readonly isa: string
  readonly threads: number
  /** Whether products of programs of precision `mixed` take bfloat16 operands here; without, they run in float32. */
  readonly mixed: boolean
  /** Why a faster engine is not in use; absent when this is the fastest there is. */
  readonly reason?: string
}

/** A program bound to its regions, ready to run any number of times without allocating. */
export interface Executable {
  /** Scratch memory the engine keeps for this program, in bytes. */
  readonly scratchBytes: number
  /** Runs all commands off the main thread. Rejects when the engine is disposed. Runs of one engine never overlap. */
  run(): Promise<void>
  /** Runs all commands before returning; for short programs. Throws while an asynchronous run is under way. */
  runSync(): void
  dispose(): void
}

/**
 * The contract every engine fulfils: memory, and running programs.
 *
 * The same program on the same engine and instruction set gives the same bits whatever the number of threads.
 */
export interface Engine {
  readonly info: EngineInfo
  /** Allocates a zero-filled region. Throws `RepriseError` code `out-of-memory` with the size asked for. */
  allocate(bytes: number): Region
  free(region: Region): void
  /** Copies elements into a region, `offset` counted in 32-bit elements. */
  write(region: Region, offset: number, data: Elements): void
  /** Fills `into` from a region, `offset` counted in 32-bit elements. */
  read(region: Region, offset: number, into: Elements): void
  /** Prepares a program; `regions[k]` is what the program calls slot k. */
  load(program: Program, regions: readonly Region[]): Executable
  /** Frees memory and threads. Regions and executables of this engine are dead afterwards. */
  dispose(): void
}
