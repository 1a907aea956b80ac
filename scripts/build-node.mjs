// Joins the compiled modules into few files for Node, under dist/node: reading 250 small modules takes Node three times as
// long as reading the same code in a dozen files. Everyone else (bundlers, browsers, tests) reads dist/ itself.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const folder = join(dist, 'node')

if (!existsSync(join(dist, 'index.js'))) {
  console.error('Reprise is not compiled yet; run npm run build.')
  process.exit(1)
}

/** A module still finds the engines and package.json from where it was. */
const ownPlace = {
  name: 'own-place',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!path.startsWith(dist) || !text.includes('import.meta.url')) return undefined
      const place = JSON.stringify(relative(folder, path).replaceAll('\\', '/'))
      return { contents: text.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) }
    })
  },
}

rmSync(folder, { recursive: true, force: true })
await build({
  entryPoints: {
    index: join(dist, 'index.js'),
    tasks: join(dist, 'tasks/index.js'),
    cli: join(dist, 'cli/main.js'),
  },
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  sourcesContent: false,
  plugins: [ownPlace],
  logLevel: 'warning',
})
