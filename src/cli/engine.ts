import type { Engine, EngineInfo } from '../engine/engine.js'
import { loadEngine } from '../engine/load.js'
import type { CommonFlags } from './terminal.js'

/** The engine the flags ask for. */
export function engineFor(flags: CommonFlags): Promise<Engine> {
  return loadEngine({
    ...(flags.engine !== undefined && { engine: flags.engine as 'auto' }),
    ...(flags.threads !== undefined && { threads: flags.threads }),
  })
}

/** What the JSON of every command says of the engine. */
export function engineSummary({ info }: Engine): Pick<EngineInfo, 'name' | 'isa' | 'threads' | 'mixed'> {
  return { name: info.name, isa: info.isa, threads: info.threads, mixed: info.mixed }
}

/** Whether `--precision mixed` changes anything here. */
export function describeMixed({ info }: Engine): string {
  return info.mixed
    ? 'precision mixed: products of bfloat16 numbers, sums in float32'
    : 'precision mixed: no bfloat16 products here, so it runs in float32'
}

/** `native engine, avx512, 2 threads` and why not a faster one. */
export function describeEngine({ info }: Engine): string {
  const threads = `${info.threads} thread${info.threads === 1 ? '' : 's'}`
  return `${info.name} engine, ${info.isa}, ${threads}${info.reason ? ` (${info.reason})` : ''}`
}
