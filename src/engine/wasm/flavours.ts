import { RepriseError, unknownName } from '../../errors.js'
import { compileFile } from './host.js'
import { environment, nodeBuiltin } from './node-builtin.js'

/** Instruction sets the WebAssembly kernels are compiled for, fastest first. */
export const wasmIsas = ['relaxed-simd', 'simd128'] as const
export type WasmIsa = (typeof wasmIsas)[number]

/** Memory a module asks for at its start: its data and the calling thread's stack. As in scripts/build-wasm.mjs. */
export const initialBytes = 2 * 1024 * 1024

// Written out so that bundlers see each file.
const files: Record<WasmIsa, { shared: () => URL; plain: () => URL }> = {
  'relaxed-simd': {
    shared: () => new URL('./relaxed-simd-shared.wasm', import.meta.url),
    plain: () => new URL('./relaxed-simd.wasm', import.meta.url),
  },
  simd128: {
    shared: () => new URL('./simd128-shared.wasm', import.meta.url),
    plain: () => new URL('./simd128.wasm', import.meta.url),
  },
}

const compiled = new Map<string, Promise<WebAssembly.Module>>()

/** Compiles one flavour of the kernels, once per process. Throws `RepriseError` code `wasm-unavailable`. */
export function loadFlavour(isa: WasmIsa, shared: boolean): Promise<WebAssembly.Module> {
  const url = shared ? files[isa].shared() : files[isa].plain()
  const known = compiled.get(url.href)
  if (known) return known
  const loading = compileFile(url).catch((cause: unknown) => {
    compiled.delete(url.href)
    throw new RepriseError(
      'wasm-unavailable',
      `wasm engine: cannot load ${url.href}: ${cause instanceof Error ? cause.message : cause}. In a clone run \`npm run build:wasm\`; in a web page check that the file is served.`,
      { cause },
    )
  })
  compiled.set(url.href, loading)
  return loading
}

/**
 * The instruction set to use: `wanted`, else the environment variable REPRISE_ISA when it names one of ours, else the
 * best the host has. Throws `RepriseError` codes `unknown-name` and `wasm-unavailable`.
 */
export function chooseIsa(wanted?: string): WasmIsa {
  const forced = wanted ?? wasmIsas.find((isa) => isa === environment('REPRISE_ISA'))
  if (forced !== undefined) {
    const isa = wasmIsas.find((known) => known === forced)
    if (isa === undefined) throw unknownName('WebAssembly instruction set', forced, wasmIsas)
    if (!supports(isa)) {
      throw new RepriseError('wasm-unavailable', `wasm engine: this host does not support "${isa}".`)
    }
    return isa
  }
  const best = wasmIsas.find(supports)
  if (best === undefined) {
    throw new RepriseError('wasm-unavailable', 'wasm engine: this host has no WebAssembly SIMD; update it.')
  }
  return best
}

function supports(isa: WasmIsa): boolean {
  if (isa === 'simd128') return WebAssembly.validate(probe([]))
  if (WebAssembly.validate(probe(relaxedMultiplyAdd))) return true
  // Node 20 and 21 have it behind a flag that may be set at any time.
  nodeBuiltin('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd')
  return WebAssembly.validate(probe(relaxedMultiplyAdd))
}

const relaxedMultiplyAdd = [...zeroVector(), ...zeroVector(), 0xfd, 0x85, 0x02] // f32x4.relaxed_madd

function zeroVector(): number[] {
  return [0x41, 0x00, 0xfd, 0x0f] // i32.const 0, i8x16.splat
}

/** A module with one function, () → v128, that applies `operations` to a zero vector. */
function probe(operations: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [0x00, ...zeroVector(), ...operations, 0x0b]
  const code = [0x01, body.length, ...body]
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  const types = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b]
  const functions = [0x03, 0x02, 0x01, 0x00]
  return new Uint8Array([...header, ...types, ...functions, 0x0a, code.length, ...code])
}
