// Bundles the library for pages that have no bundler of their own: dist/browser/ holds `reprise.js` (the library and language
// models) and `tasks.js` (the same and all other tasks; a page loads one of the two, since a page pays for every cut between files), their
// chunks, the engine's worker and the kernels, in one folder, where the engine looks for them.
//   npm run build:browser
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const shipped = join(root, 'dist/browser')
const engine = join(root, 'dist/engine/wasm')

/** Bundles into a folder; returns what esbuild knows about the files (`outputs` of its metafile), by file name. */
export async function buildBrowser(output = shipped) {
  const { build } = await import('esbuild')
  rmSync(output, { recursive: true, force: true })
  const outputs = new Map()
  for (const entryPoints of [
    { reprise: 'dist/browser.js' },
    { worker: 'dist/engine/wasm/worker.js' }, // by itself: what it shares with the library is smaller than a file's head
    { tasks: 'dist/browser-tasks.js' },
  ]) {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints,
      outdir: output,
      bundle: true,
      splitting: true,
      chunkNames: '[name]-[hash]',
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      minify: true,
      legalComments: 'none',
      metafile: true,
    })
    const [entry] = Object.keys(entryPoints)
    for (const [path, about] of Object.entries(metafile.outputs)) {
      const bundles = outputs.get(basename(path))?.bundles ?? []
      outputs.set(basename(path), { ...about, bundles: [...bundles, entry] })
    }
  }
  mkdirSync(output, { recursive: true })
  for (const name of readdirSync(engine).filter((name) => name.endsWith('.wasm'))) {
    cpSync(join(engine, name), join(output, name))
  }
  return outputs
}

/** Parts of the library that a page fetches only when it uses them. */
const lazy =
  /formats\/|data\/(imdb|reuters|labelled|tagged)|node_modules\/|engine\/(reference|native)\/|needs-node/

/**
 * Gzipped bytes, level 9: `library` is all JavaScript of `reprise.js` with the WebAssembly engine, `tasks` that of `tasks.js`; `later` what
 * `reprise.js` fetches when it is used (files of other programs, Keras's data sets, the reference engine); `kernels` the largest of the
 * WebAssembly files, of which a page fetches one.
 */
export function browserSizes(outputs, folder = shipped) {
  const size = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length
  const sum = (names) => names.reduce((total, name) => total + size(name), 0)
  const scripts = (bundle) => [...outputs.keys()].filter((name) => outputs.get(name).bundles.includes(bundle))
  const atOnce = (bundle) => {
    const needed = new Set()
    const follow = (name) => {
      if (needed.has(name)) return
      needed.add(name)
      for (const { path, kind } of outputs.get(name).imports) {
        if (kind === 'import-statement') follow(basename(path))
      }
    }
    for (const name of scripts(bundle)) {
      const { entryPoint } = outputs.get(name)
      if (entryPoint && !lazy.test(entryPoint)) follow(name)
    }
    return [...needed]
  }
  const library = [...atOnce('reprise'), ...atOnce('worker')]
  const kernels = readdirSync(folder).filter((name) => name.endsWith('.wasm'))
  return {
    library: sum(library),
    tasks: sum([...atOnce('tasks'), ...atOnce('worker')]),
    later: sum(scripts('reprise').filter((name) => !library.includes(name))),
    kernels: Math.max(...kernels.map(size)),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(join(root, 'dist/index.js'))) {
    console.error('Reprise is not built yet; run npm install first.')
    process.exit(1)
  }
  const { library, tasks, later, kernels } = browserSizes(await buildBrowser())
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
  console.log(
    `dist/browser, gzipped: ${kilobytes(library)} of JavaScript and ${kilobytes(kernels)} of kernels, together ${kilobytes(library + kernels)};`,
  )
  console.log(
    `${kilobytes(tasks)} instead of ${kilobytes(library)} with all tasks; ${kilobytes(later)} more when files of other programs or Keras's data sets are used.`,
  )
}
