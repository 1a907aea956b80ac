// `--install-peers [DIR]`: npm packages and a virtual environment with PyTorch, outside the repository.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmPeers, virtualPython } from './folder.mjs'

export function installPeers(folder) {
  mkdirSync(folder, { recursive: true })
  const run = (command, args, env = {}) => {
    console.error(`$ ${command} ${args.join(' ')}`)
    const result = spawnSync(command, args, {
      cwd: folder,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    })
    return result.status === 0
  }
  const failures = []
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ name: 'reprise-peers', private: true, dependencies: npmPeers }, null, 2)}\n`,
  )
  // No scripts: onnxruntime-node has its library inside and would only look for GPU versions.
  const quiet = ['install', '--ignore-scripts', '--no-audit', '--no-fund']
  if (!run('npm', quiet, { ONNXRUNTIME_NODE_INSTALL: 'skip' })) failures.push('the npm packages')
  const python = virtualPython(folder)
  const made = existsSync(python) || run('python3', ['-m', 'venv', 'venv'])
  if (!made || !run(python, ['-m', 'pip', 'install', '--upgrade', 'torch', 'numpy'])) failures.push('PyTorch')
  console.error(`\nPeers are in ${folder}. These come from Debian's packages, where you want them:
  onednn         apt install libdnnl-dev g++
  torch-debian   apt install python3-torch libopenblas0-openmp libtcmalloc-minimal4`)
  if (failures.length > 0) console.error(`Could not be installed: ${failures.join(', ')}.`)
  return failures.length === 0
}
