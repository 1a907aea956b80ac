// oneDNN's fused recurrent primitives through kernels/peers/onednn.cpp, compiled once for each version of that file.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { peersFolder } from './folder.mjs'

const source = join(import.meta.dirname, '../../kernels/peers/onednn.cpp')
const header = '/usr/include/oneapi/dnnl/dnnl.hpp'
const options = ['-std=c++17', '-O3', '-march=native', '-ffast-math', '-fopenmp']

function find({ folder }) {
  if (!existsSync(header)) return { missing: 'oneDNN 2 is not installed: apt install libdnnl-dev g++' }
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const binary = join(peersFolder(folder), `onednn-${hash}`)
  if (existsSync(binary)) return { binary }
  mkdirSync(peersFolder(folder), { recursive: true })
  const half = `${binary}.${process.pid}`
  const compiler = process.env.CXX ?? 'g++'
  const { status, stderr, error } = spawnSync(compiler, [...options, source, '-o', half, '-ldnnl'], {
    encoding: 'utf8',
  })
  if (status !== 0) {
    const why = error?.message ?? stderr.split('\n').find((line) => line.includes('error'))
    return { missing: `${compiler} could not compile kernels/peers/onednn.cpp: ${why}` }
  }
  renameSync(half, binary)
  return { binary }
}

function onednn(name, what, type) {
  return {
    name,
    what,
    threads: true,
    tasks: ['training', 'generation', 'classification'],
    gflops: 100,
    find(context) {
      const { missing, binary } = find(context)
      if (missing) return { missing }
      return {
        command: (threads) => ({
          command: binary,
          args: [type],
          env: { OMP_NUM_THREADS: String(threads), OMP_PROC_BIND: 'true' },
        }),
      }
    },
  }
}

export const onednnPeers = [
  onednn('onednn', 'oneDNN 2, float32', 'f32'),
  onednn('onednn-bf16', 'oneDNN 2, bf16 products', 'bf16'),
]
