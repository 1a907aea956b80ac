import { RepriseError } from '../../errors.js'
import type { LayerEntry, ModelConfig, ModelDescription } from '../model-description.js'
import { GraphBuilder, type Length, type Value } from './graph-builder.js'
import type { StateKeeper } from './layer-writer.js'
import { makeModel } from './model-writer.js'
import { encodeOnnx, type OnnxType } from './onnx-model.js'
import { WeightCursor } from './weight-cursor.js'

export interface OnnxOptions {
  /** Name of the graph; default: the model's. */
  readonly name?: string
  /** Fixes the length of the batch axis, which otherwise may differ from run to run. */
  readonly batchSize?: number
}

/**
 * An ONNX model (operator set 17) that computes what `predict` does. Lengths that the model leaves open are named: "batch",
 * and "time" when there is one such axis, else "INPUT_time". Inputs have the names of the input layers ("input" for a sequential
 * model), outputs those of the layers that give them. The state of stateful layers comes in and goes out: input "LAYER_h",
 * output "LAYER_h_next", and the same for c; zeros to begin with.
 *
 * Throws `unsupported-layer` for a layer or option without an ONNX form, `shape` when weights do not fit the layers,
 * `not-built` for a sequential model whose input shape is unknown, `too-large` above 2 GB.
 *
 * @example
 * import { writeFile } from 'node:fs/promises'
 * await writeFile('model.onnx', toOnnx(description))
 */
export function toOnnx(description: ModelDescription, options: OnnxOptions = {}): Uint8Array {
  const { config } = description
  const graph = new GraphBuilder()
  const states = new StateEnds(graph)
  const byLayer = new Map(description.weights.map(({ layer, arrays }) => [layer, arrays]))
  for (const layer of byLayer.keys()) {
    if (!config.layers.some(({ name }) => name === layer)) {
      throw new RepriseError(
        'shape',
        `model "${config.name}": there are weights of a layer "${layer}", which is not in it`,
      )
    }
  }
  const cursor = (layer: string) => new WeightCursor(`layer "${layer}"`, byLayer.get(layer) ?? [])
  const model = makeModel(config, '', cursor, states)
  const inputs = addInputs(graph, config, options.batchSize)
  const outputs = model(graph, inputs, {})
  const names = outputNames(config, outputs.length)
  for (const [index, value] of outputs.entries()) graph.output(names[index]!, value)
  states.finish()
  const bytes = encodeOnnx(graph.finish(options.name ?? config.name))
  if (bytes.length > 2 ** 31 - 1) {
    throw new RepriseError(
      'too-large',
      `model "${config.name}" has ${bytes.length} bytes as ONNX, and 2 GB is the limit`,
    )
  }
  return bytes
}

interface InputShape {
  readonly name: string
  readonly type: OnnxType
  readonly batchShape: readonly (number | null)[]
}

function addInputs(
  graph: GraphBuilder,
  config: ModelConfig,
  batchSize: number | undefined,
): readonly Value[] {
  const inputs = inputShapes(config)
  const open = inputs.flatMap(({ batchShape }) => batchShape.slice(1).filter((length) => length === null))
  return inputs.map(({ name, type, batchShape }) => {
    const shape = batchShape.map((length, axis): Length => {
      if (axis === 0) return batchSize ?? length ?? 'batch'
      if (length !== null) return length
      if (open.length === 1) return 'time'
      return axis === 1 ? `${name}_time` : `${name}_axis${axis}`
    })
    return graph.input(name, type, shape)
  })
}

function inputShapes(config: ModelConfig): readonly InputShape[] {
  if (config.kind === 'functional') {
    return (config.inputs ?? []).map(([layer]) => inputOf(config.layers.find(({ name }) => name === layer)!))
  }
  const [first] = config.layers
  if (first?.layer === 'input') return [inputOf(first)]
  if (!config.batchShape) {
    throw new RepriseError(
      'not-built',
      `model "${config.name}": the shape of its input is unknown; give the first layer inputShape, or run the model once`,
    )
  }
  const type = config.dtype ?? (first?.layer === 'embedding' ? 'int32' : 'float32')
  return [{ name: 'input', type, batchShape: config.batchShape }]
}

function inputOf({ name, options }: LayerEntry): InputShape {
  const { batchShape, dtype } = options
  return {
    name,
    type: typeof dtype === 'string' && dtype.startsWith('int') ? 'int32' : 'float32',
    batchShape: batchShape as readonly (number | null)[],
  }
}

/** The layer's name, with a number where a layer gives several. */
function outputNames(config: ModelConfig, count: number): string[] {
  if (config.kind === 'functional') return (config.outputs ?? []).map(([layer]) => layer)
  const last = config.layers.at(-1)?.name ?? 'output'
  return Array.from({ length: count }, () => last)
}

/** State in through graph inputs, out through graph outputs. */
class StateEnds implements StateKeeper {
  private readonly current = new Map<string, Value>()

  constructor(private readonly graph: GraphBuilder) {}

  read(path: string, part: string, shape: readonly Length[]): Value {
    const name = `${path}_${part}`
    const value = this.current.get(name) ?? this.graph.input(name, 'float32', shape)
    this.current.set(name, value)
    return value
  }

  write(path: string, part: string, value: Value): void {
    this.current.set(`${path}_${part}`, value)
  }

  finish(): void {
    for (const [name, value] of this.current) this.graph.output(`${name}_next`, value)
  }
}
