/** Reads back the part of ONNX that `encodeOnnx` writes: for checks of written files, not for files of others. */
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxNode,
  OnnxTensor,
  OnnxType,
  OnnxValueInfo,
} from '../formats/onnx/onnx-model.js'
import { type ProtobufValue, readProtobuf } from '../formats/onnx/protobuf.js'

export interface DecodedOnnx {
  readonly formatVersion: number
  readonly operatorSet: number
  readonly graph: OnnxGraph
}

/** The model in these bytes. Throws a RangeError when they are cut short. */
export function decodeOnnx(bytes: Uint8Array): DecodedOnnx {
  const model = new Fields(bytes)
  return {
    formatVersion: model.integer(1),
    operatorSet: new Fields(model.raw(8)).integer(2),
    graph: decodeGraph(model.raw(7)),
  }
}

const types: Readonly<Record<number, OnnxType>> = { 1: 'float32', 6: 'int32', 7: 'int64', 9: 'bool' }

function decodeGraph(bytes: Uint8Array): OnnxGraph {
  const fields = new Fields(bytes)
  return {
    name: fields.text(2),
    nodes: fields.all(1).map(decodeNode),
    initializers: fields.all(5).map(decodeTensor),
    inputs: fields.all(11).map(decodeValueInfo),
    outputs: fields.all(12).map(decodeValueInfo),
  }
}

function decodeNode(bytes: Uint8Array): OnnxNode {
  const fields = new Fields(bytes)
  const attributes = fields.all(5).map((attribute) => {
    const one = new Fields(attribute)
    return [one.text(1), decodeAttribute(one)] as const
  })
  return {
    operator: fields.text(4),
    name: fields.text(3),
    inputs: fields.texts(1),
    outputs: fields.texts(2),
    attributes: Object.fromEntries(attributes),
  }
}

function decodeAttribute(fields: Fields): OnnxAttribute {
  const float = (bytes: Uint8Array) => view(bytes).getFloat32(0, true)
  switch (fields.integer(20)) {
    case 1:
      return { float: float(fields.raw(2)) }
    case 2:
      return fields.integer(3)
    case 3:
      return fields.text(4)
    case 5:
      return { graph: decodeGraph(fields.raw(6)) }
    case 6:
      return { float: fields.all(7).map(float) }
    case 7:
      return fields.integers(8)
    default:
      return fields.texts(9)
  }
}

function decodeTensor(bytes: Uint8Array): OnnxTensor {
  const fields = new Fields(bytes)
  // A copy, because the bytes need not lie aligned.
  const { buffer } = fields.raw(9).slice()
  const arrays = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array }
  const values = new arrays[types[fields.integer(2)]!](buffer as ArrayBuffer)
  return { name: fields.text(8), shape: fields.integers(1), values }
}

function decodeValueInfo(bytes: Uint8Array): OnnxValueInfo {
  const fields = new Fields(bytes)
  const tensor = new Fields(new Fields(fields.raw(2)).raw(1))
  const shape = new Fields(tensor.raw(2)).all(1).map((length) => {
    const one = new Fields(length)
    return one.has(2) ? one.text(2) : one.integer(1)
  })
  return { name: fields.text(1), type: types[tensor.integer(1)]!, shape }
}

class Fields {
  private readonly fields: ReadonlyMap<number, readonly ProtobufValue[]>

  constructor(bytes: Uint8Array) {
    this.fields = readProtobuf(bytes)
  }

  has(field: number): boolean {
    return this.fields.has(field)
  }

  all(field: number): Uint8Array[] {
    return (this.fields.get(field) ?? []) as Uint8Array[]
  }

  raw(field: number): Uint8Array {
    return this.all(field)[0] ?? new Uint8Array(0)
  }

  texts(field: number): string[] {
    return this.all(field).map((bytes) => new TextDecoder().decode(bytes))
  }

  text(field: number): string {
    return this.texts(field)[0] ?? ''
  }

  integers(field: number): number[] {
    return (this.fields.get(field) ?? []).map(Number)
  }

  integer(field: number): number {
    return this.integers(field)[0] ?? 0
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
