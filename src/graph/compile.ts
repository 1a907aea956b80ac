import type { Address, CommandArguments, CommandName } from '../engine/commands.generated.js'
import { type Precision, type Program, ProgramBuilder } from '../engine/program.js'
import { RepriseError } from '../errors.js'
import { gradients, onlyGathered, type RowGradient } from './gradient.js'
import type { Graph, InputSpec } from './graph.js'
import type { Lowering, Node } from './operation.js'
import { copyOf } from './operations/shape.js'
import type { Parameter, ParameterSet } from './parameters.js'
import { type Lifetime, planArena } from './planner.js'
import { type DType, Tensor } from './tensor.js'

/** What a program should do, said over a graph. */
export interface ProgramSpec {
  /** Values the host reads after a run. */
  readonly fetch?: Readonly<Record<string, Tensor>>
  /** Compute the gradient of the sum of this tensor with respect to every trainable parameter. */
  readonly differentiate?: Tensor
  /** Whether products may round their operands to bfloat16; default `float32`, which does not. */
  readonly precision?: Precision
  /** Commands to append after everything else: clipping, the optimizer. */
  readonly update?: (context: UpdateContext) => void
}

/** A gradient that is a list of rows: it lies, `limit` rows of `width` elements, where the dense one would begin. */
export interface RowUpdate {
  /** int32 [limit]: which row of the parameter each is. */
  readonly rows: Address
  /** int32 [1]: how many count. */
  readonly rowCount: Address
  readonly limit: number
  readonly width: number
}

/** What `update` gets: addresses in the flat vectors and a place to put commands. */
export interface UpdateContext {
  readonly parameters: ParameterSet
  parameter(offset: number): Address
  gradient(offset: number): Address
  /** Parameters whose gradient is a list of rows in this program. */
  readonly rowGradients: ReadonlyMap<Parameter, RowUpdate>
  /** A named state of `count` elements, zero at first, kept between runs. */
  state(name: string, count: number, dtype?: DType): Address
  /** A place of `count` elements the host can read after the run under `name`. */
  output(name: string, count: number): Address
  emit<Name extends CommandName>(name: Name, args: CommandArguments[Name]): void
}

/** Slots every compiled program has; states follow. */
export const slot = { parameters: 0, gradients: 1, arena: 2, io: 3, firstState: 4 } as const

export interface IoSpec {
  readonly offset: number
  readonly count: number
  readonly dtype: DType
  readonly limit?: number
}

export interface StateSpec {
  readonly name: string
  readonly count: number
  readonly dtype: DType
}

/** A program and what the host must know to feed it. Lengths in 32-bit elements. */
export interface Compiled {
  readonly program: Program
  readonly inputs: ReadonlyMap<string, IoSpec>
  readonly outputs: ReadonlyMap<string, IoSpec>
  readonly states: readonly StateSpec[]
  readonly arenaLength: number
  /** What the arena would be without reuse. */
  readonly unplannedLength: number
  readonly ioLength: number
  readonly usesGradients: boolean
}

interface Recorded {
  readonly name: CommandName
  readonly args: Readonly<Record<string, number | Address | undefined>>
}

const virtualSlot = 1 << 20 // addresses name a tensor by slot virtualSlot + id until memory is planned

/** Turns a graph into a program: differentiates, drops what nobody uses, plans memory, encodes commands. */
export function compile(graph: Graph, parameters: ParameterSet, spec: ProgramSpec): Compiled {
  return new Compiler(graph, parameters, spec).compile()
}

class Compiler {
  private readonly recorded: Recorded[] = []
  private readonly states: StateSpec[] = []
  private readonly io = new Map<string, IoSpec>()
  private readonly outputNames = new Set<string>()
  private ioLength = 0
  /** Tensors somebody reads: inputs of live nodes, fetched values, gradients, assigned values. */
  private readonly used = new Set<Tensor>()
  /** Output → tensor whose memory it takes. */
  private readonly aliases = new Map<Tensor, Tensor>()
  private readonly tensors = new Map<number, Tensor>()
  private readonly assignments = new Map<Tensor, Tensor>()
  private readonly rowGradients = new Map<Parameter, RowUpdate>()
  private usesGradients = false

  constructor(
    private readonly graph: Graph,
    private readonly parameters: ParameterSet,
    private readonly spec: ProgramSpec,
  ) {}

