import type { Elements, Engine, Executable, Region } from '../engine/engine.js'
import { RepriseError } from '../errors.js'
import { type Compiled, compile, type IoSpec, type ProgramSpec } from './compile.js'
import { Graph } from './graph.js'
import { packWeight, unpackWeight } from './packed-weights.js'
import type { Parameter, ParameterSet } from './parameters.js'
import type { DType } from './tensor.js'

/** Bytes a compiled program needs. */
export interface MemoryReport {
  readonly parameters: number
  readonly gradients: number
  /** Carried states, optimizer moments, random state. */
  readonly state: number
  /** Activations and gradients of activations, planned. */
  readonly arena: number
  /** What the arena would take if nothing were reused. */
  readonly arenaUnplanned: number
  readonly inputsAndOutputs: number
  /** Work space of the engine. */
  readonly scratch: number
}

interface State {
  readonly region: Region
  readonly count: number
  readonly dtype: DType
}

/** Work space of programs; runs of an engine never overlap, so that all programs it is large enough for may share it. */
interface Arena {
  readonly region: Region
  users: number
}

export interface SessionOptions {
  /** Programs kept compiled; the least recently used goes first. Default 16. */
  readonly programs?: number
}

/**
 * The memory of one model on one engine: parameters, gradients, states, and a bounded store of compiled programs, one per
 * use and batch shape.
 */
export class Session {
  private readonly parameterRegion: Region
  private gradientRegion: Region | undefined
  private readonly states = new Map<string, State>()
  private readonly programs = new Map<string, CompiledProgram>()
  private readonly arenas: Arena[] = []
  /** The last of `programs`, which need not be put there again: between two single steps that would be felt. */
  private latest: CompiledProgram | undefined
  private readonly capacity: number

  constructor(
    readonly engine: Engine,
    readonly parameters: ParameterSet,
    options: SessionOptions = {},
  ) {
    this.capacity = options.programs ?? 16
    this.parameterRegion = engine.allocate(Math.max(64, parameters.length * 4))
  }

  /**
   * The program kept under `key`, built on first use: `build` gets an empty graph and says what to compute. Trainable
   * flags of parameters are read now; use another key when they change.
   */
  program(
    key: string,
    build: (graph: Graph) => ProgramSpec,
    options: { training?: boolean } = {},
  ): CompiledProgram {
    const known = this.programs.get(key)
    if (known) {
      if (known !== this.latest) {
        this.programs.delete(key)
        this.programs.set(key, known)
      }
      this.latest = known
      return known
    }
    const graph = new Graph(options.training ?? false, this.parameters)
    const program = new CompiledProgram(this, compile(graph, this.parameters, build(graph)))
    this.programs.set(key, program)
    this.latest = program
    while (this.programs.size > this.capacity) {
      const [oldest, idle] =
        [...this.programs].find(([, candidate]) => !candidate.running && candidate !== program) ?? []
      if (oldest === undefined) break
      idle!.dispose()
      this.programs.delete(oldest)
    }
    return program
  }

  /** Work space of at least so many bytes, shared with other programs; what it holds lasts for one run. */
  borrowArena(bytes: number): Region {
    const fits = this.arenas.filter(({ region }) => region.bytes >= bytes)
    const smallest = fits.sort((a, b) => a.region.bytes - b.region.bytes)[0]
    if (smallest) {
      smallest.users++
      return smallest.region
    }
    // Larger by half than those there are, so that growing shapes make few of them.
    const largest = Math.max(0, ...this.arenas.map(({ region }) => region.bytes))
    const region = this.engine.allocate(Math.max(64, bytes, Math.ceil(1.5 * largest)))
    this.arenas.push({ region, users: 1 })
    return region
  }

  /** Frees a work space with the last program that has borrowed it. */
  returnArena(region: Region): void {
    const at = this.arenas.findIndex((arena) => arena.region === region)
    const arena = this.arenas[at]!
    arena.users--
    if (arena.users > 0) return
    this.arenas.splice(at, 1)
    this.engine.free(region)
  }

  /** Regions in slot order for a compiled program. */
  regions(compiled: Compiled, arena: Region, io: Region): Region[] {
    if (compiled.usesGradients)
      this.gradientRegion ??= this.engine.allocate(Math.max(64, this.parameters.length * 4))
    const states = compiled.states.map(({ name, count, dtype }) => this.state(name, count, dtype).region)
    return [this.parameterRegion, this.gradientRegion ?? this.parameterRegion, arena, io, ...states]
  }

  private state(name: string, count: number, dtype: DType): State {
    let state = this.states.get(name)
    if (!state) {
      state = { region: this.engine.allocate(Math.max(64, count * 4)), count, dtype }
      this.states.set(name, state)
    }
    if (state.count !== count) {
      throw new RepriseError(
        'shape',
        `state "${name}" has ${state.count} values, a program wants ${count}; what keeps a state between runs needs the same batch size in each`,
      )
    }
    return state
  }

