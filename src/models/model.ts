import type { Engine } from '../engine/engine.js'
import { RepriseError, unknownName } from '../errors.js'
import type { Parameter } from '../graph/index.js'
import { formatShape, type Session, sizeOf, type Tensor } from '../graph/index.js'
import type { Shape } from '../graph/tensor.js'
import { type BuildContext, type CallOptions, Layer, type LayerOutputs, type Mask } from '../layers/layer.js'
import type { LayerNode, SymbolicTensor } from '../layers/symbolic.js'
import { NdArray } from '../nd-array.js'
import { Accumulator } from './accumulator.js'
import { type Batch, inputShapes } from './batch.js'
import { arrayBatches, isBatchIterable, iterableBatches, type ModelBatches } from './batch-source.js'
import type { History } from './callback.js'
import { type CompileOptions, type OutputObjective, objectives, resolveOptimizer } from './compile-options.js'
import { ExampleSet } from './example-set.js'
import {
  type BatchIterable,
  type BatchTuple,
  checkFitNumbers,
  type EvaluateOptions,
  fitOptionNames,
  type ModelFitOptions,
  type PredictOptions,
} from './fit-options.js'
import { arraysFor, asElements, checkFinite, checkIds, commonLength, type DataLike } from './host-data.js'
import { modelConfig } from './model-config.js'
import { loadWeights, saveModel, saveWeights } from './model-files.js'
import { ModelOptimizer } from './model-optimizer.js'
import type { Network } from './network.js'
import { resolveVerbose } from './progress-bar.js'
import { Runtime } from './runtime.js'
import { makeScores, type Scores } from './scores.js'
import { defaultSeed } from './seed.js'
import { type OutputMetric, resolveMetrics, StepPrograms, type StepValues } from './step-program.js'
import { summaryText } from './summary.js'
import { evaluateBatches, trainEpochs } from './training-loop.js'

export interface ModelOptions {
  readonly name?: string | undefined
  /** Default: the fastest engine that works here, shared by all models; see `setEngine`. */
  readonly engine?: Engine | undefined
  /** Of initial weights, dropout and shuffling; default that of `setRandomSeed`, else 0. */
  readonly seed?: number | undefined
}

interface Compiled {
  readonly options: CompileOptions
  /** Known once the names of the outputs are. */
  objectives: readonly OutputObjective[] | undefined
  readonly optimizer: ModelOptimizer
  /** Made from the shapes of the first batch. */
  metrics: OutputMetric[][] | undefined
}

/**
 * What every model can do: compile, fit, evaluate, predict, summary, weights. A model is also a layer and can be part of another
 * one, with which it shares its weights.
 */
export abstract class Model extends Layer {
  private readonly engine: Engine | undefined
  private ownSeed: number | undefined
  private runtime: Runtime | undefined
  private compiled: Compiled | undefined
  /** Set by callbacks: training ends after the epoch or step under way. */
  stopTraining = false

  constructor({ name, engine, seed }: ModelOptions = {}) {
    super({ name })
    this.engine = engine
    this.ownSeed = seed
  }

  /** The layers and their connections. Throws `not-built` while the shape of the input is not known. */
  protected abstract get network(): Network
  /** Builds from the shapes of data when that is still to do. */
  protected buildFor(_shapes: readonly Shape[]): void {}
  /** The layers, in order. */
  abstract get layers(): readonly Layer[]

  get seed(): number {
    return this.compiled?.options.seed ?? this.ownSeed ?? defaultSeed()
  }

  get inputs(): readonly SymbolicTensor[] {
    return this.network.inputs
  }

  /** The calls of layers it is made of. */
  get calls(): readonly LayerNode[] {
    return this.network.nodes
  }

  get outputs(): readonly SymbolicTensor[] {
    return this.network.outputs
  }

  /** Names of the outputs: those of the layers they come from. */
  get outputNames(): readonly string[] {
    const names = this.network.outputs.map(({ layer }) => layer.name)
    return names.map((name, k) => {
      const before = names.slice(0, k).filter((other) => other === name).length
      return before === 0 ? name : `${name}_${before}`
    })
  }

  get inputNames(): readonly string[] {
    return this.network.inputs.map(({ layer }) => layer.name)
  }