  compile(): Compiled {
    const { graph } = this
    for (const input of graph.inputs.values()) this.placeInput(input)
    const kept = [...this.placeGradients(), ...this.placeOutputs(), ...this.placeAssignments()]
    const live = this.findLive(kept)
    for (const node of live) this.resolveAliases(node)
    const commandRange = this.lower(live)
    this.assignStates()
    this.appendUpdate()
    const plan = this.plan(live, commandRange)
    return this.encode(plan)
  }

  private placeInput({ name, tensor, limit }: InputSpec): void {
    this.placeIo(`in:${name}`, tensor.size, tensor.dtype, limit)
  }

  private placeIo(key: string, count: number, dtype: DType, limit?: number): Address {
    const offset = this.ioLength
    this.ioLength += Math.ceil(count / 16) * 16
    this.io.set(key, { offset, count, dtype, ...(limit === undefined ? {} : { limit }) })
    return { slot: slot.io, offset }
  }

  /** Differentiates and gives each parameter gradient its place in the flat gradient vector. */
  private placeGradients(): Tensor[] {
    const loss = this.spec.differentiate
    if (!loss) return []
    if (this.parameters.weights !== 'float32') {
      throw new RepriseError(
        'quantized-weights',
        `weights kept as ${this.parameters.weights} cannot be trained. Load the model with \`weights\` "float32", or train the one it was made from.`,
      )
    }
    this.usesGradients = true
    const entries = [...this.graph.usedParameters()].filter(([parameter]) => parameter.trainable)
    const tables = entries.filter(([{ rowGradient }, tensor]) => rowGradient && onlyGathered(tensor))
    const results = gradients(
      loss,
      entries.map(([, tensor]) => tensor),
      new Set(tables.map(([, tensor]) => tensor)),
    )
    const kept: Tensor[] = []
    const reached = new Set<string>()
    entries.forEach(([parameter], index) => {
      const gradient = results[index]
      if (!gradient) return
      reached.add(parameter.name)
      if (gradient instanceof Tensor) kept.push(this.store(gradient, { kind: 'gradient', parameter }))
      else kept.push(...this.placeRowGradient(parameter, gradient))
    })
    for (const parameter of this.parameters) {
      if (!parameter.trainable || reached.has(parameter.name)) continue
      const y = { slot: slot.gradients, offset: parameter.offset }
      this.recorded.push({ name: 'fill', args: { y, count: parameter.size, value: 0 } })
    }
    return kept
  }

  private placeRowGradient(parameter: Parameter, { values, rows, count }: RowGradient): Tensor[] {
    const place = (tensor: Tensor, what: string) => {
      const name = `${what} of ${parameter.name}`
      this.outputNames.add(name)
      const address = this.placeIo(`out:${name}`, tensor.size, tensor.dtype)
      return { address, tensor: this.store(tensor, { kind: 'output', name }) }
    }
    const list = place(rows, 'rows')
    const length = place(count, 'row count')
    const [limit, width] = values.shape as [number, number]
    this.rowGradients.set(parameter, { rows: list.address, rowCount: length.address, limit, width })
    return [this.store(values, { kind: 'gradient', parameter }), list.tensor, length.tensor]
  }

  private placeOutputs(): Tensor[] {
    return Object.entries(this.spec.fetch ?? {}).map(([name, tensor]) => {
      this.outputNames.add(name)
      this.placeIo(`out:${name}`, tensor.size, tensor.dtype)
      return this.store(tensor, { kind: 'output', name })
    })
  }

  /** Values to assign at the end. One that lives in a state is copied first: that state may be assigned before it is read. */
  private placeAssignments(): Tensor[] {
    for (const [state, value] of this.graph.assignments) {
      const { storage } = aliasRoot(value)
      this.assignments.set(
        state,
        storage.kind === 'state' || storage.kind === 'parameter' ? copyOf(value) : value,
      )
    }
    return [...this.assignments.values()]
  }

  /** Makes `storage` the home of a tensor, through a copy when it already has another. */
  private store(tensor: Tensor, storage: Tensor['storage']): Tensor {
    const root = aliasRoot(tensor)
    if (root.storage.kind === 'arena' && root.size === tensor.size) {
      root.storage = storage
      return tensor
    }
    const copy = copyOf(tensor)
    copy.storage = storage
    return copy
  }

