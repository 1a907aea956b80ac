import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { type Graph, ParameterSet, Session } from '../graph/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Tensor } from '../graph/tensor.js'
import { type Shape, sizeOf } from '../graph/tensor.js'
import { BuildContext, type Layer, type LayerOutputs } from '../layers/layer.js'
import { RandomStream } from '../random.js'
import { drawn, drawnWeight } from './graph-check.js'
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
  /** Weights after a step of training, which may move statistics. */
  readonly after: string
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
    layer.build(context, ...inputShapes(row, 2, 3))
    this.session = new Session(createReferenceEngine(), this.parameters)
    this.session.initializeParameters()
    this.session.writeState('rng', Uint32Array.of(seed, 0, 1, 0))
  }

  /** Gives every weight distinct values that depend on its name alone. */
  drawWeights(): void {
    for (const parameter of this.parameters) {
      const { values } = drawnWeight(parameter.name.replace(/^[^/]*/, ''), parameter.shape)
      this.session.writeParameter(parameter, Float32Array.from(values))
    }
  }

  /** Runs what `build` makes of the inputs, the first of them [N, T], and returns its tensors' values in order. */
  run(
    key: string,
    N: number,
    T: number,
    build: (x: Tensor, graph: Graph, inputs: readonly Tensor[]) => readonly Tensor[],
    options: { training?: boolean; differentiate?: boolean; mask?: readonly number[] } = {},
  ) {
    const shapes = inputShapes(this.row, N, T)
    const program = this.session.program(
      `${key} ${N} ${T}`,
      (graph) => {
        const inputs = shapes.map((shape, k) =>
          graph.input(inputName(k), shape, this.row.integers ? 'int32' : 'float32'),
        )
        const tensors = build(inputs[0]!, graph, inputs)
        this.shapes.set(
          `${key} ${N} ${T}`,
          tensors.map((tensor) => tensor.shape),
        )
        return { fetch: Object.fromEntries(tensors.map((tensor, k) => [`y${k}`, tensor])) }
      },
      { training: options.training ?? false },
    )
    for (const [k, shape] of shapes.entries()) {
      program.write(inputName(k), this.input(inputName(k), shape))
      if (!program.hasInput(maskName(k))) continue
      const length = sizeOf(maskShape(shape))
      program.write(
        maskName(k),
        k === 0 && options.mask ? Float32Array.from(options.mask) : maskOf(k, length),
      )
    }
    program.runSync()
    const outputs = this.shapes.get(`${key} ${N} ${T}`)!.map((own, k) => ({
      shape: own,
      values: program.read(`y${k}`, new Float32Array(sizeOf(own))),
    }))
    return { outputs, commands: program.compiled.program.commands }
  }

  private input(name: string, shape: Shape): Float32Array | Int32Array {
    const { integers } = this.row
    if (integers) return Int32Array.from({ length: sizeOf(shape) }, (_, k) => (k * 3 + 1) % integers)
    return Float32Array.from(drawn(name, shape).values)
  }

  /** What a model would get from the layer, with or without a mask for every sequence. */
  call(inputs: readonly Tensor[], masked = false): LayerOutputs {
    const masks = inputs.map((x, k) =>
      masked && this.row.masks !== false && hasMask(x.shape, k)
        ? x.graph.input(maskName(k), maskShape(x.shape))
        : undefined,
    )
    return this.layer.run(inputs, masks, this.row.arguments)
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
    const [N, T] = [2, 4]
    const first = (inputs: readonly Tensor[], masked = false) => [this.call(inputs, masked).outputs[0]!]
    const plain = this.run('plain', N, T, (_x, _graph, inputs) => first(inputs))
    const second = this.run('plain', N, T, (_x, _graph, inputs) => first(inputs))
    const masked = this.run('masked', N, T, (_x, _graph, inputs) => first(inputs, true))
    const outMask = this.run('mask', N, T, (_x, _graph, inputs) => {
      const [own] = this.call(inputs, true).masks
      return own ? [own] : []
    })
    const all = this.run('all', N, T, (_x, _graph, inputs) => this.call(inputs).outputs)
    const training = this.run('training', N, T, (_x, _graph, inputs) => first(inputs), { training: true })
    const after = [...this.parameters].map((parameter) => [...this.session.readParameter(parameter)])
    return {
      weights: initial,
      output: text(plain.outputs),
      outputs: text(all.outputs),
      second: text(second.outputs),
      masked: text(masked.outputs),
      mask: text(outMask.outputs),
      training: text(training.outputs),
      after: JSON.stringify(after),
      commands: String(plain.commands),
      penalties: text(
        this.run('penalties', N, T, (_x, graph, inputs) => {
          this.call(inputs)
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

/** Shapes of all inputs for a batch of N rows and T steps. */
export const inputShapes = (row: LayerRow, N: number, T: number): [Shape, ...Shape[]] => [
  row.input(N, T),
  ...(row.others?.(N, T) ?? []),
]

/** x, x1, x2, … */
export const inputName = (k: number): string => (k === 0 ? 'x' : `x${k}`)
const maskName = (k: number) => (k === 0 ? 'mask' : `mask${k}`)
/** Whether an input can have one: the first, or [N, T, …]. */
export const hasMask = (shape: Shape, k: number): boolean => k === 0 || shape.length > 2
/** [N, T] of an input [N, T, …]. */
export const maskShape = (shape: Shape): Shape => shape.slice(0, 2)

/** Ones and zeros, different for each input. */
export const maskOf = (k: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, e) => [1, 0, 1, 0, 1, 1, 0, 0][(e + 4 * k) % 8]!)
