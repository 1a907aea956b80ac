import assert from 'node:assert/strict'
import type { Engine } from '../engine/engine.js'
import { type CompiledProgram, type Graph, ParameterSet, Session } from '../graph/index.js'
import { add, multiply, sum } from '../graph/operations/index.js'
import { sizeOf, type Tensor } from '../graph/tensor.js'
import { BuildContext, type Layer, type Mask } from '../layers/layer.js'
import { layerFromConfig } from '../layers/registry.js'
import { NdArray } from '../nd-array.js'
import { RandomStream } from '../random.js'
import { assertClose, fromGolden, type GoldenArray } from './golden.js'

type Arrays = readonly (GoldenArray | null)[]

/** One call of a layer by Keras: what went in and what came out. */
export interface GoldenCall {
  readonly inputs: readonly GoldenArray[]
  readonly masks: Arrays
  readonly outputs: readonly GoldenArray[]
  readonly outputMasks: Arrays
}

/** A line of layers.jsonl; conformance/layers.py says what is in it. */
export interface GoldenLayerCase extends GoldenCall {
  readonly id: string
  readonly layer: string
  readonly options: Readonly<Record<string, unknown>>
  readonly weights: readonly (GoldenArray & { readonly name: string })[]
  readonly initialState?: readonly GoldenArray[]
  readonly arguments?: Readonly<Record<string, unknown>>
  readonly training: boolean
  readonly seeds: readonly GoldenArray[]
  readonly gradients: { readonly inputs: Arrays; readonly weights: Arrays; readonly initialState?: Arrays }
  readonly weightsAfter?: readonly GoldenArray[]
  /** Of a stateful layer, in place of one call. */
  readonly calls?: readonly GoldenCall[]
}

/** Arrays in the order of the golden file. */
export interface LayerResults {
  readonly outputs: readonly NdArray[]
  readonly outputMasks: readonly (NdArray | null)[]
  /** Of Σ seed ⊙ output; null for integers. */
  readonly inputGradients: readonly (NdArray | null)[]
  readonly stateGradients: readonly (NdArray | null)[]
  readonly weightGradients: readonly NdArray[]
  readonly weightsAfter: readonly NdArray[]
}

/** The layer of a golden case with its weights, on an engine. */
export class GoldenLayer {
  readonly layer: Layer
  private readonly set = new ParameterSet()
  private readonly session: Session
  /** Shapes of what the program gives, by name. */
  private readonly shapes = new Map<string, readonly number[]>()

  constructor(
    private readonly golden: GoldenLayerCase,
    engine: Engine,
    options: Readonly<Record<string, unknown>> = {},
  ) {
    this.layer = layerFromConfig({ layer: golden.layer, options: { ...golden.options, ...options } })
    const first = golden.calls?.[0] ?? golden
    const states = golden.initialState ?? []
    const smooth = [...first.inputs, ...states].map((x, k) => ({ ...x, k }))
    for (const { dtype, shape, k } of smooth) {
      if (dtype === 'float32')
        this.set.add(`x${k}`, shape, { initializer: () => new Float32Array(sizeOf(shape)) })
    }
    const context = new BuildContext(this.set, (name) => new RandomStream(1, name))
    this.layer.build(context, ...(first.inputs.map(({ shape }) => shape) as [readonly number[]]))
    this.session = new Session(engine, this.set)
    this.session.writeState('rng', Uint32Array.of(3, 0, 1, 0))
    this.writeWeights()
  }

  private writeWeights(): void {
    const { weights } = this.layer
    const shown = (list: readonly { readonly name: string; readonly shape: readonly number[] }[]) =>
      list.map(({ name, shape }) => `${lastPart(name)} [${shape.join(', ')}]`)
    assert.deepEqual(shown(weights), shown(this.golden.weights), 'weights, in order')
    for (const [index, weight] of weights.entries()) {
      this.session.writeParameter(weight, fromGolden(this.golden.weights[index]!).data as Float32Array)
    }
  }

