import { RepriseError } from '../../errors.js'
import { badFile } from '../bad-file.js'
import { asFloat32, readSafetensors, type StoredTensor } from '../safetensors.js'
import { type CellTensors, kerasWeights, typeWithGates } from './gates.js'
import type { PlainModule, RecurrentModule, TorchFile, TorchModule } from './torch-module.js'

/** weight_ih_l0, bias_hh_l1_reverse, weight_hr_l0; of a cell without the layer: weight_ih. */
const recurrentKey = /^(weight|bias)_(ih|hh|hr)(?:_l(\d+)(_reverse)?)?$/
const floats: ReadonlySet<string> = new Set(['F64', 'F32', 'F16', 'BF16'])

/**
 * Recognises the modules in a PyTorch state dict that was saved as safetensors: nn.LSTM, nn.GRU, nn.RNN (and one cell alone),
 * nn.Linear, nn.Embedding, nn.LayerNorm. Half and double precision become float32. Tensors of other modules are named in
 * `unmatched`.
 *
 * Throws what `readSafetensors` throws, `bad-file` when the tensors of a module contradict each other, `unsupported-layer` for
 * an LSTM with projections (`proj_size`).
 *
 * @example
 * const { modules, unmatched } = readTorch(await readFile('model.safetensors'))
 */
export function readTorch(bytes: Uint8Array, name = 'file'): TorchFile {
  const { tensors } = readSafetensors(bytes, name)
  const groups = new Map<string, Map<string, StoredTensor>>()
  for (const [key, tensor] of tensors) {
    const dot = key.lastIndexOf('.')
    const prefix = dot < 0 ? '' : key.slice(0, dot)
    if (!groups.has(prefix)) groups.set(prefix, new Map())
    groups.get(prefix)!.set(key.slice(dot + 1), tensor)
  }
  const modules: TorchModule[] = []
  const unmatched: string[] = []
  for (const [prefix, group] of [...groups].sort(([a], [b]) => naturalOrder(a, b))) {
    const module = group.has('weight') ? plainModule(prefix, group) : recurrentModule(prefix, group, name)
    if (module) modules.push(module)
    else {
      const path = prefix === '' ? '' : `${prefix}.`
      for (const [key, { shape }] of group) unmatched.push(`${path}${key} [${shape.join(', ')}]`)
    }
  }
  return { modules, unmatched }
}

/** By text, numbers in it by value: "layers.2" before "layers.10". */
function naturalOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** The keys weight and perhaps bias, nothing else. */
function plainModule(prefix: string, group: ReadonlyMap<string, StoredTensor>): PlainModule | undefined {
  const [weight, bias] = [group.get('weight')!, group.get('bias')]
  const rank = weight.shape.length
  if (group.size !== (bias ? 2 : 1) || ![...group.values()].every(({ dtype }) => floats.has(dtype)))
    return undefined
  if (rank !== 1 && rank !== 2) return undefined
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0])) return undefined
  const type =
    rank === 1 ? 'LayerNorm' : bias ? 'Linear' : likelyEmbedding(prefix) ? 'Embedding' : 'Linear or Embedding'
  const array = (key: string, { shape, ...tensor }: StoredTensor) => ({
    name: key,
    shape,
    data: asFloat32({ shape, ...tensor }),
  })
  return { type, prefix, weight: array('weight', weight), bias: bias && array('bias', bias) }
}

/** People call embeddings by that name, or by those of well-known models. */
function likelyEmbedding(prefix: string): boolean {
  return /emb|lookup|wte|vocab/i.test(prefix)
}

function recurrentModule(
  prefix: string,
  group: ReadonlyMap<string, StoredTensor>,
  file: string,
): RecurrentModule | undefined {
  const found = new Map<string, StoredTensor>()
  for (const [key, tensor] of group) {
    const match = recurrentKey.exec(key)
    if (!match || !floats.has(tensor.dtype)) return undefined
    const [, kind, part, layer = '0', reverse = ''] = match
    if (part === 'hr') throw projected(prefix, key)
    found.set(`${kind}_${part}_l${layer}${reverse}`, tensor)
  }
  const owner = prefix === '' ? 'the recurrent module' : `module "${prefix}"`
  const bidirectional = found.has('weight_ih_l0_reverse')
  const directions = bidirectional ? ['', '_reverse'] : ['']
  const parts = found.has('bias_ih_l0') ? 4 : 2
  const count = found.size / (parts * directions.length)
  const cellAt = (layer: number, direction: string): CellTensors => {
    const part = (key: string) => found.get(`${key}_l${layer}${direction}`)
    const [inputWeight, hiddenWeight] = [part('weight_ih'), part('weight_hh')]
    const [inputBias, hiddenBias] = [part('bias_ih'), part('bias_hh')]
    if (
      !inputWeight ||
      !hiddenWeight ||
      (parts === 4) !== (inputBias !== undefined && hiddenBias !== undefined)
    ) {
      throw badFile(file, `${owner} lacks tensors of layer ${layer}: it has ${[...group.keys()].join(', ')}`)
    }
    return { inputWeight, hiddenWeight, inputBias, hiddenBias }
  }
  const first = cellAt(0, '')
  const units = first.hiddenWeight.shape[1] ?? 0
  const type = typeWithGates((first.inputWeight.shape[0] ?? 0) / units)
  const features = first.inputWeight.shape[1] ?? 0
  if (!type || !Number.isInteger(count)) {
    throw badFile(
      file,
      `${owner} has weight_ih [${first.inputWeight.shape}] and weight_hh [${first.hiddenWeight.shape}], which is no RNN, GRU or LSTM`,
    )
  }
  const layers = Array.from({ length: count }, (_, layer) =>
    directions.map((direction) => {
      const cell = cellAt(layer, direction)
      checkShapes(
        cell,
        layer === 0 ? features : units * directions.length,
        first.inputWeight.shape[0]!,
        units,
        owner,
        file,
      )
      return kerasWeights(type, cell)
    }),
  )
  return { type, prefix, inputSize: features, hiddenSize: units, bidirectional, bias: parts === 4, layers }
}

function checkShapes(
  { inputWeight, hiddenWeight, inputBias, hiddenBias }: CellTensors,
  features: number,
  rows: number,
  units: number,
  owner: string,
  file: string,
): void {
  const expected: readonly [string, StoredTensor | undefined, readonly number[]][] = [
    ['weight_ih', inputWeight, [rows, features]],
    ['weight_hh', hiddenWeight, [rows, units]],
    ['bias_ih', inputBias, [rows]],
    ['bias_hh', hiddenBias, [rows]],
  ]
  for (const [key, tensor, shape] of expected) {
    if (!tensor || tensor.shape.join() === shape.join()) continue
    throw badFile(file, `${owner}: ${key} must be [${shape.join(', ')}], and is [${tensor.shape.join(', ')}]`)
  }
}

function projected(prefix: string, key: string): RepriseError {
  const path = prefix === '' ? key : `${prefix}.${key}`
  return new RepriseError(
    'unsupported-layer',
    `"${path}" belongs to an LSTM with projections (proj_size), which Reprise does not have; train it without proj_size`,
  )
}
