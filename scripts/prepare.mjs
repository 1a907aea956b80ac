// What a clone needs before it can run, and the package before it is packed: generated sources, compiled TypeScript, the
// same joined into few files for Node, the WebAssembly kernels and the bundle for pages. npm runs it after `npm install` in a
// clone and before `npm pack`.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)

/** The folder of a development dependency, undefined when it is not installed. */
function installed(name) {
  const folder = join(root, 'node_modules', name)
  return existsSync(join(folder, 'package.json')) ? folder : undefined
}

function typescriptCompiler() {
  const folder = installed('typescript')
  return join(folder, require(join(folder, 'package.json')).bin.tsc)
}

function run(script, ...args) {
  const { status, error } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

const missing = ['typescript', 'esbuild', '@yowasp/clang'].filter((name) => !installed(name))
if (missing.length === 0) {
  run('scripts/generate.mjs')
  run(typescriptCompiler(), '-p', 'tsconfig.json')
  run('scripts/build-node.mjs')
  run('scripts/build-wasm.mjs')
  run('scripts/build-browser.mjs')
} else if (!existsSync(join(root, 'dist/index.js'))) {
  console.error(
    `reprise: cannot build, development dependencies are missing: ${missing.join(', ')}. Run \`npm install\` without --omit=dev or NODE_ENV=production.`,
  )
  process.exitCode = 1
}
