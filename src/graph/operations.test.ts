import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawn, type GraphCase, GraphRunner, gradientProblems, type Values } from '../testing/graph-check.js'
import { Grid } from '../testing/grid.js'
import * as op from './operations/index.js'
import type { Tensor } from './tensor.js'

// One row for each operation: its value against plain loops and its gradients against differences.

interface Row extends GraphCase {
  /** What it should give, from the values of the parameters and integers. */
  readonly expected: (values: Readonly<Record<string, Grid>>) => Grid
  /** false: no gradient flows and none is promised (comparisons, integers). */
  readonly differentiable?: boolean
}

type Operand = Readonly<Record<string, Tensor>>
const a = drawn('a', [2, 3])
const b = drawn('b', [2, 3])
const positive = drawn('positive', [2, 3], 0.3, 2)
const ids: Values = { shape: [2, 3], values: [0, 3, 1, 1, 4, -1] } // 4 and −1 lie outside a table of four rows

function unary(f: (x: Tensor) => Tensor, g: (x: number) => number, x = a, differentiable = true): Row {
  return { parameters: { x }, build: ({ x }) => f(x!), expected: ({ x }) => x!.map(g), differentiable }
}

function binary(
  f: (p: Tensor, q: Tensor) => Tensor,
  g: (p: number, q: number) => number,
  x: Values = a,
  y: Values = b,
  differentiable = true,
): Row {
  return {
    parameters: { x, y },
    build: ({ x, y }) => f(x!, y!),
    expected: ({ x, y }) => Grid.make(x!.shape, (...i) => g(x!.at(...i), y!.at(...i))),
    differentiable,
  }
}

const compare = (f: (p: Tensor, q: Tensor) => Tensor, g: (p: number, q: number) => boolean): Row => {
  const x = { shape: [5], values: [1, 2, 3, -1, 0] }
  const y = { shape: [5], values: [1, 3, 2, -2, 0] }
  return binary(f, (p, q) => Number(g(p, q)), x, y, false)
}

const rowsOf = (table: Grid, ids: readonly number[]) =>
  Grid.make([ids.length, table.shape[1]!], (m, k) => (ids[m!]! < 0 ? 0 : table.at(ids[m!]!, k!)))
const block = drawn('block', [2, 3, 4])
const logitsOf = (logits: Grid, m: number, V: number) => Array.from({ length: V }, (_, v) => logits.at(m, v))
const logSumExp = (row: number[]) => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))
const erf = (x: number) => {
  let sum = 0
  const steps = 4000
  for (let k = 0; k < steps; k++) sum += Math.exp(-((((k + 0.5) * x) / steps) ** 2))
  return ((2 / Math.sqrt(Math.PI)) * x * sum) / steps
}
const product =
  (t: { transposeA?: boolean; transposeB?: boolean } = {}) =>
  ({ x, y }: Readonly<Record<string, Grid>>) => {
    const lead = (x!.shape.length > 2 ? x! : y!).shape.slice(0, -2)
    const [p, q] = x!.shape.slice(-2) as [number, number]
    const [r, s] = y!.shape.slice(-2) as [number, number]
    const [M, K] = t.transposeA ? [q, p] : [p, q]
    return Grid.make([...lead, M, t.transposeB ? r : s], (...index) => {
      const [m, n] = index.slice(-2) as [number, number]
      const before = index.slice(0, -2)
      let sum = 0
      for (let k = 0; k < K; k++) {
        const left = x!.at(...before, ...(t.transposeA ? [k, m] : [m, k]))
        sum += left * y!.at(...before, ...(t.transposeB ? [n, k] : [k, n]))
      }
      return sum
    })
  }

function matmulRow(x: number[], y: number[], t: { transposeA?: boolean; transposeB?: boolean } = {}): Row {
  return {
    parameters: { x: drawn('x', x), y: drawn('y', y) },
    build: ({ x, y }) => op.matmul(x!, y!, t),
    expected: product(t),
  }
}

