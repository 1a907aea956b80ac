import type { Engine } from '../engine/engine.js'
import { listInstructionSets, loadEngine } from '../engine/load.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'

/** An engine with one instruction set, or the reason why it cannot be tested here. */
export interface EngineUnderTest {
  readonly label: string
  /** Numbers of threads worth testing; none when `missing`. */
  readonly threads: readonly number[]
  open(threads: number): Promise<Engine>
  readonly missing?: string
}

/** The engine everything is compared with. */
export const reference: EngineUnderTest = {
  label: 'reference',
  threads: [1],
  open: async () => createReferenceEngine(),
}

/**
 * Every compiled engine with every instruction set of this machine. An engine that does not work here is listed with
 * the reason, so that its tests are skipped visibly; where the environment variable REPRISE_REQUIRE_ENGINES names it
 * (as CI does), opening it is tried and fails instead.
 */
export async function compiledEngines(): Promise<readonly EngineUnderTest[]> {
  const found: EngineUnderTest[] = []
  const sets = await listInstructionSets()
  for (const { engine, isa } of sets) {
    found.push({
      label: `${engine} ${isa}`,
      // Three do not divide most shapes evenly.
      threads: engine === 'native' ? [1, 2, 3] : [1, 2],
      open: (threads) => loadEngine({ engine, isa, threads }),
    })
  }
  const wasm = sets.filter(({ engine }) => engine === 'wasm')
  for (const { isa } of wasm) {
    found.push({
      label: `wasm ${isa} without shared memory`,
      threads: [1],
      open: async () => {
        const { createWasmEngine } = await import('../engine/wasm/wasm-engine.js')
        const { chooseIsa } = await import('../engine/wasm/flavours.js')
        return createWasmEngine({ isa: chooseIsa(isa), shared: false })
      },
    })
  }
  for (const engine of ['native', 'wasm'] as const) {
    if (sets.some((set) => set.engine === engine)) continue
    const open = () => loadEngine({ engine, threads: 1 })
    const required = (process.env.REPRISE_REQUIRE_ENGINES ?? '').split(',').includes(engine)
    found.push(required ? { label: engine, threads: [1], open } : await missing(engine, open))
  }
  return found
}

async function missing(label: string, open: () => Promise<Engine>): Promise<EngineUnderTest> {
  let reason = 'it lists no instruction set of this machine'
  try {
    const engine = await open()
    engine.dispose()
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error)
  }
  return { label, threads: [], open, missing: reason }
}