  /** Names and sizes of all states, for checkpoints. */
  stateNames(): { name: string; count: number; dtype: DType }[] {
    return [...this.states].map(([name, { count, dtype }]) => ({ name, count, dtype }))
  }

  /** Copies a state out; zeros when no program has declared it. */
  readState<Values extends Elements>(name: string, into: Values): Values {
    const state = this.states.get(name)
    if (!state) into.fill(0)
    else {
      checkLength(`state "${name}"`, into.length, state.count)
      this.engine.read(state.region, 0, into)
    }
    return into
  }

  /** Writes a state, declaring it when no program has yet. */
  writeState(name: string, values: Elements): void {
    const dtype: DType =
      values instanceof Float32Array ? 'float32' : values instanceof Int32Array ? 'int32' : 'uint32'
    this.engine.write(this.state(name, values.length, dtype).region, 0, values)
  }

  /** The flat parameter vector, alignment gaps included (zero). */
  readParameters(into: Float32Array = new Float32Array(this.parameters.length)): Float32Array {
    checkLength('parameter vector', into.length, this.parameters.length)
    this.engine.read(this.parameterRegion, 0, into)
    return into
  }

  writeParameters(values: Float32Array): void {
    checkLength('parameter vector', values.length, this.parameters.length)
    this.engine.write(this.parameterRegion, 0, values)
  }

  /** The values of one parameter; of a packed one those its bits stand for. */
  readParameter(parameter: Parameter): Float32Array {
    if (parameter.packing) {
      const words = new Int32Array(parameter.length)
      this.engine.read(this.parameterRegion, parameter.offset, words)
      return unpackWeight(parameter.packing, words)
    }
    const values = new Float32Array(parameter.size)
    this.engine.read(this.parameterRegion, parameter.offset, values)
    return values
  }

  writeParameter(parameter: Parameter, values: Float32Array): void {
    checkLength(`parameter "${parameter.name}"`, values.length, parameter.size)
    const { packing } = parameter
    this.engine.write(this.parameterRegion, parameter.offset, packing ? packWeight(packing, values) : values)
  }

  /**
   * Gradient of one parameter after a run that differentiated; zeros before any. Where it is a list of rows they come
   * first; the program has their numbers in its outputs `rows of NAME` and `row count of NAME`.
   */
  readGradient(parameter: Parameter, into: Float32Array = new Float32Array(parameter.size)): Float32Array {
    checkLength(`gradient of "${parameter.name}"`, into.length, parameter.size)
    if (this.gradientRegion) this.engine.read(this.gradientRegion, parameter.offset, into)
    else into.fill(0)
    return into
  }

  /** Gives every parameter its initial value. */
  initializeParameters(): void {
    for (const parameter of this.parameters)
      this.writeParameter(parameter, parameter.initializer(parameter.shape))
  }

  /** Memory of everything this session holds, with the arena and scratch of `program`. */
  memory(program: CompiledProgram): MemoryReport {
    let state = 0
    for (const { region } of this.states.values()) state += region.bytes
    const { compiled } = program
    return {
      parameters: this.parameterRegion.bytes,
      gradients: this.gradientRegion?.bytes ?? 0,
      state,
      arena: compiled.arenaLength * 4,
      arenaUnplanned: compiled.unplannedLength * 4,
      inputsAndOutputs: compiled.ioLength * 4,
      scratch: program.scratchBytes,
    }
  }

  /** Frees everything but the engine. */
  dispose(): void {
    for (const program of this.programs.values()) program.dispose()
    this.programs.clear()
    for (const { region } of this.states.values()) this.engine.free(region)
    this.states.clear()
    this.engine.free(this.parameterRegion)
    if (this.gradientRegion) this.engine.free(this.gradientRegion)
    this.gradientRegion = undefined
  }
}

/** Floating-point operations a core does in a third of a millisecond. */
const shortProgram = 3e7

/** A stretch of the exchange region, in elements; `begin` is −1 for parts with gaps between them. */
interface Span {
  readonly begin: number
  readonly length: number
}

/** A program in the memory of a session: write inputs, run, read outputs. Nothing is allocated by a run. */
export class CompiledProgram {
  private readonly arena: Region
  private readonly io: Region
  private readonly executable: Executable
  /** Where lists of inputs and outputs that are moved together lie. */
  private readonly spans = {
    input: new Map<readonly string[], Span>(),
    output: new Map<readonly string[], Span>(),
  }
  running = false

  constructor(
    private readonly session: Session,
    readonly compiled: Compiled,
  ) {
    const { engine } = session
    this.arena = session.borrowArena(compiled.arenaLength * 4)
    this.io = engine.allocate(Math.max(64, compiled.ioLength * 4))
    this.executable = engine.load(compiled.program, session.regions(compiled, this.arena, this.io))
  }

