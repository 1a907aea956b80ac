/** ONNX models as plain data, and their bytes. Field numbers are those of onnx.proto (onnx/onnx, Apache-2.0). */
import { ProtobufMessage } from './protobuf.js'

export type OnnxType = 'float32' | 'int32' | 'int64' | 'bool'

/** A constant. `values`: float32, int32, int64 as bigint, bool as 0 and 1. */
export interface OnnxTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array | Int32Array | BigInt64Array | Uint8Array
}

/** Type and shape of an input or output; a text stands for a length that is known when the model runs. */
export interface OnnxValueInfo {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly (number | string)[]
}

/** Integers are written as INT(S), `{ float }` as FLOAT(S). */
export type OnnxAttribute =
  | number
  | readonly number[]
  | string
  | readonly string[]
  | { readonly float: number | readonly number[] }
  | { readonly graph: OnnxGraph }

export interface OnnxNode {
  readonly operator: string
  readonly name: string
  /** Names; an empty one stands for an optional input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValueInfo[]
  readonly outputs: readonly OnnxValueInfo[]
}

/** Version 17 of the operators (2022) is the first with LayerNormalization; every runtime in use reads it. */
export const operatorSet = 17
const formatVersion = 8

/** The bytes of a model with this graph. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  return new ProtobufMessage()
    .integer(1, formatVersion)
    .string(2, 'reprise')
    .message(7, encodeGraph(graph))
    .message(8, new ProtobufMessage().string(1, '').integer(2, operatorSet))
    .finish()
}

const dataTypes: Readonly<Record<OnnxType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 }

function encodeGraph(graph: OnnxGraph): ProtobufMessage {
  const message = new ProtobufMessage()
  for (const node of graph.nodes) message.message(1, encodeNode(node))
  message.string(2, graph.name)
  for (const tensor of graph.initializers) message.message(5, encodeTensor(tensor))
  for (const input of graph.inputs) message.message(11, encodeValueInfo(input))
  for (const output of graph.outputs) message.message(12, encodeValueInfo(output))
  return message
}

function encodeNode({ operator, name, inputs, outputs, attributes }: OnnxNode): ProtobufMessage {
  const message = new ProtobufMessage()
  for (const input of inputs) message.string(1, input)
  for (const output of outputs) message.string(2, output)
  message.string(3, name).string(4, operator)
  for (const [key, value] of Object.entries(attributes)) message.message(5, encodeAttribute(key, value))
  return message
}

function encodeAttribute(name: string, value: OnnxAttribute): ProtobufMessage {
  const message = new ProtobufMessage().string(1, name)
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2)
  if (typeof value === 'string') return message.string(4, value).integer(20, 3)
  if (isList(value)) {
    for (const item of value) {
      if (typeof item === 'number') message.integer(8, item)
      else message.string(9, item)
    }
    return message.integer(20, typeof value[0] === 'string' ? 8 : 7)
  }
  if ('graph' in value) return message.message(6, encodeGraph(value.graph)).integer(20, 5)
  if (typeof value.float === 'number') return message.float(2, value.float).integer(20, 1)
  for (const item of value.float) message.float(7, item)
  return message.integer(20, 6)
}

function encodeTensor({ name, shape, values }: OnnxTensor): ProtobufMessage {
  const message = new ProtobufMessage()
  for (const length of shape) message.integer(1, length)
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return message.integer(2, dataTypes[typeOf(values)]).string(8, name).bytes(9, bytes)
}

function encodeValueInfo({ name, type, shape }: OnnxValueInfo): ProtobufMessage {
  const lengths = new ProtobufMessage()
  for (const length of shape) {
    const one = new ProtobufMessage()
    lengths.message(1, typeof length === 'number' ? one.integer(1, length) : one.string(2, length))
  }
  const tensor = new ProtobufMessage().integer(1, dataTypes[type]).message(2, lengths)
  return new ProtobufMessage().string(1, name).message(2, new ProtobufMessage().message(1, tensor))
}

/** The type that an array of values stands for. */
export function typeOf(values: OnnxTensor['values']): OnnxType {
  if (values instanceof Float32Array) return 'float32'
  if (values instanceof Int32Array) return 'int32'
  return values instanceof BigInt64Array ? 'int64' : 'bool'
}

function isList(value: OnnxAttribute): value is readonly number[] | readonly string[] {
  return Array.isArray(value)
}
