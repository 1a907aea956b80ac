import { Activation, type CommandName } from '../../engine/commands.generated.js'
import { RandomStream } from '../../random.js'
import { cycle, type Draw, integers, oneOf, range } from '../draws.js'
import type { OperationRow, TensorOptions, Tolerance } from '../operation-row.js'

interface Form {
  readonly label: string
  readonly commands: readonly [CommandName, CommandName]
  readonly gates: number
  readonly scalars: Readonly<Record<string, number>>
  readonly cellState?: boolean
}

const forms: readonly Form[] = [
  { label: 'simpleRnn', commands: ['simpleRnnForward', 'simpleRnnBackward'], gates: 1, scalars: {} },
  { label: 'lstm', commands: ['lstmForward', 'lstmBackward'], gates: 4, scalars: {}, cellState: true },
  { label: 'gru', commands: ['gruForward', 'gruBackward'], gates: 3, scalars: { resetAfter: 1 } },
  {
    label: 'gru reset before',
    commands: ['gruForward', 'gruBackward'],
    gates: 3,
    scalars: { resetAfter: 0 },
  },
]

const optional = [
  'ids',
  'bias',
  'h0',
  'c0',
  'lengths',
  'mask',
  'resets',
  'inputDropout',
  'recurrentDropout',
] as const
type Option = (typeof optional)[number]

const gradients = ['dx', 'dKernel', 'dRecurrentKernel', 'dBias', 'dh0', 'dc0']

interface Case {
  readonly size?: readonly [N: number, T: number, I: number, H: number]
  /** Optional inputs that are present. */
  readonly present?: readonly Option[]
  readonly scalars?: Readonly<Record<string, number>>
  /** Further tensors left out. */
  readonly absent?: readonly string[]
  readonly tensors?: Readonly<Record<string, TensorOptions>>
  readonly forwardOnly?: boolean
}

const tolerance: Tolerance = {
  absolute: 1e-5,
  relative: 5e-5,
  reason: 'float32 sums over features, rows and steps, and errors carried from step to step',
}

const lengthsOf =
  (T: number): Draw =>
  (length) =>
    Array.from({ length }, (_, n) => Math.max(0, [T - 1, T, 0, 1, T - 2][n % 5]!))

/** Zero for a dropped element, else a multiplier of its own. */
const dropoutDraw: Draw = (length, random) =>
  Array.from({ length }, () => (random.uniform() < 0.3 ? 0 : random.uniform(0.6, 1.6)))

function recurrentRow(form: Form, what: string, options: Case): OperationRow {
  const [N, T, I, H] = options.size ?? [3, 5, 3, 5]
  const present = options.present ?? []
  const weight = { draw: range(-1.7 / Math.sqrt(I + H), 1.7 / Math.sqrt(I + H)) }
  return {
    name: `${form.label}, ${what} (N ${N}, T ${T}, I ${I}, H ${H})`,
    commands: options.forwardOnly ? form.commands.slice(0, 1) : form.commands,
    scalars: {
      N,
      T,
      I,
      H,
      reverse: 0,
      activation: Activation.tanh,
      recurrentActivation: Activation.sigmoid,
      zeroOutput: 0,
      dropoutGates: form.gates,
      accumulate: 0,
      ...form.scalars,
      ...options.scalars,
    },
    absent: [
      ...optional.filter((option) => !present.includes(option)),
      ...(present.includes('ids') ? ['x', 'dx'] : []),
      ...(options.absent ?? []),
    ],
    tensors: {
      kernel: weight,
      recurrentKernel: weight,
      lengths: { draw: lengthsOf(T) },
      mask: { draw: oneOf(0, 1, 1, 0.5) },
      resets: { draw: oneOf(0, 0, 0, 1, 2) },
      ids: { draw: integers(-1, I + 1) },
      inputDropout: { draw: dropoutDraw },
      recurrentDropout: { draw: dropoutDraw },
      ...options.tensors,
    },
    tolerance,
  }
}

/** A layer has x or ids, and what is dropped of its inputs only with x. */
const everything: readonly Option[] = optional.filter((option) => option !== 'ids')
const withIds: readonly Option[] = optional.filter((option) => option !== 'inputDropout')
const state: readonly Option[] = ['bias', 'h0', 'c0']

