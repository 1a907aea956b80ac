import { Activation, Cell, WeightFormat } from '../../engine/commands.generated.js'
import { toBf16 } from '../../quantization.js'
import { type Draw, integers, range } from '../draws.js'
import { exact, type OperationRow, sumOf, type TensorOptions, type Tolerance } from '../operation-row.js'

const packedFormats = ['bf16', 'int8'] as const

/** Words of random weights within ±limit; int8 ones use all their bits. */
function weights(format: keyof typeof WeightFormat, limit: number): Draw {
  if (format === 'float32') return range(-limit, limit)
  return (length, random) => {
    if (format === 'int8') return Int32Array.from({ length }, () => random.word() | 0)
    const values = Float32Array.from({ length: 2 * length }, () => random.uniform(-limit, limit))
    return new Int32Array(toBf16(values).buffer)
  }
}

const scales = (limit: number): Draw => range(limit / 300, limit / 128)

/** Integers are added exactly; what is left is a few float32 roundings. */
const fewRoundings: Tolerance = {
  absolute: 3e-6,
  relative: 2e-6,
  reason: 'exact sums of integers, then some ten float32 roundings',
}

const matrices = [
  { N: 1, K: 1 },
  { N: 16, K: 2 },
  { N: 37, K: 19 },
  { N: 300, K: 130 },
]

const matrixRows: OperationRow[] = packedFormats.flatMap((format) =>
  matrices.flatMap(({ N, K }): OperationRow[] => {
    const shared = {
      absent: format === 'bf16' ? ['scale'] : [],
      tensors: { w: { draw: weights(format, 1) }, scale: { draw: scales(1) } },
    }
    return [
      ...[0, 1].map(
        (transpose): OperationRow => ({
          name: `dequantize ${format} [${K}, ${N}]${transpose ? ', transposed' : ''}`,
          commands: ['dequantize'],
          scalars: { N, K, format: WeightFormat[format], transpose },
          tolerance: format === 'bf16' ? exact : fewRoundings,
          ...shared,
        }),
      ),
      {
        name: `quantizedEmbedding ${format} [${N}, ${K}]`,
        commands: ['quantizedEmbedding'],
        scalars: { M: 9, V: N, E: K, format: WeightFormat[format] },
        tolerance: format === 'bf16' ? exact : fewRoundings,
        ...shared,
        tensors: { ...shared.tensors, ids: { draw: integers(-1, N + 1) } },
      },
    ]
  }),
)

function denseRow(
  what: string,
  format: (typeof packedFormats)[number],
  [M, K, N]: readonly [number, number, number],
  activation: number = Activation.linear,
  absent: readonly string[] = [],
): OperationRow {
  const limit = Math.min(1, 2 / Math.sqrt(K))
  return {
    name: `quantizedDense ${format} [${M}, ${K}]·[${K}, ${N}], ${what}`,
    commands: ['quantizedDense'],
    scalars: { M, N, K, format: WeightFormat[format], activation },
    absent: [...absent, ...(format === 'bf16' ? ['scale'] : [])],
    tensors: { w: { draw: weights(format, limit) }, scale: { draw: scales(limit) } },
    tolerance: format === 'bf16' ? sumOf(4 * Math.ceil(Math.sqrt(K)) + 8) : fewRoundings,
  }
}

const denseRows: OperationRow[] = packedFormats.flatMap((format) => [
  denseRow('one number', format, [1, 1, 1]),
  denseRow('one row', format, [1, 130, 67]),
  denseRow('odd sizes without bias', format, [3, 19, 21], Activation.linear, ['bias']),
  denseRow('a vocabulary', format, [2, 65, 1003]),
  denseRow('several stretches of integers', format, [1, 2051, 150]),
  denseRow('tanh', format, [5, 23, 37], Activation.tanh),
  denseRow('softplus', format, [5, 23, 37], Activation.softplus),
])

interface StepForm {
  readonly label: string
  readonly cell: keyof typeof Cell
  readonly gates: number
  readonly resetAfter: number
}

const stepForms: readonly StepForm[] = [
  { label: 'simpleRnn', cell: 'simpleRnn', gates: 1, resetAfter: 0 },
  { label: 'lstm', cell: 'lstm', gates: 4, resetAfter: 0 },
  { label: 'gru', cell: 'gru', gates: 3, resetAfter: 1 },
  { label: 'gru reset before', cell: 'gru', gates: 3, resetAfter: 0 },
]

function stepTolerance(form: StepForm, format: keyof typeof WeightFormat): Tolerance {
  if (format === 'int8' && form.cell === 'gru' && !form.resetAfter) {
    return {
      absolute: 2e-4,
      relative: 1e-4,
      reason: 'r ⊙ h, a float32 number, is rounded to 1/16383: some land on the other side in float64',
    }
  }
  return { absolute: 1e-5, relative: 5e-5, reason: 'float32 sums over features and units' }
}

function stepRow(
  form: StepForm,
  format: keyof typeof WeightFormat,
  [N, I, H]: readonly [number, number, number],
  what: string,
  options: {
    readonly absent?: readonly string[]
    readonly activation?: number
    readonly recurrentActivation?: number
  } = {},
): OperationRow {
  const limit = 1.7 / Math.sqrt(I + H)
  const weight: TensorOptions = { draw: weights(format, limit) }
  const scale: TensorOptions = { draw: scales(limit) }
  const noCell = form.cell === 'lstm' ? [] : ['c0', 'cT']
  const noScale = format === 'int8' ? [] : ['kernelScale', 'recurrentScale']
  return {
    name: `recurrentStep ${form.label} ${format}, ${what} (N ${N}, I ${I}, H ${H})`,
    commands: ['recurrentStep'],
    scalars: {
      N,
      I,
      H,
      cell: Cell[form.cell],
      wide: form.gates * H,
      activation: options.activation ?? Activation.tanh,
      recurrentActivation: options.recurrentActivation ?? Activation.sigmoid,
      resetAfter: form.resetAfter,
      format: WeightFormat[format],
    },
    absent: [...noCell, ...noScale, ...(options.absent ?? [])],
    tensors: { kernel: weight, recurrentKernel: weight, kernelScale: scale, recurrentScale: scale },
    tolerance: stepTolerance(form, format),
  }
}

const stepRows: OperationRow[] = stepForms.flatMap((form) =>
  (['float32', ...packedFormats] as const).flatMap((format) => [
    stepRow(form, format, [1, 3, 5], 'small'),
    stepRow(form, format, [1, 16, 32], 'whole panels'),
    stepRow(form, format, [3, 17, 41], 'several rows'),
    stepRow(form, format, [1, 9, 20], 'from nothing', { absent: ['h0', 'c0', 'bias'] }),
    stepRow(form, format, [2, 9, 20], 'state alone', { absent: ['y'] }),
    stepRow(form, format, [2, 9, 20], 'output alone', { absent: ['hT', 'cT'] }),
    stepRow(form, format, [1, 9, 20], 'other activations', {
      activation: Activation.softsign,
      recurrentActivation: Activation.hardSigmoid,
    }),
    stepRow(form, format, [1, 250, 300], 'worth dividing'),
  ]),
)

export const quantizedRows = [...matrixRows, ...denseRows, ...stepRows]
