import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxType, OnnxValueInfo } from './onnx-model.js'
import { typeOf } from './onnx-model.js'

/** A length: known, or by the name of what the model learns when it runs ("batch", "time"). */
export type Length = number | string

/** A tensor of the graph being written. */
export interface Value {
  readonly name: string
  readonly shape: readonly Length[]
  readonly type: OnnxType
  /** bool [N, T]: which steps count; absent: all. As Keras carries masks beside tensors. */
  readonly mask?: Value | undefined
}

/** Shape and type of a result; float32 when no type is said. */
export interface ResultSpec {
  readonly shape: readonly Length[]
  readonly type?: OnnxType
}

/** What a graph and the graphs inside it share: names and constants. */
interface Shared {
  readonly names: Map<string, number>
  readonly initializers: Map<string, OnnxTensor>
  readonly constants: Map<string, Value>
}

/** Collects nodes in the order in which they are added; every name comes out unique. */
export class GraphBuilder {
  private readonly nodes: OnnxNode[] = []
  private readonly inputs: OnnxValueInfo[] = []
  private readonly outputs: OnnxValueInfo[] = []
  private path = ''

  constructor(
    private readonly shared: Shared = { names: new Map(), initializers: new Map(), constants: new Map() },
  ) {}

  /** Names of what `body` adds begin with `name`. */
  scope<Result>(name: string, body: () => Result): Result {
    const before = this.path
    this.path = before === '' ? name : `${before}/${name}`
    try {
      return body()
    } finally {
      this.path = before
    }
  }

  /** `wanted`, numbered when it is taken. */
  uniqueName(wanted: string): string {
    const { names } = this.shared
    let name = wanted
    for (let count = names.get(wanted) ?? 0; names.has(name); count++) {
      name = `${wanted}_${count + 1}`
      names.set(wanted, count + 1)
    }
    names.set(name, 0)
    return name
  }

  /** A name for a length that nobody knows before the model runs. */
  unknownLength(hint: string): string {
    return this.uniqueName(this.path === '' ? hint : `${this.path}/${hint}`)
  }

  input(name: string, type: OnnxType, shape: readonly Length[]): Value {
    const unique = this.uniqueName(name)
    this.inputs.push({ name: unique, type, shape })
    return { name: unique, type, shape }
  }

  /** Gives `value` out under this name. */
  output(name: string, value: Value): void {
    const unique = this.uniqueName(name)
    this.nodes.push({
      operator: 'Identity',
      name: unique,
      inputs: [value.name],
      outputs: [unique],
      attributes: {},
    })
    this.outputs.push({ name: unique, type: value.type, shape: value.shape })
  }

  /** Adds a node of one result. */
  operation(
    operator: string,
    inputs: readonly (Value | undefined)[],
    result: ResultSpec,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): Value {
    return this.operations(operator, inputs, [result], attributes)[0]!
  }

  /** Adds a node of several results; those that are undefined are not wanted, and come back as undefined. */
  operations<const Specs extends readonly (ResultSpec | undefined)[]>(
    operator: string,
    inputs: readonly (Value | undefined)[],
    results: Specs,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): { [K in keyof Specs]: Specs[K] extends ResultSpec ? Value : Value | undefined } {
    const name = this.uniqueName(this.path === '' ? operator : `${this.path}/${operator}`)
    const values = results.map((spec, index) => {
      if (!spec) return undefined
      const own = results.length === 1 ? `${name}:out` : `${name}:${index}`
      return { name: this.uniqueName(own), shape: spec.shape, type: spec.type ?? 'float32' }
    })
    this.nodes.push({
      operator,
      name,
      inputs: withoutTail(inputs.map((input) => input?.name ?? '')),
      outputs: withoutTail(values.map((value) => value?.name ?? '')),
      attributes,
    })
    return values as never
  }

  /** A weight by its full name, made once: a second call with the same name gives the one that is there. */
  weightAt(name: string, shape: readonly number[], values: () => Float32Array): Value {
    const { initializers, names } = this.shared
    if (!initializers.has(name)) {
      names.set(name, 0)
      initializers.set(name, { name, shape, values: values() })
    }
    return { name, shape, type: 'float32' }
  }

  /** A small constant; equal ones are written once. */
  constant(values: OnnxTensor['values'], shape: readonly number[] = [values.length]): Value {
    const { constants, initializers } = this.shared
    const key = `${typeOf(values)} ${shape.join(',')} ${[...values].join(',')}`
    const known = constants.get(key)
    if (known) return known
    const name = this.uniqueName('constant')
    const value = { name, shape, type: typeOf(values) }
    initializers.set(name, { name, shape, values })
    constants.set(key, value)
    return value
  }

  /** int64 [n], as shapes, axes and positions are given. */
  integers(...values: number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt))
  }

  /** A float32 without axes. */
  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), [])
  }

  /** A graph inside this one, for an operator such as Scan; it may read values of this one by name. */
  inner(name: string, build: (inner: GraphBuilder) => void): OnnxGraph {
    const inner = new GraphBuilder(this.shared)
    inner.path = this.path === '' ? name : `${this.path}/${name}`
    build(inner)
    return { ...inner.finish(inner.path), initializers: [] }
  }

  finish(name: string): OnnxGraph {
    const { nodes, inputs, outputs } = this
    return { name, nodes, inputs, outputs, initializers: [...this.shared.initializers.values()] }
  }
}

/** Trailing parts that are not there are left away altogether. */
function withoutTail(names: readonly string[]): string[] {
  let end = names.length
  while (end > 0 && names[end - 1] === '') end--
  return names.slice(0, end)
}
