// Bundles the library for pages that have no bundler of their own: dist/browser/ holds `reprise.js` (the library and language
// models) and `tasks.js` (all of reprise/tasks), ES modules that share chunks, the engine's worker and the kernels, in one folder, where the
// engine looks for them.
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
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      reprise: 'dist/browser.js',
      tasks: 'dist/tasks/index.js',
      worker: 'dist/engine/wasm/worker.js',
    },
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
  mkdirSync(output, { recursive: true })
  for (const name of readdirSync(engine).filter((name) => name.endsWith('.wasm'))) {
    cpSync(join(engine, name), join(output, name))
  }
  return new Map(Object.entries(metafile.outputs).map(([path, about]) => [basename(path), about]))
}

/** Parts of the library that a page fetches only when it uses them. */
const lazy =
  /formats\/|data\/(imdb|reuters|labelled|tagged)|node_modules\/|engine\/(reference|native)\/|needs-node/

/**
 * Gzipped bytes, level 9: `library` is all JavaScript of `reprise.js` with the WebAssembly engine; `tasks` what `tasks.js` adds to it; `later`
 * what is fetched when it is used (files of other programs, Keras's data sets, the reference engine); `kernels` the largest of the WebAssembly
 * files, of which a page fetches one.
 */
export function browserSizes(outputs, folder = shipped) {
  const size = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length
  const follow = (name, needed) => {
    if (needed.has(name)) return needed
    needed.add(name)
    for (const { path, kind } of outputs.get(name).imports) {
      if (kind === 'import-statement') follow(basename(path), needed)
    }
    return needed
  }
  // Everything fetched at once, entries and what the engine starts, but for what only tasks.js brings.
  const needed = new Set()
  for (const [name, { entryPoint }] of outputs) {
    if (entryPoint && name !== 'tasks.js' && !lazy.test(entryPoint)) follow(name, needed)
  }
  const tasks = [...follow('tasks.js', new Set())].filter((name) => !needed.has(name))
  const sum = (names) => names.reduce((total, name) => total + size(name), 0)
  const scripts = [...outputs.keys()]
  const kernels = readdirSync(folder).filter((name) => name.endsWith('.wasm'))
  return {
    library: sum(scripts.filter((name) => needed.has(name))),
    tasks: sum(tasks),
    later: sum(scripts.filter((name) => !needed.has(name) && !tasks.includes(name))),
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
    `dist/browser, gzipped: ${kilobytes(library)} of JavaScript and ${kilobytes(kernels)} of kernels, together`,
  )
  console.log(
    `${kilobytes(library + kernels)}; ${kilobytes(tasks)} more with tasks.js, ${kilobytes(later)} when files of other programs or Keras's data sets are used.`,
  )
}
