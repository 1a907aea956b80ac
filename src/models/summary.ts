import type { Parameter } from '../graph/index.js'
import type { Shape } from '../graph/tensor.js'
import type { Layer } from '../layers/layer.js'
import type { LayerNode } from '../layers/symbolic.js'
import type { Network } from './network.js'

/** One row of the table. */
interface Row {
  readonly cells: readonly string[]
}

export interface SummaryInput {
  readonly name: string
  readonly layers: readonly Layer[]
  /** Calls of the network; empty when the model is not built. */
  readonly nodes: readonly LayerNode[]
  readonly weights: readonly Parameter[]
  /** Whether the model is a plain chain (no column "Connected to"). */
  readonly chain: boolean
}

/** The table Keras prints: layers, output shapes, numbers of parameters, and the totals below. */
export function summaryText(
  { name, layers, nodes, weights, chain }: SummaryInput,
  lineLength?: number,
): string {
  const header = ['Layer (type)', 'Output Shape', 'Param #', ...(chain ? [] : ['Connected to'])]
  const positions = chain ? [0.45, 0.8, 1] : [0.3, 0.56, 0.74, 1]
  const length = lineLength ?? (chain ? 76 : 100)
  const widths = positions.map(
    (p, k) => Math.floor(p * length) - Math.floor((positions[k - 1] ?? 0) * length) - 3,
  )
  const rows: Row[] = layers.map((layer) => {
    const own = nodes.filter((node) => node.layer === layer)
    const built = own.length > 0
    const shapes = built ? own.at(-1)!.outputs.map(({ shape }) => printed(shape)) : ['?']
    const params = built ? layer.countParams().toLocaleString('en-US') : '0 (unbuilt)'
    const links = own.flatMap(({ inputs }) =>
      inputs.map(({ node, index }) => `${node.layer.name}[${node.layer.nodes.indexOf(node)}][${index}]`),
    )
    return {
      cells: [
        `${layer.name} (${typeName(layer.kind)})`,
        shapes.length > 1 ? `[${shapes.join(', ')}]` : shapes[0]!,
        params,
        ...(chain ? [] : [links.join(', ') || '-']),
      ],
    }
  })
  const line = (left: string, fill: string, middle: string, right: string) =>
    left + widths.map((width) => fill.repeat(width + 2)).join(middle) + right
  const render = (cells: readonly string[], edge: string) => {
    const wrapped = cells.map((cell, k) => wrap(cell, widths[k]!))
    const height = Math.max(...wrapped.map((parts) => parts.length))
    return Array.from({ length: height }, (_, r) => {
      const parts = wrapped.map((own, k) => {
        const text = own[r] ?? ''
        return k === 2 ? text.padStart(widths[k]!) : text.padEnd(widths[k]!)
      })
      return `${edge} ${parts.join(` ${edge} `)} ${edge}`
    })
  }
  const separator = line('├', '─', '┼', '┤')
  const trainable = count(weights.filter((weight) => weight.trainable))
  const frozen = count(weights.filter((weight) => !weight.trainable))
  return [
    `Model: "${name}"`,
    line('┏', '━', '┳', '┓'),
    ...render(header, '┃'),
    line('┡', '━', '╇', '┩'),
    ...rows.flatMap(({ cells }, k) => [...(k === 0 ? [] : [separator]), ...render(cells, '│')]),
    line('└', '─', '┴', '┘'),
    ` Total params: ${total(trainable + frozen)}`,
    ` Trainable params: ${total(trainable)}`,
    ` Non-trainable params: ${total(frozen)}`,
  ].join('\n')
}

const count = (weights: readonly Parameter[]) => weights.reduce((sum, { size }) => sum + size, 0)

function total(values: number): string {
  let bytes = values * 4
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let unit = 0
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024
  return `${values.toLocaleString('en-US')} (${bytes.toFixed(2)} ${units[unit]})`
}

function printed(shape: Shape): string {
  return `(${shape.map((length) => (Number.isNaN(length) ? 'None' : length)).join(', ')}${shape.length === 1 ? ',' : ''})`
}

/** simpleRnn → SimpleRNN, lstm → LSTM: the class names people know. */
export function typeName(kind: string): string {
  const known: Readonly<Record<string, string>> = {
    lstm: 'LSTM',
    gru: 'GRU',
    rnn: 'RNN',
    simpleRnn: 'SimpleRNN',
    input: 'InputLayer',
    reLu: 'ReLU',
    leakyReLu: 'LeakyReLU',
  }
  return known[kind] ?? kind.replace(/^./, (c) => c.toUpperCase()).replace(/1d$/, '1D')
}

/** Cuts a text into lines, at spaces where it can. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const cut = space > 0 ? space : width
    lines.push(rest.slice(0, cut))
    rest = rest.slice(cut).trimStart()
  }
  return [...lines, rest]
}

/** Whether every layer of a network is called once, with one input: then its table needs no column of connections. */
export function isChain({ nodes, inputs, outputs }: Network): boolean {
  if (inputs.length > 1 || outputs.length > 1) return false
  if (nodes.some((node) => node.inputs.length > 1)) return false
  return new Set(nodes.map(({ layer }) => layer)).size === nodes.length
}
