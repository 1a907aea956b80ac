// The manifest: every command an engine can run, described once. From it `scripts/generate.mjs` writes the C argument
// structs and dispatch table (kernels/generated/commands.h), the typed TypeScript encoder
// (src/engine/commands.generated.ts) and the table in docs/commands.md.
//
// Axis letters are fixed: N batch, T time, I input features, H hidden units, V vocabulary, M rows, K inner, E embedding,
// L labels.
// Tensors are dense, row-major, 32 bits per element. A tensor argument is an address; `optional` ones may be absent.
// `shape` is documentation and what the operation tests allocate; `flops` and `bytes` are JavaScript expressions over
// the scalars. Integer scalars come as 64-bit in C, numbers in TypeScript.

const tensor =
  (access, dtype) =>
  (name, shape, doc, extra = {}) => ({
    name,
    kind: 'tensor',
    dtype,
    access,
    shape,
    doc,
    ...extra,
  })
const f32 = tensor('in', 'f32')
const i32 = tensor('in', 'i32')
const u32 = tensor('in', 'u32')
const out = tensor('out', 'f32')
const outI32 = tensor('out', 'i32')
const inout = tensor('inout', 'f32')
const int = (name, doc) => ({ name, kind: 'int', doc })
const float = (name, doc) => ({ name, kind: 'float', doc })
const optional = { optional: true }

/** Named integer codes used as scalars. The first column is the name in TypeScript, in C it is `k<Enum><Name>`. */
export const enums = {
  Activation: {
    doc: 'f(x), with f′ computed from y = f(x). hardSigmoid is Keras 3’s clip(x/6 + 1/2, 0, 1). NaN gives NaN.',
    values: [
      'linear',
      'tanh',
      'sigmoid',
      'relu',
      'hardSigmoid',
      'softsign',
      'softplus',
      'elu',
      'selu',
      'exponential',
    ],
  },
  Unary: {
    doc: 'Element-wise y = f(x). sign(0) = 0; step(x) = 1 for x > 0, else 0.',
    values: [
      'negate',
      'absolute',
      'exp',
      'log',
      'sqrt',
      'square',
      'reciprocal',
      'sign',
      'step',
      'log1p',
      'expm1',
      'sin',
      'cos',
      'erf',
    ],
  },
  Binary: {
    doc: 'Element-wise y = f(a, b); comparisons give 1 or 0; power is C’s pow. What maximum and minimum make of NaN is open.',
    values: [
      'add',
      'subtract',
      'multiply',
      'divide',
      'power',
      'maximum',
      'minimum',
      'equal',
      'notEqual',
      'less',
      'lessEqual',
      'greater',
      'greaterEqual',
    ],
  },
  WeightFormat: {
    doc: 'How weights lie in memory: plain, or packed as the section on packed weights says.',
    values: ['float32', 'bf16', 'int8'],
  },
  Cell: { doc: 'A recurrent cell.', values: ['simpleRnn', 'lstm', 'gru'] },
  Reduce: { doc: 'Reduction over one axis.', values: ['sum', 'mean', 'maximum', 'minimum'] },
}

