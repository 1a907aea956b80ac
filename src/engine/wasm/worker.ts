// One worker of a team: instantiates the kernels on the team's memory, then sleeps and runs for ever.
import type { Kernels } from './kernels.js'
import { nodeBuiltin } from './node-builtin.js'
import { control, type Enlistment } from './protocol.js'

const nodePort = nodeBuiltin('node:worker_threads')?.parentPort

/** null: the run is done; text: this worker failed. */
function answer(value: string | null): void {
  if (nodePort) nodePort.postMessage(value)
  else globalThis.postMessage(value)
}

function enlist(team: Enlistment): void {
  try {
    serve(team)
  } catch (error) {
    answer(String(error))
  }
}

function serve(team: Enlistment): void {
  const instance = new WebAssembly.Instance(team.module, { env: { memory: team.memory } })
  const kernels = instance.exports as unknown as Kernels
  kernels.__stack_pointer!.value = team.stackEnd
  const words = new Int32Array(team.memory.buffer, team.control, control.bytes / 4)
  for (let ticket = 0; ; ticket = (ticket + 1) | 0) {
    while (Atomics.load(words, control.ticket) === ticket) Atomics.wait(words, control.ticket, ticket)
    kernels.run(words[control.image]!, team.control + control.barrierOffset, team.thread, team.threads)
    if (Atomics.sub(words, control.remaining, 1) === 1) answer(null)
  }
}

if (nodePort) nodePort.once('message', enlist)
else
  globalThis.addEventListener('message', (event) => enlist((event as MessageEvent<Enlistment>).data), {
    once: true,
  })
