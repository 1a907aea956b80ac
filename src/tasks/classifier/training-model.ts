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
import { labelLosses, labelSetLosses } from './losses.js'
import type { ClassifierNetwork } from './network.js'
import type { ClassifierSettings } from './settings.js'
import { declareInputs } from './text-batch.js'
import type { ClassifierBatch } from './training-batches.js'

/** One program for each length of texts: loss, gradients, update. */
export class ClassifierTrainingModel implements TrainingModel<ClassifierBatch> {
  /** Steps of texts trained on so far. */
  steps = 0
  private latest: CompiledProgram | undefined
  private readonly weight = new Float32Array(1)

  constructor(
    readonly session: Session,
    private readonly network: ClassifierNetwork,
    private readonly settings: Pick<ClassifierSettings, 'labelSmoothing' | 'precision'>,
  ) {}

  prepare(batch: ClassifierBatch, optimizer: Optimizer): CompiledProgram {
    const { N, T } = batch.inputs
    const program = this.session.program(
      `train ${optimizer.key} ${N} × ${T}`,
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
    this.steps += batch.steps
    return program
  }

  /** Memory of a training step; undefined before the first. */
  memory(): MemoryReport | undefined {
    return this.latest?.memory()
  }

  /** The first layer whose output is not finite for this batch. */
  async diagnose(batch: ClassifierBatch): Promise<string | undefined> {
    const { N, T } = batch.inputs
    const program = this.session.program(
      `diagnose ${N} × ${T}`,
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

  private loss(
    graph: Graph,
    { inputs: { N, T }, labelSets }: ClassifierBatch,
  ): { sum: Tensor; weight: Tensor; mean: Tensor } {
    const { labelSmoothing } = this.settings
    const logits = this.network.logits(declareInputs(graph, this.network, N, T))
    const L = this.network.outputs
    const losses = labelSets
      ? labelSetLosses(
          logits,
          graph.input('labelSets', [N, L]),
          graph.input('labelWeights', [N, L]),
          labelSmoothing,
        )
      : labelLosses(logits, graph.input('targets', [N], 'int32'), graph.input('weights', [N]), labelSmoothing)
    const weight = graph.input('weight', [1])
    const sum = operations.reshape(operations.sum(losses), [1])
    return { sum, weight, mean: operations.divide(sum, weight) }
  }

  private feed(program: CompiledProgram, batch: ClassifierBatch): void {
    const { inputs, targets, weights, labelSets, labelWeights } = batch
    inputs.write(program)
    if (labelSets && labelWeights) {
      program.write('labelSets', labelSets)
      program.write('labelWeights', labelWeights)
    } else {
      program.write('targets', targets)
      program.write('weights', weights)
    }
    this.weight[0] = weights.reduce((sum, weight) => sum + weight, 0)
    program.write('weight', this.weight)
  }
}
