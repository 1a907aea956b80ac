// Where peers are installed: outside the repository, so that nothing of them is linted, packed or committed.
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** `--peers DIR`, REPRISE_PEERS, or the cache folder of the user. */
export const peersFolder = (given) =>
  resolve(
    given ??
      process.env.REPRISE_PEERS ??
      join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'reprise-peers'),
  )

/** npm packages of the JavaScript peers, in the versions that were measured. */
export const npmPeers = {
  '@jax-js/jax': '0.1.25',
  '@tensorflow/tfjs': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  'brain.js': '1.6.1',
  'onnxruntime-node': '1.30.0',
}

/** Version of an npm package in the folder; undefined when it is not there. */
export function installedVersion(folder, name) {
  const path = join(folder, 'node_modules', name, 'package.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined
}

export const virtualPython = (folder) =>
  process.platform === 'win32'
    ? join(folder, 'venv', 'Scripts', 'python.exe')
    : join(folder, 'venv', 'bin', 'python')

export const howToInstall = 'npm run bench -- --install-peers'