  override get weights(): readonly Parameter[] {
    return this.network.weights
  }

  override get sublayers(): readonly Layer[] {
    return this.layers
  }

  override get wantsIntegers(): boolean {
    return this.network.inputs.every(({ dtype }) => dtype === 'int32')
  }

  override get integerLimit(): number | undefined {
    return this.network.integerLimit(this.network.inputs[0]!)
  }

  /** A layer by its name, or by its place. Throws `unknown-name`. */
  getLayer(which: string | number): Layer {
    const { layers } = this
    const layer = typeof which === 'number' ? layers.at(which) : layers.find(({ name }) => name === which)
    if (layer) return layer
    throw unknownName(
      `layer of model "${this.name}"`,
      String(which),
      layers.map(({ name }) => name),
    )
  }

  // As a layer.

  protected createWeights(): void {}

  override build(context: BuildContext, ...shapes: readonly Shape[]): void {
    this.buildFor(shapes)
    this.claimName(context)
    this.network.build(context.inside(this))
  }

  outputShape(inputShape: Shape): Shape {
    return this.outputShapes([inputShape])[0]!
  }

  override outputShapes(shapes: readonly Shape[]): readonly Shape[] {
    this.buildFor(shapes)
    const { inputs } = this.network
    if (shapes.length !== inputs.length) {
      throw new RepriseError(
        'shape',
        `model "${this.name}" takes ${inputs.length} inputs, got ${shapes.length}`,
      )
    }
    return this.network.inferShapes(shapes)
  }

  override call(x: Tensor, options: CallOptions = {}): Tensor {
    return this.run([x], [options.mask]).outputs[0]!
  }

  override run(inputs: readonly Tensor[], masks: readonly Mask[] = []): LayerOutputs {
    return inputs[0]!.graph.scope(this.name, () => this.network.trace(inputs, masks))
  }

  protected forward(x: Tensor, { mask }: CallOptions): Tensor {
    return this.network.trace([x], [mask]).outputs[0]!
  }

  // Training.

  /**
   * Chooses optimizer, loss and metrics, by Keras's names. The optimizer starts afresh.
   *
   * Throws `unknown-name` and `option`; names of outputs are checked when the model is built.
   */
  compile(options: CompileOptions = {}): void {
    const known = [
      'optimizer',
      'loss',
      'lossWeights',
      'metrics',
      'weightedMetrics',
      'clipnorm',
      'clipvalue',
      'globalClipnorm',
      'seed',
    ]
    for (const name of Object.keys(options)) {
      if (!known.includes(name)) throw unknownName('option of compile', name, known)
    }
    const optimizer = new ModelOptimizer(resolveOptimizer(options))
    this.compiled = { options, objectives: undefined, optimizer, metrics: undefined }
    // Unknown names are told now, those of outputs as soon as outputs have names.
    if (this.networkIfBuilt) this.currentObjectives()
    else if (!isByOutput(options)) objectives(['output'], options)
    this.forgetOptimizer()
  }

  protected abstract get networkIfBuilt(): Network | undefined

  get optimizer(): ModelOptimizer {
    return this.requireCompiled('optimizer').optimizer
  }

  get isCompiled(): boolean {
    return this.compiled !== undefined
  }

  /** What `compile` was called with. */
  get compileOptions(): CompileOptions | undefined {
    return this.compiled?.options
  }

