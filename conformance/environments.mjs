// Python environments of the conformance run, made once and again when their requirements change.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Packages some groups need and the rest can do without. */
const optional = ['torch', 'tensorflow-cpu', 'scikit-learn']
const folder = import.meta.dirname
const binary = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']

function run(command, args, options = {}) {
  return spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options })
}

/** A Python for which `accepts(minor)` holds; PYTHON names one to try first. */
function findPython(accepts) {
  const names = [process.env.PYTHON, 'python3.11', 'python3.12', 'python3.13', 'python3', 'python']
  for (const name of names.filter(Boolean)) {
    const { status, stdout } = run(name, [
      '-c',
      'import sys; print(sys.version_info.major, sys.version_info.minor)',
    ])
    const [major, minor] = (stdout ?? '').trim().split(' ').map(Number)
    if (status === 0 && major === 3 && accepts(minor)) return name
  }
  return undefined
}

/** Installs what it can; gives the interpreter, and the packages that are missing. */
function environment(root, name, file, accepts) {
  const requirements = readFileSync(join(folder, file), 'utf8')
  const place = join(root, name)
  const python = join(place, ...binary)
  const stamp = join(place, 'installed.json')
  if (existsSync(python) && existsSync(stamp)) {
    const installed = JSON.parse(readFileSync(stamp, 'utf8'))
    if (installed.requirements === requirements && installed.missing.length === 0)
      return { python, missing: [] }
  }
  mkdirSync(root, { recursive: true })
  const base = findPython(accepts)
  if (!base) return { python: undefined, missing: [], reason: 'no Python of a version it runs on' }
  console.log(`installing ${file} into ${place} …`)
  const made = run(base, ['-m', 'venv', place])
  if (made.status !== 0) return { python: undefined, missing: [], reason: made.stderr.trim() }
  const install = (lines) =>
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...lines])
  const lines = requirements.split('\n').filter((line) => line.trim())
  const missing = []
  if (install(lines).status !== 0) {
    const required = lines.filter((line) => !optional.includes(line.split('==')[0]))
    const { status, stderr } = install(required)
    if (status !== 0) return { python: undefined, missing: [], reason: stderr.trim().split('\n').at(-1) }
    for (const line of lines.filter((one) => !required.includes(one))) {
      if (install([line]).status !== 0) missing.push(line.split('==')[0])
    }
  }
  writeFileSync(stamp, JSON.stringify({ requirements, missing }))
  return { python, missing }
}

/** Keras 3 on JAX with PyTorch and ONNX Runtime. */
export const modern = (root) => environment(root, 'keras3', 'requirements.txt', (minor) => minor >= 11)

/** TF-Keras 2.12, whose files people still have. */
export const keras2 = (root) =>
  environment(root, 'keras2', 'requirements-keras2.txt', (minor) => minor >= 8 && minor <= 11)
