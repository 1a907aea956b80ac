import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../engine/engine.js'
import { operations, ParameterSet, Session, type Tensor } from '../graph/index.js'
import { BuildContext, gru, lstm, simpleRnn } from '../layers/index.js'
import { RandomStream } from '../random.js'
import { compiledEngines, reference } from './engines.js'

// A recurrent layer over one-hot ids adds rows of its kernel; no bit differs from multiplying the ones and zeros.

const [N, T, I] = [7, 5, 19]
const random = new RandomStream(3, 'one-hot test')
const ids = Int32Array.from({ length: N * T }, () => random.integer(I + 2) - 1) // −1 and I are nobody's row
const oneHot = Float32Array.from({ length: N * T * I }, (_, at) => Number(ids[Math.floor(at / I)] === at % I))

type Maker = (options: { units: number; returnSequences: true; name: string }) => ReturnType<typeof lstm>

/** The output and all gradients of a layer over `input`. */
function results(engine: Engine, make: Maker, fromIds: boolean) {
  const parameters = new ParameterSet()
  const layer = make({ units: 37, returnSequences: true, name: 'cell' })
  layer.build(new BuildContext(parameters, (name) => new RandomStream(1, name)), [N, T, I])
  const session = new Session(engine, parameters)
  session.initializeParameters()
  const program = session.program('step', (g) => {
    const x: Tensor = fromIds
      ? operations.oneHot(g.input('x', [N, T], 'int32'), I)
      : g.input('x', [N, T, I], 'float32')
    const y = layer.call(x)
    return { fetch: { y }, differentiate: operations.mean(operations.multiply(y, y)) }
  })
  program.write('x', fromIds ? ids : oneHot)
  program.runSync()
  const y = program.read('y', new Float32Array(N * T * 37))
  const gradients = [...parameters].map((parameter) => session.readGradient(parameter))
  session.dispose()
  return [y, ...gradients]
}

for (const { label, open, missing } of [reference, ...(await compiledEngines())]) {
  test(`${label}: a recurrent layer over one-hot ids`, async (t) => {
    if (missing) return t.skip(missing)
    const engine = await open(2)
    for (const make of [simpleRnn, lstm, gru] as readonly Maker[]) {
      const chosen = results(engine, make, true)
      const multiplied = results(engine, make, false)
      assert.deepEqual(chosen, multiplied)
      assert.ok(chosen.every((value) => value.some((x) => x !== 0)))
    }
    engine.dispose()
  })
}
