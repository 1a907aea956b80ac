// Peers from npm. Each is a program of ours beside this file, in a process of its own.
import { join } from 'node:path'
import { howToInstall, installedVersion, peersFolder } from './folder.mjs'

const program = (name) => join(import.meta.dirname, 'programs', `${name}.mjs`)

function fromNpm({ packages, file, flags = [], ...peer }) {
  return {
    ...peer,
    find({ folder: given }) {
      const folder = peersFolder(given)
      const missing = packages.filter((name) => !installedVersion(folder, name))
      if (missing.length > 0) {
        return { missing: `${missing.join(' and ')} not in ${folder} (${howToInstall}, or --peers DIR)` }
      }
      return {
        version: installedVersion(folder, packages[0]),
        command: (threads) => ({
          command: process.execPath,
          args: [...flags, program(file)],
          env: { REPRISE_PEERS: folder, REPRISE_PEER_THREADS: String(threads) },
        }),
      }
    },
  }
}

const relaxedSimd =
  Number(process.versions.node.split('.')[0]) < 24 ? ['--experimental-wasm-relaxed-simd'] : []

export const javascriptPeers = [
  fromNpm({
    name: 'onnxruntime',
    what: 'ONNX Runtime for Node, on models that Reprise writes',
    packages: ['onnxruntime-node'],
    file: 'onnxruntime',
    threads: true,
    tasks: ['generation', 'classification'],
    gflops: 50,
  }),
  fromNpm({
    name: 'tfjs',
    what: 'TensorFlow.js, WebAssembly backend (one thread, SIMD), with the kernel added that embeddings lack',
    packages: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
    file: 'tfjs',
    threads: false,
    tasks: ['training', 'generation', 'classification'],
    gflops: 1.5,
  }),
  fromNpm({
    name: 'jax-js',
    what: 'jax-js, WebAssembly backend, jit, relaxed SIMD, one thread',
    packages: ['@jax-js/jax'],
    file: 'jax-js',
    flags: relaxedSimd,
    threads: false,
    tasks: ['training', 'generation', 'classification'],
    gflops: 7,
    /** Tracing and compiling an unrolled loop. */
    prepareSeconds: 8,
  }),
  fromNpm({
    name: 'brain',
    what: 'brain.js, one sequence at a time',
    packages: ['brain.js'],
    file: 'brain',
    threads: false,
    tasks: ['training', 'generation'],
    gflops: 0.7,
    /** It is timed on one sequence of the batch after the other. */
    divisible: true,
  }),
]