  /** One call. `differentiate` also gives gradients. */
  run(call: GoldenCall, differentiate: boolean): LayerResults {
    const { golden, session, set } = this
    const given = [...call.inputs, ...(golden.initialState ?? [])]
    const build = (graph: Graph) => {
      const tensors = given.map(({ shape, dtype }, k) =>
        dtype === 'int32' ? graph.input(`x${k}`, shape, dtype) : graph.parameter(set.get(`x${k}`)!),
      )
      const masks = call.masks.map(
        (mask, k): Mask => (mask ? graph.input(`mask${k}`, mask.shape) : undefined),
      )
      const result = this.layer.run(tensors, masks, golden.arguments)
      const fetch: Record<string, Tensor> = {}
      for (const [k, output] of result.outputs.entries()) {
        fetch[`y${k}`] = output
        const mask = result.masks[k]
        if (mask) fetch[`yMask${k}`] = mask
      }
      for (const [name, { shape }] of Object.entries(fetch)) this.shapes.set(name, shape)
      if (!differentiate) return { fetch }
      const parts = result.outputs.map((y, k) => sum(multiply(y, graph.input(`seed${k}`, y.shape))))
      return { fetch, differentiate: parts.reduce(add) }
    }
    const program = session.program('call', build, { training: golden.training })
    this.feed(program, given, call)
    program.runSync()
    const read = (name: string) => {
      const shape = this.shapes.get(name)
      return shape ? new NdArray(program.read(name, new Float32Array(sizeOf(shape))), shape) : null
    }
    const outputs = [...this.shapes.keys()].filter((name) => /^y\d+$/.test(name))
    const gradient = (name: string) => {
      const parameter = set.get(name)
      return parameter ? new NdArray(session.readGradient(parameter), parameter.shape) : null
    }
    const gradients = given.map((_, k) => gradient(`x${k}`))
    return {
      outputs: outputs.map((name) => read(name)!),
      outputMasks: outputs.map((_, k) => read(`yMask${k}`)),
      inputGradients: gradients.slice(0, call.inputs.length),
      stateGradients: gradients.slice(call.inputs.length),
      weightGradients: this.layer.weights.map((w) => new NdArray(session.readGradient(w), w.shape)),
      weightsAfter: this.layer.weights.map((w) => new NdArray(session.readParameter(w), w.shape)),
    }
  }

  private feed(program: CompiledProgram, given: readonly GoldenArray[], call: GoldenCall): void {
    for (const [k, array] of given.entries()) {
      const { data } = fromGolden(array)
      if (data instanceof Int32Array) program.write(`x${k}`, data)
      else this.session.writeParameter(this.set.get(`x${k}`)!, data as Float32Array)
    }
    const floats = (prefix: string, arrays: Arrays) => {
      for (const [k, array] of arrays.entries()) {
        const name = `${prefix}${k}`
        if (array && program.hasInput(name)) program.write(name, fromGolden(array).data as Float32Array)
      }
    }
    floats('mask', call.masks)
    floats('seed', this.golden.seeds ?? [])
  }

  dispose(): void {
    this.session.dispose()
  }
}

/** lstm/lstm_cell/recurrent_kernel → recurrentKernel. */
function lastPart(path: string): string {
  return path
    .split('/')
    .at(-1)!
    .replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}

function assertOutputs(id: string, actual: LayerResults, golden: GoldenCall): void {
  assert.equal(actual.outputs.length, golden.outputs.length, `${id}: number of outputs`)
  for (const [k, output] of golden.outputs.entries()) {
    assertClose(actual.outputs[k]!, fromGolden(output), 1e-5, `${id}: output ${k}`)
  }
  for (const [k, mask] of golden.outputMasks.entries()) {
    const own = actual.outputMasks[k] ?? null
    assert.equal(own === null, mask === null, `${id}: mask of output ${k} is ${mask ? 'missing' : 'new'}`)
    if (own && mask) assertClose(own, fromGolden(mask), 0, `${id}: mask of output ${k}`)
  }
}

/** Within 1e-4 of the largest gradient in the array. */
function assertGradients(
  what: string,
  actual: readonly (NdArray | null)[],
  golden: readonly (GoldenArray | null)[],
): void {
  for (const [k, array] of golden.entries()) {
    if (!array) continue
    const expected = fromGolden(array)
    const own = actual[k]
    assert.deepEqual(own?.shape, expected.shape, `${what} ${k}: shape`)
    const largest = Array.from(expected.data).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    for (let e = 0; e < expected.size; e++) {
      const [a, b] = [own!.data[e]!, expected.data[e]!]
      assert.ok(
        Math.abs(a - b) <= 1e-4 * largest + 1e-6,
        `${what} ${k}: value ${e} is ${a}, Keras gives ${b}`,
      )
    }
  }
}

/**
 * Fails unless the layer gives what Keras gave: outputs to 1e-5, masks, gradients to 1e-4 of the largest of an array, weights
 * that the call changes.
 */
export function checkGoldenLayer(golden: GoldenLayerCase, engine: Engine, options = {}): void {
  const { id, calls } = golden
  const own = new GoldenLayer(golden, engine, options)
  if (calls) {
    for (const [k, call] of calls.entries()) assertOutputs(`${id}, call ${k}`, own.run(call, false), call)
  } else {
    const results = own.run(golden, true)
    assertOutputs(id, results, golden)
    assertGradients(`${id}: gradient of input`, results.inputGradients, golden.gradients.inputs)
    assertGradients(`${id}: gradient of state`, results.stateGradients, golden.gradients.initialState ?? [])
    assertGradients(`${id}: gradient of weight`, results.weightGradients, golden.gradients.weights)
    for (const [k, weight] of (golden.weightsAfter ?? []).entries()) {
      assertClose(results.weightsAfter[k]!, fromGolden(weight), 1e-5, `${id}: weight ${k} after the call`)
    }
  }
  own.dispose()
}
