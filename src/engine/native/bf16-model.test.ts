import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

// The tiles of AMX are in few machines. Everything around the instructions, packing, blocks, edges, is run here on a model of
// them in plain C++ (kernels/host/test/bf16_model.cc).

const kernels = fileURLToPath(new URL('../../../kernels/', import.meta.url))
const source = join(kernels, 'host/test/bf16_model.cc')

/** Flags under which a panel is at least one tile wide, where this machine can run them; undefined where it cannot. */
function flags(): string[] | undefined {
  if (process.arch === 'arm64') return []
  const cpu = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : ''
  return process.arch === 'x64' && /\bavx2\b/.test(cpu) && /\bfma\b/.test(cpu)
    ? ['-mavx2', '-mfma']
    : undefined
}

test('products of bf16 and of tiles, on a model of the instructions', (t) => {
  const own = flags()
  if (!own || !existsSync(source)) return t.skip('no processor or no source for it')
  const [compiler = 'c++', ...first] = (process.env.CXX ?? 'c++').trim().split(/\s+/)
  const folder = mkdtempSync(join(tmpdir(), 'reprise-model-'))
  try {
    const program = join(folder, 'model')
    const plain = ['-std=c++17', '-O1', '-w', '-ffp-contract=off', '-pthread', `-I${kernels}`]
    const compiled = spawnSync(
      compiler,
      [...first, ...plain, '-DREPRISE_SOFTWARE_BF16', ...own, source, '-o', program],
      { encoding: 'utf8' },
    )
    if (compiled.error) return t.skip('there is no C++ compiler')
    assert.equal(compiled.status, 0, compiled.stderr)
    const run = spawnSync(program, { encoding: 'utf8' })
    assert.equal(run.stdout, '')
    assert.equal(run.status, 0, `signal ${run.signal}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
