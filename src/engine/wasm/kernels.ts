import { RepriseError } from '../../errors.js'
import { commandSpecs } from '../commands.generated.js'

/** What kernels/host/wasm/host.cc exports. Addresses are bytes from the start of memory. */
export interface Kernels {
  readonly __heap_base: WebAssembly.Global
  /** Only in shared flavours: where a worker puts the end of its own stack. */
  readonly __stack_pointer?: WebAssembly.Global
  fingerprint(): number
  imageBytes(words: number, count: number): number
  unpack(words: number, count: number, addresses: number, image: number): void
  scratchBytes(image: number, threads: number): number
  setScratch(image: number, scratch: number): void
  run(image: number, team: number, thread: number, threads: number): void
}

/** Instantiates the kernels on a memory. */
export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } })
  const kernels = instance.exports as unknown as Kernels
  if (kernels.fingerprint() !== fingerprint()) {
    throw new RepriseError(
      'wasm-unavailable',
      'wasm engine: the compiled kernels have another list of commands than the library; run `npm run build:wasm`.',
    )
  }
  return kernels
}

/** FNV-1a over the names and signatures of all commands, as host.cc computes it over its table. */
function fingerprint(): number {
  let hash = 0x811c9dc5 | 0
  for (const { name, args } of commandSpecs) {
    const signature = args.map((argument) => argument.kind[0]).join('')
    for (const letter of name + signature) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  }
  return hash
}