// ---- Recurrent families ---------------------------------------------------------------------------------------------
// One command per layer and direction walks the whole sequence. Semantics shared by the three cells, for each row n and
// for t = 0 … T−1 (T−1 … 0 when `reverse`):
//   hp = resets[n,t] ≠ 0 ? 0 : h     (and cp likewise; `resets` empties the state before the step)
//   if t ≥ lengths[n] or mask[n,t] = 0:   h = hp, c = cp, y[n,t] = zeroOutput ? 0 : y of the previously walked step (0 at the first)
//   else:   x̂_g = x[n,t] ⊙ inputDropout[g,n], ĥ_g = hp ⊙ recurrentDropout[g,n]   (masks already scaled by 1/(1−p); absent = 1)
//           (h, c) = cell(x̂, ĥ, hp, cp),  y[n,t] = h
//   `ids` instead of x: a step adds a row of the kernel instead of multiplying. Not together with dx or inputDropout.
//   A repeated y is not changed by `resets`, and its gradient goes to the step it repeats.
//   hT, cT are the state after the last walked step. State carried over (z ⊙ hp in GRU) is never masked by dropout.
// Mask count: `dropoutGates` = G gives every gate a mask of its own (Keras), 1 shares one mask (locked dropout).
// Activations are those of the `Activation` enum. Gate order is Keras's everywhere.
const recurrentInputs = (G, cell) => [
  f32('x', '[N,T,I]', 'input sequence; absent when there are ids', optional),
  i32(
    'ids',
    '[N,T]',
    'stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1',
    optional,
  ),
  f32('kernel', `[I,${G}H]`, 'input weights, gates side by side'),
  f32('recurrentKernel', `[H,${G}H]`, 'recurrent weights, gates side by side'),
  f32(
    'bias',
    cell === 'gru' ? '[resetAfter ? 6H : 3H]' : `[${G}H]`,
    cell === 'gru' ? 'bias; with resetAfter [2,3H]: row 0 input bias, row 1 recurrent bias' : 'bias',
    optional,
  ),
  f32('h0', '[N,H]', 'initial hidden state; zero when absent', optional),
  ...(cell === 'lstm' ? [f32('c0', '[N,H]', 'initial cell state; zero when absent', optional)] : []),
  i32('lengths', '[N]', 'valid steps of each row; steps t ≥ lengths[n] are masked', optional),
  f32('mask', '[N,T]', '0 marks a masked step', optional),
  f32('resets', '[N,T]', 'non-zero empties the row’s state before step t', optional),
  f32(
    'inputDropout',
    '[dropoutGates,N,I]',
    'multiplier on the input of each gate, the same at every step',
    optional,
  ),
  f32(
    'recurrentDropout',
    '[dropoutGates,N,H]',
    'multiplier on the recurrent input of each gate, the same at every step',
    optional,
  ),
]
const recurrentScalars = (cell) => [
  int('N', 'batch'),
  int('T', 'time steps'),
  int('I', 'input features'),
  int('H', 'hidden units'),
  int('reverse', '1 walks from the last step to the first'),
  int('activation', 'Activation code of the candidate and output'),
  ...(cell === 'simple' ? [] : [int('recurrentActivation', 'Activation code of the gates')]),
  ...(cell === 'gru'
    ? [
        int(
          'resetAfter',
          '1 applies the reset gate after the recurrent product (Keras default, cuDNN, PyTorch), 0 before',
        ),
      ]
    : []),
  int('zeroOutput', '1 writes zeros to y at masked steps, 0 repeats the previous output'),
  int('dropoutGates', `number of dropout masks: 1 or ${{ simple: 1, lstm: 4, gru: 3 }[cell]}`),
]
const recurrent = (cell, G, formula, saved) => {
  const flops = `2*N*T*${G}*H*(I+H)`
  const weightBytes = `4*(${G}*H*(I+H)+N*T*(I+H))`
  return [
    {
      name: `${cell === 'simple' ? 'simpleRnn' : cell}Forward`,
      family: 'recurrent',
      doc: `Whole-sequence ${cell === 'simple' ? 'simple RNN' : cell.toUpperCase()}. ${formula}`,
      args: [
        ...recurrentInputs(G, cell),
        out(
          'y',
          '[N,T,H]',
          'hidden state at every step, at the step’s own place also when reverse',
          optional,
        ),
        out('hT', '[N,H]', 'final hidden state', optional),
        ...(cell === 'lstm' ? [out('cT', '[N,H]', 'final cell state', optional)] : []),
        out('saved', '[saved]', 'what backward needs, private to the engine; absent for inference', optional),
        ...recurrentScalars(cell),
      ],
      sizes: { saved },
      flops,
      bytes: weightBytes,
      scratch: true,
    },
    {
      name: `${cell === 'simple' ? 'simpleRnn' : cell}Backward`,
      family: 'recurrent',
      doc: `Gradient of ${cell === 'simple' ? 'simpleRnn' : cell}Forward: back-propagation through all T steps. \`saved\` is consumed (it may be overwritten). Weight gradients are sums over n and t; with accumulate = 1 they are added to what is there.`,
      args: [
        ...recurrentInputs(G, cell),
        inout('saved', '[saved]', 'written by the forward command of the same shapes and flags'),
        f32('dy', '[N,T,H]', 'gradient of y', optional),
        f32('dhT', '[N,H]', 'gradient of hT', optional),
        ...(cell === 'lstm' ? [f32('dcT', '[N,H]', 'gradient of cT', optional)] : []),
        out('dx', '[N,T,I]', 'gradient of x; zero at masked steps', optional),
        inout('dKernel', `[I,${G}H]`, 'gradient of kernel', optional),
        inout('dRecurrentKernel', `[H,${G}H]`, 'gradient of recurrentKernel', optional),
        inout('dBias', cell === 'gru' ? '[resetAfter ? 6H : 3H]' : `[${G}H]`, 'gradient of bias', optional),
        out('dh0', '[N,H]', 'gradient of h0', optional),
        ...(cell === 'lstm' ? [out('dc0', '[N,H]', 'gradient of c0', optional)] : []),
        ...recurrentScalars(cell),
        int('accumulate', '1 adds to dKernel, dRecurrentKernel and dBias, 0 overwrites them'),
      ],
      flops: `2*${flops}`,
      bytes: `3*${weightBytes}`,
      scratch: true,
    },
  ]
}

// ---- Conditional random field ---------------------------------------------------------------------------------------
const crfInputs = [
  f32('emissions', '[N,T,L]', 'score of each label at each step'),
  f32('transitions', '[L,L]', 'score of moves, [from,to]'),
  f32('start', '[L]', 'score of beginning with a label'),
  f32('end', '[L]', 'score of ending with a label'),
  i32('lengths', '[N]', 'valid steps of each row; steps t ≥ lengths[n] do not count', optional),
  f32('mask', '[N,T]', '0 marks a step that does not count', optional),
]
const crfScalars = [int('N', 'batch'), int('T', 'time steps'), int('L', 'labels')]
const crfSaved = 'N*T*(L+31-(L+31)%16)'

// ---- Packed weights -------------------------------------------------------------------------------------------------
// A matrix [K,N] for one-row products, in bf16 or int8. Sixteen columns make a panel; panel after panel, for k = 0, 2, 4 …,
// it holds for each of its columns the elements k and k+1 side by side, so that a product reads it from the first byte to
// the last. Missing columns and an odd last k are zeros. int8 elements count in units of `scale`, one for each column.
// In a product with int8 weights the other factor x is first rounded to integers a: s = max|x| / 16383, a = round(x / s),
// both in float32, ties to even; x without a number in it above 1e-30 counts as zeros, one with a NaN or an infinity gives
// NaN everywhere. Σ a·w is exact over stretches of 1024 k; these are added up as float32 and multiplied by scale·s.
const packedWords = (K, N) => `format ? (${N}+15-(${N}+15)%16)*(${K}+${K}%2)/(2*format) : ${K}*${N}`

