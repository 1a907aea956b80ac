import type { LayerEntry, ModelConfig } from '../model-description.js'
import { cellRules, layerRules } from './layer-table.js'
import { NameCounter, snakeCase, storeName } from './names.js'

/** A weight a layer has: [units, null] is a matrix with `units` rows. */
export interface WeightSpec {
  readonly name: string
  readonly shape: readonly (number | null)[]
  /** Training changes it, unless the layer is frozen. */
  readonly trainable: boolean
}

/** Where Keras keeps the weights of a layer, and those of the layers inside. */
export interface WeightNode {
  /** Path in a store below the layer around it: "cell", "layers/dense_1". */
  readonly path: string
  /** Path in the names of weights: "forwardLayer"; empty for a cell, which is not seen. */
  readonly name: string
  /** The layer's own, in the order of its variables. */
  readonly own: readonly WeightSpec[]
  /** Layers inside, in the order of Keras's `layer.weights`. */
  readonly inside: readonly WeightNode[]
  /** Kernels and bias are laid out for cuDNN. */
  readonly cudnn?: number
}

type Options = Readonly<Record<string, unknown>>

/** How a file differs from what Keras 3 writes. */
export interface WeightLayout {
  /** Options of layers that come from cuDNN's classes. */
  readonly cudnn?: ReadonlySet<object>
  /** Keras 2.12 and 2.13 counted layers with weights twice: dense, dense_2, dense_4. */
  readonly countsTwice?: boolean
}

/** The weights of a layer. */
export function weightNode(
  entry: Pick<LayerEntry, 'layer' | 'options'>,
  layout: WeightLayout = {},
  path = '',
  name = '',
): WeightNode {
  const { layer, options } = entry
  const node = (own: readonly WeightSpec[], inside: readonly WeightNode[] = []): WeightNode => ({
    path,
    name,
    own: options.trainable === false ? own.map((spec) => ({ ...spec, trainable: false })) : own,
    inside: options.trainable === false ? inside.map(frozen) : inside,
  })
  const inner = (option: string, store: string) =>
    options[option] ? [weightNode(options[option] as LayerEntry, layout, store, option)] : []
  switch (layer) {
    case 'simpleRnn':
    case 'lstm':
    case 'gru': {
      const cell = {
        ...cellNode(layer, options, 'cell', ''),
        ...(layout.cudnn?.has(options) && { cudnn: gates[layer]! }),
      }
      return node([], [cell])
    }
    case 'rnn':
      return node([], [cellOf(options.cell, 'cell', '')])
    case 'bidirectional':
      return node([], [...inner('layer', 'forward_layer'), ...backward(options, layout)])
    case 'timeDistributed':
      return node([], inner('layer', 'layer'))
    case 'sequential':
    case 'functional':
      return node([], modelNodes(options as unknown as ModelConfig, layout))
    case 'multiHeadAttention':
      return node([], attentionParts(options))
    default:
      return node(ownWeights(layer, options))
  }
}

/** The layers of a model that are not inputs, named as in Keras's stores. */
export function modelNodes({ layers }: ModelConfig, layout: WeightLayout = {}): WeightNode[] {
  const names = new NameCounter()
  return layers.flatMap((entry) => {
    const own = storeName(classOf(entry.layer))
    const path = `layers/${names.next(own)}`
    if (entry.layer === 'input') return []
    const node = weightNode(entry, layout, path, entry.name)
    if (layout.countsTwice && placedWeights(node).length > 0) names.next(own)
    return [node]
  })
}

const modelClasses: Readonly<Record<string, string>> = {
  input: 'InputLayer',
  sequential: 'Sequential',
  functional: 'Functional',
}
const classOf = (kind: string): string => modelClasses[kind] ?? layerRules[kind]?.className ?? kind

/** Without one of its own, the layer that walks backward is like the other. */
function backward(options: Options, layout: WeightLayout): WeightNode[] {
  const entry = (options.backwardLayer ?? options.layer) as LayerEntry | undefined
  return entry ? [weightNode(entry, layout, 'backward_layer', 'backwardLayer')] : []
}

const frozen = (node: WeightNode): WeightNode => ({
  ...node,
  own: node.own.map((spec) => ({ ...spec, trainable: false })),
  inside: node.inside.map(frozen),
})

const gates: Readonly<Record<string, number>> = { simpleRnn: 1, lstm: 4, gru: 3 }

function cellNode(kind: string, options: Options, path: string, name: string): WeightNode {
  const units = options.units as number
  const columns = gates[kind]! * units
  const bias = kind === 'gru' && options.resetAfter !== false ? [2, columns] : [columns]
  const own = [
    weight('kernel', [null, columns]),
    weight('recurrentKernel', [units, columns]),
    ...(options.useBias === false ? [] : [weight('bias', bias)]),
  ]
  return { path, name, own, inside: [] }
}

