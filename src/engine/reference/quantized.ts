import { Cell as CellCode, WeightFormat } from '../commands.generated.js'
import { activationOf } from './functions.js'
import { GateBias, GateMatrix, type Vector } from './gates.js'
import { gru } from './gru.js'
import type { Floats, ReferenceKernels } from './kernels.js'
import { lstm } from './lstm.js'
import { simpleRnn } from './simple-rnn.js'

/** A packed matrix [K, N]: bf16, or int8 with a scale for each column. */
interface Packed {
  readonly words: Uint32Array
  readonly scale: Floats | undefined
  readonly K: number
  readonly N: number
  readonly format: number
}

const float = new Float32Array(1)
const floatWord = new Uint32Array(float.buffer)

/** Element (k, n), int8 ones in units of their scale. */
function element({ words, K, format }: Packed, k: number, n: number): number {
  const pair = (Math.floor(n / 16) * Math.ceil(K / 2) + (k >> 1)) * 16 + (n % 16)
  const place = 2 * pair + (k & 1)
  if (format === WeightFormat.int8) return (words[place >> 2]! << (24 - 8 * (place & 3))) >> 24
  floatWord[0] = (words[place >> 1]! >>> (16 * (place & 1))) << 16
  return float[0]!
}

const valueAt = (w: Packed, k: number, n: number) => element(w, k, n) * (w.scale?.[n] ?? 1)

/** Integers of fifteen bits and their unit, rounded as the kernels do it. */
function roundActivations(x: Vector): { integers: Vector; unit: number } {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (!Number.isFinite(largest)) return { integers: x.map(() => 0), unit: Number.NaN }
  if (!(largest > 1e-30)) return { integers: x.map(() => 0), unit: 0 }
  const inverse = Math.fround(16383 / Math.fround(largest))
  return {
    integers: x.map((value) => roundToEven(Math.fround(Math.fround(value) * inverse))),
    unit: Math.fround(Math.fround(largest) / 16383),
  }
}

function roundToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1
}

/** x · w for columns [first, first + count). */
function product(w: Packed, x: Vector, first = 0, count = w.N): Vector {
  const { integers, unit } = w.format === WeightFormat.int8 ? roundActivations(x) : { integers: x, unit: 1 }
  return Float64Array.from({ length: count }, (_, j) => {
    const n = first + j
    let sum = 0
    for (let k = 0; k < w.K; k++) sum += integers[k]! * element(w, k, n)
    return sum * unit * (w.scale?.[n] ?? 1)
  })
}

/** Weights of a cell that are packed. */
class PackedGateMatrix extends GateMatrix {
  constructor(
    private readonly packed: Packed,
    private readonly units: number,
  ) {
    super(new Float32Array(0), 0, 0, 0)
  }

  override apply(gate: number, v: Vector): Vector {
    return product(this.packed, v, gate * this.units, this.units)
  }
}

const wordsOf = (values: Floats) => new Uint32Array(values.buffer, values.byteOffset, values.length)

export const quantizedKernels: ReferenceKernels<
  'dequantize' | 'quantizedDense' | 'quantizedEmbedding' | 'recurrentStep'
> = {
  dequantize({ w, scale, y, N, K, format, transpose }) {
    const packed = { words: w, scale, K, N, format }
    for (let k = 0; k < K; k++) {
      for (let n = 0; n < N; n++) y[transpose ? n * K + k : k * N + n] = valueAt(packed, k, n)
    }
  },

  quantizedDense({ x, w, scale, bias, y, M, N, K, format, activation }) {
    const f = activationOf(activation)
    const packed = { words: w, scale, K, N, format }
    for (let m = 0; m < M; m++) {
      const row = product(packed, Float64Array.from(x.subarray(m * K, (m + 1) * K)))
      y.set(
        row.map((value, n) => f(value + (bias?.[n] ?? 0))),
        m * N,
      )
    }
  },

  quantizedEmbedding({ w, scale, ids, y, M, V, E, format }) {
    const packed = { words: w, scale, K: E, N: V, format }
    for (let m = 0; m < M; m++) {
      const id = ids[m]!
      for (let e = 0; e < E; e++) y[m * E + e] = id >= 0 && id < V ? valueAt(packed, e, id) : 0
    }
  },

  recurrentStep(a) {
    const { N, I, H, wide, format, resetAfter } = a
    const gates = wide / H
    const family = { [CellCode.simpleRnn]: simpleRnn, [CellCode.lstm]: lstm, [CellCode.gru]: gru }[a.cell]!
    const matrix = (values: Floats, scale: Floats | undefined, rows: number) =>
      format === WeightFormat.float32
        ? new GateMatrix(values, rows, gates, H)
        : new PackedGateMatrix({ words: wordsOf(values), scale, K: rows, N: wide, format }, H)
    const cell = family.cell(a, {
      kernel: matrix(a.kernel, a.kernelScale, I),
      recurrentKernel: matrix(a.recurrentKernel, a.recurrentScale, H),
      bias: new GateBias(a.bias, resetAfter ? 2 * gates : gates, H),
    })
    const vector = (values: Floats | undefined, n: number, length: number) =>
      values ? Float64Array.from(values.subarray(n * length, (n + 1) * length)) : new Float64Array(length)
    for (let n = 0; n < N; n++) {
      const previous = { h: vector(a.h0, n, H), c: vector(a.c0, n, family.cellState ? H : 0) }
      const { next } = cell.forward({
        x: Array.from({ length: gates }, () => vector(a.x, n, I)),
        h: Array.from({ length: gates }, () => previous.h),
        previous,
      })
      a.y?.set(next.h, n * H)
      a.hT?.set(next.h, n * H)
      a.cT?.set(next.c, n * H)
    }
  },
}
