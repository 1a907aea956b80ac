import type { Command } from 'commander'
import { type CommonFlags, Terminal } from '../terminal.js'

export function addEngine(program: Command): void {
  program
    .command('engine')
    .description('say which compute engine is in use here, and why not a faster one')
    .addHelpText('after', '\nExample:\n  reprise engine\n  REPRISE_ENGINE=wasm reprise engine')
    .action(async (flags: CommonFlags) => {
      const { listInstructionSets } = await import('../../engine/load.js')
      const { describeEngine, describeMixed, engineFor, engineSummary } = await import('../engine.js')
      const terminal = new Terminal(flags)
      const engine = await engineFor(flags)
      const available = (await listInstructionSets()).map(({ engine: name, isa }) => `${name}/${isa}`)
      const reason = engine.info.reason ?? null
      terminal.result({ engine: engineSummary(engine), reason, available }, () => [
        describeEngine(engine),
        describeMixed(engine),
        `available here: ${available.join(', ')}`,
      ])
      engine.dispose()
    })
}
