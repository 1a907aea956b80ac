import type { Precision } from '../engine/program.js'
import { RepriseError } from '../errors.js'
import { type CompiledProgram, operations, type Session, sizeOf, type Tensor } from '../graph/index.js'
import type { Shape } from '../graph/tensor.js'
import type { Layer, Mask } from '../layers/layer.js'
import type { NdArray } from '../nd-array.js'
import type { Metric, Optimizer } from '../training/index.js'
import { createMetric } from '../training/index.js'
import { type Batch, inputShapes, targetShape } from './batch.js'
import type { MetricLike, OutputObjective } from './compile-options.js'
import { asElements } from './host-data.js'
import type { Network } from './network.js'

/** A metric of one output: what it is called in the logs and how it is counted. */
export interface OutputMetric {
  readonly key: string
  readonly metric: Metric
  readonly weighted: boolean
}

/** Values one run leaves for the host. */
export interface StepValues {
  /** Total loss: weighted sum of the outputs' losses and all penalties. */
  readonly total: number
  /** Mean loss of each output that has one. */
  readonly losses: readonly (number | undefined)[]
  /** Fetched values of each metric of each output. */
  readonly metrics: readonly (readonly Readonly<Record<string, Float32Array>>[])[]
}

/** The metrics of all outputs; 'accuracy' is chosen by the shapes of predictions and targets, as in Keras. */
export function resolveMetrics(
  objectives: readonly OutputObjective[],
  predictions: readonly Shape[],
  targets: readonly Shape[],
): OutputMetric[][] {
  return objectives.map((objective, index) => {
    const make = (like: MetricLike, weighted: boolean): OutputMetric => {
      const shapes = [predictions[index]!, targets[index] ?? []] as const
      const metric = resolveMetric(like, ...shapes)
      const given = typeof like === 'string' ? like : metric.name
      const key = objectives.length > 1 ? `${objective.name}_${given}` : given
      return { key, metric, weighted }
    }
    const all = [
      ...objective.metrics.map((like) => make(like, false)),
      ...objective.weightedMetrics.map((like) => make(like, true)),
    ]
    const plain = new Set(all.filter(({ weighted }) => !weighted).map(({ key }) => key))
    return all.map((own) => {
      const isTaken = own.weighted && plain.has(own.key)
      if (!isTaken) return own
      const at = objectives.length > 1 ? objective.name.length + 1 : 0
      return { ...own, key: `${own.key.slice(0, at)}weighted_${own.key.slice(at)}` }
    })
  })
}

function resolveMetric(like: MetricLike, predictions: Shape, targets: Shape): Metric {
  if (typeof like === 'object' && 'tensors' in like) return like as Metric
  const options = like as Parameters<typeof createMetric>[0]
  return createMetric(options, { predictions, targets })
}

/** Builds, feeds and reads the programs of a model that is trained or evaluated. */
export class StepPrograms {
  constructor(
    private readonly network: Network,
    private readonly objectives: readonly OutputObjective[],
    private readonly metrics: readonly (readonly OutputMetric[])[],
    /** Differs between compilations, whose programs must not be taken for each other. */
    private readonly compilation = 0,
    /** Of the steps that train. */
    private readonly precision: Precision = 'float32',
  ) {}

  /** Runs one batch; with an optimizer it trains. The random and hyper states have been written. */
  async run(session: Session, batch: Batch, optimizer?: Optimizer): Promise<StepValues> {
    const shapes = inputShapes(this.network, batch.x)
    const program = this.program(session, shapes, batch, optimizer)
    this.feed(program, batch)
    await program.run()
    return this.read(program)
  }

  private program(
    session: Session,
    shapes: readonly Shape[],
    batch: Batch,
    optimizer: Optimizer | undefined,
  ): CompiledProgram {
    const weightFlags = [...session.parameters].map(({ trainable }) => (trainable ? 1 : 0)).join('')
    const trainable = `${weightFlags} ${layerFlags(this.network.layers)}`
    const weights = batch.sampleWeights.map((array) => (array ? 1 : 0)).join('')
    const targets = batch.y.map(({ shape }) => shape)
    const use = optimizer?.key ?? 'evaluate'
    const key = JSON.stringify([this.compilation, use, shapes, targets, weights, trainable])
    return session.program(
      key,
      (graph) => {
        const inputs = this.network.inputs.map((input, index) =>
          graph.input(`x${index}`, shapes[index]!, input.dtype, this.network.integerLimit(input)),
        )
        const { outputs, masks } = this.network.trace(inputs)
        const fetch: Record<string, Tensor> = {}
        const terms: Tensor[] = []
        for (const index of this.objectives.keys()) {
          terms.push(...this.output(index, outputs[index]!, masks[index], batch, fetch))
        }
        for (const parameter of session.parameters) {
          const { regularizer, trainable } = parameter
          if (regularizer && trainable) terms.push(oneElement(regularizer(graph.parameter(parameter))))
        }
        terms.push(...graph.losses.map(oneElement))
        const total = terms.reduce<Tensor | undefined>(
          (sum, term) => (sum ? operations.add(sum, term) : term),
          undefined,
        )
        if (!total) {
          throw new RepriseError('not-compiled', 'there is no loss; give one: model.compile({ loss: "mse" })')
        }
        fetch.total = total
        return optimizer
          ? { fetch, differentiate: total, update: optimizer.update, precision: this.precision }
          : { fetch }
      },
      { training: optimizer !== undefined },
    )
  }

