// The best matrix product seen on an engine: what its arithmetic reaches when nothing else stands in the way.
import { graph, loadEngine } from '../../dist/index.js'
import { measure, warmUp } from '../measure.mjs'

/** GFLOP/s of a [size, size] product, the best of some samples. */
export async function bestProduct(name, threads, size = 1024) {
  const engine = await loadEngine({ engine: name, threads })
  const session = new graph.Session(engine, new graph.ParameterSet())
  try {
    const program = session.program('product', (g) => ({
      fetch: { c: graph.operations.matmul(g.input('a', [size, size]), g.input('b', [size, size])) },
    }))
    const values = Float32Array.from({ length: size * size }, (_, k) => ((k * 7) % 13) / 13)
    for (const input of ['a', 'b']) program.write(input, values)
    const runner = {
      async advance() {
        await program.run()
        return 1
      },
    }
    let best = await warmUp(runner)
    for (let k = 0; k < 4; k++) best = Math.min(best, (await measure(runner, 0.05)).ms)
    return Number(((2 * size ** 3) / best / 1e6).toPrecision(4))
  } finally {
    session.dispose()
    engine.dispose()
  }
}