  private findLive(kept: readonly Tensor[]): Node[] {
    for (const tensor of kept) this.used.add(tensor)
    const live: Node[] = []
    for (const node of this.graph.nodes.toReversed()) {
      if (!Object.values(node.outputs).some((output) => this.used.has(output))) continue
      live.push(node)
      for (const input of Object.values(node.inputs)) if (input) this.used.add(input)
    }
    return live.reverse()
  }

  private resolveAliases(node: Node): void {
    for (const [output, input] of Object.entries(node.operation.alias ?? {})) {
      this.aliases.set(node.outputs[output]!, node.inputs[input]!)
    }
  }

  private root(tensor: Tensor): Tensor {
    let root = tensor
    for (let next = this.aliases.get(root); next; next = this.aliases.get(root)) root = next
    return root
  }

  /** Runs every node's `lower` with virtual addresses; returns the commands [first, last) of each node. */
  private lower(live: readonly Node[]): Map<Node, { first: number; last: number }> {
    const ranges = new Map<Node, { first: number; last: number }>()
    const at = (tensor: Tensor, offset = 0): Address => {
      const root = this.root(tensor)
      this.tensors.set(root.id, root)
      return { slot: virtualSlot + root.id, offset }
    }
    for (const node of live) {
      const first = this.recorded.length
      const outputs = new Set(Object.values(node.outputs))
      const lowering: Lowering<Node['inputs'], string, unknown> = {
        inputs: node.inputs,
        outputs: node.outputs,
        attributes: node.attributes,
        at,
        optional: (tensor) =>
          tensor && (!outputs.has(tensor) || this.used.has(tensor)) ? at(tensor) : undefined,
        emit: (name, args) => this.recorded.push({ name, args: args as Recorded['args'] }),
      }
      node.operation.lower(lowering)
      ranges.set(node, { first, last: Math.max(first, this.recorded.length - 1) })
    }
    return ranges
  }

  private stateAddress(name: string, count: number, dtype: DType): Address {
    let index = this.states.findIndex((state) => state.name === name)
    if (index < 0) index = this.states.push({ name, count, dtype }) - 1
    if (this.states[index]!.count !== count) throw new Error(`state "${name}" has two sizes`)
    return { slot: slot.firstState + index, offset: 0 }
  }

  private assignStates(): void {
    for (const [state, value] of this.assignments) {
      const source = this.root(value)
      this.tensors.set(source.id, source)
      this.tensors.set(state.id, state)
      const one = {
        d0: 1,
        d1: 1,
        d2: 1,
        xStride0: 0,
        xStride1: 0,
        xStride2: 0,
        yStride0: 0,
        yStride1: 0,
        yStride2: 0,
      }
      this.recorded.push({
        name: 'copy',
        args: {
          x: { slot: virtualSlot + source.id, offset: 0 },
          y: { slot: virtualSlot + state.id, offset: 0 },
          ...one,
          d3: state.size,
          xStride3: 1,
          yStride3: 1,
          accumulate: 0,
        },
      })
    }
  }

  private appendUpdate(): void {
    this.spec.update?.({
      parameters: this.parameters,
      parameter: (offset) => ({ slot: slot.parameters, offset }),
      gradient: (offset) => ({ slot: slot.gradients, offset }),
      rowGradients: this.rowGradients,
      state: (name, count, dtype = 'float32') => this.stateAddress(name, count, dtype),
      output: (name, count) => {
        this.outputNames.add(name)
        return this.placeIo(`out:${name}`, count, 'float32')
      },
      emit: (name, args) => this.recorded.push({ name, args: args as Recorded['args'] }),
    })
  }

  /** Arena offsets by tensor id. */
  private plan(live: readonly Node[], ranges: ReadonlyMap<Node, { first: number; last: number }>) {
    const first = new Map<Tensor, number>()
    const last = new Map<Tensor, number>()
    const touch = (tensor: Tensor, index: number) => {
      if (!first.has(tensor)) first.set(tensor, index)
      last.set(tensor, Math.max(last.get(tensor) ?? 0, index))
    }
    for (const node of live) {
      const range = ranges.get(node)!
      for (const input of Object.values(node.inputs)) if (input) touch(this.root(input), range.last)
      for (const output of Object.values(node.outputs)) {
        touch(this.root(output), range.first)
        touch(this.root(output), range.last)
      }
    }
    for (const value of this.assignments.values()) touch(this.root(value), this.recorded.length)
    const merged = this.shareInPlace(live, ranges, last)
    const groups = new Map<Tensor, { size: number; first: number; last: number }>()
    let unplanned = 0
    for (const tensor of this.tensors.values()) {
      if (tensor.storage.kind !== 'arena') continue
      unplanned += tensor.size
      const leader = merged(tensor)
      const group = groups.get(leader)
      const [begin, end] = [first.get(tensor)!, last.get(tensor)!]
      if (!group) groups.set(leader, { size: tensor.size, first: begin, last: end })
      else {
        group.size = Math.max(group.size, tensor.size)
        group.first = Math.min(group.first, begin)
        group.last = Math.max(group.last, end)
      }
    }
    const leaders = [...groups.keys()]
    const plan = planArena(leaders.map((leader): Lifetime => groups.get(leader)!))
    const offsets = new Map(leaders.map((leader, index) => [leader, plan.offsets[index]!]))
    return { length: plan.length, unplanned, offsetOf: (tensor: Tensor) => offsets.get(merged(tensor))! }
  }

