import type { Engine } from '../engine/engine.js'
import { type LoadEngineOptions, loadEngine } from '../engine/load.js'

let current: Promise<Engine> | undefined

/** The engine models run on unless they were given one; opened at first use, the fastest that works here. */
export function defaultEngine(): Promise<Engine> {
  if (!current) {
    current = loadEngine()
    current.catch(() => {
      current = undefined
    })
  }
  return current
}

/**
 * Chooses the engine of all models that have not run yet: an open engine, or what to open.
 *
 * @example
 * await setEngine({ engine: 'wasm', threads: 1 })
 */
export async function setEngine(engine: Engine | LoadEngineOptions): Promise<Engine> {
  const opened = 'info' in engine ? engine : await loadEngine(engine)
  current = Promise.resolve(opened)
  return opened
}
