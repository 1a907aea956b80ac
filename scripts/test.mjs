// The README's test command: builds, checks format, imports and generated files, then runs every test.
// `node scripts/test.mjs NAME…` runs only test files whose path contains one of the names, without the checks.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const names = process.argv.slice(2)
const step = (title, command, args) => {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (result.status === 0) return 0
  console.error(`${title} failed`)
  return 1
}
const bin = (name) => join(root, 'node_modules/.bin', name)

let failedChecks = 0
const checks = []
/** Whether a test is asked for, by a part of its path. */
const isWanted = (path) => names.length === 0 || names.some((name) => path.includes(name))
if (names.length === 0) {
  checks.push(['format and lint (mend with npm run format)', bin('biome'), ['check', '.']])
  checks.push(['imports', process.execPath, ['scripts/check-imports.mjs']])
  checks.push([
    'generated files (mend with npm run generate)',
    process.execPath,
    ['scripts/generate.mjs', '--check'],
  ])
}
for (const check of checks) failedChecks += step(...check)
if (step('build', process.execPath, ['scripts/prepare.mjs'])) {
  console.log('0 passed, 1 failed')
  process.exit(1)
}
if (['examples', 'keras-page'].some((name) => isWanted(join(root, `dist/testing/${name}.test.js`)))) {
  checks.push(['examples and snippets', process.execPath, ['scripts/build-examples.mjs']])
  failedChecks += step(...checks.at(-1))
}

// An engine that was built must be tested; without a compiler the native one is skipped, visibly.
const nativeBuilt = existsSync(join(root, 'build/native/reprise.node'))
process.env.REPRISE_REQUIRE_ENGINES ??= nativeBuilt ? 'native,wasm' : 'wasm'

/** Whether a compiled test still has its source. */
const isCurrent = (path) =>
  existsSync(join(root, 'src', relative(join(root, 'dist'), path)).replace(/\.js$/, '.ts'))
const files = []
const walk = (folder) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) walk(path)
    else if (path.endsWith('.test.js') && isCurrent(path) && isWanted(path)) files.push(path)
  }
}
walk(join(root, 'dist'))
files.sort()

process.env.NODE_OPTIONS =
  `${process.env.NODE_OPTIONS ?? ''} --import=${pathToFileURL(join(root, 'scripts/test-setup.mjs')).href}`.trim()

const counts = { passed: checks.length - failedChecks, failed: failedChecks, skipped: 0 }
const stream = run({ files, concurrency: 2 })
stream.on('test:pass', (event) => {
  if (event.details?.type === 'suite') return
  if (event.skip !== undefined) counts.skipped++
  else counts.passed++
})
stream.on('test:fail', (event) => {
  if (event.details?.type !== 'suite') counts.failed++
})
stream.compose(new spec()).pipe(process.stdout)
stream.on('end', () => {
  setImmediate(() => {
    const skipped = counts.skipped ? `, ${counts.skipped} skipped` : ''
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`)
    process.exitCode = counts.failed ? 1 : 0
  })
})