  /** Lets outputs take over the memory of inputs that die in the same node; returns the leader of each tensor's group. */
  private shareInPlace(
    live: readonly Node[],
    ranges: ReadonlyMap<Node, { first: number; last: number }>,
    last: ReadonlyMap<Tensor, number>,
  ): (tensor: Tensor) => Tensor {
    const leaders = new Map<Tensor, Tensor>()
    const leader = (tensor: Tensor): Tensor => {
      let current = tensor
      for (let next = leaders.get(current); next; next = leaders.get(current)) current = next
      return current
    }
    for (const node of live) {
      for (const [outputName, inputName] of Object.entries(node.operation.inPlace ?? {})) {
        const output = node.outputs[outputName]!
        const input = node.inputs[inputName]
        if (!input || output.storage.kind !== 'arena') continue
        const root = this.root(input)
        const uses = Object.values(node.inputs).filter(
          (tensor) => tensor && this.root(tensor) === root,
        ).length
        const dies = last.get(root) === ranges.get(node)!.last
        if (root.storage.kind === 'arena' && dies && uses === 1 && root.size === output.size)
          leaders.set(output, leader(root))
      }
    }
    return leader
  }

  private encode(plan: {
    length: number
    unplanned: number
    offsetOf: (tensor: Tensor) => number
  }): Compiled {
    const resolve = ({ slot: virtual, offset }: Address): Address => {
      if (virtual < virtualSlot) return { slot: virtual, offset }
      const base = this.home(this.tensors.get(virtual - virtualSlot)!, plan.offsetOf)
      return { slot: base.slot, offset: base.offset + offset }
    }
    const builder = new ProgramBuilder(this.spec.precision)
    for (const { name, args } of this.recorded) {
      const resolved = Object.fromEntries(
        Object.entries(args).map(([key, value]) => [key, typeof value === 'object' ? resolve(value) : value]),
      )
      builder.emit(name, resolved as CommandArguments[typeof name])
    }
    const part = (prefix: string) =>
      new Map(
        [...this.io]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, io]) => [key.slice(prefix.length), io]),
      )
    return {
      program: builder.build(),
      inputs: part('in:'),
      outputs: part('out:'),
      states: this.states,
      arenaLength: plan.length,
      unplannedLength: plan.unplanned,
      ioLength: this.ioLength,
      usesGradients: this.usesGradients,
    }
  }

  private home(tensor: Tensor, arenaOffset: (tensor: Tensor) => number): Address {
    const storage = tensor.storage
    switch (storage.kind) {
      case 'arena':
        return { slot: slot.arena, offset: arenaOffset(tensor) }
      case 'parameter':
        return { slot: slot.parameters, offset: storage.parameter.offset }
      case 'gradient':
        return { slot: slot.gradients, offset: storage.parameter.offset }
      case 'input':
        return { slot: slot.io, offset: this.io.get(`in:${storage.name}`)!.offset }
      case 'output':
        return { slot: slot.io, offset: this.io.get(`out:${storage.name}`)!.offset }
      case 'state':
        return this.stateAddress(storage.name, tensor.size, tensor.dtype)
    }
  }
}

/** Follows reshapes back to the tensor that owns the memory. */
function aliasRoot(tensor: Tensor): Tensor {
  let root = tensor
  for (;;) {
    const node = root.node
    const source =
      node && Object.entries(node.operation.alias ?? {}).find(([name]) => node.outputs[name] === root)
    const input = source && node.inputs[source[1]]
    if (!input) return root
    root = input
  }
}
