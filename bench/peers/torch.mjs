// PyTorch, newest from PyPI and Debian's in its fastest honest setting; float32 and under bf16 autocast.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { howToInstall, peersFolder, virtualPython } from './folder.mjs'

const program = join(import.meta.dirname, '../../conformance/peers/torch_peer.py')
const ask = 'from importlib.metadata import version; print(version("torch"))'
const known = new Map()

/** The version of PyTorch a Python has, asked once; undefined without. */
function torchVersion(python) {
  if (!known.has(python)) {
    const { status, stdout } = spawnSync(python, ['-c', ask], { encoding: 'utf8', timeout: 60000 })
    known.set(python, status === 0 ? stdout.trim() : undefined)
  }
  return known.get(python)
}

function newest({ python: given, folder }) {
  const python = given ?? process.env.REPRISE_TORCH_PYTHON ?? virtualPython(peersFolder(folder))
  const version = torchVersion(python)
  if (version === undefined) {
    return { missing: `no PyTorch in ${python} (--python PATH of one that has it, or ${howToInstall})` }
  }
  return { version, python, env: {} }
}

const libraries = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
const openblas = join(libraries, 'openblas-openmp')
const malloc = join(libraries, 'libtcmalloc_minimal.so.4')

/** OpenBLAS on the OpenMP pool that PyTorch uses itself, a faster malloc, AVX-512 kernels. */
function debian() {
  const python = '/usr/bin/python3'
  const packages = []
  const version = existsSync(python) ? torchVersion(python) : undefined
  if (version === undefined) packages.push('python3-torch')
  if (!existsSync(openblas)) packages.push('libopenblas0-openmp')
  if (!existsSync(malloc)) packages.push('libtcmalloc-minimal4')
  if (packages.length > 0) return { missing: `needs Debian's packages: apt install ${packages.join(' ')}` }
  const env = { LD_LIBRARY_PATH: openblas, LD_PRELOAD: malloc, ATEN_CPU_CAPABILITY: 'avx512' }
  return { version, python, env }
}

function torch(name, what, look, flags) {
  return {
    name,
    what,
    threads: true,
    tasks: flags.length > 0 ? ['training'] : ['training', 'generation', 'classification'],
    gflops: 80,
    startSeconds: 4,
    find(context) {
      const { missing, version, python, env } = look(context)
      if (missing) return { missing }
      return {
        version,
        command: (threads) => ({
          command: python,
          args: [program, String(threads), ...flags],
          env: { ...env, OMP_NUM_THREADS: String(threads), PYTHONWARNINGS: 'ignore' },
        }),
      }
    },
  }
}

export const torchPeers = [
  torch('torch', 'PyTorch of a Python you name', newest, []),
  torch('torch-amp', 'the same under bf16 autocast', newest, ['--amp']),
  torch('torch-debian', "Debian's PyTorch, tuned (OpenBLAS on OpenMP, tcmalloc, AVX-512)", debian, []),
  torch('torch-debian-amp', 'the same under bf16 autocast', debian, ['--amp']),
]
