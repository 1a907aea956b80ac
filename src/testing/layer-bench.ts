import assert from 'node:assert/strict'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { type Graph, ParameterSet, Session } from '../graph/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { BuildContext, type Layer } from '../layers/layer.js'
import { RandomStream } from '../random.js'
import { drawn } from './graph-check.js'

/**
 * Layers in one session of the reference engine. Weights are drawn by the kind of layer or cell they belong to, so that a
 * cell, a layer and a layer within another have the same; those of a backward layer differ.
 */
export class LayerBench {
  readonly session: Session
  readonly parameters = new ParameterSet()
  private programs = 0

  constructor(
    made: readonly Layer[],
    private readonly shape: Shape,
    /** Further layers with inputs of their own shapes. */
    others: readonly (readonly [Layer, Shape])[] = [],
  ) {
    const context = new BuildContext(this.parameters, (name) => new RandomStream(1, name))
    for (const layer of made) layer.build(context, shape)
    for (const [layer, own] of others) layer.build(context, own)
    this.session = new Session(createReferenceEngine(), this.parameters)
    this.session.writeState('rng', Uint32Array.of(7, 0, 1, 0))
    this.draw()
  }

  /** Of all weights. */
  get names(): readonly string[] {
    return [...this.parameters].map(({ name }) => name)
  }

  private draw(): void {
    for (const parameter of this.parameters) {
      const [owner, weight] = parameter.name.split('/').slice(-2)
      const key = `${owner!.replace(/^forward_|(_cell)?(_\d+)?$/g, '').replace(/^backward_.*/, 'back')}/${weight}`
      const { values } = drawn(key, parameter.shape, -0.8, 0.8)
      this.session.writeParameter(parameter, Float32Array.from(values))
    }
  }

  /** Values of what `build` makes of x and of a mask [2, 4] with holes. */
  run(
    build: (x: Tensor, mask: Tensor, graph: Graph) => readonly Tensor[],
    { shape = this.shape, training = false }: { shape?: Shape; training?: boolean } = {},
  ): Float32Array[] {
    let sizes: readonly number[] = []
    const program = this.session.program(
      `program ${this.programs++}`,
      (graph) => {
        const made = build(graph.input('x', shape), graph.input('mask', [2, 4]), graph)
        sizes = made.map((tensor) => tensor.size)
        return { fetch: Object.fromEntries(made.map((tensor, k) => [`y${k}`, tensor])) }
      },
      { training },
    )
    program.write('x', Float32Array.from(drawn('x', shape).values))
    program.write('mask', Float32Array.of(1, 1, 1, 0, 0, 1, 0, 1))
    program.runSync()
    return sizes.map((size, k) => program.read(`y${k}`, new Float32Array(size)))
  }

  dispose(): void {
    this.session.dispose()
  }
}

/** Fails unless all values agree to 1e-6. */
export function assertNear(
  actual: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
): void {
  assert.deepEqual(
    actual.map(({ length }) => length),
    expected.map(({ length }) => length),
  )
  for (const [k, values] of expected.entries()) {
    for (let e = 0; e < values.length; e++) {
      const [a, b] = [actual[k]![e]!, values[e]!]
      assert.ok(Math.abs(a - b) <= 1e-6, `output ${k}[${e}]: ${a} and ${b}`)
    }
  }
}
