import { type StreamBatch, StreamBatches, type StreamPosition, type TokenSequence } from '../../data/index.js'
import {
  type CompiledProgram,
  type Graph,
  type MemoryReport,
  operations,
  type Session,
  type Tensor,
} from '../../graph/index.js'
import { RandomStream } from '../../random.js'
import {
  type BatchSource,
  firstNonFiniteLayer,
  type JsonValue,
  layerOutputs,
  type Optimizer,
  type TrainingModel,
} from '../../training/index.js'
import type { LanguageNetwork } from './network.js'
import type { LanguageModelSettings } from './settings.js'

/** Streams of text as the training loop wants them; each epoch shifts the streams by a seeded draw of its own. */
export class LanguageBatches implements BatchSource<StreamBatch> {
  private readonly batches: StreamBatches
  private epoch = 0

  constructor(
    tokens: TokenSequence,
    settings: Pick<LanguageModelSettings, 'batch' | 'bptt' | 'seed'>,
    context: number | undefined,
  ) {
    this.batches = new StreamBatches(tokens, {
      streams: settings.batch,
      steps: settings.bptt,
      ...(context !== undefined && { context }),
      shift: () => new RandomStream(settings.seed, `shift of epoch ${this.epoch}`).uniform(),
    })
  }

  get stepsPerEpoch(): number {
    return this.batches.batchesPerEpoch
  }

  startEpoch(epoch: number): void {
    this.batches.restore({ epoch: 0, batch: 0, shift: 0 })
    this.epoch = epoch
    if (epoch > 0) this.batches.nextEpoch()
  }

  next(): StreamBatch | undefined {
    return this.batches.next()
  }

  position(): JsonValue {
    return { ...this.batches.position }
  }

  seek(position: JsonValue): void {
    this.batches.restore(position as unknown as StreamPosition)
  }
}

/** Truncated back-propagation through carried state, as one program per step. */
export class LanguageTrainingModel implements TrainingModel<StreamBatch> {
  readonly carriedStates: readonly string[]
  private readonly resets: Float32Array
  private readonly share = new Float32Array(1)
  private latest: CompiledProgram | undefined

  constructor(
    readonly session: Session,
    private readonly network: LanguageNetwork,
    private readonly settings: LanguageModelSettings,
  ) {
    this.carriedStates = network.stateParts().map(({ name }) => `train/${name}`)
    this.resets = new Float32Array(settings.batch * settings.bptt)
  }

  prepare(batch: StreamBatch, optimizer: Optimizer): CompiledProgram {
    const program = this.session.program(
      `train ${optimizer.key}`,
      (graph) => {
        const { sum, weight, mean } = this.loss(graph)
        return {
          fetch: { loss: sum, weight },
          differentiate: mean,
          update: optimizer.update,
          precision: this.settings.precision,
        }
      },
      { training: true },
    )
    this.feed(program, batch)
    this.latest = program
    return program
  }

  /** Memory of a training step; undefined before the first. */
  memory(): MemoryReport | undefined {
    return this.latest?.memory()
  }

  /** The first layer whose output is not finite for this batch. */
  async diagnose(batch: StreamBatch): Promise<string | undefined> {
    const program = this.session.program(
      'diagnose',
      (graph) => {
        this.loss(graph)
        return { fetch: layerOutputs(graph) }
      },
      { training: true },
    )
    this.feed(program, batch)
    await program.run()
    return firstNonFiniteLayer(program)
  }

  private loss(graph: Graph): { sum: Tensor; weight: Tensor; mean: Tensor } {
    const { batch: N, bptt: T, labelSmoothing } = this.settings
    const tokens = graph.input('tokens', [N, T], 'int32', this.network.vocabularySize)
    const targets = graph.input('targets', [N, T], 'int32')
    const resets = graph.input('resets', [N, T])
    const weight = graph.input('weight', [1])
    const features = this.network.carriedFeatures(graph, tokens, 'train', resets)
    const losses = this.network.losses(features, targets, labelSmoothing)
    const sum = operations.reshape(operations.sum(losses), [1])
    return { sum, weight, mean: operations.divide(sum, weight) }
  }

  private feed(program: CompiledProgram, batch: StreamBatch): void {
    const { batch: N, bptt: T } = this.settings
    for (let row = 0; row < N; row++) this.resets[row * T] = batch.resets[row]!
    this.share[0] = batch.predicted
    program.write('tokens', batch.inputs)
    program.write('targets', batch.targets)
    program.write('resets', this.resets)
    program.write('weight', this.share)
  }
}