const keepSum = (x: Grid, axes: readonly number[]) => {
  const shape = x.shape.map((length, k) => (axes.includes(k) ? 1 : length))
  const total = new Float64Array(shape.reduce((p, q) => p * q, 1))
  const place = new Grid(shape, Float64Array.from(total.keys()))
  Grid.make(x.shape, (...index) => {
    const target = place.at(...index.map((i, k) => (axes.includes(k) ? 0 : i)))
    total[target] = total[target]! + x.at(...index)
    return 0
  })
  return new Grid(shape, total)
}

const rows: Readonly<Record<string, Row | readonly Row[]>> = {
  // element-wise
  add: [
    binary(op.add, (p, q) => p + q),
    binary(op.add, (p, q) => p + q, block, drawn('row', [4])),
    binary(op.add, (p, q) => p + q, block, drawn('column', [2, 1, 1])),
    binary(op.add, (p, q) => p + q, drawn('five', [2, 3, 2, 2, 2]), drawn('odd', [3, 1, 2, 1])),
  ],
  subtract: binary(op.subtract, (p, q) => p - q, block, drawn('middle', [3, 1])),
  multiply: [
    binary(op.multiply, (p, q) => p * q),
    binary(op.multiply, (p, q) => p * q, block, drawn('one', [])),
    binary(op.multiply, (p, q) => p * q, drawn('six', [2, 2, 2, 2, 2, 2]), drawn('mix', [2, 1, 2, 1, 2, 1])),
    // both operands are repeated
    {
      parameters: { x: drawn('x', [3, 1]), y: drawn('y', [1, 4]) },
      build: ({ x, y }: Operand) => op.multiply(x!, y!),
      expected: ({ x, y }) => Grid.make([3, 4], (i, j) => x!.at(i, j) * y!.at(i, j)),
    },
    // the same tensor twice
    unary(
      (x) => op.multiply(x, x),
      (x) => x * x,
    ),
  ],
  divide: binary(op.divide, (p, q) => p / q, a, positive),
  power: binary(op.power, (p, q) => p ** q, positive, b),
  maximum: binary(op.maximum, Math.max),
  firstMaximum: binary(op.firstMaximum, Math.max),
  minimum: binary(op.minimum, Math.min),
  equal: compare(op.equal, (p, q) => p === q),
  notEqual: compare(op.notEqual, (p, q) => p !== q),
  less: compare(op.less, (p, q) => p < q),
  lessEqual: compare(op.lessEqual, (p, q) => p <= q),
  greater: compare(op.greater, (p, q) => p > q),
  greaterEqual: compare(op.greaterEqual, (p, q) => p >= q),
  scalar: unary(
    (x) => op.add(x, op.scalar(x, 0.5)),
    (x) => x + 0.5,
  ),
  scale: unary(
    (x) => op.scale(x, -2),
    (x) => -2 * x,
  ),
  select: {
    parameters: { x: a, y: b },
    build: ({ x, y }) => op.select(op.step(op.absolute(op.sin(op.scale(x!, 100)))), x!, y!),
    expected: ({ x }) => x!,
    differentiable: false, // the mask above is 1 everywhere; masks are tested with the recurrent loop
  },
  negate: unary(op.negate, (x) => -x),
  absolute: unary(op.absolute, Math.abs),
  exp: unary(op.exp, Math.exp),
  log: unary(op.log, Math.log, positive),
  sqrt: unary(op.sqrt, Math.sqrt, positive),
  square: unary(op.square, (x) => x * x),
  reciprocal: unary(op.reciprocal, (x) => 1 / x, positive),
  sign: unary(op.sign, Math.sign, a, false),
  step: unary(op.step, (x) => Number(x > 0), a, false),
  log1p: unary(op.log1p, Math.log1p, positive),
  expm1: unary(op.expm1, Math.expm1),
  sin: unary(op.sin, Math.sin),
  cos: unary(op.cos, Math.cos),
  erf: unary(op.erf, erf),
  sigmoid: unary(op.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  tanh: unary(op.tanh, Math.tanh),
  relu: unary(op.relu, (x) => Math.max(x, 0)),
  activation: [
    unary(
      (x) => op.activation(x, 'linear'),
      (x) => x,
    ),
    unary(
      (x) => op.activation(x, 'hardSigmoid'),
      (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
    ),
    unary(
      (x) => op.activation(x, 'softsign'),
      (x) => x / (1 + Math.abs(x)),
    ),
    unary(
      (x) => op.activation(x, 'softplus'),
      (x) => Math.log1p(Math.exp(x)),
    ),
    unary(
      (x) => op.activation(x, 'elu'),
      (x) => (x > 0 ? x : Math.expm1(x)),
    ),
    unary(
      (x) => op.activation(x, 'selu'),
      (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    ),
    unary((x) => op.activation(x, 'exponential'), Math.exp),
  ],
  activationGradient: {
    parameters: { y: positive, dy: b },
    build: ({ y, dy }) => op.activationGradient(y!, dy!, 'tanh'),
    expected: ({ y, dy }) => Grid.make([2, 3], (i, j) => dy!.at(i, j) * (1 - y!.at(i, j) ** 2)),
    differentiable: false,
  },

  // shape
  reshape: [
    {
      parameters: { x: block },
      build: ({ x }) => op.reshape(x!, [4, -1]),
      expected: ({ x }) => new Grid([4, 6], x!.values),
    },
    {
      parameters: { x: drawn('x', [1, 1]) },
      build: ({ x }) => op.exp(op.reshape(x!, [])),
      expected: ({ x }) => new Grid([], [Math.exp(x!.at(0, 0))]),
    },
  ],
  broadcastTo: {
    parameters: { x: drawn('x', [3, 1]) },
    build: ({ x }) => op.broadcastTo(x!, [2, 3, 4]),
    expected: ({ x }) => Grid.make([2, 3, 4], (...i) => x!.at(...i)),
  },
  sumAxis: {
    parameters: { x: block },
    build: ({ x }) => op.sumAxis(x!, 1),
    expected: ({ x }) => keepSum(x!, [1]),
  },
  sumTo: [
    {
      parameters: { x: block },
      build: ({ x }) => op.sumTo(x!, [3, 1]),
      expected: ({ x }) => new Grid([3, 1], keepSum(x!, [0, 2]).values),
    },
    {
      parameters: { x: a },
      build: ({ x }) => op.sumTo(x!, []),
      expected: ({ x }) => new Grid([], keepSum(x!, [0, 1]).values),
    },
  ],
  copyOf: { parameters: { x: block }, build: ({ x }) => op.copyOf(x!), expected: ({ x }) => x! },
  transpose: [
    {
      parameters: { x: block },
      build: ({ x }) => op.transpose(x!, [2, 0, 1]),
      expected: ({ x }) => Grid.make([4, 2, 3], (i, j, k) => x!.at(j!, k!, i!)),
    },
    {
      parameters: { x: drawn('x', [2, 3, 2, 3, 2]) },
      build: ({ x }) => op.transpose(x!, [4, 3, 2, 1, 0]),
      expected: ({ x }) => Grid.make([2, 3, 2, 3, 2], (...i) => x!.at(...i.reverse())),
    },
  ],
  slice: [
    {
      parameters: { x: block },
      build: ({ x }) => op.slice(x!, 1, 1, 2),
      expected: ({ x }) => Grid.make([2, 2, 4], (i, j, k) => x!.at(i!, j! + 1, k!)),
    },
    {
      parameters: { x: drawn('x', [2, 2, 3, 2, 2]) },
      build: ({ x }) => op.slice(op.slice(op.slice(x!, 2, 1, 1), -1, 1, 1), 3, 0, 1),
      expected: ({ x }) => Grid.make([2, 2, 1, 1, 1], (i, j) => x!.at(i!, j!, 1, 0, 1)),
    },
    {
      parameters: { x: drawn('x', [2, 8, 3]) },
      build: ({ x }) => op.slice(x!, 1, 1, 3, 3),
      expected: ({ x }) => Grid.make([2, 3, 3], (i, j, k) => x!.at(i!, 1 + 3 * j!, k!)),
    },
  ],
  pad: [
    {
      parameters: { x: block },
      build: ({ x }) => op.pad(x!, 1, 1, 2, -0.5),
      expected: ({ x }) =>
        Grid.make([2, 6, 4], (i, j, k) => (j! < 1 || j! > 3 ? -0.5 : x!.at(i!, j! - 1, k!))),
    },
    { parameters: { x: block }, build: ({ x }) => op.pad(x!, -1, 0, 0), expected: ({ x }) => x! },
  ],
  windows: [
    [2, 1, 1],
    [3, 2, 1],
    [2, 1, 3],
    [2, 3, 2],
    [7, 1, 1],
  ].map(([size, stride, dilation]) => ({
    parameters: { x: drawn('x', [2, 7, 3]) },
    build: ({ x }: Operand) => op.windows(x!, size!, stride, dilation),
    expected: ({ x }: Readonly<Record<string, Grid>>) =>
      Grid.make([2, Math.floor((6 - (size! - 1) * dilation!) / stride!) + 1, size!, 3], (n, t, k, f) =>
        x!.at(n!, t! * stride! + k! * dilation!, f!),
      ),
  })),
  reverse: [
    {
      parameters: { x: block },
      build: ({ x }) => op.reverse(x!, 1),
      expected: ({ x }) => Grid.make([2, 3, 4], (i, j, k) => x!.at(i!, 2 - j!, k!)),
    },
    {
      parameters: { x: block },
      build: ({ x }) => op.reverse(op.reverse(op.slice(x!, 2, 1, 2), -1), 0),
      expected: ({ x }) => Grid.make([2, 3, 2], (i, j, k) => x!.at(1 - i!, j!, 2 - k!)),
    },
  ],
  concatenate: {
    parameters: { x: block, y: drawn('y', [2, 1, 4]), z: drawn('z', [2, 2, 4]) },
    build: ({ x, y, z }) => op.concatenate([x!, y!, z!, x!], 1),
    expected: ({ x, y, z }) =>
      Grid.make([2, 9, 4], (i, j, k) => {
        const parts = [x!, x!, x!, y!, z!, z!, x!, x!, x!]
        return parts[j!]!.at(i!, [0, 1, 2, 0, 0, 1, 0, 1, 2][j!]!, k!)
      }),
  },
  stack: {
    parameters: { x: a, y: b },
    build: ({ x, y }) => op.stack([x!, y!], 1),
    expected: ({ x, y }) => Grid.make([2, 2, 3], (i, j, k) => (j === 0 ? x! : y!).at(i!, k!)),
  },
  split: [
    {
      parameters: { x: block },
      build: ({ x }) => {
        const [p, q] = op.split(x!, 2, [1, 3])
        return op.multiply(op.exp(p!), q!)
      },
      expected: ({ x }) =>
        Grid.make([2, 3, 3], (i, j, k) => Math.exp(x!.at(i!, j!, 0)) * x!.at(i!, j!, k! + 1)),
    },
    {
      // a part nobody uses gets a zero gradient
      parameters: { x: block },
      build: ({ x }) => op.sin(op.split(x!, 1, [1, 1, 1])[1]!),
      expected: ({ x }) => Grid.make([2, 1, 4], (i, _, k) => Math.sin(x!.at(i!, 1, k!))),
    },
  ],
  fill: {
    parameters: { x: a },
    build: ({ x }) => op.fill(x!.graph, [2, 2], 0.5),
    expected: () => Grid.make([2, 2], () => 0.5),
  },
  zeros: {
    parameters: { x: a },
    build: ({ x }) => op.zeros(x!.graph, [3]),
    expected: () => Grid.make([3], () => 0),
  },
  onesLike: {
    parameters: { x: a },
    build: ({ x }) => op.onesLike(x!),
    expected: () => Grid.make([2, 3], () => 1),
  },

  // reductions
  sum: [
    {
      parameters: { x: block },
      build: ({ x }) => op.sum(x!),
      expected: ({ x }) => new Grid([], keepSum(x!, [0, 1, 2]).values),
    },
    {
      parameters: { x: block },
      build: ({ x }) => op.sum(x!, [0, -1], true),
      expected: ({ x }) => keepSum(x!, [0, 2]),
    },
  ],
  mean: [
    {
      parameters: { x: block },
      build: ({ x }) => op.mean(x!, [0, 2]),
      expected: ({ x }) => new Grid([3], keepSum(x!, [0, 2]).map((v) => v / 8).values),
    },
    {
      parameters: { x: block },
      build: ({ x }) => op.mean(x!),
      expected: ({ x }) => new Grid([], keepSum(x!, [0, 1, 2]).map((v) => v / 24).values),
    },
  ],
  maximumOf: {
    parameters: { x: block },
    build: ({ x }) => op.maximumOf(x!, 1),
    expected: ({ x }) => Grid.make([2, 4], (i, k) => Math.max(...[0, 1, 2].map((j) => x!.at(i!, j, k!)))),
  },
  minimumOf: {
    parameters: { x: block },
    build: ({ x }) => op.minimumOf(x!, [0, 1], true),
    expected: ({ x }) =>
      Grid.make([1, 1, 4], (_i, _j, k) =>
        Math.min(...[0, 1, 2, 3, 4, 5].map((r) => x!.at(r % 2, r >> 1, k!))),
      ),
  },

  // products
  matmul: [
    matmulRow([2, 3], [3, 4]),
    matmulRow([3, 2], [3, 4], { transposeA: true }),
    matmulRow([2, 3], [4, 3], { transposeB: true }),
    matmulRow([3, 2], [4, 3], { transposeA: true, transposeB: true }),
    matmulRow([5, 2, 3], [5, 3, 4]),
    matmulRow([2, 2, 3, 2], [2, 2, 4, 3], { transposeA: true, transposeB: true }),
    matmulRow([5, 2, 3], [3, 4]),
    matmulRow([5, 2, 3], [4, 3], { transposeB: true }),
    matmulRow([5, 3, 2], [3, 4], { transposeA: true }),
    matmulRow([5, 3, 2], [4, 3], { transposeA: true, transposeB: true }),
    matmulRow([2, 3], [5, 3, 4]),
    matmulRow([3, 2], [5, 4, 3], { transposeA: true, transposeB: true }),
  ],
  dense: [
    {
      parameters: { x: block, w: drawn('w', [4, 5]), bias: drawn('bias', [5]) },
      build: ({ x, w, bias }) => op.dense(x!, w!, bias, { activation: 'tanh' }),
      expected: ({ x, w, bias }) =>
        Grid.make([2, 3, 5], (i, j, n) => {
          let sum = bias!.at(n!)
          for (let k = 0; k < 4; k++) sum += x!.at(i!, j!, k) * w!.at(k, n!)
          return Math.tanh(sum)
        }),
    },
    {
      parameters: { x: drawn('x', [4]), w: drawn('w', [5, 4]) },
      build: ({ x, w }) => op.dense(x!, w!, undefined, { transposeW: true }),
      expected: ({ x, w }) =>
        Grid.make([5], (n) => [0, 1, 2, 3].reduce((sum, k) => sum + x!.at(k) * w!.at(n!, k), 0)),
    },
  ],
  embedding: {
    parameters: { table: drawn('table', [4, 2]) },
    integers: { ids },
    build: ({ table, ids }) => op.embedding(table!, ids!),
    expected: ({ table, ids }) =>
      Grid.make([2, 3, 2], (i, j, k) => {
        const id = ids!.at(i!, j!)
        return id >= 0 && id < 4 ? table!.at(id, k!) : 0
      }),
  },
  scatterRows: {
    parameters: { x: drawn('x', [2, 3, 2]) },
    integers: { ids },
    build: ({ x, ids }) => op.scatterRows(x!, ids!, 4),
    expected: ({ x, ids }) =>
      Grid.make([4, 2], (v, k) =>
        [0, 1, 2, 3, 4, 5].reduce((sum, m) => {
          const [i, j] = [Math.floor(m / 3), m % 3]
          return ids!.at(i, j) === v ? sum + x!.at(i, j, k!) : sum
        }, 0),
      ),
  },
  // ids 0, 3, 1, 1 and two outside: rows 0, 3, 1, 0 of the table, the last because there are only three
  uniqueRows: {
    parameters: { table: drawn('table', [4, 2]) },
    integers: { ids },
    build: ({ table, ids }) => {
      const { rows, place } = op.uniqueRows(ids!, 4)
      return op.concatenate([op.embedding(table!, rows), op.embedding(table!, op.reshape(place, [6]))], 0)
    },
    expected: ({ table }) => rowsOf(table!, [0, 3, 1, -1, 0, 1, 2, 2, -1, -1]),
  },
  sumRows: {
    parameters: { x: drawn('x', [4, 2]), y: drawn('y', [1, 2, 2]) },
    integers: { ids },
    build: ({ x, y, ids }) => op.sumRows([x!, y!], ids!, 4),
    expected: ({ x }) =>
      Grid.make([4, 2], (v, k) => [x!.at(0, k!), x!.at(2, k!) + x!.at(3, k!), 0, x!.at(1, k!)][v!]!),
    differentiable: false,
  },
  clusterRows: {
    parameters: { table: drawn('table', [6, 2]) },
    integers: { ids },
    build: ({ table, ids }) => {
      const { rows, local, relabelled } = op.clusterRows(ids!, ids!, { low: 1, high: 4, label: 5 })
      return op.concatenate(
        [rows, local, op.reshape(relabelled, [6])].map((list) => op.embedding(table!, list)),
        0,
      )
    },
    expected: ({ table }) =>
      rowsOf(
        table!,
        [
          [1, 2, 3, -1, -1, -1],
          [2, 0, 0, -1, -1, -1],
          [0, 5, 5, 5, 4, -1],
        ].flat(),
      ),
  },
  rowsDense: {
    parameters: { x: drawn('x', [6, 3]), w: drawn('w', [3, 2]) },
    integers: { ids },
    build: ({ x, w, ids }) => {
      const { rows, count } = op.clusterRows(ids!, ids!, { low: 1, high: 4, label: 0 })
      return op.rowsDense(x!, rows, count, w!)
    },
    expected: ({ x, w }) =>
      Grid.make([6, 2], (r, n) =>
        r! < 3 ? [0, 1, 2].reduce((sum, k) => sum + x!.at(r! + 1, k) * w!.at(k, n!), 0) : 0,
      ),
  },
  linearCrossEntropy: [false, true].map(
    (transposeW): Row => ({
      parameters: {
        x: drawn('x', [2, 3, 2]),
        w: drawn('w', transposeW ? [4, 2] : [2, 4]),
        bias: drawn('bias', [4]),
      },
      integers: { ids: { shape: [2, 3], values: [0, 3, 1, 1, -1, 2] } },
      build: ({ x, w, bias, ids }) => op.linearCrossEntropy(x!, w!, bias, ids!, { transposeW }),
      expected: ({ x, w, bias, ids }) =>
        Grid.make([2, 3], (i, j) => {
          const logits = [0, 1, 2, 3].map((v) =>
            [0, 1].reduce(
              (sum, k) => sum + x!.at(i!, j!, k) * (transposeW ? w!.at(v, k) : w!.at(k, v)),
              bias!.at(v),
            ),
          )
          const target = ids!.at(i!, j!)
          return target < 0 ? 0 : logSumExp(logits) - logits[target]!
        }),
    }),
  ),
  sampleClasses: {
    parameters: { table: drawn('table', [4, 2]) },
    build: ({ table }, graph) => op.embedding(table!, op.sampleClasses(graph, 4, 4).classes),
    expected: ({ table }) => table!,
  },
  // With all classes for a sample nothing is corrected.
  logExpectedCount: {
    parameters: { x: drawn('x', [2, 3]) },
    integers: { ids },
    build: ({ x, ids }, graph) =>
      op.add(x!, op.logExpectedCount(ids!, op.sampleClasses(graph, 5, 5).tries, 5)),
    expected: ({ x }) => x!,
  },
  // … and the cross-entropy is that of the full softmax.
  sampledCrossEntropy: [true, false].map(
    (hasBias): Row => ({
      parameters: {
        x: drawn('x', [2, 3, 2]),
        w: drawn('w', [4, 2]),
        ...(hasBias && { bias: drawn('bias', [4, 1]) }),
      },
      integers: { ids: { shape: [2, 3], values: [0, 3, 1, 1, -1, 2] } },
      build: ({ x, w, bias, ids }) => op.sampledCrossEntropy(x!, w!, bias, ids!, 4),
      expected: ({ x, w, bias, ids }) =>
        Grid.make([2, 3], (i, j) => {
          const logits = [0, 1, 2, 3].map((v) =>
            [0, 1].reduce((sum, k) => sum + x!.at(i!, j!, k) * w!.at(v, k), bias?.at(v, 0) ?? 0),
          )
          const target = ids!.at(i!, j!)
          return target < 0 ? 0 : logSumExp(logits) - logits[target]!
        }),
    }),
  ),
  oneHot: {
    parameters: { x: drawn('x', [4]) },
    integers: { ids },
    build: ({ x, ids }) => op.multiply(op.oneHot(ids!, 4), x!),
    expected: ({ x, ids }) => Grid.make([2, 3, 4], (i, j, k) => (ids!.at(i!, j!) === k ? x!.at(k!) : 0)),
  },

  // softmax and losses
  softmax: {
    parameters: { x: block },
    build: ({ x }) => op.softmax(x!),
    expected: ({ x }) =>
      Grid.make([2, 3, 4], (i, j, k) => {
        const row = [0, 1, 2, 3].map((v) => x!.at(i!, j!, v))
        return Math.exp(row[k!]! - logSumExp(row))
      }),
  },
  logSoftmax: {
    parameters: { x: block },
    build: ({ x }) => op.logSoftmax(x!),
    expected: ({ x }) =>
      Grid.make([2, 3, 4], (i, j, k) => {
        const row = [0, 1, 2, 3].map((v) => x!.at(i!, j!, v))
        return row[k!]! - logSumExp(row)
      }),
  },
  softmaxCrossEntropy: [
    {
      parameters: { x: drawn('x', [3, 5]) },
      integers: { targets: { shape: [3], values: [4, -1, 0] } },
      build: ({ x, targets }) => op.softmaxCrossEntropy(x!, targets!),
      expected: ({ x, targets }) =>
        Grid.make([3], (m) => {
          const target = targets!.at(m!)
          const row = logitsOf(x!, m!, 5)
          return target < 0 ? 0 : logSumExp(row) - row[target]!
        }),
    },
    {
      // logits from an operation, so that their gradient may take their memory; weights and smoothing
      parameters: { x: drawn('x', [3, 5]) },
      integers: { targets: { shape: [3], values: [4, 2, 0] } },
      build: ({ x, targets }, graph) => {
        const weights = op.concatenate([op.fill(graph, [1], 0.25), op.fill(graph, [2], 2)], 0)
        return op.softmaxCrossEntropy(op.scale(x!, 3), targets!, weights, 0.125)
      },
      expected: ({ x, targets }) =>
        Grid.make([3], (m) => {
          const row = logitsOf(x!, m!, 5).map((v) => 3 * v)
          const average = row.reduce((p, q) => p + q, 0) / 5
          const lse = logSumExp(row)
          const weight = m === 0 ? 0.25 : 2
          return weight * (0.875 * (lse - row[targets!.at(m!)]!) + 0.125 * (lse - average))
        }),
    },
  ],
  argmax: {
    parameters: { x: block },
    build: ({ x }) => op.oneHot(op.argmax(x!), 4),
    expected: ({ x }) =>
      Grid.make([2, 3, 4], (i, j, k) => {
        const row = [0, 1, 2, 3].map((v) => x!.at(i!, j!, v))
        return Number(row.indexOf(Math.max(...row)) === k)
      }),
    differentiable: false,
  },
}

/** Tested elsewhere: dropout below, the recurrent command with the layers, constants, the random field in crf.test.ts. */
const elsewhere = [
  'dropout',
  'dropoutMask',
  'recurrent',
  'gateCount',
  'crfLogLikelihood',
  'crfDecode',
  'crfMarginals',
]

test('every operation has a row', () => {
  const missing = Object.keys(op).filter((name) => !(name in rows) && !elsewhere.includes(name))
  assert.deepEqual(missing, [])
})

for (const [name, entry] of Object.entries(rows)) {
  const list = 'build' in entry ? [entry] : entry
  list.forEach((row, index) => {
    const label = list.length > 1 ? `${name} ${index + 1}` : name
    test(`${label}: value`, () => {
      const runner = new GraphRunner(row)
      const { shape, values } = runner.value()
      const named = { ...row.parameters, ...row.integers }
      const expected = row.expected(
        Object.fromEntries(Object.entries(named).map(([key, value]) => [key, Grid.of(value)])),
      )
      assert.deepEqual(shape, expected.shape)
      assert.equal(values.length, expected.values.length)
      for (let e = 0; e < values.length; e++) {
        const difference = Math.abs(values[e]! - expected.values[e]!)
        assert.ok(difference < 1e-6, `element ${e}: ${values[e]}, expected ${expected.values[e]}`)
      }
      runner.dispose()
    })
    if (row.differentiable !== false) {
      test(`${label}: gradient`, () => assert.deepEqual(gradientProblems(row), []))
    }
  })
}

test('dropout scales what it keeps, draws the same again in backward, and is the identity when not training', () => {
  const x = drawn('x', [3, 4, 5], 0.5, 1)
  for (const locked of [false, true]) {
    const row: GraphCase = {
      parameters: { x },
      training: true,
      build: ({ x }) => op.dropout(x!, 0.5, locked),
    }
    const runner = new GraphRunner(row)
    const { values } = runner.value()
    const ratios = Array.from(values, (y, e) => y / x.values[e]!)
    assert.ok(ratios.every((ratio) => ratio === 0 || Math.abs(ratio - 2) < 1e-12))
    assert.ok(ratios.includes(0) && ratios.some((ratio) => ratio > 0))
    const same = ratios.every((ratio, e) => ratio === ratios[Math.floor(e / 20) * 20 + (e % 5)])
    assert.equal(same, locked)
    runner.dispose()
    assert.deepEqual(gradientProblems(row), [])
    const calm = new GraphRunner({ ...row, training: false })
    assert.deepEqual([...Array.from(calm.value().values)], Array.from(x.values))
    calm.dispose()
  }
})

test('a dropout mask holds 0 and 1/(1−rate); draws of one graph differ', () => {
  const runner = new GraphRunner({
    parameters: { x: drawn('x', [1]) },
    training: true,
    build: (_, graph) =>
      op.stack([op.dropoutMask(graph, [40], 0.75)!, op.dropoutMask(graph, [40], 0.75)!], 0),
  })
  const values = Array.from(runner.value().values)
  assert.deepEqual([...new Set(values)].sort(), [0, 4])
  assert.notDeepEqual(values.slice(0, 40), values.slice(40))
  runner.dispose()
})