// ---- Optimizers -----------------------------------------------------------------------------------------------------
// All work on a stretch of the flat parameter vector. `hyper` holds what changes from step to step, written by the host
// before the run: hyper[0] learning rate; what the others mean is said by the command that reads them, for Adam hyper[1]
// is the bias-corrected rate lr·√(1−β2^t)/(1−β1^t). State begins as zeros.
// Gradient clipping is folded in: g is multiplied by maxNorm/norm when norm[0] > maxNorm > 0. When norm is present and
// not finite the command changes nothing (a diverged step never destroys the weights).
// Weight decay is decoupled as in Keras 3: first p −= p·weightDecay·rate, where rate = hyper[0]·rateScale.
// With `rows` only some rows of a table are updated, and of the state only what belongs to them: row r of the gradients
// [limit, width] is that of row rows[r] of the table, for r < rowCount[0]. Rows are distinct and lie inside the table.
const optimizer = (name, doc, state, scalars, flopsPerElement) => ({
  name,
  family: 'optimizer',
  doc,
  args: [
    inout('parameters', '[count]', 'parameters, updated in place'),
    f32('gradients', '[count]', 'gradients'),
    ...state,
    f32('hyper', '[4]', 'per-step scalars, see above'),
    f32('norm', '[1]', 'global gradient norm, for clipping and the finite check', optional),
    i32('rows', '[limit]', 'rows to update; absent: every element', optional),
    i32('rowCount', '[1]', 'how many of them count', optional),
    int('count', 'number of elements; with rows limit·width'),
    int('limit', 'most rows; 0 without rows'),
    int('width', 'elements of a row; 0 without rows'),
    float('rateScale', 'multiplier of the learning rate for this stretch'),
    float('weightDecay', 'decoupled weight decay'),
    float('maxNorm', 'clip to this global norm; 0 = no clipping'),
    ...scalars,
  ],
  flops: `${flopsPerElement}*count`,
  bytes: `${4 * (3 + 2 * state.length)}*count`,
})

