import type { Engine } from '../engine/engine.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { type Graph, ParameterSet, Session } from '../graph/index.js'
import { multiply, sum } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { sizeOf } from '../graph/tensor.js'
import { NdArray } from '../nd-array.js'
import { RandomStream } from '../random.js'
import { createDoubleEngine, exact } from './double-engine.js'

/** A tensor of numbers. */
export interface Values {
  readonly shape: Shape
  readonly values: ArrayLike<number>
}

/** Distinct values in low … high, reproducible by name. */
export function drawn(name: string, shape: Shape, low = -1, high = 1): Values {
  const random = new RandomStream(5, name)
  return { shape, values: Float64Array.from({ length: sizeOf(shape) }, () => random.uniform(low, high)) }
}

/** Distinct values for a weight; variances are positive. */
export function drawnWeight(name: string, shape: Shape): Values {
  return /variance$/i.test(name) ? drawn(name, shape, 0.3, 1.5) : drawn(name, shape, -0.8, 0.8)
}

export interface GraphCase {
  /** Differentiated; float32. */
  readonly parameters: Readonly<Record<string, Values>>
  readonly integers?: Readonly<Record<string, Values>>
  readonly training?: boolean
  /** Adds further parameters, those of layers; they get distinct values in ±0.8 instead of their initial ones. */
  readonly layers?: (parameters: ParameterSet) => void
  /** The value looked at; any shape. */
  readonly build: (tensors: Readonly<Record<string, Tensor>>, graph: Graph) => Tensor
}

/** A graph as a program on an engine, with named values as parameters. */
export class GraphRunner {
  readonly set = new ParameterSet()
  readonly session: Session
  /** Values every parameter starts with. */
  readonly initial = new Map<string, Float64Array>()
  private readonly double: boolean

  constructor(
    private readonly test: GraphCase,
    engine?: Engine,
  ) {
    for (const [name, { shape }] of Object.entries(test.parameters)) {
      this.set.add(name, shape, { initializer: () => new Float32Array(sizeOf(shape)) })
    }
    test.layers?.(this.set)
    this.double = engine === undefined
    this.session = new Session(engine ?? createDoubleEngine(), this.set)
    for (const { name, shape } of this.set) {
      const { values } = test.parameters[name] ?? drawnWeight(name, shape)
      this.initial.set(name, Float64Array.from(values))
      this.assign(name, this.initial.get(name)!)
    }
    this.session.writeState('rng', Uint32Array.of(3, 0, 1, 0))
  }

  /** Changes a parameter. */
  assign(name: string, values: Float64Array): void {
    const parameter = this.set.get(name)!
    this.session.writeParameter(parameter, this.double ? exact(values) : Float32Array.from(values))
  }

  private buffer(length: number): Float32Array {
    return this.double ? exact(new Float64Array(length)) : new Float32Array(length)
  }

  private tensors(graph: Graph): Readonly<Record<string, Tensor>> {
    const floats = [...this.set].map((parameter) => [parameter.name, graph.parameter(parameter)])
    const integers = Object.entries(this.test.integers ?? {}).map(([name, { shape }]) => [
      name,
      graph.input(name, shape, 'int32'),
    ])
    return Object.fromEntries([...floats, ...integers])
  }

  private shape: Shape = []

  /** The value, as many digits as the engine has. */
  value(): { shape: Shape; values: ArrayLike<number> } {
    const program = this.session.program(
      'value',
      (graph) => {
        const y = this.test.build(this.tensors(graph), graph)
        this.shape = y.shape
        return { fetch: { y } }
      },
      { training: this.test.training ?? false },
    )
    this.feed(program)
    program.runSync()
    return { shape: this.shape, values: program.read('y', this.buffer(program.outputLength('y'))) }
  }

  private feed(program: { write(name: string, values: Int32Array): void }): void {
    for (const [name, { values }] of Object.entries(this.test.integers ?? {})) {
      program.write(name, Int32Array.from(values))
    }
  }

  /** Gradients of Σ weights ⊙ value with respect to every parameter. */
  gradients(weights: Float64Array): Readonly<Record<string, ArrayLike<number>>> {
    const program = this.session.program(
      'gradients',
      (graph) => {
        const y = this.test.build(this.tensors(graph), graph)
        return { differentiate: sum(multiply(y, graph.input('weights', y.shape))) }
      },
      { training: this.test.training ?? false },
    )
    this.feed(program)
    program.write('weights', this.double ? exact(weights) : Float32Array.from(weights))
    program.runSync()
    return Object.fromEntries(
      [...this.set].map((parameter) => {
        const values = this.buffer(parameter.size)
        this.session.readGradient(parameter, values)
        return [parameter.name, values]
      }),
    )
  }

  dispose(): void {
    this.session.dispose()
  }
}

/** What a function of one tensor gives, on the reference engine. */
export function runGraph(x: NdArray, f: (x: Tensor) => Tensor): NdArray {
  const session = new Session(createReferenceEngine(), new ParameterSet())
  let shape: Shape = []
  const program = session.program('f', (graph) => {
    const y = f(graph.input('x', x.shape))
    shape = y.shape
    return { fetch: { y } }
  })
  program.write('x', Float32Array.from(x.data))
  program.runSync()
  const result = new NdArray(program.read('y', new Float32Array(sizeOf(shape))), shape)
  session.dispose()
  return result
}

// Float64 storage: central differences err by step²/6 times a third derivative and by 1e-16·|loss|/step.
const step = 1e-5
const allowed = (expected: number) => 1e-7 + 1e-6 * Math.abs(expected)

/**
 * Compares the gradients of a graph with central differences through the whole of it, in float64, for every element of
 * every parameter that training changes. Returns what is wrong.
 */
export function gradientProblems(test: GraphCase): string[] {
  const runner = new GraphRunner(test)
  const random = new RandomStream(9, 'weights')
  const first = runner.value()
  const weights = Float64Array.from(
    first.values,
    () => random.uniform(0.5, 1.5) * (random.uniform() < 0.5 ? 1 : -1),
  )
  const loss = () => {
    const { values } = runner.value()
    let total = 0
    for (let e = 0; e < weights.length; e++) total += weights[e]! * values[e]!
    return total
  }
  const gradients = runner.gradients(weights)
  const problems: string[] = []
  for (const [name, values] of runner.initial) {
    if (!runner.set.get(name)!.trainable) continue
    for (let e = 0; e < values.length; e++) {
      const at = (delta: number) => {
        const changed = values.slice()
        changed[e] = changed[e]! + delta
        runner.assign(name, changed)
        return loss()
      }
      const expected = (at(step) - at(-step)) / (2 * step)
      const actual = gradients[name]![e]!
      if (!(Math.abs(actual - expected) <= allowed(expected))) {
        problems.push(`gradient of ${name}[${e}] is ${actual}, differences give ${expected}`)
      }
    }
    runner.assign(name, values)
  }
  runner.dispose()
  return problems
}
