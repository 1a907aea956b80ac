import type { ActivationName } from '../engine/commands.generated.js'
import type { Engine } from '../engine/engine.js'
import {
  type CompiledProgram,
  type Graph,
  operations,
  ParameterSet,
  Session,
  type Tensor,
} from '../graph/index.js'
import { RandomStream } from '../random.js'
import type { BatchSource } from '../training/batch-source.js'
import { firstNonFiniteLayer, layerOutputs } from '../training/divergence.js'
import { sparseCategoricalCrossentropy } from '../training/losses/index.js'
import type { Optimizer } from '../training/optimizers/index.js'
import type { TrainingModel } from '../training/training-model.js'

// The smallest model that has everything training must get right: a recurrent layer with carried state, dropout, a
// parameter that does not decay.

const V = 5
const E = 3
const H = 4
export const toyRows = 2
export const toySteps = 3

export interface ToyBatch {
  readonly inputs: Int32Array
  readonly targets: Int32Array
}

export class ToyLanguageModel implements TrainingModel<ToyBatch> {
  readonly session: Session
  readonly parameters = new ParameterSet()
  readonly carriedStates = ['train/h', 'train/c']

  constructor(
    engine: Engine,
    private readonly dropout = 0,
    /** Of the hidden layer; `exponential` diverges easily. */
    private readonly activation: ActivationName = 'tanh',
  ) {
    const add = (name: string, shape: readonly number[], decay = true) =>
      this.parameters.add(name, shape, {
        decay,
        initializer: (own) => {
          const random = new RandomStream(11, name)
          return Float32Array.from({ length: own.reduce((a, b) => a * b, 1) }, () =>
            random.uniform(-0.4, 0.4),
          )
        },
      })
    add('embedding/table', [V, E])
    add('lstm/kernel', [E, 4 * H])
    add('lstm/recurrentKernel', [H, 4 * H])
    add('lstm/bias', [4 * H], false)
    add('hidden/kernel', [H, H])
    add('output/kernel', [H, V])
    add('output/bias', [V], false)
    this.session = new Session(engine, this.parameters)
    this.session.initializeParameters()
  }

  prepare(batch: ToyBatch, optimizer: Optimizer): CompiledProgram {
    const program = this.session.program(
      `train/${optimizer.key}`,
      (graph) => {
        const logits = this.forward(graph, 'train')
        const targets = graph.input('targets', [toyRows, toySteps], 'int32')
        const { sum, weight, mean } = sparseCategoricalCrossentropy({ fromLogits: true }).of(logits, targets)
        return { fetch: { loss: sum, weight }, differentiate: mean, update: optimizer.update }
      },
      { training: true },
    )
    program.write('inputs', batch.inputs)
    program.write('targets', batch.targets)
    return program
  }

  async diagnose(batch: ToyBatch): Promise<string | undefined> {
    const program = this.session.program('diagnose', (graph) => {
      this.forward(graph, 'diagnose')
      return { fetch: layerOutputs(graph) }
    })
    program.write('inputs', batch.inputs)
    await program.run()
    return firstNonFiniteLayer(program)
  }

  /** Mean nats and perplexity of batches, from zero state. */
  async evaluate(batches: readonly ToyBatch[]): Promise<{ loss: number; perplexity: number }> {
    const program = this.session.program('evaluate', (graph) => {
      const logits = this.forward(graph, 'evaluate')
      const targets = graph.input('targets', [toyRows, toySteps], 'int32')
      const { sum, weight } = sparseCategoricalCrossentropy({ fromLogits: true }).of(logits, targets)
      return { fetch: { loss: sum, weight } }
    })
    for (const name of ['h', 'c']) this.session.writeState(`evaluate/${name}`, new Float32Array(toyRows * H))
    let nats = 0
    let tokens = 0
    const one = new Float32Array(1)
    for (const { inputs, targets } of batches) {
      program.write('inputs', inputs)
      program.write('targets', targets)
      await program.run()
      nats += program.read('loss', one)[0]!
      tokens += program.read('weight', one)[0]!
    }
    return { loss: nats / tokens, perplexity: Math.exp(nats / tokens) }
  }

  private forward(graph: Graph, prefix: string): Tensor {
    const weight = (name: string) => graph.parameter(this.parameters.get(name)!)
    const ids = graph.input('inputs', [toyRows, toySteps], 'int32', V)
    const x = graph.scope('embedding', () =>
      operations.dropout(operations.embedding(weight('embedding/table'), ids), this.dropout, true),
    )
    const h0 = graph.state(`${prefix}/h`, [toyRows, H])
    const c0 = graph.state(`${prefix}/c`, [toyRows, H])
    const { y, hT, cT } = graph.scope('lstm', () =>
      operations.recurrent('lstm', {
        x,
        kernel: weight('lstm/kernel'),
        recurrentKernel: weight('lstm/recurrentKernel'),
        bias: weight('lstm/bias'),
        h0,
        c0,
      }),
    )
    graph.assign(h0, hT)
    graph.assign(c0, cT)
    const hidden = graph.scope('hidden', () =>
      operations.dense(y, weight('hidden/kernel'), undefined, { activation: this.activation }),
    )
    return graph.scope('output', () =>
      operations.dense(hidden, weight('output/kernel'), weight('output/bias')),
    )
  }
}

/** A repeating sequence cut into batches; the start shifts with the epoch. Reuses its arrays, as real sources do. */
export class ToyBatches implements BatchSource<ToyBatch> {
  private epoch = 0
  private done = 0
  private readonly batch: ToyBatch = {
    inputs: new Int32Array(toyRows * toySteps),
    targets: new Int32Array(toyRows * toySteps),
  }

  constructor(
    readonly stepsPerEpoch: number,
    private readonly asynchronous = false,
  ) {}

  startEpoch(epoch: number): void {
    this.epoch = epoch
    this.done = 0
  }

  next(): ToyBatch | undefined | Promise<ToyBatch | undefined> {
    if (!this.asynchronous) return this.cut()
    return new Promise((resolve) => setTimeout(resolve)).then(() => this.cut())
  }

  private cut(): ToyBatch | undefined {
    if (this.done >= this.stepsPerEpoch) return undefined
    const { inputs, targets } = this.batch
    for (let n = 0; n < toyRows; n++) {
      for (let t = 0; t < toySteps; t++) {
        const place = n * 7 + this.epoch + this.done * toySteps + t
        inputs[n * toySteps + t] = token(place)
        targets[n * toySteps + t] = n === 1 && t === 2 && this.done % 2 === 1 ? -1 : token(place + 1)
      }
    }
    this.done++
    return this.batch
  }

  position(): number {
    return this.done
  }

  seek(position: unknown): void {
    this.done = position as number
  }
}

const sequence = [0, 1, 2, 0, 3, 4, 4]
const token = (place: number): number => sequence[place % sequence.length]!

/** Batches that never change, for validation. */
export function heldOut(count: number): ToyBatch[] {
  const source = new ToyBatches(count)
  source.startEpoch(3)
  return Array.from({ length: count }, () => {
    const { inputs, targets } = source.next() as ToyBatch
    return { inputs: inputs.slice(), targets: targets.slice() }
  })
}
