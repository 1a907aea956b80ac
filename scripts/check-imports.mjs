// Holds the source against the plan of rooms in docs/architecture.md: imports go only where the table allows, there are
// no run-time import cycles, the engine interface knows no engine, and instruction sets are named in one place.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src')

/** Room → rooms it may import besides itself. `root` = src/errors.ts, options.ts, random.ts, open to everyone. */
const rooms = {
  root: [],
  engine: [],
  graph: ['engine'],
  layers: ['graph', 'engine'],
  training: ['layers', 'graph', 'engine'],
  models: ['formats', 'training', 'layers', 'graph', 'engine'],
  text: [],
  preprocessing: [],
  data: ['preprocessing', 'formats', 'text'],
  decoding: [],
  formats: ['text'],
  tasks: [
    'formats',
    'models',
    'training',
    'layers',
    'graph',
    'engine',
    'data',
    'preprocessing',
    'text',
    'decoding',
  ],
  server: ['tasks', 'formats', 'data'],
  cli: ['server', 'tasks', 'models', 'formats', 'data', 'engine'],
  index: [
    'tasks',
    'formats',
    'models',
    'training',
    'layers',
    'graph',
    'engine',
    'data',
    'preprocessing',
    'text',
    'decoding',
  ],
}
const openToAll = new Set([
  'errors.ts',
  'options.ts',
  'quantization.ts',
  'random.ts',
  'registry.ts',
  'nd-array.ts',
])

const files = []
const walk = (folder, keep) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) walk(path, keep)
    else if (keep(path)) files.push(path)
  }
}
walk(source, (path) => path.endsWith('.ts'))

const problems = []
const isTest = (path) => path.endsWith('.test.ts') || relative(source, path).startsWith('testing')
const roomOf = (path) => {
  const [first, ...rest] = relative(source, path).split('/')
  if (rest.length) return first
  return openToAll.has(first) ? 'root' : 'index'
}

const statement =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?([^'";]*?)\s*from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g
const runtime = new Map() // file → files it needs at run time, static imports only
for (const path of files) {
  const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const needs = []
  for (const [, , typeOnly, names, from, dynamic] of text.matchAll(statement)) {
    const specifier = from ?? dynamic
    if (!specifier.startsWith('.')) {
      const node = specifier.startsWith('node:')
      // Zip archives and CSV are read by libraries, loaded when one is read.
      const lazyReader = dynamic && specifier === { formats: 'fflate', data: 'papaparse' }[roomOf(path)]
      if (!isTest(path) && roomOf(path) !== 'cli' && !node && !typeOnly && !lazyReader) {
        problems.push(
          `${relative(root, path)} imports package "${specifier}"; the core has no run-time dependencies`,
        )
      }
      const nodeOnly = /(^|\/)node-[^/]*\.ts$|\/engine\/native\/|\/cli\/|\/server\//.test(path)
      if (!isTest(path) && node && !typeOnly && !nodeOnly) {
        problems.push(
          `${relative(root, path)} imports ${specifier}; browsers load this file (use a node-*.ts file, imported when needed)`,
        )
      }
      continue
    }
    const target = resolve(dirname(path), specifier.replace(/\.js$/, '.ts'))
    if (!target.startsWith(source)) continue
    const [own, other] = [roomOf(path), roomOf(target)]
    if (!isTest(path) && own !== other && other !== 'root' && !rooms[own]?.includes(other)) {
      problems.push(`${relative(root, path)} (${own}) must not import ${relative(root, target)} (${other})`)
    }
    const onlyTypes =
      typeOnly ||
      (names &&
        /^\{[^}]*\}$/.test(names.trim()) &&
        names
          .replace(/[{}]/g, '')
          .split(',')
          .every((n) => n.trim() === '' || n.trim().startsWith('type ')))
    if (from && !onlyTypes) needs.push(target)
  }
  runtime.set(path, needs)
}

const state = new Map()
const visit = (path, trail) => {
  if (state.get(path) === 'done') return
  if (state.get(path) === 'open') {
    const cycle = [...trail.slice(trail.indexOf(path)), path].map((p) => relative(source, p))
    problems.push(`import cycle: ${cycle.join(' → ')}`)
    return
  }
  state.set(path, 'open')
  for (const next of runtime.get(path) ?? []) visit(next, [...trail, path])
  state.set(path, 'done')
}
for (const path of files) visit(path, [])

const contract = readFileSync(join(source, 'engine/engine.ts'), 'utf8')
if (/^import (?!type)/m.test(contract))
  problems.push('src/engine/engine.ts imports something at run time; it must know no engine')

// Instruction sets are known to kernels/simd.h, its parts bf16.h and amx.h, and kernels/targets.* alone.
const native = []
files.length = 0
walk(
  join(root, 'kernels'),
  (path) => /\.(h|cc|cpp)$/.test(path) && !/((simd|bf16|amx)\.h|targets\.\w+|peers\/.*)$/.test(path),
)
native.push(...files)
for (const path of native) {
  const text = readFileSync(path, 'utf8').replace(/\/\/.*$/gm, '')
  const hit = /_mm\d*_\w+|__AVX\w*|__SSE\w*|__ARM_NEON|vld1q\w*|wasm_(f32x4|i32x4|v128)\w*|immintrin/.exec(
    text,
  )
  if (hit)
    problems.push(
      `${relative(root, path)} names an instruction set (${hit[0]}); only kernels/simd.h, bf16.h, amx.h and targets.* may`,
    )
}

for (const problem of problems) console.error(problem)
if (problems.length) process.exitCode = 1
else console.log(`imports: ${runtime.size} files follow the plan of rooms, no cycles`)
