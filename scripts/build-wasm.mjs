// Compiles the kernels to WebAssembly with the clang that npm delivers: one unity file, once per instruction set, each
// linked twice, for shared and for plain memory. Writes build/wasm/*.wasm and copies them beside the compiled engine in
// dist/engine/wasm. Does nothing when no input changed.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const output = join(root, 'build/wasm')
const shipped = join(root, 'dist/engine/wasm')

// Keep in step with src/engine/wasm/flavours.ts.
const initialMemory = 2 * 1024 * 1024
const words = (...lines) => lines.join(' ').split(' ')
// A page downloads the kernels, and their vectors are written out. What the compiler would add, which is vectors
// of its own, copies of loops and functions, more induction variables, makes them a fifth larger and no faster (bench/NOTES.md).
const compileFlags = words(
  '--target=wasm32 -std=c++17 -O2 -Ikernels -ffreestanding -nostdinc++ -fno-exceptions -fno-rtti',
  '-fno-threadsafe-statics -ffp-contract=off -msimd128 -mbulk-memory -matomics -Wall',
  '-fno-vectorize -fno-slp-vectorize -mllvm -inline-threshold=10 -mllvm -disable-lsr',
  '-mllvm -unroll-runtime=false -mllvm -unroll-allow-partial=false',
)
const linkFlags = words(
  '--target=wasm32 -nostdlib -Wl,--no-entry,--import-memory,--export=__heap_base,--strip-all,--stack-first',
  `-Wl,-z,stack-size=262144,--initial-memory=${initialMemory}`,
)
const isas = { simd128: [], 'relaxed-simd': ['-mrelaxed-simd'] }
// Atomic instructions are valid on plain memory too, so both kinds come from one object file.
const memories = {
  '': [],
  '-shared': ['-Wl,--shared-memory,--max-memory=4294967296,--export=__stack_pointer'],
}
const names = Object.keys(isas).flatMap((isa) => Object.keys(memories).map((memory) => isa + memory))

/** The C++ sources as the nested tree the compiler's file system is made of. */
function sources(folder) {
  const tree = {}
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'native') tree[entry.name] = sources(path)
    } else if (/\.(h|cc)$/.test(entry.name)) tree[entry.name] = readFileSync(path, 'utf8')
  }
  return tree
}

async function loadCompiler() {
  let clang
  try {
    clang = await import('@yowasp/clang')
  } catch {
    throw new Error(
      'the development dependency @yowasp/clang is missing; run `npm install` without --omit=dev',
    )
  }
  await clang.runClang(null, {}, { fetchProgress: () => {} }) // loads its files without the progress bar
  return clang.runClang
}

/** Runs clang over a tree of files and returns the file it made. */
async function run(runClang, flags, made, tree) {
  const decoder = new TextDecoder()
  let said = ''
  const listen = (bytes) => {
    if (bytes) said += decoder.decode(bytes, { stream: true })
  }
  let files
  try {
    files = await runClang(['clang++', ...flags, '-o', made], tree, { stdout: listen, stderr: listen })
  } catch {
    throw new Error(`the compiler failed\n${said}`)
  }
  if (said) console.error(said.trimEnd())
  return files[made]
}

/** Compiles one instruction set; [name, bytes] of its modules. */
async function build(isa, tree) {
  const runClang = await loadCompiler()
  const flags = [...compileFlags, ...isas[isa], '-c', 'kernels/host/wasm/host.cc']
  const object = await run(runClang, flags, 'kernels.o', tree)
  const modules = []
  for (const [memory, flags] of Object.entries(memories)) {
    const bytes = await run(runClang, [...linkFlags, ...flags, 'kernels.o'], 'kernels.wasm', {
      'kernels.o': object,
    })
    modules.push([isa + memory, bytes])
  }
  return modules
}

/** `build` on a thread of its own: the compiler uses one processor and takes its time. */
function buildInThread(isa, tree) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { isa, tree } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

async function main() {
  const tree = { kernels: sources(join(root, 'kernels')) }
  const compiler = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies[
    '@yowasp/clang'
  ]
  const inputs = JSON.stringify([compiler, compileFlags, linkFlags, isas, memories, tree])
  const hash = createHash('sha256').update(inputs).digest('hex')
  const stamp = join(output, 'inputs.sha256')
  const made = (name) => join(output, `${name}.wasm`)
  const current =
    existsSync(stamp) && readFileSync(stamp, 'utf8') === hash && names.every((name) => existsSync(made(name)))

  mkdirSync(output, { recursive: true })
  if (!current) {
    rmSync(stamp, { force: true }) // an interrupted build counts as none
    console.error('build-wasm: compiling the kernels, about a minute')
    const modules = await Promise.all(Object.keys(isas).map((isa) => buildInThread(isa, tree)))
    for (const [name, bytes] of modules.flat()) {
      writeFileSync(made(name), bytes)
      console.error(`build-wasm: ${name}.wasm ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`)
    }
    writeFileSync(stamp, hash)
  }
  mkdirSync(shipped, { recursive: true })
  for (const name of names) cpSync(made(name), join(shipped, `${name}.wasm`))
}

if (isMainThread) {
  main().catch((error) => {
    console.error(`build-wasm: ${error.message}`)
    process.exitCode = 1
  })
} else {
  parentPort.postMessage(await build(workerData.isa, workerData.tree))
}
