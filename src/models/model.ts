import type { Engine } from '../engine/engine.js'
import { RepriseError, unknownName } from '../errors.js'
import type { Parameter, Tensor } from '../graph/index.js'
import type { Shape } from '../graph/tensor.js'
import { type BuildContext, type CallOptions, Layer, type LayerOutputs, type Mask } from '../layers/layer.js'
import type { LayerNode, SymbolicTensor } from '../layers/symbolic.js'
import { NdArray } from '../nd-array.js'
import { checkWeightFormat, type WeightFormat } from '../quantization.js'
import { RandomStream } from '../random.js'
import {
  arrayBatches,
  isBatchIterable,
  iterableBatches,
  type ModelBatches,
  openBatches,
} from './batch-source.js'
import type { History } from './callback.js'
import type { CompileOptions } from './compile-options.js'
import { ExampleSet } from './example-set.js'
import {
  type BatchIterable,
  type BatchTuple,
  checkBatching,
  checkFitNumbers,
  type EvaluateOptions,
  fitOptionNames,
  type ModelFitOptions,
  type PredictOptions,
} from './fit-options.js'
import { arraysFor, type DataLike } from './host-data.js'
import { modelConfig } from './model-config.js'
import { saveModel, saveWeights } from './model-files.js'
import type { ModelOptimizer } from './model-optimizer.js'
import { ModelRunner } from './model-runner.js'
import type { Network } from './network.js'
import { joinRows, predictionInputs } from './predict-program.js'
import { resolveVerbose } from './progress-bar.js'
import { makeScores, type Scores } from './scores.js'
import { defaultSeed } from './seed.js'
import { isChain, summaryText } from './summary.js'
import { evaluateBatches, trainEpochs } from './training-loop.js'

export interface ModelOptions {
  readonly name?: string | undefined
  /** Default: the fastest engine that works here, shared by all models; see `setEngine`. */
  readonly engine?: Engine | undefined
  /** Of initial weights, dropout and shuffling; default that of `setRandomSeed`, else 0. */
  readonly seed?: number | undefined
  /**
   * How kernels and embedding tables are kept: "float32", or for predictions alone "bf16" or "int8" with a scale for each output.
   * Default float32.
   */
  readonly weights?: WeightFormat | undefined
}

/**
 * What every model can do: compile, fit, evaluate, predict, summary, weights. A model is also a layer and can be part of another
 * one, with which it shares its weights.
 */
export abstract class Model extends Layer {
  private readonly ownSeed: number | undefined
  private readonly runner: ModelRunner
  /** Where it stands in the first model around it, so that models inside one begin with weights of their own. */
  private place = ''

  /** How kernels and embedding tables are kept. */
  readonly weightFormat: WeightFormat

  constructor({ name, engine, seed, weights = 'float32' }: ModelOptions = {}) {
    super({ name })
    this.ownSeed = seed
    this.weightFormat = checkWeightFormat(weights)
    this.runner = new ModelRunner(this, engine)
  }

  /** The layers and their connections; undefined until the shape of the input is known. */
  abstract get currentNetwork(): Network | undefined
  /** Builds from the shapes of data when that is still to do. */
  protected buildFor(_shapes: readonly Shape[]): void {}
  /** The layers, in order. */
  abstract get layers(): readonly Layer[]

  private get network(): Network {
    return this.runner.network
  }

  /** Set by callbacks: training ends after the step under way. */
  get stopTraining(): boolean {
    return this.runner.stopTraining
  }

  set stopTraining(value: boolean) {
    this.runner.stopTraining = value
  }

  get seed(): number {
    return this.runner.options?.seed ?? this.ownSeed ?? defaultSeed()
  }