function cellOf(cell: unknown, path: string, name: string): WeightNode {
  const { cell: kind, options } = cell as { cell: string; options: Options }
  if (kind !== 'stacked') return cellNode(kind, options, path, name)
  const names = new NameCounter()
  const inside = (options.cells as readonly { cell: string; options: Options }[]).map((one) => {
    const own = names.next(storeName(cellRules[one.cell]?.className ?? one.cell))
    return cellOf(one, `cells/${own}`, own)
  })
  return { path, name, own: [], inside }
}

/** Multi-head attention keeps its projections in layers of their own. */
function attentionParts(options: Options): WeightNode[] {
  const part = (name: string, path: string, rank: number): WeightNode => ({
    path,
    name,
    own: [
      weight('kernel', new Array<null>(rank).fill(null)),
      ...(options.useBias === false ? [] : [weight('bias', undefined)]),
    ],
    inside: [],
  })
  return [
    part('queryDense', 'query_dense', 3),
    part('keyDense', 'key_dense', 3),
    ...(options.useGate === true ? [part('gateDense', '_gate_dense', 3)] : []),
    part('valueDense', 'value_dense', 3),
    {
      ...part('outputDense', 'output_dense', 3),
      own: part('', '', 0).own.map(({ name }) => weight(name, undefined)),
    },
  ]
}

function ownWeights(layer: string, options: Options): readonly WeightSpec[] {
  const useBias = options.useBias !== false
  const size = (option: string) => (typeof options[option] === 'number' ? (options[option] as number) : null)
  switch (layer) {
    case 'embedding':
      return [weight('embeddings', [size('inputDim'), size('outputDim')])]
    case 'dense':
      return [weight('kernel', [null, size('units')]), ...(useBias ? [weight('bias', [size('units')])] : [])]
    case 'conv1d':
      return [
        weight('kernel', [size('kernelSize'), null, size('filters')]),
        ...(useBias ? [weight('bias', [size('filters')])] : []),
      ]
    case 'layerNormalization':
      return [
        ...(options.scale !== false || options.rmsScaling === true ? [weight('gamma', undefined)] : []),
        ...(options.center !== false && options.rmsScaling !== true ? [weight('beta', undefined)] : []),
      ]
    case 'batchNormalization':
      return [
        ...(options.scale !== false ? [weight('gamma', [null])] : []),
        ...(options.center !== false ? [weight('beta', [null])] : []),
        { ...weight('movingMean', [null]), trainable: false },
        { ...weight('movingVariance', [null]), trainable: false },
      ]
    case 'attention':
      return [
        ...(options.useScale === true ? [weight('scale', [])] : []),
        ...(options.scoreMode === 'concat' ? [weight('concatScoreWeight', [])] : []),
      ]
    case 'additiveAttention':
      return options.useScale === false ? [] : [weight('scale', [null])]
    default:
      return []
  }
}

/** A shape of `undefined` is not checked. */
const weight = (name: string, shape: readonly (number | null)[] | undefined): WeightSpec => ({
  name,
  shape: shape ?? anyShape,
  trainable: true,
})
/** Stands for a shape that depends on the input. */
export const anyShape: readonly (number | null)[] = [Number.NaN]

/** A weight of a layer and where it lies. */
export interface PlacedWeight {
  readonly spec: WeightSpec
  /** Of its layer in a store, and its number there: layers/lstm/cell, 0. */
  readonly store: string
  readonly number: number
  /** Within the layer: "forwardLayer/kernel". */
  readonly name: string
  readonly node: WeightNode
}

/** All weights of a layer in the order of Keras's `layer.weights`. */
export function placedWeights(node: WeightNode, store = node.path, name = ''): readonly PlacedWeight[] {
  const own = node.own.map((spec, number) => ({
    spec,
    store,
    number,
    name: name === '' ? spec.name : `${name}/${spec.name}`,
    node,
  }))
  const join = (...parts: readonly string[]) => parts.filter((part) => part !== '').join('/')
  return [
    ...own,
    ...node.inside.flatMap((inner) => placedWeights(inner, join(store, inner.path), join(name, inner.name))),
  ]
}

/** The order of the same weights in legacy files: what trains first. */
export const legacyOrder = (weights: readonly PlacedWeight[]): readonly PlacedWeight[] => [
  ...weights.filter(({ spec }) => spec.trainable),
  ...weights.filter(({ spec }) => !spec.trainable),
]

/** A name as Keras writes it: forward_layer/recurrent_kernel. */
export const kerasName = (name: string): string => name.split('/').map(snakeCase).join('/')
