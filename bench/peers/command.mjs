// `--peer NAME=COMMAND`: any program that prints JSON lines {"w": "W1", "threads": 2, "ms": 12.3}; run once a round, between ours,
// with WORKLOADS (one name) and SECS in its environment. A line without threads counts for the most threads measured.
import { spawn } from 'node:child_process'

/** Splits NAME=COMMAND; undefined when it is a name alone. */
export function commandPeer(text) {
  const found = /^([^=]+)=(.+)$/s.exec(text)
  return found ? { name: found[1], command: found[2] } : undefined
}

/** Runs it once; the times of the workload by number of threads. */
export async function runCommand({ name, command }, workload, { seconds, threads, limit }) {
  const env = { ...process.env, WORKLOADS: workload, SECS: String(seconds) }
  const child = spawn(command, { shell: true, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000)
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  const status = await new Promise((resolve) => {
    child.on('error', () => resolve('it could not be started'))
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  clearTimeout(timer)
  const times = []
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) continue
    const record = JSON.parse(line)
    const ms = Number(record.ms)
    if ((record.w ?? record.workload) === workload && Number.isFinite(ms) && ms > 0) {
      times.push({ threads: record.threads ?? threads, ms })
    }
  }
  if (status !== 0) throw new Error(`${name}: the command ended with ${status}`)
  return times
}
