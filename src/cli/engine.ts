import type { Engine } from '../engine/engine.js'
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
export function engineSummary({ info }: Engine): { name: string; isa: string; threads: number } {
  return { name: info.name, isa: info.isa, threads: info.threads }
}

/** `native engine, avx512, 2 threads` and why not a faster one. */
export function describeEngine({ info }: Engine): string {
  const threads = `${info.threads} thread${info.threads === 1 ? '' : 's'}`
  return `${info.name} engine, ${info.isa}, ${threads}${info.reason ? ` (${info.reason})` : ''}`
}
