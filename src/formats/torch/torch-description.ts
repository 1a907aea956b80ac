import { RepriseError } from '../../errors.js'
import { type ImportedModel, importReport } from '../import-report.js'
import type { LayerEntry, LayerWeights, WeightArray } from '../model-description.js'
import { describeModule, isRecurrent, type RecurrentModule, type TorchFile } from './torch-module.js'
import { findOrder, givenOrder, type PlacedModule } from './torch-order.js'

/** What a state dict does not say. */
export interface TorchOptions {
  /** Prefixes of the modules, first to last; default: the one order in which their sizes fit. Others are left out. */
  readonly order?: readonly string[]
  /** Of nn.RNN, which the file does not say: "tanh" (default) or "relu". */
  readonly nonlinearity?: 'tanh' | 'relu'
  /** Activation behind a Linear, by its prefix: { "head": "softmax" }. */
  readonly activations?: Readonly<Record<string, string>>
  /** False: the last recurrent module gives its last output alone (`output[:, -1]`, for two directions `h_n`). Default true. */
  readonly returnSequences?: boolean
  /** Leave out tensors that belong to no known module, instead of refusing the file. Default false. */
  readonly ignoreUnmatched?: boolean
  /** Name of the model; default "torch". */
  readonly name?: string
}

/**
 * A sequential model of the modules: embedding, recurrent layers (each layer of a stack on its own), linear layers. It takes
 * [N, T, …] as with `batch_first=True`, whatever the module did, for that is not in the file; neither are dropout and
 * activations.
 *
 * Throws `unsupported-layer` for tensors of unknown modules, naming all, and `ambiguous-order` with what to do.
 *
 * @example
 * const { description } = torchDescription(readTorch(bytes), { activations: { head: 'sigmoid' }, returnSequences: false })
 */
export function torchDescription(
  { modules, unmatched }: TorchFile,
  options: TorchOptions = {},
): ImportedModel {
  const { order, activations = {}, returnSequences = true, name = 'torch' } = options
  if (unmatched.length > 0 && !options.ignoreUnmatched) {
    throw new RepriseError(
      'unsupported-layer',
      `tensors of modules Reprise does not read: ${unmatched.join(', ')}. Option \`ignoreUnmatched\` leaves them out`,
    )
  }
  const placed = order ? givenOrder(modules, order) : findOrder(modules)
  if (placed.length === 0)
    throw new RepriseError('not-a-model', 'the file has no weights of modules Reprise reads')
  for (const prefix of Object.keys(activations)) {
    if (placed.some(({ module, type }) => module.prefix === prefix && type === 'Linear')) continue
    throw new RepriseError('option', `activations: there is no Linear "${prefix}"`)
  }
  const lastRecurrent = placed.findLastIndex(({ module }) => isRecurrent(module))
  const parts = placed.flatMap((one, index) => {
    if (isRecurrent(one.module)) {
      return recurrentLayers(
        one.module,
        index < lastRecurrent || returnSequences,
        options.nonlinearity ?? 'tanh',
      )
    }
    return [plainLayer(one, activations[one.module.prefix])]
  })
  const config = {
    kind: 'sequential' as const,
    name,
    layers: parts.map(({ entry }) => entry),
    ...inputOf(placed, lastRecurrent >= 0),
  }
  const weights = parts.map((part) => part.weights)
  const left = modules.filter((module) => placed.every((one) => one.module !== module)).map(describeModule)
  const report = importReport(
    'PyTorch state dict',
    config,
    weights,
    [...left, ...unmatched],
    placed.map(noteOn),
  )
  return { description: { config, weights }, report }
}

interface Part {
  readonly entry: LayerEntry
  readonly weights: LayerWeights
}

function inputOf([first]: readonly PlacedModule[], recurrent: boolean) {
  if (first!.type === 'Embedding') return { batchShape: [null, null], dtype: 'int32' as const }
  const { module } = first!
  const features = isRecurrent(module) ? module.inputSize : module.weight.shape.at(-1)!
  return { batchShape: recurrent ? [null, null, features] : [null, features], dtype: 'float32' as const }
}

/** "encoder.rnn" → "encoder_rnn"; a name the module gives itself when the file is its alone. */
function layerName(prefix: string, type: string): string {
  return prefix === '' ? type.toLowerCase() : prefix.replaceAll('.', '_')
}

function recurrentLayers(module: RecurrentModule, sequences: boolean, nonlinearity: string): Part[] {
  const kind = { LSTM: 'lstm', GRU: 'gru', RNN: 'simpleRnn' }[module.type]
  const base = layerName(module.prefix, module.type)
  return module.layers.map((directions, index): Part => {
    const name = module.layers.length === 1 ? base : `${base}_l${index}`
    const options = {
      units: module.hiddenSize,
      returnSequences: sequences || index < module.layers.length - 1,
      useBias: module.bias,
      ...(module.type === 'GRU' && { resetAfter: true }),
      ...(module.type === 'RNN' && { activation: nonlinearity }),
    }
    if (!module.bidirectional) {
      return { entry: { layer: kind, name, options }, weights: { layer: name, arrays: directions[0]! } }
    }
    const layer = { layer: kind, name: kind, options }
    const arrays = directions.flatMap((weights, k) =>
      weights.map((array) => ({
        ...array,
        name: `${k === 0 ? 'forward' : 'backward'}_${kind}/${array.name}`,
      })),
    )
    return {
      entry: { layer: 'bidirectional', name, options: { layer, mergeMode: 'concat' } },
      weights: { layer: name, arrays },
    }
  })
}

function plainLayer({ module, type }: PlacedModule, activation: string | undefined): Part {
  if (isRecurrent(module)) throw new TypeError('not a plain module')
  const { prefix, weight, bias } = module
  const name = layerName(prefix, type)
  const [rows, columns] = weight.shape as [number, number]
  const part = (
    layer: string,
    options: LayerEntry['options'],
    arrays: readonly (WeightArray | undefined)[],
  ): Part => ({
    entry: { layer, name, options },
    weights: { layer: name, arrays: arrays.filter((array) => array !== undefined) },
  })
  if (type === 'Embedding') {
    return part('embedding', { inputDim: rows, outputDim: columns }, [{ ...weight, name: 'embeddings' }])
  }
  if (type === 'LayerNorm') {
    const beta = bias && { ...bias, name: 'beta' }
    // PyTorch's default; the number is not in the file.
    return part('layerNormalization', { epsilon: 1e-5, center: !!bias }, [{ ...weight, name: 'gamma' }, beta])
  }
  const kernel = { name: 'kernel', shape: [columns, rows], data: transposed(weight.data, rows, columns) }
  const options = { units: rows, useBias: !!bias, ...(activation !== undefined && { activation }) }
  return part('dense', options, [kernel, bias])
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return matrix.map((_, k) => matrix[(k % rows) * columns + Math.floor(k / rows)]!)
}

function noteOn({ module, type }: PlacedModule): string {
  const line = describeModule(module)
  if (module.type === 'Linear or Embedding')
    return `${line}: taken as ${type}, which is what fits at its place`
  if (module.type === 'LayerNorm')
    return `${line}: epsilon 1e-5, PyTorch's default, for it is not in the file`
  if (module.type === 'RNN')
    return `${line}: whether tanh or relu is not in the file (option \`nonlinearity\`)`
  return line
}
