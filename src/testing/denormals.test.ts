import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Address, CommandArguments } from '../engine/commands.generated.js'
import type { Engine } from '../engine/engine.js'
import { commandSpec, ProgramBuilder } from '../engine/program.js'
import * as layers from '../layers/index.js'
import { sequential } from '../models/index.js'
import { NdArray } from '../nd-array.js'
import { RandomStream } from '../random.js'
import { compiledEngines } from './engines.js'
import type { OperationRow } from './operation-row.js'
import { optimizerRows } from './rows/optimizer.js'

// Numbers below 2⁻¹²⁶ take some processors a hundred cycles each. What stays between steps must not come to rest there.

function denormals(values: ArrayLike<number>): number[] {
  return Array.from(values).filter((value) => value !== 0 && Math.abs(value) < 2 ** -126)
}

/** Numbers of all magnitudes a float can have, a third of them denormal. */
function allMagnitudes(length: number, positive: boolean): Float32Array {
  const random = new RandomStream(3, 'magnitudes')
  return Float32Array.from({ length }, () => {
    const value = 2 ** (-150 + 75 * random.uniform())
    return positive || random.uniform() < 0.5 ? value : -value
  })
}

const count = 67

/** Runs an optimizer's command on weights that get this gradient every time; what it keeps, by name. */
function keptAfter(engine: Engine, row: OperationRow, steps: number, gradients: Float32Array) {
  const command = row.commands[0]!
  const tensors = commandSpec(command).args.filter(
    ({ kind, name }) => kind === 'tensor' && !row.absent?.includes(name) && name !== 'norm',
  )
  const initial = (name: string): Float32Array => {
    if (name === 'gradients') return gradients
    if (name === 'hyper') return Float32Array.of(1e-3, 1e-3, 1e-3, 1)
    return allMagnitudes(count, /second|largest|Square|accumulator/i.test(name))
  }
  const regions = tensors.map(({ name }) => {
    const values = initial(name)
    const region = engine.allocate(4 * values.length)
    engine.write(region, 0, values)
    return region
  })
  const addresses = Object.fromEntries(
    tensors.map(({ name }, slot): [string, Address] => [name, { slot, offset: 0 }]),
  )
  const builder = new ProgramBuilder()
  const args = { ...row.scalars, count, ...addresses }
  builder.emit(command, args as unknown as CommandArguments[typeof command])
  const executable = engine.load(builder.build(), regions)
  for (let step = 0; step < steps; step++) executable.runSync()
  const kept = new Map<string, Float32Array>()
  for (const [slot, { name, access }] of tensors.entries()) {
    if (access !== 'inout') continue
    const values = new Float32Array(count)
    engine.read(regions[slot]!, 0, values)
    kept.set(name, values)
  }
  executable.dispose()
  for (const region of regions) engine.free(region)
  return kept
}

const engines = (await compiledEngines()).filter(({ label }) => !label.includes('without shared memory'))
for (const { label, open, missing } of engines) {
  describe(`${label}: no denormal numbers stay`, { skip: missing }, () => {
    let engine: Engine
    before(async () => {
      engine = await open(1)
    })
    after(() => engine?.dispose())

    for (const row of optimizerRows.filter(({ name }) => name.endsWith(', 37 elements'))) {
      const what = row.name.replace(', 37 elements', '')
      test(`in ${what}, with gradients of zero and tiny ones`, () => {
        const cases: [number, Float32Array][] = [
          [1, new Float32Array(count)],
          [10_000, new Float32Array(count)],
          [100, allMagnitudes(count, false)],
        ]
        for (const [steps, gradients] of cases) {
          const kept = keptAfter(engine, row, steps, gradients)
          assert.ok(kept.has('parameters'))
          for (const [name, values] of kept) {
            assert.deepEqual(denormals(values), [], `${name} after ${steps} steps`)
          }
        }
      })
    }

    const decaying = {
      simpleRnn: layers.simpleRnn({ units: 5, activation: 'relu', returnSequences: true, ...small() }),
      lstm: layers.lstm({ units: 5, returnSequences: true, ...small() }),
      gru: layers.gru({ units: 5, returnSequences: true, ...small() }),
      'gru, reset before': layers.gru({ units: 5, returnSequences: true, resetAfter: false, ...small() }),
      'lstm, step by step': layers.lstm({ units: 5, returnSequences: true, fused: 'never', ...small() }),
    }
    for (const [name, layer] of Object.entries(decaying)) {
      test(`in the states of ${name} while nothing comes in`, async () => {
        const [steps, features] = [600, 3]
        const model = sequential([layer], { engine })
        const x = new Float32Array(steps * features).fill(1, 0, features)
        const { data } = await model.predict(new NdArray(x, [1, steps, features]))
        assert.ok(data.subarray(0, 5).some((value) => value !== 0))
        assert.equal(data.at(-1), 0, 'the state has decayed')
        assert.deepEqual(denormals(data), [])
      })
    }
  })
}

/** Weights with which a state decays by about a half every step. */
function small() {
  return { recurrentInitializer: { name: 'constant', value: 0.02 } } as const
}
