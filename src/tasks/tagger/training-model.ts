import {
  type CompiledProgram,
  type Graph,
  type MemoryReport,
  operations,
  type Session,
  type Tensor,
} from '../../graph/index.js'
import {
  firstNonFiniteLayer,
  layerOutputs,
  type Optimizer,
  type TrainingModel,
} from '../../training/index.js'
import type { LabelledBatch, TaggerBatch } from './batches.js'
import type { BatchShape, TaggerNetwork } from './network.js'
import type { TaggerSettings } from './settings.js'

/** Writes a batch into the inputs its program has. */
export function feedBatch(program: CompiledProgram, batch: TaggerBatch): void {
  for (const name of [
    'places',
    'lengths',
    'words',
    'vectors',
    'characters',
    'letters',
    'casing',
    'affixes',
    'features',
    'steps',
    'stepCounts',
    'firstSteps',
    'lastSteps',
  ] as const) {
    if (program.compiled.inputs.has(name)) program.write(name, batch[name])
  }
}

/** One training step as one program for each shape of a batch. */
export class TaggerTrainingModel implements TrainingModel<LabelledBatch> {
  private readonly weight = new Float32Array(1)
  private latest: CompiledProgram | undefined

  constructor(
    readonly session: Session,
    private readonly network: TaggerNetwork,
    private readonly settings: TaggerSettings,
  ) {}

  prepare(batch: LabelledBatch, optimizer: Optimizer): CompiledProgram {
    const { N, T, W, S } = batch
    const program = this.session.program(
      `train ${N} ${T} ${W} ${S} ${optimizer.key}`,
      (graph) => {
        const { sum, weight, mean } = this.loss(graph, batch)
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

  /** Memory of the latest training step; undefined before the first. */
  memory(): MemoryReport | undefined {
    return this.latest?.memory()
  }

  /** The first layer whose output is not finite for this batch. */
  async diagnose(batch: LabelledBatch): Promise<string | undefined> {
    const { N, T, W, S } = batch
    const program = this.session.program(
      `diagnose ${N} ${T} ${W} ${S}`,
      (graph) => {
        this.loss(graph, batch)
        return { fetch: layerOutputs(graph) }
      },
      { training: true },
    )
    this.feed(program, batch)
    await program.run()
    return firstNonFiniteLayer(program)
  }

  private loss(graph: Graph, shape: BatchShape): { sum: Tensor; weight: Tensor; mean: Tensor } {
    const { N, T } = shape
    const targets = graph.input('targets', [N, T], 'int32')
    const weight = graph.input('weight', [1])
    const losses = this.network.losses(this.network.emissions(graph, shape), targets)
    const sum = operations.reshape(operations.sum(losses), [1])
    return { sum, weight, mean: operations.divide(sum, weight) }
  }

  private feed(program: CompiledProgram, batch: LabelledBatch): void {
    feedBatch(program, batch)
    this.weight[0] = batch.tokens
    program.write('targets', batch.targets)
    program.write('weight', this.weight)
  }
}