  /**
   * Trains on arrays or on batches of a generator and gives the history of losses and metrics.
   *
   * Throws, before the first step: `not-compiled`, `shape`, `empty-data`, `not-finite`, `id-out-of-range`, `option`.
   *
   * @example
   * const { history } = await model.fit(x, y, { epochs: 5, batchSize: 32, validationSplit: 0.2 })
   */
  async fit(x: DataLike | BatchIterable, y?: DataLike, options?: ModelFitOptions): Promise<History>
  async fit(x: BatchIterable, options?: ModelFitOptions): Promise<History>
  async fit(
    x: DataLike | BatchIterable,
    second?: DataLike | ModelFitOptions,
    third?: ModelFitOptions,
  ): Promise<History> {
    const optionsAreSecond = third === undefined && isBatchIterable(x) && isFitOptions(second)
    const y = optionsAreSecond ? undefined : (second as DataLike | undefined)
    const options = (optionsAreSecond ? (second as ModelFitOptions) : third) ?? {}
    for (const name of Object.keys(options)) {
      if (!fitOptionNames.includes(name)) throw unknownName('option of fit', name, fitOptionNames)
    }
    checkFitNumbers(options)
    const compiled = this.requireCompiled('fit')
    const { batchSize = 32, validationSplit = 0, shuffle = true, stepsPerEpoch } = options
    let train: ModelBatches
    let validation = options.validationData && this.dataOf(options.validationData, options)
    if (isBatchIterable(x)) {
      if (validationSplit > 0)
        throw new RepriseError('option', 'fit: validationSplit needs arrays, not a generator')
      await this.buildFromFirst(x)
      train = iterableBatches(this.needs, x, stepsPerEpoch)
    } else {
      if (!y) throw new RepriseError('shape', 'fit: targets (y) are missing')
      this.buildForData(x)
      const all = ExampleSet.from(this.needs, x, y, options.sampleWeight, options.classWeight)
      const count = Math.floor(all.length * (1 - validationSplit))
      if (count === 0 || (validationSplit > 0 && count === all.length)) {
        throw new RepriseError(
          'option',
          `fit: validationSplit ${validationSplit} of ${all.length} rows leaves a part empty`,
        )
      }
      const examples = validationSplit > 0 ? all.slice(0, count) : all
      if (validationSplit > 0 && !validation) {
        validation = arrayBatches(all.slice(count, all.length), options.validationBatchSize ?? batchSize)
      }
      train = arrayBatches(examples, batchSize, {
        shuffleSeed: shuffle ? this.seed : undefined,
        steps: stepsPerEpoch,
      })
    }
    const verbose = resolveVerbose(options.verbose ?? 'auto', 2)
    const callbacks = options.callbacks ?? []
    const epochs = options.epochs ?? 1
    for (const callback of callbacks) {
      callback.setModel?.(this)
      callback.setParams?.({ epochs, steps: train.steps, verbose })
    }
    compiled.metrics = undefined
    return trainEpochs(this.loopModel, train, {
      epochs,
      initialEpoch: options.initialEpoch ?? 0,
      verbose,
      callbacks,
      validation: validation || undefined,
      validationSteps: options.validationSteps,
      validationFreq: options.validationFreq ?? 1,
      signal: options.signal,
    })
  }

  /** Loss and metrics on data: `const { loss, accuracy } = await model.evaluate(x, y)`, or `const [loss, accuracy] = …`. */
  async evaluate(x: DataLike | BatchIterable, y?: DataLike, options: EvaluateOptions = {}): Promise<Scores> {
    const compiled = this.requireCompiled('evaluate')
    const { batchSize = 32, steps, callbacks = [], signal } = options
    let batches: ModelBatches
    if (isBatchIterable(x)) {
      await this.buildFromFirst(x)
      batches = iterableBatches(this.needs, x, steps)
    } else {
      if (!y) throw new RepriseError('shape', 'evaluate: targets (y) are missing')
      this.buildForData(x)
      batches = arrayBatches(ExampleSet.from(this.needs, x, y, options.sampleWeight), batchSize)
    }
    const verbose = resolveVerbose(options.verbose ?? 'auto', 0)
    compiled.metrics = undefined
    const entries = await evaluateBatches(this.loopModel, batches, { callbacks, signal, verbose, steps })
    return makeScores(entries)
  }

  /** One step of training on one batch; gives its loss and metrics. */
  async trainOnBatch(
    x: DataLike,
    y: DataLike,
    options: Pick<ModelFitOptions, 'sampleWeight' | 'classWeight'> = {},
  ): Promise<Scores> {
    this.requireCompiled('trainOnBatch')
    this.buildForData(x)
    const { sampleWeight, classWeight } = options
    const batch = ExampleSet.from(this.needs, x, y, sampleWeight, classWeight)
    const accumulator = this.accumulator(batch)
    accumulator.add(await this.trainStep(batch), batch.length)
    return makeScores(accumulator.entries())
  }

