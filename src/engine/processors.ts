const most = 8

/** Workers worth having here: the processors this process may use, at most 8. */
export function processors(): number {
  const system = globalThis.process?.getBuiltinModule?.('node:os')
  const all = system?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1
  return Math.max(1, Math.min(all, quota(), most))
}

/**
 * Processors' worth of time a Linux container may use. Spinning workers beyond it would eat the time the working ones
 * need: with a quota of two on a machine of eight, eight workers are slower than one.
 */
function quota(): number {
  try {
    const files = globalThis.process?.getBuiltinModule?.('node:fs')
    const [time, period] = files?.readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').split(' ').map(Number) ?? []
    return time && period ? Math.ceil(time / period) : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