function optionRows(form: Form): OperationRow[] {
  const row = (what: string, options: Case) => recurrentRow(form, what, options)
  const cases: Record<string, Case> = {
    'no options': {},
    ...Object.fromEntries(
      optional
        .filter((option) => option !== 'c0' || form.cellState)
        .map((option) => [`only ${option}`, { present: [option] }]),
    ),
    reverse: { present: state, scalars: { reverse: 1 } },
    'reverse with lengths': { present: [...state, 'lengths'], scalars: { reverse: 1 } },
    'reverse with resets': { present: [...state, 'resets'], scalars: { reverse: 1 } },
    'zero output at masked steps': { present: [...state, 'mask'], scalars: { zeroOutput: 1 } },
    'repeated output at masked steps': { present: [...state, 'mask'] },
    'resets at masked steps': {
      present: [...state, 'mask', 'resets'],
      tensors: { resets: { draw: oneOf(0, 1) } },
    },
    'one dropout mask for all gates': {
      present: ['bias', 'h0', 'inputDropout', 'recurrentDropout'],
      scalars: { dropoutGates: 1 },
    },
    'all rows empty': { present: [...state, 'lengths'], tensors: { lengths: { draw: cycle(0) } } },
    'a fully masked row': {
      present: [...state, 'mask'],
      tensors: { mask: { draw: (length) => Array.from({ length }, (_, k) => (k < length / 3 ? 0 : 1)) } },
    },
    'resets in the middle of every row': {
      present: [...state, 'resets'],
      tensors: { resets: { draw: cycle(0, 0, 1, 0, 0) } },
    },
    'resets at the first step': {
      present: [...state, 'resets'],
      tensors: { resets: { draw: cycle(1, 0, 0, 0, 0) } },
    },
    'ids, everything': { present: withIds },
    'ids, reverse, added up': { present: withIds, scalars: { reverse: 1, accumulate: 1 } },
    everything: { present: everything },
    'everything, reverse': { present: everything, scalars: { reverse: 1 } },
    'everything, zero output, one dropout mask': {
      present: everything,
      scalars: { zeroOutput: 1, dropoutGates: 1 },
    },
    'weight gradients added up': { present: everything, scalars: { accumulate: 1 } },
    'weight gradients added up, no options': { scalars: { accumulate: 1 } },
    'gradient of the final state only': { present: state, absent: ['dy'] },
    'gradient of the output only': { present: state, absent: ['dhT', 'dcT'] },
    'gradient of nothing': { present: state, absent: ['dy', 'dhT', 'dcT'] },
    'gradient asked of x only': { present: state, absent: gradients.filter((name) => name !== 'dx') },
    'gradient asked of the weights only': { present: state, absent: ['dx', 'dh0', 'dc0'] },
    'gradient asked of one weight': {
      present: state,
      absent: gradients.filter((name) => name !== 'dKernel'),
    },
  }
  return Object.entries(cases).flatMap(([what, options]) => [
    row(what, options),
    // Wider than any vector, so that the body and the tail of every loop run.
    row(what, { ...options, size: [7, 4, 9, 37] }),
  ])
}

/** Combinations nobody thought of. */
function randomRows(form: Form): OperationRow[] {
  return Array.from({ length: 12 }, (_, index) => {
    const random = new RandomStream(index, `recurrent ${form.label}`)
    const flag = () => random.integer(2)
    const present = everything.filter(flag)
    const dropoutGates = flag() ? 1 : form.gates
    const scalars = { reverse: flag(), zeroOutput: flag(), accumulate: flag(), dropoutGates }
    const size = [
      1 + random.integer(9),
      1 + random.integer(7),
      1 + random.integer(20),
      1 + random.integer(40),
    ]
    return recurrentRow(form, `combination ${index}`, {
      present,
      scalars,
      size: size as [number, number, number, number],
    })
  })
}

function sizeRows(form: Form): OperationRow[] {
  const sizes: readonly (readonly [number, number, number, number])[] = [
    [1, 1, 1, 1],
    [1, 1, 5, 16],
    [1, 9, 5, 17],
    [4, 1, 3, 8],
    [2, 3, 70, 4],
    [2, 3, 1, 33],
    [19, 3, 11, 64],
    [33, 2, 16, 32],
    [20, 4, 65, 130],
    [1, 2, 40, 257],
    [131, 2, 10, 49],
    [5, 40, 6, 24],
    // One row whose units two workers divide; weights too large to take the inputs along step by step.
    [1, 6, 40, 130],
    [8, 3, 40, 230],
  ]
  return sizes.flatMap((size) => [
    recurrentRow(form, 'size, with states', { size, present: state }),
    recurrentRow(form, 'size, everything reversed', { size, present: everything, scalars: { reverse: 1 } }),
  ])
}

function activationRows(form: Form): OperationRow[] {
  return Object.entries(Activation).flatMap(([name, code]) => {
    const weight = { draw: range(-0.3, 0.3) }
    const tensors = { kernel: weight, recurrentKernel: weight, bias: weight, h0: weight, c0: weight }
    // Exponentials of exponentials overflow at the third step.
    const T = code === Activation.exponential ? 2 : 3
    const options: Case = { size: [3, T, 4, 18], present: ['bias', 'h0', 'c0'], tensors }
    return [
      recurrentRow(form, `activation ${name}`, { ...options, scalars: { activation: code } }),
      ...(form.label === 'simpleRnn'
        ? []
        : [
            recurrentRow(form, `recurrent activation ${name}`, {
              ...options,
              scalars: { recurrentActivation: code },
            }),
          ]),
    ]
  })
}

function inferenceRows(form: Form): OperationRow[] {
  return [
    ['every output', ['saved']],
    ['the sequence only', ['saved', 'hT', 'cT']],
    ['the final state only', ['saved', 'y', 'cT']],
  ].flatMap(([what, absent]) =>
    [
      [3, 5, 3, 5],
      [1, 1, 40, 67],
      [17, 4, 9, 37],
    ].flatMap(([N, T, I, H]) =>
      [state, everything].map((present) =>
        recurrentRow(form, `inference, ${what}${present === everything ? ', everything' : ''}`, {
          size: [N!, T!, I!, H!],
          present,
          absent: absent as string[],
          forwardOnly: true,
        }),
      ),
    ),
  )
}

export const recurrentRows: OperationRow[] = forms.flatMap((form) => [
  ...optionRows(form),
  ...randomRows(form),
  ...sizeRows(form),
  ...activationRows(form),
  ...inferenceRows(form),
])
