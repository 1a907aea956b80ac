import { RepriseError } from '../errors.js'
import { RandomStream } from '../random.js'
import type { Node, Operation, TensorRecord } from './operation.js'
import { dequantize } from './operations/quantized.js'
import type { Parameter, ParameterSet } from './parameters.js'
import { type DType, type Shape, sameShape, Tensor } from './tensor.js'

export interface InputSpec {
  readonly name: string
  readonly tensor: Tensor
  /** Integers must lie in 0 … limit−1; checked when the host writes them. */
  readonly limit?: number
}

/** Something that draws with a seed of its own: a layer, by identity. */
export interface Seeded {
  readonly seed: number
}

/** A stream in 2³⁰ … 2³¹−1: above the numbered ones, below those of the host. */
function seededStream(seed: number, draw: number): number {
  const random = new RandomStream(seed, `draw ${draw}`)
  return 2 ** 30 + random.integer(2 ** 30)
}

/** Symbolic tensors and the operations between them, for one batch shape. Execution order is the order of creation. */
export class Graph {
  readonly nodes: Node[] = []
  readonly inputs = new Map<string, InputSpec>()
  readonly states = new Map<string, Tensor>()
  /** State → value it gets at the end of a run. */
  readonly assignments = new Map<Tensor, Tensor>()
  /** Terms layers add to the loss of the model. */
  readonly losses: Tensor[] = []
  /** Last tensor produced in each scope, in order of creation. */
  readonly scopeOutputs = new Map<string, Tensor>()
  private readonly parameters = new Map<Parameter, Tensor>()
  private readonly scopes: string[] = []
  private tensors = 0
  private streams = 0
  /** Draws so far of each thing with a seed of its own. */
  private readonly seededDraws = new Map<Seeded, number>()

  /** True while building a program that trains: dropout draws, statistics update. */
  constructor(
    readonly training = false,
    /** Where parameters of this graph live; those of other sets are looked up here by origin. */
    private readonly set?: ParameterSet,
  ) {}

  /** A value the host writes before each run. Throws when the name is used twice with different shapes. */
  input(name: string, shape: Shape, dtype: DType = 'float32', limit?: number): Tensor {
    const known = this.inputs.get(name)
    if (known) {
      if (!sameShape(known.tensor.shape, shape) || known.tensor.dtype !== dtype) {
        throw new RepriseError('shape', `input "${name}" is declared twice with different shapes or types`)
      }
      return known.tensor
    }
    const tensor = this.tensor(shape, dtype)
    tensor.storage = { kind: 'input', name }
    this.inputs.set(name, { name, tensor, ...(limit === undefined ? {} : { limit }) })
    return tensor
  }

  /** The current value of a parameter. */
  parameter(given: Parameter): Tensor {
    const parameter = this.set?.resolve(given) ?? given
    let tensor = this.parameters.get(parameter)
    if (!tensor) {
      const { packing, shape, length } = parameter
      tensor = this.tensor(packing ? [length] : shape, 'float32')
      tensor.storage = { kind: 'parameter', parameter }
      if (packing) tensor = dequantize(tensor, packing)
      this.parameters.set(parameter, tensor)
    }
    return tensor
  }

  /** Parameters this graph reads, with their tensors. */
  usedParameters(): ReadonlyMap<Parameter, Tensor> {
    return this.parameters
  }

  /** A value kept between runs, shared by name with the other programs of the session; zero at first. */
  state(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
    const known = this.states.get(name)
    if (known) {
      if (!sameShape(known.shape, shape)) throw new RepriseError('shape', `state "${name}" has two shapes`)
      return known
    }
    const tensor = this.tensor(shape, dtype)
    tensor.storage = { kind: 'state', name }
    this.states.set(name, tensor)
    return tensor
  }

  /** At the end of each run `state`, a state or a parameter, takes the value of `value`. */
  assign(state: Tensor, value: Tensor): void {
    const { kind } = state.storage
    if (kind !== 'state' && kind !== 'parameter') throw new Error('assign needs a state or a parameter')
    if (!sameShape(state.shape, value.shape))
      throw new RepriseError('shape', 'assigned value has another shape')
    this.assignments.set(state, value)
  }

  /** State of the random generator: seed and step, see the manifest. */
  rng(): Tensor {
    return this.state('rng', [4], 'uint32')
  }

  /**
   * A number for the next random draw of this graph; the same model draws in the same order for every batch shape. Draws
   * of something with a seed depend on that seed and on how many it made before, not on the others.
   */
  nextStream(seeded?: Seeded): number {
    if (!seeded) return this.streams++
    const draw = this.seededDraws.get(seeded) ?? 0
    this.seededDraws.set(seeded, draw + 1)
    return seededStream(seeded.seed, draw)
  }

  /** Adds a term of one element to the loss of the model, such as an activity regularizer's. */
  addLoss(term: Tensor): void {
    this.losses.push(term)
  }

  /** Runs `body` with operations attributed to `name` (nested names are joined with "/"). */
  scope<Result>(name: string, body: () => Result): Result {
    this.scopes.push(name)
    try {
      return body()
    } catch (error) {
      if (error instanceof RepriseError && error.code === 'shape' && !error.message.startsWith('layer "')) {
        throw new RepriseError('shape', `layer "${this.currentScope}": ${error.message}`, { cause: error })
      }
      throw error
    } finally {
      this.scopes.pop()
    }
  }

  get currentScope(): string {
    return this.scopes.join('/')
  }

  append<Inputs extends TensorRecord, Outputs extends string, Attributes>(
    operation: Operation<Inputs, Outputs, Attributes>,
    inputs: Inputs,
    attributes: Attributes,
  ): Readonly<Record<Outputs, Tensor>> {
    for (const tensor of Object.values(inputs)) {
      if (tensor && tensor.graph !== this) throw new Error(`${operation.name}: tensors of different graphs`)
    }
    const specs = operation.infer(inputs, attributes)
    const outputs = {} as Record<Outputs, Tensor>
    for (const [name, spec] of Object.entries(specs) as [Outputs, { shape: Shape; dtype: DType }][]) {
      outputs[name] = this.tensor(spec.shape, spec.dtype)
    }
    const node: Node = {
      operation: operation as unknown as Operation,
      inputs,
      outputs,
      attributes,
      scope: this.currentScope,
    }
    for (const tensor of Object.values<Tensor>(outputs)) tensor.node = node
    this.nodes.push(node)
    const last = Object.values<Tensor>(outputs)[0]
    if (last) this.scopeOutputs.set(node.scope, last)
    return outputs
  }

  private tensor(shape: Shape, dtype: DType): Tensor {
    return new Tensor(this, this.tensors++, shape, dtype)
  }
}
