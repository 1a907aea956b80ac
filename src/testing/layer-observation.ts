import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { type Graph, ParameterSet, Session } from '../graph/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Tensor } from '../graph/tensor.js'
import { sizeOf } from '../graph/tensor.js'
import { BuildContext, type CallOptions, type Layer } from '../layers/layer.js'
import { RandomStream } from '../random.js'
import { drawn } from './graph-check.js'
import type { LayerRow } from './layer-rows.js'

/** Everything about a layer that an option may change, as text to compare. */
export interface Observation {
  /** Names, shapes and initial values. */
  readonly weights: string
  /** Shape and values with all weights drawn anew. */
  readonly output: string
  /** Number and values of all outputs. */
  readonly outputs: string
  /** Output of a second run with the same input. */
  readonly second: string
  /** Output under a mask. */
  readonly masked: string
  /** The mask that goes with the output. */
  readonly mask: string
  /** Output while training. */
  readonly training: string
  /** Commands of the program. */
  readonly commands: string
  /** What is added to the loss: penalties on weights, then on outputs. */
  readonly penalties: string
  /** Weights after their constraints. */
  readonly constrained: string
}

/** A layer with its own parameters in a session of the reference engine. */
export class BuiltLayer {
  readonly parameters = new ParameterSet()
  readonly session: Session
  /** Shapes of the outputs of each program. */
  private readonly shapes = new Map<string, readonly (readonly number[])[]>()

  constructor(
    readonly row: LayerRow,
    readonly layer: Layer,
    seed = 11,
  ) {
    const context = new BuildContext(this.parameters, (name) => new RandomStream(seed, name))
    const before = row.before?.()
    before?.build(context, [2, 3])
    layer.build(context, row.input(2, 3))
    this.session = new Session(createReferenceEngine(), this.parameters)
    this.session.initializeParameters()
    this.session.writeState('rng', Uint32Array.of(seed, 0, 1, 0))
  }

  /** Gives every weight distinct values that depend on its name alone. */
  drawWeights(): void {
    for (const parameter of this.parameters) {
      const { values } = drawn(parameter.name.replace(/^[^/]*/, ''), parameter.shape, -0.8, 0.8)
      this.session.writeParameter(parameter, Float32Array.from(values))
    }
  }

  /** Runs what `build` makes of the input [N, T] and returns its tensors' values, outputs in order. */
  run(
    key: string,
    N: number,
    T: number,
    build: (x: Tensor, graph: Graph) => readonly Tensor[],
    options: { training?: boolean; differentiate?: boolean; mask?: readonly number[] } = {},
  ) {
    const shape = this.row.input(N, T)
    const program = this.session.program(
      `${key} ${N} ${T}`,
      (graph) => {
        const x = graph.input('x', shape, this.row.integers ? 'int32' : 'float32')
        const tensors = build(x, graph)
        this.shapes.set(
          `${key} ${N} ${T}`,
          tensors.map((tensor) => tensor.shape),
        )
        return { fetch: Object.fromEntries(tensors.map((tensor, k) => [`y${k}`, tensor])) }
      },
      { training: options.training ?? false },
    )
    program.write('x', this.input(N, T))
    if (program.hasInput('mask')) program.write('mask', Float32Array.from(options.mask ?? []))
    program.runSync()
    const outputs = this.shapes.get(`${key} ${N} ${T}`)!.map((own, k) => ({
      shape: own,
      values: program.read(`y${k}`, new Float32Array(sizeOf(own))),
    }))
    return { outputs, commands: program.compiled.program.commands }
  }

  input(N: number, T: number): Float32Array | Int32Array {
    const { integers } = this.row
    const { shape, values } = drawn('x', this.row.input(N, T))
    if (integers) return Int32Array.from({ length: sizeOf(shape) }, (_, k) => (k * 3 + 1) % integers)
    return Float32Array.from(values)
  }

  observe(): Observation {
    const text = (tensors: readonly { shape: readonly number[]; values: Float32Array }[]) =>
      JSON.stringify(tensors.map(({ shape, values }) => [shape, [...values]]))
    const weights = [...this.parameters].map((parameter) => ({
      shape: [parameter.name, ...parameter.shape],
      values: this.session.readParameter(parameter),
    }))
    const initial = JSON.stringify(weights.map(({ shape, values }) => [shape, [...values]]))
    this.drawWeights()
    const { layer } = this
    const [N, T] = [2, 4]
    const mask = (graph: Graph): CallOptions => ({ mask: graph.input('mask', [N, T]) })
    const first = this.run('plain', N, T, (x) => [layer.call(x)])
    const second = this.run('plain', N, T, (x) => [layer.call(x)])
    const masked = this.run('masked', N, T, (x, graph) => [layer.call(x, mask(graph))], {
      mask: [1, 0, 1, 0, 1, 1, 0, 0],
    })
    const outMask = this.run(
      'mask',
      N,
      T,
      (x, graph) => {
        const own = layer.outputMask(x, mask(graph).mask)
        return own ? [own] : []
      },
      { mask: [1, 0, 1, 0, 1, 1, 0, 0] },
    )
    return {
      weights: initial,
      output: text(first.outputs),
      outputs: text(this.run('all', N, T, (x) => layer.callAll(x)).outputs),
      second: text(second.outputs),
      masked: text(masked.outputs),
      mask: text(outMask.outputs),
      training: text(this.run('training', N, T, (x) => [layer.call(x)], { training: true }).outputs),
      commands: String(first.commands),
      penalties: text(
        this.run('penalties', N, T, (x, graph) => {
          layer.callAll(x)
          const own = (parameter: Parameter) => parameter.regularizer?.(graph.parameter(parameter))
          return [...[...this.parameters].map(own), ...graph.losses].filter((term) => term !== undefined)
        }).outputs,
      ),
      constrained: text(
        this.run('constrained', N, T, (_x, graph) => {
          const own = (parameter: Parameter) => parameter.constraint?.(graph.parameter(parameter))
          return [...this.parameters].map(own).filter((value) => value !== undefined)
        }).outputs,
      ),
    }
  }

  dispose(): void {
    this.session.dispose()
  }
}