  /** Adds loss and metrics of one output; returns the terms of the total loss. */
  private output(
    index: number,
    predictions: Tensor,
    mask: Mask,
    batch: Batch,
    fetch: Record<string, Tensor>,
  ): Tensor[] {
    const { graph } = predictions
    const { loss, lossWeight, name } = this.objectives[index]!
    const given = batch.y[index]
    const rows = rowsOf(predictions.shape)
    const usableMask = mask && mask.size === rows ? mask : undefined
    const target = (dtype: 'int32' | 'float32') => {
      if (!given)
        throw new RepriseError('shape', `output "${name}" has a loss or metric, but no targets were given`)
      const shape = targetShape(name, predictions.shape, dtype, given.shape)
      return graph.input(`y${index}:${dtype}`, shape, dtype)
    }
    const sampleWeights = batch.sampleWeights[index] && graph.input(`w${index}`, [rows])
    for (const [k, { metric, weighted }] of this.metrics[index]!.entries()) {
      const own = weighted ? { mask: usableMask, sampleWeights } : { mask: usableMask }
      const tensors = metric.tensors(predictions, target(metric.targets), own)
      for (const [key, tensor] of Object.entries(tensors)) fetch[`m${index}.${k}.${key}`] = tensor
    }
    if (!loss) return []
    const { mean } = loss.of(predictions, target(loss.targets), { mask: usableMask, sampleWeights })
    fetch[`loss${index}`] = mean
    return [lossWeight === 1 ? mean : operations.scale(mean, lossWeight)]
  }

  private feed(program: CompiledProgram, { x, y, sampleWeights }: Batch): void {
    for (const [index, input] of this.network.inputs.entries()) {
      if (program.hasInput(`x${index}`)) {
        program.write(`x${index}`, asElements(x[index]!, input.dtype as 'int32' | 'float32'))
      }
    }
    for (const [index, array] of y.entries()) {
      for (const dtype of ['int32', 'float32'] as const) {
        const key = `y${index}:${dtype}`
        if (program.hasInput(key)) program.write(key, asElements(array, dtype))
      }
      const weights = sampleWeights[index]
      if (weights && program.hasInput(`w${index}`)) {
        const rows = program.compiled.inputs.get(`w${index}`)!.count
        program.write(`w${index}`, repeated(weights, rows))
      }
    }
  }

  private read(program: CompiledProgram): StepValues {
    const one = (key: string) => program.read(key, new Float32Array(1))[0]!
    const keys = [...program.compiled.outputs.keys()]
    return {
      total: one('total'),
      losses: this.objectives.map((_, index) =>
        keys.includes(`loss${index}`) ? one(`loss${index}`) : undefined,
      ),
      metrics: this.metrics.map((list, index) =>
        list.map((_, k) => {
          const prefix = `m${index}.${k}.`
          const own = keys.filter((key) => key.startsWith(prefix))
          return Object.fromEntries(
            own.map((key) => [
              key.slice(prefix.length),
              program.read(key, new Float32Array(program.outputLength(key))),
            ]),
          )
        }),
      ),
    }
  }
}

/** Rows of predictions that have a loss of their own: all axes but the last. */
export function rowsOf(shape: Shape): number {
  return shape.length > 1 ? sizeOf(shape.slice(0, -1)) : sizeOf(shape)
}

/** What layers without weights of their own to train do may depend on their flag too: batch normalization. */
function layerFlags(layers: readonly Layer[]): string {
  return layers.map(({ trainable, sublayers }) => (trainable ? '1' : '0') + layerFlags(sublayers)).join('')
}

function oneElement(tensor: Tensor): Tensor {
  return tensor.rank === 1 ? tensor : operations.reshape(tensor, [1])
}

/** One weight per row: a weight per example is repeated for its time steps. */
function repeated(weights: NdArray, rows: number): Float32Array {
  const { data } = weights
  if (data.length === rows) return Float32Array.from(data)
  const each = rows / data.length
  if (!Number.isInteger(each)) {
    throw new RepriseError(
      'shape',
      `sample weights [${weights.shape.join(', ')}] do not fit ${rows} rows of predictions; give one per example or per step`,
    )
  }
  return Float32Array.from({ length: rows }, (_, row) => data[Math.floor(row / each)]!)
}
