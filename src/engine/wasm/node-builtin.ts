type Builtins = {
  'node:fs/promises': typeof import('node:fs/promises')
  'node:os': typeof import('node:os')
  'node:v8': typeof import('node:v8')
  'node:worker_threads': typeof import('node:worker_threads')
}

/** A built-in module of Node, undefined elsewhere. Not an import, which bundlers for browsers trip over. */
export function nodeBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as Builtins[Name] | undefined
}

/** An environment variable in Node, undefined elsewhere. */
export function environment(name: string): string | undefined {
  return globalThis.process?.env?.[name]
}