  get scratchBytes(): number {
    return this.executable.scratchBytes
  }

  /** Floating-point operations of one run. */
  get flops(): number {
    return this.compiled.program.flops
  }

  hasInput(name: string): boolean {
    return this.compiled.inputs.has(name)
  }

  /** Writes an input. Throws `shape` on a wrong length, `id-out-of-range` on an integer outside the input's limit. */
  write(name: string, values: Elements): void {
    const spec = this.lookUp(this.compiled.inputs, 'input', name)
    checkLength(`input "${name}"`, values.length, spec.count)
    if (spec.limit !== undefined) checkLimit(name, values, spec.limit)
    this.engine.write(this.io, spec.offset, values)
  }

  /** Writes float32 inputs from `values`, which has them one after the other: in one copy where they lie so in memory too. */
  writeParts(names: readonly string[], values: Float32Array): void {
    const whole = this.span(this.compiled.inputs, 'input', names, values.length)
    if (whole >= 0) this.engine.write(this.io, whole, values)
    else this.eachPart(names, 'inputs', values, (offset, part) => this.engine.write(this.io, offset, part))
  }

  /** Copies outputs one after the other into `into`. */
  readParts(names: readonly string[], into: Float32Array): Float32Array {
    const whole = this.span(this.compiled.outputs, 'output', names, into.length)
    if (whole >= 0) this.engine.read(this.io, whole, into)
    else this.eachPart(names, 'outputs', into, (offset, part) => this.engine.read(this.io, offset, part))
    return into
  }

  async run(): Promise<void> {
    if (this.running) throw new Error('this program is already running')
    this.running = true
    try {
      await this.executable.run()
    } finally {
      this.running = false
    }
  }

  runSync(): void {
    this.executable.runSync()
  }

  /** Runs a program of less than a millisecond at once, which handing it to other threads and back would double; others as `run`. */
  async runSoon(): Promise<void> {
    if (this.flops > shortProgram) return this.run()
    try {
      this.executable.runSync()
    } catch (error) {
      if (!(error instanceof RepriseError && error.code === 'engine-busy')) throw error
      await this.run()
    }
  }

  /** Copies an output into `into` and returns it. */
  read<Values extends Elements>(name: string, into: Values): Values {
    const spec = this.lookUp(this.compiled.outputs, 'output', name)
    checkLength(`output "${name}"`, into.length, spec.count)
    this.engine.read(this.io, spec.offset, into)
    return into
  }

  /** Number of elements of an output. */
  outputLength(name: string): number {
    return this.lookUp(this.compiled.outputs, 'output', name).count
  }

  memory(): MemoryReport {
    return this.session.memory(this)
  }

  dispose(): void {
    this.executable.dispose()
    this.session.returnArena(this.arena)
    this.engine.free(this.io)
  }

  private get engine(): Engine {
    return this.session.engine
  }

  /** Where inputs or outputs begin that lie in memory without gaps; −1 when there are gaps. Checks their length. */
  private span(
    map: ReadonlyMap<string, IoSpec>,
    kind: 'input' | 'output',
    names: readonly string[],
    length: number,
  ): number {
    let known = this.spans[kind].get(names)
    if (!known) {
      const specs = names.map((name) => this.lookUp(map, kind, name))
      const gapless = specs.every(
        ({ offset }, k) => k === 0 || offset === specs[k - 1]!.offset + specs[k - 1]!.count,
      )
      known = {
        length: specs.reduce((sum, { count }) => sum + count, 0),
        begin: gapless ? (specs[0]?.offset ?? 0) : -1,
      }
      this.spans[kind].set(names, known)
    }
    // Looked at here too: between two single steps it is felt when names are joined for nothing.
    if (length !== known.length) checkLength(`${kind}s ${names.join(', ')}`, length, known.length)
    return known.begin
  }

  private eachPart(
    names: readonly string[],
    side: 'inputs' | 'outputs',
    values: Float32Array,
    move: (offset: number, part: Float32Array) => void,
  ): void {
    let begin = 0
    for (const name of names) {
      const { offset, count } = this.compiled[side].get(name)!
      move(offset, values.subarray(begin, begin + count))
      begin += count
    }
  }

  private lookUp(map: ReadonlyMap<string, IoSpec>, kind: string, name: string): IoSpec {
    const spec = map.get(name)
    if (!spec) throw new Error(`program has no ${kind} "${name}"; it has ${[...map.keys()].join(', ')}`)
    return spec
  }
}

function checkLength(what: string, got: number, expected: number): void {
  if (got !== expected) throw new RepriseError('shape', `${what} has ${expected} values, got ${got}`)
}

function checkLimit(name: string, values: Elements, limit: number): void {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!
    if (!(value >= 0 && value < limit)) {
      throw new RepriseError(
        'id-out-of-range',
        `input "${name}" holds ${value} at position ${index}; ids must lie in 0 … ${limit - 1}`,
      )
    }
  }
}
