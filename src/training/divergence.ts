import { RepriseError } from '../errors.js'
import type { Graph } from '../graph/graph.js'
import type { CompiledProgram, Session } from '../graph/session.js'
import type { Tensor } from '../graph/tensor.js'

/** The best validation before training diverged. */
export interface BestWeights {
  readonly score: number
  readonly step: number
  readonly epoch: number
  /** The flat parameter vector, for `session.writeParameters`. */
  readonly parameters: Float32Array
}

/** Loss or gradient of a step is not finite. Code `diverged`. */
export class DivergedError extends RepriseError {
  override readonly name = 'DivergedError'

  constructor(
    message: string,
    /** Steps done before the one that diverged. */
    readonly step: number,
    readonly epoch: number,
    /** The first layer with a non-finite output, or the parameter with a non-finite gradient. */
    readonly where: string | undefined,
    /** Present when best weights were kept. */
    readonly best: BestWeights | undefined,
    /** The part of the message that says what happened, for callers with advice of their own. */
    readonly happened: string = message,
  ) {
    super('diverged', message)
  }
}

/** What a step has given. */
export interface StepNumbers {
  /** Steps done before it. */
  readonly step: number
  readonly epoch: number
  readonly loss: number
  readonly norm: number
  readonly learningRate: number
}

/** A step that diverged, with the layer the model's diagnosis found. */
export interface Divergence extends StepNumbers {
  readonly layer: string | undefined
}

/** Puts into words what happened, where, and what to do. */
export function describeDivergence(
  session: Session,
  happened: Divergence,
  best: BestWeights | undefined,
): DivergedError {
  const { step, epoch, loss, norm, learningRate, layer } = happened
  const parameter = layer === undefined ? nonFiniteGradient(session) : undefined
  const where =
    layer !== undefined
      ? ` The first layer with a non-finite output is "${layer}".`
      : parameter !== undefined
        ? ` The gradient of "${parameter}" is not finite.`
        : ''
  const what = Number.isFinite(loss) ? `the gradient norm is ${norm}` : `the loss is ${loss}`
  const kept = Number.isFinite(norm) ? '' : ' The step has not changed the weights.'
  const report = `training diverged in step ${step + 1} (epoch ${epoch + 1}): ${what}.${where}${kept}`
  return new DivergedError(
    `${report} Lower the learning rate (it was ${learningRate}) or clip the gradient (globalClipnorm: 1).`,
    step,
    epoch,
    layer ?? parameter,
    best,
    report,
  )
}

/** The last such parameter: gradients flow from the last layers to the first, so it is the nearest to the cause. */
function nonFiniteGradient(session: Session): string | undefined {
  const broken = [...session.parameters].filter(
    (parameter) => parameter.trainable && !session.readGradient(parameter).every(Number.isFinite),
  )
  return broken.at(-1)?.name
}

const layerPrefix = 'layer:'

/** What a program must fetch for `firstNonFiniteLayer`: the last value of every layer. */
export function layerOutputs(graph: Graph): Record<string, Tensor> {
  const named = [...graph.scopeOutputs].filter(
    ([scope, tensor]) => scope !== '' && tensor.dtype === 'float32',
  )
  return Object.fromEntries(named.map(([scope, tensor]) => [layerPrefix + scope, tensor]))
}

/** After a run: the first layer whose output holds NaN or infinity. */
export function firstNonFiniteLayer(program: CompiledProgram): string | undefined {
  for (const name of program.compiled.outputs.keys()) {
    if (!name.startsWith(layerPrefix)) continue
    const values = program.read(name, new Float32Array(program.outputLength(name)))
    if (!values.every(Number.isFinite)) return name.slice(layerPrefix.length)
  }
  return undefined
}