  /** Loss and metrics of one batch. */
  async testOnBatch(
    x: DataLike,
    y: DataLike,
    options: Pick<EvaluateOptions, 'sampleWeight'> = {},
  ): Promise<Scores> {
    this.requireCompiled('testOnBatch')
    this.buildForData(x)
    const batch = ExampleSet.from(this.needs, x, y, options.sampleWeight)
    const accumulator = this.accumulator(batch)
    accumulator.add(await this.testStep(batch), batch.length)
    return makeScores(accumulator.entries())
  }

  /**
   * The output for each row, as one array (of the first output; `predictAll` gives every one). May be called concurrently.
   *
   * @example
   * const probabilities = await model.predict(x) // NdArray [N, classes]
   * probabilities.argmax().data
   */
  async predict(x: DataLike, options: PredictOptions = {}): Promise<NdArray<Float32Array>> {
    return (await this.predictAll(x, options))[0]!
  }

  /** The outputs for each row, an array for each output of the model. */
  async predictAll(x: DataLike, options: PredictOptions = {}): Promise<NdArray<Float32Array>[]> {
    this.buildForData(x)
    const { network } = this
    const xs = arraysFor('inputs', this.inputNames, x)
    const length = commonLength(xs.map((array, k) => [`input "${this.inputNames[k]}"`, array] as const))
    for (const [k, input] of network.inputs.entries()) {
      const limit = network.integerLimit(input)
      if (input.dtype === 'int32' && limit !== undefined) {
        checkIds(
          `input "${this.inputNames[k]}"`,
          xs[k]!,
          limit,
          'the inputDim of the embedding that reads it',
        )
      } else checkFinite(`input "${this.inputNames[k]}"`, xs[k]!)
    }
    const batchSize = options.batchSize ?? 32
    const parts: NdArray<Float32Array>[][] = network.outputs.map(() => [])
    for (let begin = 0; begin < length; begin += batchSize) {
      options.signal?.throwIfAborted()
      const batch = xs.map((array) => array.slice(begin, Math.min(length, begin + batchSize)))
      const outputs = await this.openRuntime().exclusive((session) => this.predictBatch(session, batch))
      for (const [k, output] of outputs.entries()) parts[k]!.push(output)
    }
    return parts.map((list) => joined(list))
  }

  private async predictBatch(session: Session, xs: readonly NdArray[]): Promise<NdArray<Float32Array>[]> {
    const { network } = this
    const shapes = inputShapes(network, xs)
    const outputs: Shape[] = []
    const program = session.program(`predict ${JSON.stringify(shapes)}`, (graph) => {
      const inputs = network.inputs.map((input, k) =>
        graph.input(`x${k}`, shapes[k]!, input.dtype, network.integerLimit(input)),
      )
      const traced = network.trace(inputs).outputs
      return { fetch: Object.fromEntries(traced.map((tensor, k) => [`y${k}`, tensor])) }
    })
    outputs.push(...network.inferShapes(shapes))
    for (const [k, input] of network.inputs.entries()) {
      if (program.hasInput(`x${k}`))
        program.write(`x${k}`, asElements(xs[k]!, input.dtype as 'int32' | 'float32'))
    }
    await program.run()
    return outputs.map(
      (shape, k) => new NdArray(program.read(`y${k}`, new Float32Array(sizeOf(shape))), shape),
    )
  }

  /** Sets the carried states of stateful layers to zero. */
  resetStates(): void {
    const session = this.runtime?.session
    for (const { name, count, dtype } of session?.stateNames() ?? []) {
      if (dtype === 'float32' && !name.startsWith('optimizer/'))
        session!.writeState(name, new Float32Array(count))
    }
  }

  /** Prints and returns the table of layers that Keras prints. */
  summary(
    options: { readonly print?: ((text: string) => void) | false; readonly lineLength?: number } = {},
  ): string {
    const network = this.networkIfBuilt
    const text = summaryText(
      {
        name: this.name,
        layers: this.layers,
        nodes: network?.nodes ?? [],
        weights: network?.weights ?? [],
        chain: isChain(network),
      },
      options.lineLength,
    )
    const { print = (line: string) => console.log(line) } = options
    if (print) print(text)
    return text
  }

  /** Frees the engine's memory; the weights are kept and the model can be used again. */
  dispose(): void {
    this.runtime?.dispose()
    this.runtime = undefined
  }

