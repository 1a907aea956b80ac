import { readFileSync } from 'node:fs'
import type { Engine } from '../engine/engine.js'
import type { Shape } from '../graph/index.js'
import { compiledEngines, type EngineUnderTest, reference } from './engines.js'

// What Keras computes of losses, metrics, schedules and optimizers; conformance/training.py made the file.

export interface Packed {
  readonly shape: Shape
  readonly float32?: string
  readonly integers?: readonly number[]
}

export interface GoldenPair {
  readonly predictions: Packed
  readonly targets: Packed
}

export interface GoldenHeader {
  readonly keras: string
  readonly losses: Readonly<Record<string, GoldenPair>>
  readonly rows: Readonly<Record<'sampleWeights' | 'mask' | 'empty', Packed>>
  readonly singleRows: GoldenHeader['rows']
  readonly metrics: Readonly<
    Record<string, readonly (GoldenPair & { readonly sampleWeights: Packed; readonly mask: Packed })[]>
  >
  readonly training: { readonly inputs: Packed; readonly labels: Packed; readonly start: readonly Packed[] }
  readonly defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

interface Named {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}
export type Variant = 'plain' | 'sampleWeights' | 'mask' | 'both'

export interface GoldenLoss extends Named {
  readonly case: 'loss'
  readonly data: string
  readonly rows: Packed
  readonly variants: Readonly<
    Record<Variant | 'nothing', { readonly mean: number; readonly gradient?: Packed }>
  >
}
export interface GoldenMetric extends Named {
  readonly case: 'metric'
  readonly data: string
  /** Result after each batch. */
  readonly variants: Readonly<Record<Variant, readonly (readonly number[])[]>>
}
export interface GoldenSchedule extends Named {
  readonly case: 'schedule'
  readonly rates: Packed
}
export interface GoldenOptimizer extends Named {
  readonly case: 'optimizer'
  readonly losses: Packed
  readonly after: readonly Packed[]
}
type GoldenCase = GoldenLoss | GoldenMetric | GoldenSchedule | GoldenOptimizer

const file = new URL('../../conformance/golden/training.jsonl', import.meta.url)
const [first, ...rest] = readFileSync(file, 'utf8').trim().split('\n')

export const golden = JSON.parse(first!) as GoldenHeader
const cases = rest.map((line) => JSON.parse(line) as GoldenCase)

export function goldenCases<Kind extends GoldenCase['case']>(kind: Kind) {
  return cases.filter((each): each is Extract<GoldenCase, { case: Kind }> => each.case === kind)
}

export function unpack(packed: Packed): Float32Array | Int32Array {
  return packed.integers ? Int32Array.from(packed.integers) : unpackFloats(packed)
}

export function unpackFloats({ float32 }: Packed): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(float32!, 'base64')).buffer)
}

export const describeCase = ({ name, options }: Named): string => `${name} ${JSON.stringify(options)}`

/** The reference engine, and the fastest compiled engine of each kind on one thread. */
export async function oneOfEachEngine(): Promise<readonly EngineUnderTest[]> {
  const compiled = await compiledEngines()
  const fastest = (kind: string) => compiled.find(({ label }) => label.startsWith(kind))
  return [reference, fastest('native'), fastest('wasm')].filter((engine) => engine !== undefined)
}

/** Runs `body` on each of these engines as a subtest of its own; one that is missing is skipped with the reason. */
export async function onEachEngine(
  test: (name: string, run: (t: { skip(reason?: string): void }) => Promise<void>) => Promise<void>,
  body: (engine: Engine) => void | Promise<void>,
): Promise<void> {
  for (const candidate of await oneOfEachEngine()) {
    await test(candidate.label, async (t) => {
      if (candidate.missing) return t.skip(candidate.missing)
      const engine = await candidate.open(1)
      try {
        await body(engine)
      } finally {
        engine.dispose()
      }
    })
  }
}