export const commands = [
  // ---- memory and element-wise ----
  {
    name: 'fill',
    family: 'elementwise',
    doc: 'y = value.',
    args: [out('y', '[count]', 'output'), int('count', 'elements'), float('value', 'the value')],
    flops: '0',
    bytes: '4*count',
  },
  {
    name: 'copy',
    family: 'elementwise',
    doc: 'Strided copy over four nested axes: y[Σ iₖ·yStrideₖ] = x[Σ iₖ·xStrideₖ]. Gives transpose, slice, concatenate, reverse (negative strides), broadcast (zero x strides). 32-bit elements of any type; accumulate = 1 adds float32 values instead (y strides must then be non-zero).',
    args: [
      f32('x', '[…]', 'source, at its first element'),
      inout('y', '[…]', 'destination, at its first element'),
      ...[0, 1, 2, 3].map((k) => int(`d${k}`, `length of axis ${k}`)),
      ...[0, 1, 2, 3].map((k) => int(`xStride${k}`, `source stride of axis ${k}, in elements`)),
      ...[0, 1, 2, 3].map((k) => int(`yStride${k}`, `destination stride of axis ${k}, in elements`)),
      int('accumulate', '1 adds'),
    ],
    flops: '0',
    bytes: '8*d0*d1*d2*d3',
  },
  {
    name: 'unary',
    family: 'elementwise',
    doc: 'y = f(x) for f of the `Unary` enum. x and y may be the same.',
    args: [
      f32('x', '[count]', 'input'),
      out('y', '[count]', 'output'),
      int('count', 'elements'),
      int('operation', 'Unary code'),
    ],
    flops: 'count',
    bytes: '8*count',
  },
  {
    name: 'binary',
    family: 'elementwise',
    doc: 'y = f(a, b) for f of the `Binary` enum over four nested axes with strides for a and b (0 broadcasts); y is dense [d0,d1,d2,d3]. y may be the same buffer as an operand that has y’s dense strides.',
    args: [
      f32('a', '[…]', 'first operand'),
      f32('b', '[…]', 'second operand'),
      out('y', '[d0,d1,d2,d3]', 'output'),
      ...[0, 1, 2, 3].map((k) => int(`d${k}`, `length of axis ${k}`)),
      ...[0, 1, 2, 3].map((k) => int(`aStride${k}`, `stride of a along axis ${k}`)),
      ...[0, 1, 2, 3].map((k) => int(`bStride${k}`, `stride of b along axis ${k}`)),
      int('operation', 'Binary code'),
    ],
    flops: 'd0*d1*d2*d3',
    bytes: '12*d0*d1*d2*d3',
  },
  {
    name: 'activation',
    family: 'elementwise',
    doc: 'y = f(x) for f of the `Activation` enum. x and y may be the same.',
    args: [
      f32('x', '[count]', 'input'),
      out('y', '[count]', 'output'),
      int('count', 'elements'),
      int('kind', 'Activation code'),
    ],
    flops: '10*count',
    bytes: '8*count',
  },
  {
    name: 'activationBackward',
    family: 'elementwise',
    doc: 'dx = dy ⊙ f′, with f′ written in terms of y = f(x). dx may be dy.',
    args: [
      f32('y', '[count]', 'output of activation'),
      f32('dy', '[count]', 'gradient of y'),
      out('dx', '[count]', 'gradient of x'),
      int('count', 'elements'),
      int('kind', 'Activation code'),
    ],
    flops: '3*count',
    bytes: '12*count',
  },
  {
    name: 'reduce',
    family: 'elementwise',
    doc: 'y[o,i] = reduction over a of x[o,a,i]; accumulate = 1 adds to y (sum and mean only). The order of additions does not depend on the number of threads.',
    args: [
      f32('x', '[outer,axis,inner]', 'input'),
      inout('y', '[outer,inner]', 'output'),
      int('outer', 'product of the axes before'),
      int('axis', 'length of the reduced axis'),
      int('inner', 'product of the axes after'),
      int('operation', 'Reduce code'),
      int('accumulate', '1 adds to y'),
    ],
    flops: 'outer*axis*inner',
    bytes: '4*outer*axis*inner',
    scratch: true,
  },
  {
    name: 'argmax',
    family: 'elementwise',
    doc: 'y[m] = index of the first largest x[m,·].',
    args: [f32('x', '[M,V]', 'input'), outI32('y', '[M]', 'indices'), int('M', 'rows'), int('V', 'columns')],
    flops: 'M*V',
    bytes: '4*M*V',
  },
  {
    name: 'oneHot',
    family: 'elementwise',
    doc: 'y[m,ids[m]] = 1, everything else 0; an id outside 0 … V−1 gives a zero row.',
    args: [i32('ids', '[M]', 'indices'), out('y', '[M,V]', 'output'), int('M', 'rows'), int('V', 'columns')],
    flops: '0',
    bytes: '4*M*V',
  },

  // ---- products ----
  {
    name: 'matmul',
    family: 'gemm',
    doc: 'c[b] = op(a[b]) · op(b[b]) (+ c[b] when accumulate) for each of `batch` matrices. transposeA: a is stored [K,M]; transposeB: b is stored [N,K]. A batch stride of 0 repeats one matrix.',
    args: [
      f32('a', '[batch,M,K]', 'left factor'),
      f32('b', '[batch,K,N]', 'right factor'),
      inout('c', '[batch,M,N]', 'product'),
      int('batch', 'number of products'),
      int('M', 'rows of c'),
      int('N', 'columns of c'),
      int('K', 'inner length'),
      int('transposeA', '1: a is stored [K,M]'),
      int('transposeB', '1: b is stored [N,K]'),
      int('aBatchStride', 'elements between matrices of a'),
      int('bBatchStride', 'elements between matrices of b'),
      int('cBatchStride', 'elements between matrices of c'),
      int('accumulate', '1 adds to c'),
    ],
    flops: '2*batch*M*N*K',
    bytes: '4*batch*(M*K+K*N+M*N)',
    scratch: true,
  },
  {
    name: 'dense',
    family: 'gemm',
    doc: 'y = f(x · w + bias), f of the `Activation` enum. transposeW: w is stored [N,K] (an embedding table used as output weights).',
    args: [
      f32('x', '[M,K]', 'input rows'),
      f32('w', '[K,N]', 'weights'),
      f32('bias', '[N]', 'bias', optional),
      out('y', '[M,N]', 'output'),
      int('M', 'rows'),
      int('N', 'output features'),
      int('K', 'input features'),
      int('transposeW', '1: w is stored [N,K]'),
      int('activation', 'Activation code'),
    ],
    flops: '2*M*N*K',
    bytes: '4*(M*K+K*N+M*N)',
    scratch: true,
  },

  // ---- embedding ----
  {
    name: 'embeddingForward',
    family: 'embedding',
    doc: 'y[m] = table[ids[m]]; an id outside 0 … V−1 gives zeros.',
    args: [
      f32('table', '[V,E]', 'embedding table'),
      i32('ids', '[M]', 'row indices'),
      out('y', '[M,E]', 'rows'),
      int('M', 'number of ids'),
      int('V', 'rows of the table'),
      int('E', 'features'),
    ],
    flops: '0',
    bytes: '8*M*E',
  },
  {
    name: 'embeddingBackward',
    family: 'embedding',
    doc: 'dTable[ids[m]] += dy[m], in the order of m; with accumulate = 0 dTable is zeroed first.',
    args: [
      f32('dy', '[M,E]', 'gradient of the rows'),
      i32('ids', '[M]', 'row indices'),
      inout('dTable', '[V,E]', 'gradient of the table'),
      int('M', 'number of ids'),
      int('V', 'rows of the table'),
      int('E', 'features'),
      int('accumulate', '1 adds to dTable'),
    ],
    flops: 'M*E',
    bytes: '12*M*E+4*V*E',
  },

  // ---- packed weights ----
  {
    name: 'dequantize',
    family: 'quantized',
    doc: 'y = the packed matrix w in float32, [K,N]; with transpose [N,K].',
    args: [
      u32('w', '[packed]', 'packed weights'),
      f32('scale', '[N]', 'scale of each column; int8 alone has it', optional),
      out('y', '[N,K]', 'the matrix'),
      int('N', 'columns'),
      int('K', 'rows'),
      int('format', 'WeightFormat code'),
      int('transpose', '1 writes column after column'),
    ],
    sizes: { packed: packedWords('K', 'N') },
    flops: '0',
    bytes: '4*K*N+2*K*N/format',
  },
  {
    name: 'quantizedDense',
    family: 'quantized',
    doc: 'y = f(x · w + bias) with packed weights w, f of the `Activation` enum.',
    args: [
      f32('x', '[M,K]', 'input rows'),
      u32('w', '[packed]', 'packed weights'),
      f32('scale', '[N]', 'scale of each column; int8 alone has it', optional),
      f32('bias', '[N]', 'bias', optional),
      out('y', '[M,N]', 'output'),
      int('M', 'rows'),
      int('N', 'output features'),
      int('K', 'input features'),
      int('format', 'WeightFormat code'),
      int('activation', 'Activation code'),
    ],
    sizes: { packed: packedWords('K', 'N') },
    flops: '2*M*N*K',
    bytes: '4*(M*K+M*N)+2*K*N/format',
    scratch: true,
  },
  {
    name: 'quantizedEmbedding',
    family: 'quantized',
    doc: 'y[m] = column ids[m] of the packed matrix [E,V]; an id outside 0 … V−1 gives zeros.',
    args: [
      u32('w', '[packed]', 'packed table, its rows as columns'),
      f32('scale', '[V]', 'scale of each row of the table; int8 alone has it', optional),
      i32('ids', '[M]', 'row indices'),
      out('y', '[M,E]', 'rows'),
      int('M', 'number of ids'),
      int('V', 'rows of the table'),
      int('E', 'features'),
      int('format', 'WeightFormat code'),
    ],
    sizes: { packed: packedWords('E', 'V') },
    flops: '0',
    bytes: '4*M*E+2*M*E/format',
  },
  {
    name: 'recurrentStep',
    family: 'quantized',
    doc: 'One step of a cell without masks or dropout, weights plain or packed: what lstmForward, gruForward and simpleRnnForward do for T = 1, as one pass over the weights.',
    args: [
      f32('x', '[N,I]', 'input'),
      f32('kernel', '[kernelWords]', 'input weights [I,GH], gates side by side'),
      f32('kernelScale', '[wide]', 'scale of each column; int8 alone has it', optional),
      f32('recurrentKernel', '[recurrentWords]', 'recurrent weights [H,GH]'),
      f32('recurrentScale', '[wide]', 'scale of each column; int8 alone has it', optional),
      f32('bias', '[biases]', 'bias as in the commands of the cells', optional),
      f32('h0', '[N,H]', 'hidden state; zero when absent', optional),
      f32('c0', '[N,H]', 'cell state of an LSTM; zero when absent', optional),
      out('y', '[N,H]', 'the new hidden state', optional),
      out('hT', '[N,H]', 'the same', optional),
      out('cT', '[N,H]', 'the new cell state of an LSTM', optional),
      int('N', 'rows'),
      int('I', 'input features'),
      int('H', 'hidden units'),
      int('cell', 'Cell code'),
      int('wide', 'gates · H'),
      int('activation', 'Activation code of the candidate and output'),
      int('recurrentActivation', 'Activation code of the gates'),
      int('resetAfter', 'of a GRU, as in gruForward; otherwise 0'),
      int('format', 'WeightFormat code'),
    ],
    sizes: {
      kernelWords: packedWords('I', 'wide'),
      recurrentWords: packedWords('H', 'wide'),
      biases: 'resetAfter ? 2*wide : wide',
    },
    flops: '2*N*wide*(I+H)',
    bytes: 'format ? 2*wide*(I+H)/format : 4*wide*(I+H)',
    scratch: true,
  },

  // ---- rows by number ----
  // Lists of rows whose length differs from step to step: `rows` has room for the most there can be, −1 beyond `count`.
  {
    name: 'uniqueRows',
    family: 'rows',
    doc: 'The distinct ids in 0 … V−1, in the order in which they first appear: rows[place[m]] = ids[m], place[m] = −1 for ids outside. R must be at least min(M, V).',
    args: [
      i32('ids', '[M]', 'row indices'),
      outI32('rows', '[R]', 'distinct ids, then −1'),
      outI32('count', '[1]', 'how many there are'),
      outI32('place', '[M]', 'where in rows each id is'),
      int('M', 'number of ids'),
      int('V', 'rows of the table'),
      int('R', 'room for rows'),
    ],
    flops: '0',
    bytes: '24*M',
    scratch: true,
  },
  {
    name: 'clusterRows',
    family: 'rows',
    doc: 'The m whose target lies in low … high−1, in order: rows[r] = m, local[r] = targets[m] − low. relabelled[m] = label for them, labels[m] for the others.',
    args: [
      i32('targets', '[M]', 'class of each row'),
      i32('labels', '[M]', 'what the rows are called so far'),
      outI32('rows', '[M]', 'rows of the cluster, then −1'),
      outI32('local', '[M]', 'their classes within the cluster, then −1'),
      outI32('count', '[1]', 'how many there are'),
      outI32('relabelled', '[M]', 'what the rows are called now'),
      int('M', 'rows'),
      int('low', 'first class of the cluster'),
      int('high', 'class after its last'),
      int('label', 'what its rows are called now'),
    ],
    flops: '0',
    bytes: '20*M',
  },
  {
    name: 'rowsDenseForward',
    family: 'rows',
    doc: 'y[r] = x[rows[r]] · w for r < count[0], 0 beyond. The work follows count, not M.',
    args: [
      f32('x', '[L,K]', 'input rows'),
      i32('rows', '[M]', 'distinct rows of x'),
      i32('count', '[1]', 'how many of them count'),
      f32('w', '[K,N]', 'weights'),
      out('y', '[M,N]', 'products'),
      int('L', 'rows of x'),
      int('M', 'most rows picked'),
      int('N', 'output features'),
      int('K', 'input features'),
    ],
    flops: '2*M*N*K',
    bytes: '4*(M*K+K*N+M*N)',
    scratch: true,
  },
  {
    name: 'rowsDenseBackward',
    family: 'rows',
    doc: 'dx[rows[r]] = dy[r] · wᵀ, 0 elsewhere; dw = Σ_r x[rows[r]]ᵀ · dy[r].',
    args: [
      f32('x', '[L,K]', 'input rows'),
      i32('rows', '[M]', 'distinct rows of x'),
      i32('count', '[1]', 'how many of them count'),
      f32('w', '[K,N]', 'weights'),
      f32('dy', '[M,N]', 'gradient of y'),
      out('dx', '[L,K]', 'gradient of x'),
      out('dw', '[K,N]', 'gradient of w'),
      int('L', 'rows of x'),
      int('M', 'most rows picked'),
      int('N', 'output features'),
      int('K', 'input features'),
    ],
    flops: '4*M*N*K',
    bytes: '4*(L*K+M*K+2*K*N+M*N)',
    scratch: true,
  },

  // ---- large vocabularies ----
  {
    name: 'linearCrossEntropyForward',
    family: 'vocabulary',
    doc: 'Cross-entropy of the logits x·w + bias, which are never all in memory: a stretch of classes at a time. loss[m] = lse[m] − logit[m,targets[m]] in nats, 0 for a negative target; others must be below V. Rows from count[0] on are left out: loss 0. transposeW: w is stored [V,K].',
    args: [
      f32('x', '[M,K]', 'input rows'),
      f32('w', '[K,V]', 'output weights'),
      f32('bias', '[V]', 'bias', optional),
      i32('targets', '[M]', 'class of each row; negative = ignored'),
      i32('count', '[1]', 'how many rows count; absent: all', optional),
      out('loss', '[M]', 'loss in nats'),
      out('lse', '[M]', 'log Σ exp of the logits, 0 for rows left out'),
      int('M', 'rows'),
      int('V', 'classes'),
      int('K', 'input features'),
      int('transposeW', '1: w is stored [V,K]'),
    ],
    flops: '2*M*V*K+10*M*V',
    bytes: '4*(M*K+V*K)',
    scratch: true,
  },
  {
    name: 'linearCrossEntropyBackward',
    family: 'vocabulary',
    doc: 'Gradients of linearCrossEntropyForward, the logits computed again: with g = dLoss[m]·(softmax − onehot(target)), 0 for ignored rows, dx = g·wᵀ, dw = xᵀ·g, dBias = Σ_m g.',
    args: [
      f32('x', '[M,K]', 'input rows'),
      f32('w', '[K,V]', 'output weights'),
      f32('bias', '[V]', 'bias', optional),
      i32('targets', '[M]', 'class of each row'),
      i32('count', '[1]', 'how many rows count; absent: all', optional),
      f32('lse', '[M]', 'from forward'),
      f32('dLoss', '[M]', 'gradient of loss'),
      out('dx', '[M,K]', 'gradient of x; 0 for rows left out'),
      out('dw', '[K,V]', 'gradient of w, stored like w'),
      out('dBias', '[V]', 'gradient of bias', optional),
      int('M', 'rows'),
      int('V', 'classes'),
      int('K', 'input features'),
      int('transposeW', '1: w is stored [V,K]'),
    ],
    flops: '6*M*V*K+8*M*V',
    bytes: '4*(2*M*K+2*V*K)',
    scratch: true,
  },
  {
    name: 'sampleClasses',
    family: 'vocabulary',
    doc: 'S distinct classes of 0 … V−1, drawn one after the other from P(k) = ln((k+2)/(k+1))/ln(V+1) (log-uniform, Zipf’s law), those drawn before passed over; draw d takes words 2d and 2d+1 of the generator as 53 bits. tries[0] is the number of draws. S = V gives all classes in order and tries 0. After 64·S + 1024 draws the lowest classes left fill up.',
    args: [
      u32('rng', '[4]', 'generator state'),
      outI32('classes', '[S]', 'the classes drawn'),
      outI32('tries', '[1]', 'number of draws'),
      int('stream', 'number of this draw within a step'),
      int('S', 'classes to draw, at most V'),
      int('V', 'classes'),
    ],
    flops: '100*S',
    bytes: '4*S',
    scratch: true,
  },
  {
    name: 'logExpectedCount',
    family: 'vocabulary',
    doc: 'y[m] = ln(1 − (1 − P(ids[m]))^tries), the log of how probably sampleClasses draws a class; 0 when tries is 0 and for ids outside 0 … V−1.',
    args: [
      i32('ids', '[M]', 'classes'),
      i32('tries', '[1]', 'number of draws'),
      out('y', '[M]', 'logarithms'),
      int('M', 'number of ids'),
      int('V', 'classes'),
    ],
    flops: '50*M',
    bytes: '8*M',
  },
  {
    name: 'sampledCrossEntropyForward',
    family: 'vocabulary',
    doc: 'Cross-entropy of the right class among sampled ones: loss[m] = lse[m] − trueLogits[m], lse[m] = ln(exp trueLogits[m] + Σ_s exp(logits[m,s] + offsets[s])) over the s whose class is not targets[m] (accidental hits); 0 for a negative target.',
    args: [
      f32('logits', '[M,S]', 'logits of the sampled classes'),
      f32('offsets', '[S]', 'added to every row: bias − log of the expected count'),
      i32('classes', '[S]', 'the sampled classes, distinct'),
      i32('targets', '[M]', 'class of each row; negative = ignored'),
      f32('trueLogits', '[M]', 'corrected logit of the right class'),
      out('loss', '[M]', 'loss in nats'),
      out('lse', '[M]', 'log-sum-exp'),
      int('M', 'rows'),
      int('S', 'sampled classes'),
    ],
    flops: '10*M*S',
    bytes: '4*M*S',
    scratch: true,
  },
  {
    name: 'sampledCrossEntropyBackward',
    family: 'vocabulary',
    doc: 'dLogits[m,s] = dLoss[m]·exp(logits[m,s] + offsets[s] − lse[m]), 0 for accidental hits; dTrueLogits[m] = dLoss[m]·(exp(trueLogits[m] − lse[m]) − 1); 0 for ignored rows. The gradient of offsets is the sum of dLogits over m. dLogits may be logits.',
    args: [
      f32('logits', '[M,S]', 'logits of the sampled classes'),
      f32('offsets', '[S]', 'as in forward'),
      i32('classes', '[S]', 'the sampled classes'),
      i32('targets', '[M]', 'class of each row'),
      f32('trueLogits', '[M]', 'as in forward'),
      f32('lse', '[M]', 'from forward'),
      f32('dLoss', '[M]', 'gradient of loss'),
      out('dLogits', '[M,S]', 'gradient of logits'),
      out('dTrueLogits', '[M]', 'gradient of trueLogits'),
      int('M', 'rows'),
      int('S', 'sampled classes'),
    ],
    flops: '10*M*S',
    bytes: '8*M*S',
    scratch: true,
  },

  // ---- softmax and losses ----
  {
    name: 'softmax',
    family: 'softmax',
    doc: 'y[m] = exp(x[m] − lse(x[m])) (log = 0) or x[m] − lse(x[m]) (log = 1).',
    args: [
      f32('x', '[M,V]', 'logits'),
      out('y', '[M,V]', '(log-)probabilities'),
      int('M', 'rows'),
      int('V', 'classes'),
      int('log', '1: log-softmax'),
    ],
    flops: '12*M*V',
    bytes: '8*M*V',
  },
  {
    name: 'softmaxBackward',
    family: 'softmax',
    doc: 'log = 0: dx = y ⊙ (dy − Σ dy⊙y); log = 1: dx = dy − exp(y)·Σ dy. dx may be dy.',
    args: [
      f32('y', '[M,V]', 'output of softmax'),
      f32('dy', '[M,V]', 'gradient of y'),
      out('dx', '[M,V]', 'gradient of x'),
      int('M', 'rows'),
      int('V', 'classes'),
      int('log', '1: y is log-softmax'),
    ],
    flops: '6*M*V',
    bytes: '12*M*V',
  },
  {
    name: 'softmaxCrossEntropyForward',
    family: 'softmax',
    doc: 'loss[m] = w[m]·((1−s)(lse − x[m,target]) + s(lse − mean x[m])) with s = smoothing; a negative target gives 0, others must be below V. lse[m] = log Σ exp x[m,·] is written for every row and kept for backward.',
    args: [
      f32('logits', '[M,V]', 'logits'),
      i32('targets', '[M]', 'class of each row; negative = ignored'),
      f32('weights', '[M]', 'row weights', optional),
      out('loss', '[M]', 'loss in nats'),
      out('lse', '[M]', 'log-sum-exp'),
      int('M', 'rows'),
      int('V', 'classes'),
      float('smoothing', 'label smoothing in 0 … 1'),
    ],
    flops: '10*M*V',
    bytes: '4*M*V',
  },
  {
    name: 'softmaxCrossEntropyBackward',
    family: 'softmax',
    doc: 'dLogits[m] = dLoss[m]·w[m]·(softmax(x[m]) − (1−s)·onehot(target) − s/V); zero for ignored rows. dLogits may be logits.',
    args: [
      f32('logits', '[M,V]', 'logits'),
      f32('lse', '[M]', 'from forward'),
      i32('targets', '[M]', 'class of each row'),
      f32('weights', '[M]', 'row weights', optional),
      f32('dLoss', '[M]', 'gradient of loss'),
      out('dLogits', '[M,V]', 'gradient of logits'),
      int('M', 'rows'),
      int('V', 'classes'),
      float('smoothing', 'label smoothing'),
    ],
    flops: '8*M*V',
    bytes: '8*M*V',
  },

  // ---- conditional random field ----
  // A chain of labels y over the steps of a row that count (t < lengths[n] and mask[n,t] ≠ 0) scores
  //   score(y) = start[y_1] + Σ emissions[t,y_t] + Σ transitions[y_t,y_t+1] + end[y_last],  p(y) = exp(score(y)) / Σ exp(score of every chain).
  // Scores of −∞ forbid.
  {
    name: 'crfForward',
    family: 'crf',
    doc: 'logLikelihood[n] = ln p(targets[n]) of a linear-chain conditional random field, 0 for a row of no steps. A target outside 0 … L−1 at a step that counts gives NaN.',
    args: [
      ...crfInputs,
      i32('targets', '[N,T]', 'label of each step'),
      out('logLikelihood', '[N]', 'ln p in nats'),
      out('saved', '[saved]', 'what backward needs, private to the engine; absent for inference', optional),
      ...crfScalars,
    ],
    sizes: { saved: crfSaved },
    flops: '12*N*T*L*L',
    bytes: '4*N*T*L',
    scratch: true,
  },
  {
    name: 'crfBackward',
    family: 'crf',
    doc: 'Gradient of crfForward: dLogLikelihood[n] times how often the targets use a label, a move, a beginning or an end, less how often chains drawn from p do. dEmissions is 0 at steps that do not count. The order of additions does not depend on the number of threads.',
    args: [
      ...crfInputs,
      i32('targets', '[N,T]', 'label of each step'),
      f32('saved', '[saved]', 'written by crfForward'),
      f32('dLogLikelihood', '[N]', 'gradient of logLikelihood'),
      out('dEmissions', '[N,T,L]', 'gradient of emissions'),
      out('dTransitions', '[L,L]', 'gradient of transitions'),
      out('dStart', '[L]', 'gradient of start'),
      out('dEnd', '[L]', 'gradient of end'),
      ...crfScalars,
    ],
    sizes: { saved: crfSaved },
    flops: '12*N*T*L*L',
    bytes: '12*N*T*L',
    scratch: true,
  },
  {
    name: 'crfDecode',
    family: 'crf',
    doc: 'The labels of the best chain by Viterbi, −1 at steps that do not count, and its score. Of equals the smaller label wins, from the last step to the first.',
    args: [
      ...crfInputs,
      outI32('tags', '[N,T]', 'labels'),
      out('score', '[N]', 'score of the chain; 0 for a row of no steps'),
      ...crfScalars,
    ],
    flops: '2*N*T*L*L',
    bytes: '4*N*T*L',
    scratch: true,
  },

  // ---- randomness ----
  // One counter-based generator: Philox4x32-10 (Salmon et al. 2011). rng = [seedLow, seedHigh, stepLow, stepHigh]; the key
  // is the seed, the counter is (element/4, stream, stepLow, stepHigh); element e takes word e%4 of its block. The
  // uniform number is (word >>> 8)·2⁻²⁴; an element is kept when uniform ≥ rate.
  {
    name: 'dropout',
    family: 'random',
    doc: 'y = keep ? x/(1−rate) : 0. locked = 0 draws one number per element (e = linear index); locked = 1 draws one per (n, f) and uses it at every step (e = n·F + f). Applied to a gradient with the same arguments it is its own backward. y may be x.',
    args: [
      f32('x', '[N,T,F]', 'input'),
      out('y', '[N,T,F]', 'output'),
      u32('rng', '[4]', 'generator state'),
      int('stream', 'number of this draw within a step'),
      int('N', 'rows'),
      int('T', 'steps'),
      int('F', 'features'),
      int('locked', '1: the same mask at every step'),
      float('rate', 'probability of dropping, 0 ≤ rate < 1'),
    ],
    flops: '2*N*T*F',
    bytes: '8*N*T*F',
  },
  {
    name: 'dropoutMask',
    family: 'random',
    doc: 'y[e] = keep ? 1/(1−rate) : 0.',
    args: [
      out('y', '[count]', 'mask'),
      u32('rng', '[4]', 'generator state'),
      int('stream', 'number of this draw within a step'),
      int('count', 'elements'),
      float('rate', 'probability of dropping'),
    ],
    flops: '2*count',
    bytes: '4*count',
  },

  // ---- recurrent ----
  ...recurrent('simple', 1, 'h = act(x̂·W + ĥ·U + b).', '64+T*N*(dropoutGates*I+dropoutGates*H+3*H)'),
  ...recurrent(
    'lstm',
    4,
    'Gate order i, f, c, o: i,f,o = rec(x̂·W + ĥ·U + b), g = act(·); c = f⊙cp + i⊙g; h = o⊙act(c).',
    '64+T*N*(dropoutGates*I+dropoutGates*H+7*H)',
  ),
  ...recurrent(
    'gru',
    3,
    'Gate order z, r, h. z, r = rec(·); resetAfter: ĉ = act(x̂·Wh + bh + r⊙(ĥ·Uh + bUh)); before: ĉ = act(x̂·Wh + bh + (r⊙ĥ)·Uh); h = z⊙hp + (1−z)⊙ĉ.',
    '64+T*N*(dropoutGates*I+dropoutGates*H+7*H)',
  ),

  // ---- optimizers ----
  {
    name: 'globalNorm',
    family: 'optimizer',
    doc: 'norm[0] = √Σ x² over fixed stretches of 4096 elements, so that the sum does not depend on the number of threads. With accumulate = 1 the square of what norm[0] held is added under the root. Not finite when an element is not.',
    args: [
      f32('x', '[count]', 'gradients'),
      inout('norm', '[1]', 'norm'),
      int('count', 'elements'),
      int('accumulate', '1 combines with norm[0]'),
    ],
    flops: '2*count',
    bytes: '4*count',
    scratch: true,
  },
  {
    name: 'clipByValue',
    family: 'optimizer',
    doc: 'x = min(max(x, −limit), limit).',
    args: [inout('x', '[count]', 'gradients'), int('count', 'elements'), float('limit', 'largest magnitude')],
    flops: '2*count',
    bytes: '8*count',
  },
  optimizer(
    'sgd',
    'Stochastic gradient descent, Keras’s form: v = momentum·v − rate·g; p += nesterov ? momentum·v − rate·g : v. Without velocity p −= rate·g.',
    [inout('velocity', '[count]', 'momentum buffer', optional)],
    [float('momentum', 'momentum'), int('nesterov', '1: Nesterov')],
    4,
  ),
  optimizer(
    'rmsprop',
    'RMSprop, Keras’s form: s = ρ·s + (1−ρ)·g²; centred (meanGradient given): m = ρ·m + (1−ρ)·g, d = s − m² + ε, else d = s + ε; u = rate·g/√d; with velocity b = momentum·b + u, p −= b, else p −= u.',
    [
      inout('meanSquare', '[count]', 'running mean of g²'),
      inout('meanGradient', '[count]', 'running mean of g when centred', optional),
      inout('velocity', '[count]', 'momentum buffer', optional),
    ],
    [float('rho', 'discount ρ'), float('momentum', 'momentum'), float('epsilon', 'ε, inside the root')],
    9,
  ),
  optimizer(
    'adam',
    'Adam (AdamW with weightDecay ≠ 0), Keras’s form: m += (g − m)·fresh1; v += (g² − v)·fresh2; p −= α·m/(√v + ε), α = hyper[1]·rateScale. AMSGrad (maxSecondMoment given): w = max(w, v) takes the place of v under the root.',
    [
      inout('firstMoment', '[count]', 'm'),
      inout('secondMoment', '[count]', 'v'),
      inout('maxSecondMoment', '[count]', 'w, the largest v so far', optional),
    ],
    [
      float('fresh1', '1 − β1'),
      float('fresh2', '1 − β2; from a β2 in float32 it would have few digits'),
      float('epsilon', 'ε, outside the root'),
    ],
    12,
  ),
  optimizer(
    'adagrad',
    'Adagrad, Keras’s form: a = a + g²; p −= rate·g/√(a + initial + ε). The accumulator is kept without its initial value, so that it begins as zeros.',
    [inout('accumulator', '[count]', 'a, sum of g²')],
    [float('initial', 'what the accumulator starts from'), float('epsilon', 'ε, inside the root')],
    6,
  ),
  optimizer(
    'adadelta',
    'Adadelta, Keras’s form: s = ρ·s + (1−ρ)·g²; u = g·√(x + ε)/√(s + ε); x = ρ·x + (1−ρ)·u²; p −= rate·u.',
    [
      inout('meanSquare', '[count]', 's, running mean of g²'),
      inout('meanSquareStep', '[count]', 'x, running mean of u²'),
    ],
    [float('rho', 'discount ρ'), float('epsilon', 'ε, inside both roots')],
    14,
  ),
  optimizer(
    'adamax',
    'Adamax, Keras’s form: m += (g − m)(1−β1); u = max(β2·u, |g|); p −= α·m/(u + ε), α = hyper[1]·rateScale, hyper[1] = lr/(1−β1^t).',
    [inout('firstMoment', '[count]', 'm'), inout('largest', '[count]', 'u, discounted largest |g|')],
    [float('beta1', 'β1'), float('beta2', 'β2'), float('epsilon', 'ε')],
    9,
  ),
  optimizer(
    'nadam',
    'Adam with Nesterov momentum, Keras’s form: m += (g − m)(1−β1); v += (g² − v)(1−β2); p −= (hyper[1]·m + hyper[2]·g)·rateScale/(√(hyper[3]·v) + ε). With μₜ = β1(1 − 0.96^t/2) and Pₜ = μ₁⋯μₜ: hyper[1] = lr·μₜ₊₁/(1−Pₜ₊₁), hyper[2] = lr·(1−μₜ)/(1−Pₜ), hyper[3] = 1/(1−β2^t).',
    [inout('firstMoment', '[count]', 'm'), inout('secondMoment', '[count]', 'v')],
    [float('beta1', 'β1'), float('beta2', 'β2'), float('epsilon', 'ε, outside the root')],
    15,
  ),
  optimizer(
    'lion',
    'Lion, Keras’s form: p −= rate·sign(β1·m + (1−β1)·g), then m = β2·m + (1−β2)·g.',
    [inout('firstMoment', '[count]', 'm')],
    [float('beta1', 'β1'), float('beta2', 'β2')],
    9,
  ),
]