  protected openRuntime(): Runtime {
    this.runtime ??= new Runtime(this.network.parameters, this.engine)
    return this.runtime
  }

  /** The network is another one now: its memory is made anew. */
  protected networkChanged(): void {
    this.dispose()
    if (!this.compiled) return
    this.compiled.metrics = undefined
    this.compiled.objectives = undefined
  }

  private get needs() {
    return { network: this.network, objectives: this.currentObjectives() }
  }

  private currentObjectives(): readonly OutputObjective[] {
    const compiled = this.requireCompiled('fit')
    compiled.objectives ??= objectives(this.outputNames, compiled.options)
    return compiled.objectives
  }

  private requireCompiled(method: string): Compiled {
    if (!this.compiled) {
      throw new RepriseError(
        'not-compiled',
        `${method}: model "${this.name}" has no loss and optimizer yet; call compile first`,
      )
    }
    return this.compiled
  }

  private buildForData(x: DataLike): void {
    if (this.networkIfBuilt) return
    const [first] = arraysFor('inputs', ['input'], x)
    this.buildFor([[Number.NaN, ...first!.shape.slice(1)]])
  }

  /** A generator's first batch tells the shape; it is then asked for again, so sources must be repeatable functions or built models. */
  private async buildFromFirst(source: BatchIterable): Promise<void> {
    if (this.networkIfBuilt) return
    if (typeof source !== 'function') {
      throw new RepriseError(
        'not-built',
        `model "${this.name}": give the first layer an inputShape, or pass a function that makes the generator`,
      )
    }
    for await (const batch of iterableOf(source())) {
      this.buildForData(batch[0])
      return
    }
  }

  private dataOf(data: BatchTuple | BatchIterable, options: ModelFitOptions): ModelBatches {
    if (isBatchIterable(data)) return iterableBatches(this.needs, data, options.validationSteps)
    const [x, y, weight] = data as BatchTuple
    if (!y) throw new RepriseError('shape', 'fit: validationData needs targets: [x, y]')
    this.buildForData(x)
    return arrayBatches(
      ExampleSet.from(this.needs, x, y, weight),
      options.validationBatchSize ?? options.batchSize ?? 32,
    )
  }

  private readonly loopModel = ((model: Model) => ({
    get stopTraining() {
      return model.stopTraining
    },
    set stopTraining(value: boolean) {
      model.stopTraining = value
    },
    get optimizer() {
      return model.optimizer
    },
    trainStep: (batch: Batch) => model.trainStep(batch),
    testStep: (batch: Batch) => model.testStep(batch),
    accumulator: (batch: Batch) => model.accumulator(batch),
  }))(this)

  private programs(batch: Batch): StepPrograms {
    return new StepPrograms(this.network, this.currentObjectives(), this.metricsFor(batch))
  }

  private metricsFor(batch: Batch): OutputMetric[][] {
    const compiled = this.requireCompiled('fit')
    if (!compiled.metrics) {
      const shapes = this.network.inferShapes(inputShapes(this.network, batch.x))
      compiled.metrics = resolveMetrics(
        this.currentObjectives(),
        shapes,
        batch.y.map(({ shape }) => shape),
      )
    }
    return compiled.metrics
  }

  private accumulator(batch: Batch): Accumulator {
    return new Accumulator(this.currentObjectives(), this.metricsFor(batch))
  }

  private trainStep(batch: Batch): Promise<StepValues> {
    const { optimizer } = this.requireCompiled('fit')
    return this.openRuntime().exclusive(async (session, weights) => {
      session.writeState('rng', randomState(this.seed, optimizer.iterations))
      optimizer.beginStep(session)
      const values = await this.programs(batch).run(session, batch, optimizer.optimizer)
      optimizer.iterations++
      await this.constrain(session)
      weights.changed([...session.parameters].filter(({ trainable, canTrain }) => trainable || !canTrain))
      return values
    })
  }

  private testStep(batch: Batch): Promise<StepValues> {
    return this.openRuntime().exclusive((session) => this.programs(batch).run(session, batch))
  }