  /** The random numbers for the initial values of a weight. */
  protected readonly draw = (weight: string): RandomStream => new RandomStream(this.seed, this.place + weight)

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
    const network = this.currentNetwork
    if (!network) return this.layers[0]?.wantsIntegers ?? false
    return network.inputs.every(({ dtype }) => dtype === 'int32')
  }

  override get integerLimit(): number | undefined {
    const network = this.currentNetwork
    return network ? network.integerLimit(network.inputs[0]!) : this.layers[0]?.integerLimit
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
    if (this.place === '') this.place = `${context.prefix}${this.name}/`
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
    this.runner.compile(options)
  }

  get optimizer(): ModelOptimizer {
    return this.runner.optimizer
  }

  get isCompiled(): boolean {
    return this.runner.options !== undefined
  }

  /** What `compile` was called with. */
  get compileOptions(): CompileOptions | undefined {
    return this.runner.options
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
    this.runner.require('fit')
    const { batchSize = 32, shuffle = true, stepsPerEpoch } = options
    let train: ModelBatches
    let validation: ModelBatches | undefined
    if (isBatchIterable(x)) {
      if ((options.validationSplit ?? 0) > 0 && !options.validationData)
        throw new RepriseError('option', 'fit: validationSplit needs arrays, not a generator')
      for (const name of ['classWeight', 'sampleWeight'] as const) {
        if (options[name] === undefined) continue
        throw new RepriseError(
          'option',
          `fit: ${name} needs arrays; a generator gives batches [x, y, sampleWeight]`,
        )
      }
      await this.buildFromFirst(x)
      train = iterableBatches(this.runner.needs, x, stepsPerEpoch)
    } else {
      this.buildForData(x)
      if (!y) this.runner.checkTargetless('fit')
      // As in Keras: data for validation leave nothing to split off, and class weights are for training alone.
      const validationSplit = options.validationData ? 0 : (options.validationSplit ?? 0)
      const all = ExampleSet.from(this.runner.needs, x, y, options.sampleWeight)
      const count = Math.floor(all.length * (1 - validationSplit))
      if (count === 0 || (validationSplit > 0 && count === all.length)) {
        throw new RepriseError(
          'option',
          `fit: validationSplit ${validationSplit} of ${all.length} rows leaves a part empty`,
        )
      }
      const part = validationSplit > 0 ? all.slice(0, count) : all
      const { classWeight } = options
      const examples = classWeight ? part.withClassWeights(this.outputNames, classWeight) : part
      if (validationSplit > 0) {
        validation = arrayBatches(all.slice(count, all.length), options.validationBatchSize ?? batchSize)
      }
      train = arrayBatches(examples, batchSize, {
        shuffle: shuffle ? (epoch) => this.runner.shuffleStream(epoch) : undefined,
        steps: stepsPerEpoch,
      })
    }
    if (options.validationData) validation = this.dataOf(options.validationData, options)
    const verbose = resolveVerbose(options.verbose ?? 'auto', 2)
    const callbacks = [options.callbacks ?? []].flat()
    const epochs = options.epochs ?? 1
    for (const callback of callbacks) {
      callback.setModel?.(this)
      callback.setParams?.({ epochs, steps: train.steps, verbose })
    }
    this.runner.forgetMetrics()
    return trainEpochs(this.runner, train, {
      epochs,
      initialEpoch: options.initialEpoch ?? 0,
      verbose,
      callbacks,
      validation,
      validationSteps: options.validationSteps,
      validationFreq: options.validationFreq ?? 1,
      signal: options.signal,
    })
  }

  /** Loss and metrics on data: `const { loss, accuracy } = await model.evaluate(x, y)`, or `const [loss, accuracy] = …`. */
  async evaluate(x: DataLike | BatchIterable, y?: DataLike, options: EvaluateOptions = {}): Promise<Scores> {
    this.runner.require('evaluate')
    checkBatching('evaluate', options)
    const { batchSize = 32, steps, callbacks = [], signal } = options
    for (const callback of callbacks) callback.setModel?.(this)
    let batches: ModelBatches
    if (isBatchIterable(x)) {
      await this.buildFromFirst(x)
      batches = iterableBatches(this.runner.needs, x, steps)
    } else {
      this.buildForData(x)
      if (!y) this.runner.checkTargetless('evaluate')
      batches = arrayBatches(ExampleSet.from(this.runner.needs, x, y, options.sampleWeight), batchSize)
    }
    const verbose = resolveVerbose(options.verbose ?? 'auto', 0)
    this.runner.forgetMetrics()
    const entries = await evaluateBatches(this.runner, batches, { callbacks, signal, verbose, steps })
    signal?.throwIfAborted()
    if (entries.length === 0) {
      throw new RepriseError(
        'empty-data',
        'evaluate: the generator gave no batch; pass a function that makes a new one',
      )
    }
    return makeScores(entries)
  }

  /** One step of training on one batch; gives its loss and metrics. */
  async trainOnBatch(
    x: DataLike,
    y: DataLike,
    options: Pick<ModelFitOptions, 'sampleWeight' | 'classWeight'> = {},
  ): Promise<Scores> {
    this.runner.require('trainOnBatch')
    this.buildForData(x)
    const { sampleWeight, classWeight } = options
    const plain = ExampleSet.from(this.runner.needs, x, y, sampleWeight)
    const batch = classWeight ? plain.withClassWeights(this.outputNames, classWeight) : plain
    const accumulator = this.runner.accumulator(batch)
    accumulator.add(await this.runner.trainStep(batch), batch.length)
    return makeScores(accumulator.entries())
  }

  /** Loss and metrics of one batch. */
  async testOnBatch(
    x: DataLike,
    y: DataLike,
    options: Pick<EvaluateOptions, 'sampleWeight'> = {},
  ): Promise<Scores> {
    this.runner.require('testOnBatch')
    this.buildForData(x)
    const batch = ExampleSet.from(this.runner.needs, x, y, options.sampleWeight)
    const accumulator = this.runner.accumulator(batch)
    accumulator.add(await this.runner.testStep(batch), batch.length)
    return makeScores(accumulator.entries())
  }

  /**
   * The output for each row, as one array; a model of several outputs has `predictAll`. May be called concurrently.
   *
   * @example
   * const probabilities = await model.predict(x) // NdArray [N, classes]
   * probabilities.argmax().data
   */
  async predict(x: DataLike, options: PredictOptions = {}): Promise<NdArray<Float32Array>> {
    if (this.currentNetwork && this.outputs.length > 1) {
      throw new RepriseError(
        'option',
        `predict: model "${this.name}" has ${this.outputs.length} outputs; predictAll gives an array for each`,
      )
    }
    return (await this.predictAll(x, options))[0]!
  }

  /** The outputs for each row, an array for each output of the model. */
  async predictAll(x: DataLike, options: PredictOptions = {}): Promise<NdArray<Float32Array>[]> {
    checkBatching('predict', options)
    this.buildForData(x)
    const { xs, length } = predictionInputs(this.network, x)
    const { batchSize = 32, signal } = options
    const parts: NdArray<Float32Array>[][] = this.outputs.map(() => [])
    for (let begin = 0; begin < length; begin += batchSize) {
      signal?.throwIfAborted()
      const batch = xs.map((array) => array.slice(begin, Math.min(length, begin + batchSize)))
      const outputs = await this.runner.predictStep(batch)
      for (const [k, output] of outputs.entries()) parts[k]!.push(output)
    }
    return parts.map((list) => joinRows(list))
  }

  /** Sets the carried states of stateful layers to zero. */
  resetStates(): void {
    this.runner.resetStates()
  }

  /** Prints and returns the table of layers that Keras prints. */
  summary(
    options: { readonly print?: ((text: string) => void) | false; readonly lineLength?: number } = {},
  ): string {
    const network = this.currentNetwork
    const text = summaryText(
      {
        name: this.name,
        layers: this.layers,
        nodes: network?.nodes ?? [],
        weights: network?.weights ?? [],
        chain: network ? isChain(network) : true,
      },
      options.lineLength,
    )
    const { print = (line: string) => console.log(line) } = options
    if (print) print(text)
    return text
  }

  /** Frees the engine's memory; the weights are kept and the model can be used again. */
  dispose(): void {
    this.runner.dispose()
  }

  /** To be called when `currentNetwork` is another one. */
  protected networkChanged(): void {
    this.runner.networkChanged()
  }

  private buildForData(x: DataLike): void {
    if (this.currentNetwork) return
    const [first] = arraysFor('inputs', ['input'], x)
    this.buildFor([[Number.NaN, ...first!.shape.slice(1)]])
  }

  /** A generator's first batch tells the shape; it is then asked for again, so sources must be repeatable functions or built models. */
  private async buildFromFirst(source: BatchIterable): Promise<void> {
    if (this.currentNetwork) return
    if (typeof source !== 'function') {
      throw new RepriseError(
        'not-built',
        `model "${this.name}": give the first layer an inputShape, or pass a function that makes the generator`,
      )
    }
    const batches = openBatches(source)
    const { done, value } = await batches.next()
    await batches.return?.()
    if (!done) this.buildForData(value[0])
  }

  private dataOf(data: BatchTuple | BatchIterable, options: ModelFitOptions): ModelBatches {
    if (isBatchIterable(data)) return iterableBatches(this.runner.needs, data, options.validationSteps)
    if (!Array.isArray(data)) {
      throw new RepriseError('option', 'fit: validationData must be [x, y], [x, y, sampleWeight] or batches')
    }
    const [x, y, weight] = data as BatchTuple
    if (!y) throw new RepriseError('shape', 'fit: validationData needs targets: [x, y]')
    this.buildForData(x)
    return arrayBatches(
      ExampleSet.from(this.runner.needs, x, y, weight),
      options.validationBatchSize ?? options.batchSize ?? 32,
    )
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
    for (const note of await saveModel(this, path)) console.warn(`${path}: ${note}`)
  }

  /** Saves the weights alone: .weights.h5, .h5 or .safetensors. */
  async saveWeights(path: string): Promise<void> {
    await saveWeights(this, path)
  }

  /** Reads weights into this model, which must have the same layers. Nothing changes when they do not fit. */
  async loadWeights(path: string): Promise<void> {
    const { loadWeights } = await import('./load-model.js')
    await loadWeights(this, path)
  }
}

function isFitOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof NdArray)
    return false
  return Object.keys(value).every((key) => fitOptionNames.includes(key))
}
