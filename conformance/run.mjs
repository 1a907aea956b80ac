// npm run conformance: makes every golden file again with real Keras, PyTorch and TF-Keras 2 and compares, then loads what
// Reprise writes in real Keras and ONNX Runtime. Ends with 1 when anything differs.
//
//   node conformance/run.mjs [--only layers,torch_weights] [--environments DIR] [--keep] [--tolerance 1e-6]
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { keras2, modern } from './environments.mjs'

const folder = import.meta.dirname
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    environments: { type: 'string', default: join(folder, '.venv') },
    keep: { type: 'boolean', default: false },
    tolerance: { type: 'string', default: '1e-6' },
  },
})
const only = options.only?.split(',')

/** Scripts that write golden files; those that share a file are in one chain. */
const chains = [
  [{ script: 'layers' }, { script: 'tensor_layers' }],
  [
    { script: 'saved_models' },
    { script: 'tfjs_models' },
    { script: 'keras2_models', environment: 'keras2' },
    { script: 'torch_weights', needs: 'torch' },
    { script: 'preprocessing' },
    { script: 'text_vectorization', needs: 'tensorflow-cpu', backend: 'tensorflow' },
    { script: 'datasets' },
    { script: 'training' },
    { script: 'fits' },
    { script: 'hdf5_files' },
    { script: 'classification', needs: 'scikit-learn' },
    { script: 'span_scores' },
  ],
]

const work = mkdtempSync(join(tmpdir(), 'reprise-conformance-'))
const skipped = []
const failed = []

/** Runs a command; gives its exit status and output. */
function run(command, args, environment = {}) {
  const quiet = { KERAS_HOME: join(work, 'keras'), TF_CPP_MIN_LOG_LEVEL: '3', PYTHONWARNINGS: 'ignore' }
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: { ...process.env, ...quiet, ...environment } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data) => (stdout += data))
    child.stderr.on('data', (data) => (stderr += data))
    child.on('error', (error) => resolve({ status: 127, stdout, stderr: String(error) }))
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}

const environments = { keras3: modern(options.environments), keras2: keras2(options.environments) }
const { python, missing, reason } = environments.keras3
if (!python) {
  console.error(`conformance: Keras 3 could not be installed: ${reason}`)
  process.exit(1)
}

async function generate({ script, environment = 'keras3', backend = 'jax', needs }) {
  if (only && !only.includes(script)) return
  if (!existsSync(join(folder, `${script}.py`))) {
    skipped.push(`${script}.py: missing`)
    return
  }
  const own = environments[environment]
  if (!own.python) {
    skipped.push(`${script}.py: no environment ${environment} (${own.reason})`)
    return
  }
  if (needs && missing.includes(needs)) {
    skipped.push(`${script}.py: ${needs} could not be installed`)
    return
  }
  const start = Date.now()
  const { status, stdout, stderr } = await run(
    own.python,
    [join(work, `${script}.py`), '--out', join(work, 'golden')],
    { KERAS_BACKEND: backend },
  )
  console.log(
    `${script}.py: ${status === 0 ? 'done' : 'FAILED'} in ${Math.round((Date.now() - start) / 1000)} s`,
  )
  if (status !== 0) failed.push(`${script}.py failed:\n${stderr.trim().split('\n').slice(-15).join('\n')}`)
  for (const line of stdout.split('\n')) if (/skipped/.test(line)) skipped.push(line.trim())
}

/** Objects a Python tool prints, one a line; its failure is a problem of its own. */
async function rows(script, args) {
  const { status, stdout, stderr } = await run(python, [join(folder, script), ...args])
  if (status !== 0) failed.push(`${script} failed:\n${stderr.trim().split('\n').slice(-15).join('\n')}`)
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

/** Models that Reprise writes, loaded where they are meant for. */
async function roundTrip() {
  const writer = join(folder, 'write_models.mjs')
  if (!existsSync(writer) || !existsSync(join(folder, '..', 'dist', 'index.js'))) {
    skipped.push('models written by Reprise: missing (write_models.mjs and dist/ are needed: npm run build)')
    return []
  }
  const models = join(work, 'models')
  mkdirSync(models)
  const { status, stdout, stderr } = await run(process.execPath, [writer, models])
  if (status !== 0) {
    failed.push(`write_models.mjs failed:\n${stderr.trim().split('\n').slice(-15).join('\n')}`)
    return []
  }
  for (const line of stdout.split('\n').filter((one) => one.startsWith('not written'))) failed.push(line)
  return await rows('check_files.py', ['--dir', models])
}

// The scripts run as copies: golden/ beside them is then the new one, and the committed one stays as it is.
for (const name of readdirSync(folder))
  if (/\.(py|txt)$/.test(name)) cpSync(join(folder, name), join(work, name))
mkdirSync(join(work, 'golden'))
await Promise.all(
  chains.map(async (chain) => {
    for (const one of chain) await generate(one)
  }),
)
const compared = await rows('compare.py', [
  join(folder, 'golden'),
  join(work, 'golden'),
  '--tolerance',
  options.tolerance,
])
const results = [...compared, ...(only && !only.includes('files') ? [] : await roundTrip())]

console.log(`\n${'group'.padEnd(30)} ${'cases'.padStart(6)}  ${'worst'.padStart(8)}  where`)
let total = 0
for (const { group, cases, worst, where, problems, kept } of results) {
  if (kept !== undefined) {
    console.log(`${group.padEnd(30)} ${'–'.padStart(6)}  ${'–'.padStart(8)}  ${kept} not made again`)
    continue
  }
  total += cases
  const mark = problems.length ? '✗' : ' '
  console.log(
    `${group.padEnd(30)} ${String(cases).padStart(6)}  ${worst.toExponential(1).padStart(8)} ${mark}${where}`,
  )
  for (const problem of problems) failed.push(`${group}: ${problem}`)
}
console.log(`${'total'.padEnd(30)} ${String(total).padStart(6)}`)
for (const line of skipped) console.log(`\nSKIPPED: ${line}`)
for (const line of failed) console.error(`\n✗ ${line}`)
if (options.keep) console.log(`\nkept: ${work}`)
else rmSync(work, { recursive: true, force: true })
const end = failed.length ? `${failed.length} differences` : 'no difference'
console.log(`\nconformance: ${total} cases, ${end}${skipped.length ? `, ${skipped.length} SKIPPED` : ''}`)
process.exitCode = failed.length ? 1 : 0