  /** Keras's constraints: each weight is put back where it may be, after the update. */
  private async constrain(session: Session): Promise<void> {
    const bound = [...session.parameters].filter(({ constraint, trainable }) => constraint && trainable)
    if (bound.length === 0) return
    const program = session.program(`constrain ${bound.map(({ offset }) => offset).join()}`, (graph) => {
      for (const parameter of bound) {
        const value = graph.parameter(parameter)
        graph.assign(value, parameter.constraint!(value))
      }
      return {}
    })
    await program.run()
  }

  private forgetOptimizer(): void {
    const session = this.runtime?.session
    for (const { name, count, dtype } of session?.stateNames() ?? []) {
      if (name.startsWith('optimizer/') && dtype === 'float32')
        session!.writeState(name, new Float32Array(count))
    }
  }

  /** The architecture as plain data; see `modelFromConfig`. Throws `not-saveable`. */
  options(): Readonly<Record<string, unknown>> {
    return modelConfig(this) as unknown as Readonly<Record<string, unknown>>
  }

  override weightName(weight: Parameter): string {
    const layer = this.layers.find(({ weights }) => weights.some(({ origin }) => origin === weight.origin))
    const own = layer?.weights.find(({ origin }) => origin === weight.origin)
    return layer ? `${layer.name}/${layer.weightName(own!)}` : weight.name
  }

  /**
   * Saves architecture, weights and what `compile` was given; the ending of the name chooses the format: .safetensors (this
   * library's own), .keras, .h5, .onnx (for inference elsewhere). All or nothing: a failed save leaves the old file.
   *
   * Throws `unknown-name` for another ending, `not-saveable`.
   */
  async save(path: string): Promise<void> {
    await saveModel(this, path)
  }

  /** Saves the weights alone: .weights.h5, .h5 or .safetensors. */
  async saveWeights(path: string): Promise<void> {
    await saveWeights(this, path)
  }

  /** Reads weights into this model, which must have the same layers. Nothing changes when they do not fit. */
  async loadWeights(path: string): Promise<void> {
    await loadWeights(this, path)
  }
}

/** Seed and step as the random state of the engine. */
function randomState(seed: number, step: number): Uint32Array {
  const words = (value: number) => [value >>> 0, Math.floor(value / 2 ** 32) >>> 0]
  return Uint32Array.of(...words(seed), ...words(step))
}

/** Whether an option says something by the names of outputs. */
function isByOutput({ loss, metrics, weightedMetrics, lossWeights }: CompileOptions): boolean {
  const isRecord = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !('name' in value) &&
    !('of' in value)
  return [loss, metrics, weightedMetrics, lossWeights].some(isRecord)
}

function isFitOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof NdArray)
    return false
  return Object.keys(value).every((key) => fitOptionNames.includes(key))
}

async function* iterableOf(
  source: Iterable<BatchTuple> | AsyncIterable<BatchTuple> | Iterator<BatchTuple> | AsyncIterator<BatchTuple>,
): AsyncGenerator<BatchTuple> {
  if (Symbol.asyncIterator in source || Symbol.iterator in source) yield* source as Iterable<BatchTuple>
  else {
    for (;;) {
      const { done, value } = await source.next()
      if (done) return
      yield value
    }
  }
}

/** Rows of several arrays under each other. */
function joined(parts: readonly NdArray<Float32Array>[]): NdArray<Float32Array> {
  if (parts.length === 1) return parts[0]!
  const rest = parts[0]!.shape.slice(1)
  const different = parts.find(({ shape }) => formatShape(shape.slice(1)) !== formatShape(rest))
  if (different) throw new RepriseError('shape', 'predict: batches gave outputs of different shapes')
  const rows = parts.reduce((sum, { length }) => sum + length, 0)
  const data = new Float32Array(rows * sizeOf(rest))
  let offset = 0
  for (const part of parts) {
    data.set(part.data, offset)
    offset += part.data.length
  }
  return new NdArray(data, [rows, ...rest])
}

/** Whether every layer is called once, with one input. */
function isChain(network: Network | undefined): boolean {
  if (!network) return true
  const { nodes, inputs, outputs } = network
  if (inputs.length > 1 || outputs.length > 1) return false
  if (nodes.some((node) => node.inputs.length > 1)) return false
  return new Set(nodes.map(({ layer }) => layer)).size === nodes.length
}
