// Generated from kernels/manifest.mjs by scripts/generate.mjs. Do not edit.

/** f(x), with f′ computed from y = f(x). hardSigmoid is Keras 3’s clip(x/6 + 1/2, 0, 1). NaN gives NaN. */
export const Activation = {
  linear: 0,
  tanh: 1,
  sigmoid: 2,
  relu: 3,
  hardSigmoid: 4,
  softsign: 5,
  softplus: 6,
  elu: 7,
  selu: 8,
  exponential: 9,
} as const
export type ActivationName = keyof typeof Activation

/** Element-wise y = f(x). sign(0) = 0; step(x) = 1 for x > 0, else 0. */
export const Unary = {
  negate: 0,
  absolute: 1,
  exp: 2,
  log: 3,
  sqrt: 4,
  square: 5,
  reciprocal: 6,
  sign: 7,
  step: 8,
  log1p: 9,
  expm1: 10,
  sin: 11,
  cos: 12,
  erf: 13,
} as const
export type UnaryName = keyof typeof Unary

/** Element-wise y = f(a, b); comparisons give 1 or 0; power is C’s pow. What maximum and minimum make of NaN is open. */
export const Binary = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
  power: 4,
  maximum: 5,
  minimum: 6,
  equal: 7,
  notEqual: 8,
  less: 9,
  lessEqual: 10,
  greater: 11,
  greaterEqual: 12,
} as const
export type BinaryName = keyof typeof Binary

/** How weights lie in memory: plain, or packed as the section on packed weights says. */
export const WeightFormat = {
  float32: 0,
  bf16: 1,
  int8: 2,
} as const
export type WeightFormatName = keyof typeof WeightFormat

/** A recurrent cell. */
export const Cell = {
  simpleRnn: 0,
  lstm: 1,
  gru: 2,
} as const
export type CellName = keyof typeof Cell

/** Reduction over one axis. */
export const Reduce = {
  sum: 0,
  mean: 1,
  maximum: 2,
  minimum: 3,
} as const
export type ReduceName = keyof typeof Reduce

/** A tensor argument: a slot of the program and an offset into it, in 32-bit elements. */
export interface Address {
  readonly slot: number
  readonly offset: number
}

/** Arguments of every command as the compiler writes them into a program. */
export interface CommandArguments {
  /** y = value. */
  fill: {
    /** [count] output */
    y: Address
    /** elements */
    count: number
    /** the value */
    value: number
  }
  /** Strided copy over four nested axes: y[Σ iₖ·yStrideₖ] = x[Σ iₖ·xStrideₖ]. Gives transpose, slice, concatenate, reverse (negative strides), broadcast (zero x strides). 32-bit elements of any type; accumulate = 1 adds float32 values instead (y strides must then be non-zero). */
  copy: {
    /** […] source, at its first element */
    x: Address
    /** […] destination, at its first element */
    y: Address
    /** length of axis 0 */
    d0: number
    /** length of axis 1 */
    d1: number
    /** length of axis 2 */
    d2: number
    /** length of axis 3 */
    d3: number
    /** source stride of axis 0, in elements */
    xStride0: number
    /** source stride of axis 1, in elements */
    xStride1: number
    /** source stride of axis 2, in elements */
    xStride2: number
    /** source stride of axis 3, in elements */
    xStride3: number
    /** destination stride of axis 0, in elements */
    yStride0: number
    /** destination stride of axis 1, in elements */
    yStride1: number
    /** destination stride of axis 2, in elements */
    yStride2: number
    /** destination stride of axis 3, in elements */
    yStride3: number
    /** 1 adds */
    accumulate: number
  }
  /** y = f(x) for f of the `Unary` enum. x and y may be the same. */
  unary: {
    /** [count] input */
    x: Address
    /** [count] output */
    y: Address
    /** elements */
    count: number
    /** Unary code */
    operation: number
  }
  /** y = f(a, b) for f of the `Binary` enum over four nested axes with strides for a and b (0 broadcasts); y is dense [d0,d1,d2,d3]. y may be the same buffer as an operand that has y’s dense strides. */
  binary: {
    /** […] first operand */
    a: Address
    /** […] second operand */
    b: Address
    /** [d0,d1,d2,d3] output */
    y: Address
    /** length of axis 0 */
    d0: number
    /** length of axis 1 */
    d1: number
    /** length of axis 2 */
    d2: number
    /** length of axis 3 */
    d3: number
    /** stride of a along axis 0 */
    aStride0: number
    /** stride of a along axis 1 */
    aStride1: number
    /** stride of a along axis 2 */
    aStride2: number
    /** stride of a along axis 3 */
    aStride3: number
    /** stride of b along axis 0 */
    bStride0: number
    /** stride of b along axis 1 */
    bStride1: number
    /** stride of b along axis 2 */
    bStride2: number
    /** stride of b along axis 3 */
    bStride3: number
    /** Binary code */
    operation: number
  }
  /** y = f(x) for f of the `Activation` enum. x and y may be the same. */
  activation: {
    /** [count] input */
    x: Address
    /** [count] output */
    y: Address
    /** elements */
    count: number
    /** Activation code */
    kind: number
  }
  /** dx = dy ⊙ f′, with f′ written in terms of y = f(x). dx may be dy. */
  activationBackward: {
    /** [count] output of activation */
    y: Address
    /** [count] gradient of y */
    dy: Address
    /** [count] gradient of x */
    dx: Address
    /** elements */
    count: number
    /** Activation code */
    kind: number
  }
  /** y[o,i] = reduction over a of x[o,a,i]; accumulate = 1 adds to y (sum and mean only). The order of additions does not depend on the number of threads. */
  reduce: {
    /** [outer,axis,inner] input */
    x: Address
    /** [outer,inner] output */
    y: Address
    /** product of the axes before */
    outer: number
    /** length of the reduced axis */
    axis: number
    /** product of the axes after */
    inner: number
    /** Reduce code */
    operation: number
    /** 1 adds to y */
    accumulate: number
  }
  /** y[m] = index of the first largest x[m,·]. */
  argmax: {
    /** [M,V] input */
    x: Address
    /** [M] indices */
    y: Address
    /** rows */
    M: number
    /** columns */
    V: number
  }
  /** y[m,ids[m]] = 1, everything else 0; an id outside 0 … V−1 gives a zero row. */
  oneHot: {
    /** [M] indices */
    ids: Address
    /** [M,V] output */
    y: Address
    /** rows */
    M: number
    /** columns */
    V: number
  }
  /** c[b] = op(a[b]) · op(b[b]) (+ c[b] when accumulate) for each of `batch` matrices. transposeA: a is stored [K,M]; transposeB: b is stored [N,K]. A batch stride of 0 repeats one matrix. */
  matmul: {
    /** [batch,M,K] left factor */
    a: Address
    /** [batch,K,N] right factor */
    b: Address
    /** [batch,M,N] product */
    c: Address
    /** number of products */
    batch: number
    /** rows of c */
    M: number
    /** columns of c */
    N: number
    /** inner length */
    K: number
    /** 1: a is stored [K,M] */
    transposeA: number
    /** 1: b is stored [N,K] */
    transposeB: number
    /** elements between matrices of a */
    aBatchStride: number
    /** elements between matrices of b */
    bBatchStride: number
    /** elements between matrices of c */
    cBatchStride: number
    /** 1 adds to c */
    accumulate: number
  }
  /** y = f(x · w + bias), f of the `Activation` enum. transposeW: w is stored [N,K] (an embedding table used as output weights). */
  dense: {
    /** [M,K] input rows */
    x: Address
    /** [K,N] weights */
    w: Address
    /** [N] bias */
    bias?: Address | undefined
    /** [M,N] output */
    y: Address
    /** rows */
    M: number
    /** output features */
    N: number
    /** input features */
    K: number
    /** 1: w is stored [N,K] */
    transposeW: number
    /** Activation code */
    activation: number
  }
  /** y[m] = table[ids[m]]; an id outside 0 … V−1 gives zeros. */
  embeddingForward: {
    /** [V,E] embedding table */
    table: Address
    /** [M] row indices */
    ids: Address
    /** [M,E] rows */
    y: Address
    /** number of ids */
    M: number
    /** rows of the table */
    V: number
    /** features */
    E: number
  }
  /** dTable[ids[m]] += dy[m], in the order of m; with accumulate = 0 dTable is zeroed first. */
  embeddingBackward: {
    /** [M,E] gradient of the rows */
    dy: Address
    /** [M] row indices */
    ids: Address
    /** [V,E] gradient of the table */
    dTable: Address
    /** number of ids */
    M: number
    /** rows of the table */
    V: number
    /** features */
    E: number
    /** 1 adds to dTable */
    accumulate: number
  }
  /** y = the packed matrix w in float32, [K,N]; with transpose [N,K]. */
  dequantize: {
    /** [packed] packed weights */
    w: Address
    /** [N] scale of each column; int8 alone has it */
    scale?: Address | undefined
    /** [N,K] the matrix */
    y: Address
    /** columns */
    N: number
    /** rows */
    K: number
    /** WeightFormat code */
    format: number
    /** 1 writes column after column */
    transpose: number
  }
  /** y = f(x · w + bias) with packed weights w, f of the `Activation` enum. */
  quantizedDense: {
    /** [M,K] input rows */
    x: Address
    /** [packed] packed weights */
    w: Address
    /** [N] scale of each column; int8 alone has it */
    scale?: Address | undefined
    /** [N] bias */
    bias?: Address | undefined
    /** [M,N] output */
    y: Address
    /** rows */
    M: number
    /** output features */
    N: number
    /** input features */
    K: number
    /** WeightFormat code */
    format: number
    /** Activation code */
    activation: number
  }
  /** y[m] = column ids[m] of the packed matrix [E,V]; an id outside 0 … V−1 gives zeros. */
  quantizedEmbedding: {
    /** [packed] packed table, its rows as columns */
    w: Address
    /** [V] scale of each row of the table; int8 alone has it */
    scale?: Address | undefined
    /** [M] row indices */
    ids: Address
    /** [M,E] rows */
    y: Address
    /** number of ids */
    M: number
    /** rows of the table */
    V: number
    /** features */
    E: number
    /** WeightFormat code */
    format: number
  }
  /** One step of a cell without masks or dropout, weights plain or packed: what lstmForward, gruForward and simpleRnnForward do for T = 1, as one pass over the weights. */
  recurrentStep: {
    /** [N,I] input */
    x: Address
    /** [kernelWords] input weights [I,GH], gates side by side */
    kernel: Address
    /** [wide] scale of each column; int8 alone has it */
    kernelScale?: Address | undefined
    /** [recurrentWords] recurrent weights [H,GH] */
    recurrentKernel: Address
    /** [wide] scale of each column; int8 alone has it */
    recurrentScale?: Address | undefined
    /** [biases] bias as in the commands of the cells */
    bias?: Address | undefined
    /** [N,H] hidden state; zero when absent */
    h0?: Address | undefined
    /** [N,H] cell state of an LSTM; zero when absent */
    c0?: Address | undefined
    /** [N,H] the new hidden state */
    y?: Address | undefined
    /** [N,H] the same */
    hT?: Address | undefined
    /** [N,H] the new cell state of an LSTM */
    cT?: Address | undefined
    /** rows */
    N: number
    /** input features */
    I: number
    /** hidden units */
    H: number
    /** Cell code */
    cell: number
    /** gates · H */
    wide: number
    /** Activation code of the candidate and output */
    activation: number
    /** Activation code of the gates */
    recurrentActivation: number
    /** of a GRU, as in gruForward; otherwise 0 */
    resetAfter: number
    /** WeightFormat code */
    format: number
  }
  /** The distinct ids in 0 … V−1, in the order in which they first appear: rows[place[m]] = ids[m], place[m] = −1 for ids outside. R must be at least min(M, V). */
  uniqueRows: {
    /** [M] row indices */
    ids: Address
    /** [R] distinct ids, then −1 */
    rows: Address
    /** [1] how many there are */
    count: Address
    /** [M] where in rows each id is */
    place: Address
    /** number of ids */
    M: number
    /** rows of the table */
    V: number
    /** room for rows */
    R: number
  }
  /** The m whose target lies in low … high−1, in order: rows[r] = m, local[r] = targets[m] − low. relabelled[m] = label for them, labels[m] for the others. */
  clusterRows: {
    /** [M] class of each row */
    targets: Address
    /** [M] what the rows are called so far */
    labels: Address
    /** [M] rows of the cluster, then −1 */
    rows: Address
    /** [M] their classes within the cluster, then −1 */
    local: Address
    /** [1] how many there are */
    count: Address
    /** [M] what the rows are called now */
    relabelled: Address
    /** rows */
    M: number
    /** first class of the cluster */
    low: number
    /** class after its last */
    high: number
    /** what its rows are called now */
    label: number
  }
  /** y[r] = x[rows[r]] · w for r < count[0], 0 beyond. The work follows count, not M. */
  rowsDenseForward: {
    /** [L,K] input rows */
    x: Address
    /** [M] distinct rows of x */
    rows: Address
    /** [1] how many of them count */
    count: Address
    /** [K,N] weights */
    w: Address
    /** [M,N] products */
    y: Address
    /** rows of x */
    L: number
    /** most rows picked */
    M: number
    /** output features */
    N: number
    /** input features */
    K: number
  }
  /** dx[rows[r]] = dy[r] · wᵀ, 0 elsewhere; dw = Σ_r x[rows[r]]ᵀ · dy[r]. */
  rowsDenseBackward: {
    /** [L,K] input rows */
    x: Address
    /** [M] distinct rows of x */
    rows: Address
    /** [1] how many of them count */
    count: Address
    /** [K,N] weights */
    w: Address
    /** [M,N] gradient of y */
    dy: Address
    /** [L,K] gradient of x */
    dx: Address
    /** [K,N] gradient of w */
    dw: Address
    /** rows of x */
    L: number
    /** most rows picked */
    M: number
    /** output features */
    N: number
    /** input features */
    K: number
  }
  /** Cross-entropy of the logits x·w + bias, which are never all in memory: a stretch of classes at a time. loss[m] = lse[m] − logit[m,targets[m]] in nats, 0 for a negative target; others must be below V. Rows from count[0] on are left out: loss 0. transposeW: w is stored [V,K]. */
  linearCrossEntropyForward: {
    /** [M,K] input rows */
    x: Address
    /** [K,V] output weights */
    w: Address
    /** [V] bias */
    bias?: Address | undefined
    /** [M] class of each row; negative = ignored */
    targets: Address
    /** [1] how many rows count; absent: all */
    count?: Address | undefined
    /** [M] loss in nats */
    loss: Address
    /** [M] log Σ exp of the logits, 0 for rows left out */
    lse: Address
    /** rows */
    M: number
    /** classes */
    V: number
    /** input features */
    K: number
    /** 1: w is stored [V,K] */
    transposeW: number
  }
  /** Gradients of linearCrossEntropyForward, the logits computed again: with g = dLoss[m]·(softmax − onehot(target)), 0 for ignored rows, dx = g·wᵀ, dw = xᵀ·g, dBias = Σ_m g. */
  linearCrossEntropyBackward: {
    /** [M,K] input rows */
    x: Address
    /** [K,V] output weights */
    w: Address
    /** [V] bias */
    bias?: Address | undefined
    /** [M] class of each row */
    targets: Address
    /** [1] how many rows count; absent: all */
    count?: Address | undefined
    /** [M] from forward */
    lse: Address
    /** [M] gradient of loss */
    dLoss: Address
    /** [M,K] gradient of x; 0 for rows left out */
    dx: Address
    /** [K,V] gradient of w, stored like w */
    dw: Address
    /** [V] gradient of bias */
    dBias?: Address | undefined
    /** rows */
    M: number
    /** classes */
    V: number
    /** input features */
    K: number
    /** 1: w is stored [V,K] */
    transposeW: number
  }
  /** S distinct classes of 0 … V−1, drawn one after the other from P(k) = ln((k+2)/(k+1))/ln(V+1) (log-uniform, Zipf’s law), those drawn before passed over; draw d takes words 2d and 2d+1 of the generator as 53 bits. tries[0] is the number of draws. S = V gives all classes in order and tries 0. After 64·S + 1024 draws the lowest classes left fill up. */
  sampleClasses: {
    /** [4] generator state */
    rng: Address
    /** [S] the classes drawn */
    classes: Address
    /** [1] number of draws */
    tries: Address
    /** number of this draw within a step */
    stream: number
    /** classes to draw, at most V */
    S: number
    /** classes */
    V: number
  }
  /** y[m] = ln(1 − (1 − P(ids[m]))^tries), the log of how probably sampleClasses draws a class; 0 when tries is 0 and for ids outside 0 … V−1. */
  logExpectedCount: {
    /** [M] classes */
    ids: Address
    /** [1] number of draws */
    tries: Address
    /** [M] logarithms */
    y: Address
    /** number of ids */
    M: number
    /** classes */
    V: number
  }
  /** Cross-entropy of the right class among sampled ones: loss[m] = lse[m] − trueLogits[m], lse[m] = ln(exp trueLogits[m] + Σ_s exp(logits[m,s] + offsets[s])) over the s whose class is not targets[m] (accidental hits); 0 for a negative target. */
  sampledCrossEntropyForward: {
    /** [M,S] logits of the sampled classes */
    logits: Address
    /** [S] added to every row: bias − log of the expected count */
    offsets: Address
    /** [S] the sampled classes, distinct */
    classes: Address
    /** [M] class of each row; negative = ignored */
    targets: Address
    /** [M] corrected logit of the right class */
    trueLogits: Address
    /** [M] loss in nats */
    loss: Address
    /** [M] log-sum-exp */
    lse: Address
    /** rows */
    M: number
    /** sampled classes */
    S: number
  }
  /** dLogits[m,s] = dLoss[m]·exp(logits[m,s] + offsets[s] − lse[m]), 0 for accidental hits; dTrueLogits[m] = dLoss[m]·(exp(trueLogits[m] − lse[m]) − 1); 0 for ignored rows. The gradient of offsets is the sum of dLogits over m. dLogits may be logits. */
  sampledCrossEntropyBackward: {
    /** [M,S] logits of the sampled classes */
    logits: Address
    /** [S] as in forward */
    offsets: Address
    /** [S] the sampled classes */
    classes: Address
    /** [M] class of each row */
    targets: Address
    /** [M] as in forward */
    trueLogits: Address
    /** [M] from forward */
    lse: Address
    /** [M] gradient of loss */
    dLoss: Address
    /** [M,S] gradient of logits */
    dLogits: Address
    /** [M] gradient of trueLogits */
    dTrueLogits: Address
    /** rows */
    M: number
    /** sampled classes */
    S: number
  }
  /** y[m] = exp(x[m] − lse(x[m])) (log = 0) or x[m] − lse(x[m]) (log = 1). */
  softmax: {
    /** [M,V] logits */
    x: Address
    /** [M,V] (log-)probabilities */
    y: Address
    /** rows */
    M: number
    /** classes */
    V: number
    /** 1: log-softmax */
    log: number
  }
  /** log = 0: dx = y ⊙ (dy − Σ dy⊙y); log = 1: dx = dy − exp(y)·Σ dy. dx may be dy. */
  softmaxBackward: {
    /** [M,V] output of softmax */
    y: Address
    /** [M,V] gradient of y */
    dy: Address
    /** [M,V] gradient of x */
    dx: Address
    /** rows */
    M: number
    /** classes */
    V: number
    /** 1: y is log-softmax */
    log: number
  }
  /** loss[m] = w[m]·((1−s)(lse − x[m,target]) + s(lse − mean x[m])) with s = smoothing; a negative target gives 0, others must be below V. lse[m] = log Σ exp x[m,·] is written for every row and kept for backward. */
  softmaxCrossEntropyForward: {
    /** [M,V] logits */
    logits: Address
    /** [M] class of each row; negative = ignored */
    targets: Address
    /** [M] row weights */
    weights?: Address | undefined
    /** [M] loss in nats */
    loss: Address
    /** [M] log-sum-exp */
    lse: Address
    /** rows */
    M: number
    /** classes */
    V: number
    /** label smoothing in 0 … 1 */
    smoothing: number
  }
  /** dLogits[m] = dLoss[m]·w[m]·(softmax(x[m]) − (1−s)·onehot(target) − s/V); zero for ignored rows. dLogits may be logits. */
  softmaxCrossEntropyBackward: {
    /** [M,V] logits */
    logits: Address
    /** [M] from forward */
    lse: Address
    /** [M] class of each row */
    targets: Address
    /** [M] row weights */
    weights?: Address | undefined
    /** [M] gradient of loss */
    dLoss: Address
    /** [M,V] gradient of logits */
    dLogits: Address
    /** rows */
    M: number
    /** classes */
    V: number
    /** label smoothing */
    smoothing: number
  }
  /** logLikelihood[n] = ln p(targets[n]) of a linear-chain conditional random field, 0 for a row of no steps. A target outside 0 … L−1 at a step that counts gives NaN. */
  crfForward: {
    /** [N,T,L] score of each label at each step */
    emissions: Address
    /** [L,L] score of moves, [from,to] */
    transitions: Address
    /** [L] score of beginning with a label */
    start: Address
    /** [L] score of ending with a label */
    end: Address
    /** [N] valid steps of each row; steps t ≥ lengths[n] do not count */
    lengths?: Address | undefined
    /** [N,T] 0 marks a step that does not count */
    mask?: Address | undefined
    /** [N,T] label of each step */
    targets: Address
    /** [N] ln p in nats */
    logLikelihood: Address
    /** [saved] what backward needs, private to the engine; absent for inference */
    saved?: Address | undefined
    /** batch */
    N: number
    /** time steps */
    T: number
    /** labels */
    L: number
  }
  /** Gradient of crfForward: dLogLikelihood[n] times how often the targets use a label, a move, a beginning or an end, less how often chains drawn from p do. dEmissions is 0 at steps that do not count. The order of additions does not depend on the number of threads. */
  crfBackward: {
    /** [N,T,L] score of each label at each step */
    emissions: Address
    /** [L,L] score of moves, [from,to] */
    transitions: Address
    /** [L] score of beginning with a label */
    start: Address
    /** [L] score of ending with a label */
    end: Address
    /** [N] valid steps of each row; steps t ≥ lengths[n] do not count */
    lengths?: Address | undefined
    /** [N,T] 0 marks a step that does not count */
    mask?: Address | undefined
    /** [N,T] label of each step */
    targets: Address
    /** [saved] written by crfForward */
    saved: Address
    /** [N] gradient of logLikelihood */
    dLogLikelihood: Address
    /** [N,T,L] gradient of emissions */
    dEmissions: Address
    /** [L,L] gradient of transitions */
    dTransitions: Address
    /** [L] gradient of start */
    dStart: Address
    /** [L] gradient of end */
    dEnd: Address
    /** batch */
    N: number
    /** time steps */
    T: number
    /** labels */
    L: number
  }
  /** The labels of the best chain by Viterbi, −1 at steps that do not count, and its score. Of equals the smaller label wins, from the last step to the first. */
  crfDecode: {
    /** [N,T,L] score of each label at each step */
    emissions: Address
    /** [L,L] score of moves, [from,to] */
    transitions: Address
    /** [L] score of beginning with a label */
    start: Address
    /** [L] score of ending with a label */
    end: Address
    /** [N] valid steps of each row; steps t ≥ lengths[n] do not count */
    lengths?: Address | undefined
    /** [N,T] 0 marks a step that does not count */
    mask?: Address | undefined
    /** [N,T] labels */
    tags: Address
    /** [N] score of the chain; 0 for a row of no steps */
    score: Address
    /** batch */
    N: number
    /** time steps */
    T: number
    /** labels */
    L: number
  }
  /** y = keep ? x/(1−rate) : 0. locked = 0 draws one number per element (e = linear index); locked = 1 draws one per (n, f) and uses it at every step (e = n·F + f). Applied to a gradient with the same arguments it is its own backward. y may be x. */
  dropout: {
    /** [N,T,F] input */
    x: Address
    /** [N,T,F] output */
    y: Address
    /** [4] generator state */
    rng: Address
    /** number of this draw within a step */
    stream: number
    /** rows */
    N: number
    /** steps */
    T: number
    /** features */
    F: number
    /** 1: the same mask at every step */
    locked: number
    /** probability of dropping, 0 ≤ rate < 1 */
    rate: number
  }
  /** y[e] = keep ? 1/(1−rate) : 0. */
  dropoutMask: {
    /** [count] mask */
    y: Address
    /** [4] generator state */
    rng: Address
    /** number of this draw within a step */
    stream: number
    /** elements */
    count: number
    /** probability of dropping */
    rate: number
  }
  /** Whole-sequence simple RNN. h = act(x̂·W + ĥ·U + b). */
  simpleRnnForward: {
    /** [N,T,I] input sequence; absent when there are ids */
    x?: Address | undefined
    /** [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1 */
    ids?: Address | undefined
    /** [I,1H] input weights, gates side by side */
    kernel: Address
    /** [H,1H] recurrent weights, gates side by side */
    recurrentKernel: Address
    /** [1H] bias */
    bias?: Address | undefined
    /** [N,H] initial hidden state; zero when absent */
    h0?: Address | undefined
    /** [N] valid steps of each row; steps t ≥ lengths[n] are masked */
    lengths?: Address | undefined
    /** [N,T] 0 marks a masked step */
    mask?: Address | undefined
    /** [N,T] non-zero empties the row’s state before step t */
    resets?: Address | undefined
    /** [dropoutGates,N,I] multiplier on the input of each gate, the same at every step */
    inputDropout?: Address | undefined
    /** [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step */
    recurrentDropout?: Address | undefined
    /** [N,T,H] hidden state at every step, at the step’s own place also when reverse */
    y?: Address | undefined
    /** [N,H] final hidden state */
    hT?: Address | undefined
    /** [saved] what backward needs, private to the engine; absent for inference */
    saved?: Address | undefined
    /** batch */
    N: number
    /** time steps */
    T: number
    /** input features */
    I: number
    /** hidden units */
    H: number
    /** 1 walks from the last step to the first */
    reverse: number
    /** Activation code of the candidate and output */
    activation: number
    /** 1 writes zeros to y at masked steps, 0 repeats the previous output */
    zeroOutput: number
    /** number of dropout masks: 1 or 1 */
    dropoutGates: number
  }
  /** Gradient of simpleRnnForward: back-propagation through all T steps. `saved` is consumed (it may be overwritten). Weight gradients are sums over n and t; with accumulate = 1 they are added to what is there. */
  simpleRnnBackward: {
    /** [N,T,I] input sequence; absent when there are ids */
    x?: Address | undefined
    /** [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1 */
    ids?: Address | undefined
    /** [I,1H] input weights, gates side by side */
    kernel: Address
    /** [H,1H] recurrent weights, gates side by side */
    recurrentKernel: Address
    /** [1H] bias */
    bias?: Address | undefined
    /** [N,H] initial hidden state; zero when absent */
    h0?: Address | undefined
    /** [N] valid steps of each row; steps t ≥ lengths[n] are masked */
    lengths?: Address | undefined
    /** [N,T] 0 marks a masked step */
    mask?: Address | undefined
    /** [N,T] non-zero empties the row’s state before step t */
    resets?: Address | undefined
    /** [dropoutGates,N,I] multiplier on the input of each gate, the same at every step */
    inputDropout?: Address | undefined
    /** [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step */
    recurrentDropout?: Address | undefined
    /** [saved] written by the forward command of the same shapes and flags */
    saved: Address
    /** [N,T,H] gradient of y */
    dy?: Address | undefined
    /** [N,H] gradient of hT */
    dhT?: Address | undefined
    /** [N,T,I] gradient of x; zero at masked steps */
    dx?: Address | undefined
    /** [I,1H] gradient of kernel */
    dKernel?: Address | undefined
    /** [H,1H] gradient of recurrentKernel */
    dRecurrentKernel?: Address | undefined
    /** [1H] gradient of bias */
    dBias?: Address | undefined
    /** [N,H] gradient of h0 */
    dh0?: Address | undefined
    /** batch */
    N: number
    /** time steps */
    T: number
    /** input features */
    I: number
    /** hidden units */
    H: number
    /** 1 walks from the last step to the first */
    reverse: number
    /** Activation code of the candidate and output */
    activation: number
    /** 1 writes zeros to y at masked steps, 0 repeats the previous output */
    zeroOutput: number
    /** number of dropout masks: 1 or 1 */
    dropoutGates: number
    /** 1 adds to dKernel, dRecurrentKernel and dBias, 0 overwrites them */
    accumulate: number
  }
  /** Whole-sequence LSTM. Gate order i, f, c, o: i,f,o = rec(x̂·W + ĥ·U + b), g = act(·); c = f⊙cp + i⊙g; h = o⊙act(c). */
  lstmForward: {
    /** [N,T,I] input sequence; absent when there are ids */
    x?: Address | undefined
    /** [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1 */
    ids?: Address | undefined
    /** [I,4H] input weights, gates side by side */
    kernel: Address
    /** [H,4H] recurrent weights, gates side by side */
    recurrentKernel: Address
    /** [4H] bias */
    bias?: Address | undefined
    /** [N,H] initial hidden state; zero when absent */
    h0?: Address | undefined
    /** [N,H] initial cell state; zero when absent */
    c0?: Address | undefined
    /** [N] valid steps of each row; steps t ≥ lengths[n] are masked */
    lengths?: Address | undefined
    /** [N,T] 0 marks a masked step */
    mask?: Address | undefined
    /** [N,T] non-zero empties the row’s state before step t */
    resets?: Address | undefined
    /** [dropoutGates,N,I] multiplier on the input of each gate, the same at every step */
    inputDropout?: Address | undefined
    /** [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step */
    recurrentDropout?: Address | undefined
    /** [N,T,H] hidden state at every step, at the step’s own place also when reverse */
    y?: Address | undefined
    /** [N,H] final hidden state */
    hT?: Address | undefined
    /** [N,H] final cell state */
    cT?: Address | undefined
    /** [saved] what backward needs, private to the engine; absent for inference */
    saved?: Address | undefined
    /** batch */
    N: number
    /** time steps */
    T: number
    /** input features */
    I: number
    /** hidden units */
    H: number
    /** 1 walks from the last step to the first */
    reverse: number
    /** Activation code of the candidate and output */
    activation: number
    /** Activation code of the gates */
    recurrentActivation: number
    /** 1 writes zeros to y at masked steps, 0 repeats the previous output */
    zeroOutput: number
    /** number of dropout masks: 1 or 4 */
    dropoutGates: number
  }
  /** Gradient of lstmForward: back-propagation through all T steps. `saved` is consumed (it may be overwritten). Weight gradients are sums over n and t; with accumulate = 1 they are added to what is there. */
  lstmBackward: {
    /** [N,T,I] input sequence; absent when there are ids */
    x?: Address | undefined
    /** [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1 */
    ids?: Address | undefined
    /** [I,4H] input weights, gates side by side */
    kernel: Address
    /** [H,4H] recurrent weights, gates side by side */
    recurrentKernel: Address
    /** [4H] bias */
    bias?: Address | undefined
    /** [N,H] initial hidden state; zero when absent */
    h0?: Address | undefined
    /** [N,H] initial cell state; zero when absent */
    c0?: Address | undefined
    /** [N] valid steps of each row; steps t ≥ lengths[n] are masked */
    lengths?: Address | undefined
    /** [N,T] 0 marks a masked step */
    mask?: Address | undefined
    /** [N,T] non-zero empties the row’s state before step t */
    resets?: Address | undefined
    /** [dropoutGates,N,I] multiplier on the input of each gate, the same at every step */
    inputDropout?: Address | undefined
    /** [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step */
    recurrentDropout?: Address | undefined
    /** [saved] written by the forward command of the same shapes and flags */
    saved: Address
    /** [N,T,H] gradient of y */
    dy?: Address | undefined
    /** [N,H] gradient of hT */
    dhT?: Address | undefined
    /** [N,H] gradient of cT */
    dcT?: Address | undefined
    /** [N,T,I] gradient of x; zero at masked steps */
    dx?: Address | undefined
    /** [I,4H] gradient of kernel */
    dKernel?: Address | undefined
    /** [H,4H] gradient of recurrentKernel */
    dRecurrentKernel?: Address | undefined
    /** [4H] gradient of bias */
    dBias?: Address | undefined
    /** [N,H] gradient of h0 */
    dh0?: Address | undefined
    /** [N,H] gradient of c0 */
    dc0?: Address | undefined
    /** batch */
    N: number
    /** time steps */
    T: number
    /** input features */
    I: number
    /** hidden units */
    H: number
    /** 1 walks from the last step to the first */
    reverse: number
    /** Activation code of the candidate and output */
    activation: number
    /** Activation code of the gates */
    recurrentActivation: number
    /** 1 writes zeros to y at masked steps, 0 repeats the previous output */
    zeroOutput: number
    /** number of dropout masks: 1 or 4 */
    dropoutGates: number
    /** 1 adds to dKernel, dRecurrentKernel and dBias, 0 overwrites them */
    accumulate: number
  }
  /** Whole-sequence GRU. Gate order z, r, h. z, r = rec(·); resetAfter: ĉ = act(x̂·Wh + bh + r⊙(ĥ·Uh + bUh)); before: ĉ = act(x̂·Wh + bh + (r⊙ĥ)·Uh); h = z⊙hp + (1−z)⊙ĉ. */
  gruForward: {
    /** [N,T,I] input sequence; absent when there are ids */
    x?: Address | undefined
    /** [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1 */
    ids?: Address | undefined
    /** [I,3H] input weights, gates side by side */
    kernel: Address
    /** [H,3H] recurrent weights, gates side by side */
    recurrentKernel: Address
    /** [resetAfter ? 6H : 3H] bias; with resetAfter [2,3H]: row 0 input bias, row 1 recurrent bias */
    bias?: Address | undefined
    /** [N,H] initial hidden state; zero when absent */
    h0?: Address | undefined
    /** [N] valid steps of each row; steps t ≥ lengths[n] are masked */
    lengths?: Address | undefined
    /** [N,T] 0 marks a masked step */
    mask?: Address | undefined
    /** [N,T] non-zero empties the row’s state before step t */
    resets?: Address | undefined
    /** [dropoutGates,N,I] multiplier on the input of each gate, the same at every step */
    inputDropout?: Address | undefined
    /** [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step */
    recurrentDropout?: Address | undefined
    /** [N,T,H] hidden state at every step, at the step’s own place also when reverse */
    y?: Address | undefined
    /** [N,H] final hidden state */
    hT?: Address | undefined
    /** [saved] what backward needs, private to the engine; absent for inference */
    saved?: Address | undefined
    /** batch */
    N: number
    /** time steps */
    T: number
    /** input features */
    I: number
    /** hidden units */
    H: number
    /** 1 walks from the last step to the first */
    reverse: number
    /** Activation code of the candidate and output */
    activation: number
    /** Activation code of the gates */
    recurrentActivation: number
    /** 1 applies the reset gate after the recurrent product (Keras default, cuDNN, PyTorch), 0 before */
    resetAfter: number
    /** 1 writes zeros to y at masked steps, 0 repeats the previous output */
    zeroOutput: number
    /** number of dropout masks: 1 or 3 */
    dropoutGates: number
  }
  /** Gradient of gruForward: back-propagation through all T steps. `saved` is consumed (it may be overwritten). Weight gradients are sums over n and t; with accumulate = 1 they are added to what is there. */
  gruBackward: {
    /** [N,T,I] input sequence; absent when there are ids */
    x?: Address | undefined
    /** [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1 */
    ids?: Address | undefined
    /** [I,3H] input weights, gates side by side */
    kernel: Address
    /** [H,3H] recurrent weights, gates side by side */
    recurrentKernel: Address
    /** [resetAfter ? 6H : 3H] bias; with resetAfter [2,3H]: row 0 input bias, row 1 recurrent bias */
    bias?: Address | undefined
    /** [N,H] initial hidden state; zero when absent */
    h0?: Address | undefined
    /** [N] valid steps of each row; steps t ≥ lengths[n] are masked */
    lengths?: Address | undefined
    /** [N,T] 0 marks a masked step */
    mask?: Address | undefined
    /** [N,T] non-zero empties the row’s state before step t */
    resets?: Address | undefined
    /** [dropoutGates,N,I] multiplier on the input of each gate, the same at every step */
    inputDropout?: Address | undefined
    /** [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step */
    recurrentDropout?: Address | undefined
    /** [saved] written by the forward command of the same shapes and flags */
    saved: Address
    /** [N,T,H] gradient of y */
    dy?: Address | undefined
    /** [N,H] gradient of hT */
    dhT?: Address | undefined
    /** [N,T,I] gradient of x; zero at masked steps */
    dx?: Address | undefined
    /** [I,3H] gradient of kernel */
    dKernel?: Address | undefined
    /** [H,3H] gradient of recurrentKernel */
    dRecurrentKernel?: Address | undefined
    /** [resetAfter ? 6H : 3H] gradient of bias */
    dBias?: Address | undefined
    /** [N,H] gradient of h0 */
    dh0?: Address | undefined
    /** batch */
    N: number
    /** time steps */
    T: number
    /** input features */
    I: number
    /** hidden units */
    H: number
    /** 1 walks from the last step to the first */
    reverse: number
    /** Activation code of the candidate and output */
    activation: number
    /** Activation code of the gates */
    recurrentActivation: number
    /** 1 applies the reset gate after the recurrent product (Keras default, cuDNN, PyTorch), 0 before */
    resetAfter: number
    /** 1 writes zeros to y at masked steps, 0 repeats the previous output */
    zeroOutput: number
    /** number of dropout masks: 1 or 3 */
    dropoutGates: number
    /** 1 adds to dKernel, dRecurrentKernel and dBias, 0 overwrites them */
    accumulate: number
  }
  /** norm[0] = √Σ x² over fixed stretches of 4096 elements, so that the sum does not depend on the number of threads. With accumulate = 1 the square of what norm[0] held is added under the root. Not finite when an element is not. */
  globalNorm: {
    /** [count] gradients */
    x: Address
    /** [1] norm */
    norm: Address
    /** elements */
    count: number
    /** 1 combines with norm[0] */
    accumulate: number
  }
  /** x = min(max(x, −limit), limit). */
  clipByValue: {
    /** [count] gradients */
    x: Address
    /** elements */
    count: number
    /** largest magnitude */
    limit: number
  }
  /** Stochastic gradient descent, Keras’s form: v = momentum·v − rate·g; p += nesterov ? momentum·v − rate·g : v. Without velocity p −= rate·g. */
  sgd: {
    /** [count] parameters, updated in place */
    parameters: Address
    /** [count] gradients */
    gradients: Address
    /** [count] momentum buffer */
    velocity?: Address | undefined
    /** [4] per-step scalars, see above */
    hyper: Address
    /** [1] global gradient norm, for clipping and the finite check */
    norm?: Address | undefined
    /** [limit] rows to update; absent: every element */
    rows?: Address | undefined
    /** [1] how many of them count */
    rowCount?: Address | undefined
    /** number of elements; with rows limit·width */
    count: number
    /** most rows; 0 without rows */
    limit: number
    /** elements of a row; 0 without rows */
    width: number
    /** multiplier of the learning rate for this stretch */
    rateScale: number
    /** decoupled weight decay */
    weightDecay: number
    /** clip to this global norm; 0 = no clipping */
    maxNorm: number
    /** momentum */
    momentum: number
    /** 1: Nesterov */
    nesterov: number
  }
  /** RMSprop, Keras’s form: s = ρ·s + (1−ρ)·g²; centred (meanGradient given): m = ρ·m + (1−ρ)·g, d = s − m² + ε, else d = s + ε; u = rate·g/√d; with velocity b = momentum·b + u, p −= b, else p −= u. */
  rmsprop: {
    /** [count] parameters, updated in place */
    parameters: Address
    /** [count] gradients */
    gradients: Address
    /** [count] running mean of g² */
    meanSquare: Address
    /** [count] running mean of g when centred */
    meanGradient?: Address | undefined
    /** [count] momentum buffer */
    velocity?: Address | undefined
    /** [4] per-step scalars, see above */
    hyper: Address
    /** [1] global gradient norm, for clipping and the finite check */
    norm?: Address | undefined
    /** [limit] rows to update; absent: every element */
    rows?: Address | undefined
    /** [1] how many of them count */
    rowCount?: Address | undefined
    /** number of elements; with rows limit·width */
    count: number
    /** most rows; 0 without rows */
    limit: number
    /** elements of a row; 0 without rows */
    width: number
    /** multiplier of the learning rate for this stretch */
    rateScale: number
    /** decoupled weight decay */
    weightDecay: number
    /** clip to this global norm; 0 = no clipping */
    maxNorm: number
    /** discount ρ */
    rho: number
    /** momentum */
    momentum: number
    /** ε, inside the root */
    epsilon: number
  }
  /** Adam (AdamW with weightDecay ≠ 0), Keras’s form: m += (g − m)·fresh1; v += (g² − v)·fresh2; p −= α·m/(√v + ε), α = hyper[1]·rateScale. AMSGrad (maxSecondMoment given): w = max(w, v) takes the place of v under the root. */
  adam: {
    /** [count] parameters, updated in place */
    parameters: Address
    /** [count] gradients */
    gradients: Address
    /** [count] m */
    firstMoment: Address
    /** [count] v */
    secondMoment: Address
    /** [count] w, the largest v so far */
    maxSecondMoment?: Address | undefined
    /** [4] per-step scalars, see above */
    hyper: Address
    /** [1] global gradient norm, for clipping and the finite check */
    norm?: Address | undefined
    /** [limit] rows to update; absent: every element */
    rows?: Address | undefined
    /** [1] how many of them count */
    rowCount?: Address | undefined
    /** number of elements; with rows limit·width */
    count: number
    /** most rows; 0 without rows */
    limit: number
    /** elements of a row; 0 without rows */
    width: number
    /** multiplier of the learning rate for this stretch */
    rateScale: number
    /** decoupled weight decay */
    weightDecay: number
    /** clip to this global norm; 0 = no clipping */
    maxNorm: number
    /** 1 − β1 */
    fresh1: number
    /** 1 − β2; from a β2 in float32 it would have few digits */
    fresh2: number
    /** ε, outside the root */
    epsilon: number
  }
  /** Adagrad, Keras’s form: a = a + g²; p −= rate·g/√(a + initial + ε). The accumulator is kept without its initial value, so that it begins as zeros. */
  adagrad: {
    /** [count] parameters, updated in place */
    parameters: Address
    /** [count] gradients */
    gradients: Address
    /** [count] a, sum of g² */
    accumulator: Address
    /** [4] per-step scalars, see above */
    hyper: Address
    /** [1] global gradient norm, for clipping and the finite check */
    norm?: Address | undefined
    /** [limit] rows to update; absent: every element */
    rows?: Address | undefined
    /** [1] how many of them count */
    rowCount?: Address | undefined
    /** number of elements; with rows limit·width */
    count: number
    /** most rows; 0 without rows */
    limit: number
    /** elements of a row; 0 without rows */
    width: number
    /** multiplier of the learning rate for this stretch */
    rateScale: number
    /** decoupled weight decay */
    weightDecay: number
    /** clip to this global norm; 0 = no clipping */
    maxNorm: number
    /** what the accumulator starts from */
    initial: number
    /** ε, inside the root */
    epsilon: number
  }
  /** Adadelta, Keras’s form: s = ρ·s + (1−ρ)·g²; u = g·√(x + ε)/√(s + ε); x = ρ·x + (1−ρ)·u²; p −= rate·u. */
  adadelta: {
    /** [count] parameters, updated in place */
    parameters: Address
    /** [count] gradients */
    gradients: Address
    /** [count] s, running mean of g² */
    meanSquare: Address
    /** [count] x, running mean of u² */
    meanSquareStep: Address
    /** [4] per-step scalars, see above */
    hyper: Address
    /** [1] global gradient norm, for clipping and the finite check */
    norm?: Address | undefined
    /** [limit] rows to update; absent: every element */
    rows?: Address | undefined
    /** [1] how many of them count */
    rowCount?: Address | undefined
    /** number of elements; with rows limit·width */
    count: number
    /** most rows; 0 without rows */
    limit: number
    /** elements of a row; 0 without rows */
    width: number
    /** multiplier of the learning rate for this stretch */
    rateScale: number
    /** decoupled weight decay */
    weightDecay: number
    /** clip to this global norm; 0 = no clipping */
    maxNorm: number
    /** discount ρ */
    rho: number
    /** ε, inside both roots */
    epsilon: number
  }
  /** Adamax, Keras’s form: m += (g − m)(1−β1); u = max(β2·u, |g|); p −= α·m/(u + ε), α = hyper[1]·rateScale, hyper[1] = lr/(1−β1^t). */
  adamax: {
    /** [count] parameters, updated in place */
    parameters: Address
    /** [count] gradients */
    gradients: Address
    /** [count] m */
    firstMoment: Address
    /** [count] u, discounted largest |g| */
    largest: Address
    /** [4] per-step scalars, see above */
    hyper: Address
    /** [1] global gradient norm, for clipping and the finite check */
    norm?: Address | undefined
    /** [limit] rows to update; absent: every element */
    rows?: Address | undefined
    /** [1] how many of them count */
    rowCount?: Address | undefined
    /** number of elements; with rows limit·width */
    count: number
    /** most rows; 0 without rows */
    limit: number
    /** elements of a row; 0 without rows */
    width: number
    /** multiplier of the learning rate for this stretch */
    rateScale: number
    /** decoupled weight decay */
    weightDecay: number
    /** clip to this global norm; 0 = no clipping */
    maxNorm: number
    /** β1 */
    beta1: number
    /** β2 */
    beta2: number
    /** ε */
    epsilon: number
  }
  /** Adam with Nesterov momentum, Keras’s form: m += (g − m)(1−β1); v += (g² − v)(1−β2); p −= (hyper[1]·m + hyper[2]·g)·rateScale/(√(hyper[3]·v) + ε). With μₜ = β1(1 − 0.96^t/2) and Pₜ = μ₁⋯μₜ: hyper[1] = lr·μₜ₊₁/(1−Pₜ₊₁), hyper[2] = lr·(1−μₜ)/(1−Pₜ), hyper[3] = 1/(1−β2^t). */
  nadam: {
    /** [count] parameters, updated in place */
    parameters: Address
    /** [count] gradients */
    gradients: Address
    /** [count] m */
    firstMoment: Address
    /** [count] v */
    secondMoment: Address
    /** [4] per-step scalars, see above */
    hyper: Address
    /** [1] global gradient norm, for clipping and the finite check */
    norm?: Address | undefined
    /** [limit] rows to update; absent: every element */
    rows?: Address | undefined
    /** [1] how many of them count */
    rowCount?: Address | undefined
    /** number of elements; with rows limit·width */
    count: number
    /** most rows; 0 without rows */
    limit: number
    /** elements of a row; 0 without rows */
    width: number
    /** multiplier of the learning rate for this stretch */
    rateScale: number
    /** decoupled weight decay */
    weightDecay: number
    /** clip to this global norm; 0 = no clipping */
    maxNorm: number
    /** β1 */
    beta1: number
    /** β2 */
    beta2: number
    /** ε, outside the root */
    epsilon: number
  }
  /** Lion, Keras’s form: p −= rate·sign(β1·m + (1−β1)·g), then m = β2·m + (1−β2)·g. */
  lion: {
    /** [count] parameters, updated in place */
    parameters: Address
    /** [count] gradients */
    gradients: Address
    /** [count] m */
    firstMoment: Address
    /** [4] per-step scalars, see above */
    hyper: Address
    /** [1] global gradient norm, for clipping and the finite check */
    norm?: Address | undefined
    /** [limit] rows to update; absent: every element */
    rows?: Address | undefined
    /** [1] how many of them count */
    rowCount?: Address | undefined
    /** number of elements; with rows limit·width */
    count: number
    /** most rows; 0 without rows */
    limit: number
    /** elements of a row; 0 without rows */
    width: number
    /** multiplier of the learning rate for this stretch */
    rateScale: number
    /** decoupled weight decay */
    weightDecay: number
    /** clip to this global norm; 0 = no clipping */
    maxNorm: number
    /** β1 */
    beta1: number
    /** β2 */
    beta2: number
  }
}

export type CommandName = keyof CommandArguments

/** Arguments as a kernel of the reference engine sees them: tensors are views that start at their address. */
export interface KernelArguments {
  fill: {
    y: Float32Array
    count: number
    value: number
  }
  copy: {
    x: Float32Array
    y: Float32Array
    d0: number
    d1: number
    d2: number
    d3: number
    xStride0: number
    xStride1: number
    xStride2: number
    xStride3: number
    yStride0: number
    yStride1: number
    yStride2: number
    yStride3: number
    accumulate: number
  }
  unary: {
    x: Float32Array
    y: Float32Array
    count: number
    operation: number
  }
  binary: {
    a: Float32Array
    b: Float32Array
    y: Float32Array
    d0: number
    d1: number
    d2: number
    d3: number
    aStride0: number
    aStride1: number
    aStride2: number
    aStride3: number
    bStride0: number
    bStride1: number
    bStride2: number
    bStride3: number
    operation: number
  }
  activation: {
    x: Float32Array
    y: Float32Array
    count: number
    kind: number
  }
  activationBackward: {
    y: Float32Array
    dy: Float32Array
    dx: Float32Array
    count: number
    kind: number
  }
  reduce: {
    x: Float32Array
    y: Float32Array
    outer: number
    axis: number
    inner: number
    operation: number
    accumulate: number
  }
  argmax: {
    x: Float32Array
    y: Int32Array
    M: number
    V: number
  }
  oneHot: {
    ids: Int32Array
    y: Float32Array
    M: number
    V: number
  }
  matmul: {
    a: Float32Array
    b: Float32Array
    c: Float32Array
    batch: number
    M: number
    N: number
    K: number
    transposeA: number
    transposeB: number
    aBatchStride: number
    bBatchStride: number
    cBatchStride: number
    accumulate: number
  }
  dense: {
    x: Float32Array
    w: Float32Array
    bias: Float32Array | undefined
    y: Float32Array
    M: number
    N: number
    K: number
    transposeW: number
    activation: number
  }
  embeddingForward: {
    table: Float32Array
    ids: Int32Array
    y: Float32Array
    M: number
    V: number
    E: number
  }
  embeddingBackward: {
    dy: Float32Array
    ids: Int32Array
    dTable: Float32Array
    M: number
    V: number
    E: number
    accumulate: number
  }
  dequantize: {
    w: Uint32Array
    scale: Float32Array | undefined
    y: Float32Array
    N: number
    K: number
    format: number
    transpose: number
  }
  quantizedDense: {
    x: Float32Array
    w: Uint32Array
    scale: Float32Array | undefined
    bias: Float32Array | undefined
    y: Float32Array
    M: number
    N: number
    K: number
    format: number
    activation: number
  }
  quantizedEmbedding: {
    w: Uint32Array
    scale: Float32Array | undefined
    ids: Int32Array
    y: Float32Array
    M: number
    V: number
    E: number
    format: number
  }
  recurrentStep: {
    x: Float32Array
    kernel: Float32Array
    kernelScale: Float32Array | undefined
    recurrentKernel: Float32Array
    recurrentScale: Float32Array | undefined
    bias: Float32Array | undefined
    h0: Float32Array | undefined
    c0: Float32Array | undefined
    y: Float32Array | undefined
    hT: Float32Array | undefined
    cT: Float32Array | undefined
    N: number
    I: number
    H: number
    cell: number
    wide: number
    activation: number
    recurrentActivation: number
    resetAfter: number
    format: number
  }
  uniqueRows: {
    ids: Int32Array
    rows: Int32Array
    count: Int32Array
    place: Int32Array
    M: number
    V: number
    R: number
  }
  clusterRows: {
    targets: Int32Array
    labels: Int32Array
    rows: Int32Array
    local: Int32Array
    count: Int32Array
    relabelled: Int32Array
    M: number
    low: number
    high: number
    label: number
  }
  rowsDenseForward: {
    x: Float32Array
    rows: Int32Array
    count: Int32Array
    w: Float32Array
    y: Float32Array
    L: number
    M: number
    N: number
    K: number
  }
  rowsDenseBackward: {
    x: Float32Array
    rows: Int32Array
    count: Int32Array
    w: Float32Array
    dy: Float32Array
    dx: Float32Array
    dw: Float32Array
    L: number
    M: number
    N: number
    K: number
  }
  linearCrossEntropyForward: {
    x: Float32Array
    w: Float32Array
    bias: Float32Array | undefined
    targets: Int32Array
    count: Int32Array | undefined
    loss: Float32Array
    lse: Float32Array
    M: number
    V: number
    K: number
    transposeW: number
  }
  linearCrossEntropyBackward: {
    x: Float32Array
    w: Float32Array
    bias: Float32Array | undefined
    targets: Int32Array
    count: Int32Array | undefined
    lse: Float32Array
    dLoss: Float32Array
    dx: Float32Array
    dw: Float32Array
    dBias: Float32Array | undefined
    M: number
    V: number
    K: number
    transposeW: number
  }
  sampleClasses: {
    rng: Uint32Array
    classes: Int32Array
    tries: Int32Array
    stream: number
    S: number
    V: number
  }
  logExpectedCount: {
    ids: Int32Array
    tries: Int32Array
    y: Float32Array
    M: number
    V: number
  }
  sampledCrossEntropyForward: {
    logits: Float32Array
    offsets: Float32Array
    classes: Int32Array
    targets: Int32Array
    trueLogits: Float32Array
    loss: Float32Array
    lse: Float32Array
    M: number
    S: number
  }
  sampledCrossEntropyBackward: {
    logits: Float32Array
    offsets: Float32Array
    classes: Int32Array
    targets: Int32Array
    trueLogits: Float32Array
    lse: Float32Array
    dLoss: Float32Array
    dLogits: Float32Array
    dTrueLogits: Float32Array
    M: number
    S: number
  }
  softmax: {
    x: Float32Array
    y: Float32Array
    M: number
    V: number
    log: number
  }
  softmaxBackward: {
    y: Float32Array
    dy: Float32Array
    dx: Float32Array
    M: number
    V: number
    log: number
  }
  softmaxCrossEntropyForward: {
    logits: Float32Array
    targets: Int32Array
    weights: Float32Array | undefined
    loss: Float32Array
    lse: Float32Array
    M: number
    V: number
    smoothing: number
  }
  softmaxCrossEntropyBackward: {
    logits: Float32Array
    lse: Float32Array
    targets: Int32Array
    weights: Float32Array | undefined
    dLoss: Float32Array
    dLogits: Float32Array
    M: number
    V: number
    smoothing: number
  }
  crfForward: {
    emissions: Float32Array
    transitions: Float32Array
    start: Float32Array
    end: Float32Array
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    targets: Int32Array
    logLikelihood: Float32Array
    saved: Float32Array | undefined
    N: number
    T: number
    L: number
  }
  crfBackward: {
    emissions: Float32Array
    transitions: Float32Array
    start: Float32Array
    end: Float32Array
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    targets: Int32Array
    saved: Float32Array
    dLogLikelihood: Float32Array
    dEmissions: Float32Array
    dTransitions: Float32Array
    dStart: Float32Array
    dEnd: Float32Array
    N: number
    T: number
    L: number
  }
  crfDecode: {
    emissions: Float32Array
    transitions: Float32Array
    start: Float32Array
    end: Float32Array
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    tags: Int32Array
    score: Float32Array
    N: number
    T: number
    L: number
  }
  dropout: {
    x: Float32Array
    y: Float32Array
    rng: Uint32Array
    stream: number
    N: number
    T: number
    F: number
    locked: number
    rate: number
  }
  dropoutMask: {
    y: Float32Array
    rng: Uint32Array
    stream: number
    count: number
    rate: number
  }
  simpleRnnForward: {
    x: Float32Array | undefined
    ids: Int32Array | undefined
    kernel: Float32Array
    recurrentKernel: Float32Array
    bias: Float32Array | undefined
    h0: Float32Array | undefined
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    resets: Float32Array | undefined
    inputDropout: Float32Array | undefined
    recurrentDropout: Float32Array | undefined
    y: Float32Array | undefined
    hT: Float32Array | undefined
    saved: Float32Array | undefined
    N: number
    T: number
    I: number
    H: number
    reverse: number
    activation: number
    zeroOutput: number
    dropoutGates: number
  }
  simpleRnnBackward: {
    x: Float32Array | undefined
    ids: Int32Array | undefined
    kernel: Float32Array
    recurrentKernel: Float32Array
    bias: Float32Array | undefined
    h0: Float32Array | undefined
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    resets: Float32Array | undefined
    inputDropout: Float32Array | undefined
    recurrentDropout: Float32Array | undefined
    saved: Float32Array
    dy: Float32Array | undefined
    dhT: Float32Array | undefined
    dx: Float32Array | undefined
    dKernel: Float32Array | undefined
    dRecurrentKernel: Float32Array | undefined
    dBias: Float32Array | undefined
    dh0: Float32Array | undefined
    N: number
    T: number
    I: number
    H: number
    reverse: number
    activation: number
    zeroOutput: number
    dropoutGates: number
    accumulate: number
  }
  lstmForward: {
    x: Float32Array | undefined
    ids: Int32Array | undefined
    kernel: Float32Array
    recurrentKernel: Float32Array
    bias: Float32Array | undefined
    h0: Float32Array | undefined
    c0: Float32Array | undefined
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    resets: Float32Array | undefined
    inputDropout: Float32Array | undefined
    recurrentDropout: Float32Array | undefined
    y: Float32Array | undefined
    hT: Float32Array | undefined
    cT: Float32Array | undefined
    saved: Float32Array | undefined
    N: number
    T: number
    I: number
    H: number
    reverse: number
    activation: number
    recurrentActivation: number
    zeroOutput: number
    dropoutGates: number
  }
  lstmBackward: {
    x: Float32Array | undefined
    ids: Int32Array | undefined
    kernel: Float32Array
    recurrentKernel: Float32Array
    bias: Float32Array | undefined
    h0: Float32Array | undefined
    c0: Float32Array | undefined
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    resets: Float32Array | undefined
    inputDropout: Float32Array | undefined
    recurrentDropout: Float32Array | undefined
    saved: Float32Array
    dy: Float32Array | undefined
    dhT: Float32Array | undefined
    dcT: Float32Array | undefined
    dx: Float32Array | undefined
    dKernel: Float32Array | undefined
    dRecurrentKernel: Float32Array | undefined
    dBias: Float32Array | undefined
    dh0: Float32Array | undefined
    dc0: Float32Array | undefined
    N: number
    T: number
    I: number
    H: number
    reverse: number
    activation: number
    recurrentActivation: number
    zeroOutput: number
    dropoutGates: number
    accumulate: number
  }
  gruForward: {
    x: Float32Array | undefined
    ids: Int32Array | undefined
    kernel: Float32Array
    recurrentKernel: Float32Array
    bias: Float32Array | undefined
    h0: Float32Array | undefined
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    resets: Float32Array | undefined
    inputDropout: Float32Array | undefined
    recurrentDropout: Float32Array | undefined
    y: Float32Array | undefined
    hT: Float32Array | undefined
    saved: Float32Array | undefined
    N: number
    T: number
    I: number
    H: number
    reverse: number
    activation: number
    recurrentActivation: number
    resetAfter: number
    zeroOutput: number
    dropoutGates: number
  }
  gruBackward: {
    x: Float32Array | undefined
    ids: Int32Array | undefined
    kernel: Float32Array
    recurrentKernel: Float32Array
    bias: Float32Array | undefined
    h0: Float32Array | undefined
    lengths: Int32Array | undefined
    mask: Float32Array | undefined
    resets: Float32Array | undefined
    inputDropout: Float32Array | undefined
    recurrentDropout: Float32Array | undefined
    saved: Float32Array
    dy: Float32Array | undefined
    dhT: Float32Array | undefined
    dx: Float32Array | undefined
    dKernel: Float32Array | undefined
    dRecurrentKernel: Float32Array | undefined
    dBias: Float32Array | undefined
    dh0: Float32Array | undefined
    N: number
    T: number
    I: number
    H: number
    reverse: number
    activation: number
    recurrentActivation: number
    resetAfter: number
    zeroOutput: number
    dropoutGates: number
    accumulate: number
  }
  globalNorm: {
    x: Float32Array
    norm: Float32Array
    count: number
    accumulate: number
  }
  clipByValue: {
    x: Float32Array
    count: number
    limit: number
  }
  sgd: {
    parameters: Float32Array
    gradients: Float32Array
    velocity: Float32Array | undefined
    hyper: Float32Array
    norm: Float32Array | undefined
    rows: Int32Array | undefined
    rowCount: Int32Array | undefined
    count: number
    limit: number
    width: number
    rateScale: number
    weightDecay: number
    maxNorm: number
    momentum: number
    nesterov: number
  }
  rmsprop: {
    parameters: Float32Array
    gradients: Float32Array
    meanSquare: Float32Array
    meanGradient: Float32Array | undefined
    velocity: Float32Array | undefined
    hyper: Float32Array
    norm: Float32Array | undefined
    rows: Int32Array | undefined
    rowCount: Int32Array | undefined
    count: number
    limit: number
    width: number
    rateScale: number
    weightDecay: number
    maxNorm: number
    rho: number
    momentum: number
    epsilon: number
  }
  adam: {
    parameters: Float32Array
    gradients: Float32Array
    firstMoment: Float32Array
    secondMoment: Float32Array
    maxSecondMoment: Float32Array | undefined
    hyper: Float32Array
    norm: Float32Array | undefined
    rows: Int32Array | undefined
    rowCount: Int32Array | undefined
    count: number
    limit: number
    width: number
    rateScale: number
    weightDecay: number
    maxNorm: number
    fresh1: number
    fresh2: number
    epsilon: number
  }
  adagrad: {
    parameters: Float32Array
    gradients: Float32Array
    accumulator: Float32Array
    hyper: Float32Array
    norm: Float32Array | undefined
    rows: Int32Array | undefined
    rowCount: Int32Array | undefined
    count: number
    limit: number
    width: number
    rateScale: number
    weightDecay: number
    maxNorm: number
    initial: number
    epsilon: number
  }
  adadelta: {
    parameters: Float32Array
    gradients: Float32Array
    meanSquare: Float32Array
    meanSquareStep: Float32Array
    hyper: Float32Array
    norm: Float32Array | undefined
    rows: Int32Array | undefined
    rowCount: Int32Array | undefined
    count: number
    limit: number
    width: number
    rateScale: number
    weightDecay: number
    maxNorm: number
    rho: number
    epsilon: number
  }
  adamax: {
    parameters: Float32Array
    gradients: Float32Array
    firstMoment: Float32Array
    largest: Float32Array
    hyper: Float32Array
    norm: Float32Array | undefined
    rows: Int32Array | undefined
    rowCount: Int32Array | undefined
    count: number
    limit: number
    width: number
    rateScale: number
    weightDecay: number
    maxNorm: number
    beta1: number
    beta2: number
    epsilon: number
  }
  nadam: {
    parameters: Float32Array
    gradients: Float32Array
    firstMoment: Float32Array
    secondMoment: Float32Array
    hyper: Float32Array
    norm: Float32Array | undefined
    rows: Int32Array | undefined
    rowCount: Int32Array | undefined
    count: number
    limit: number
    width: number
    rateScale: number
    weightDecay: number
    maxNorm: number
    beta1: number
    beta2: number
    epsilon: number
  }
  lion: {
    parameters: Float32Array
    gradients: Float32Array
    firstMoment: Float32Array
    hyper: Float32Array
    norm: Float32Array | undefined
    rows: Int32Array | undefined
    rowCount: Int32Array | undefined
    count: number
    limit: number
    width: number
    rateScale: number
    weightDecay: number
    maxNorm: number
    beta1: number
    beta2: number
  }
}

export interface ArgumentSpec {
  readonly name: string
  readonly kind: 'tensor' | 'int' | 'float'
  readonly dtype?: 'f32' | 'i32' | 'u32'
  readonly access?: 'in' | 'out' | 'inout'
  readonly optional?: boolean
  readonly shape?: string
}

export interface CommandSpec {
  readonly name: CommandName
  readonly opcode: number
  readonly family: string
  readonly args: readonly ArgumentSpec[]
  /** Floating-point operations of one run. */
  readonly flops: (a: Readonly<Record<string, number>>) => number
}

/** Every command in opcode order. */
export const commandSpecs: readonly CommandSpec[] = [
  {
    name: 'fill',
    opcode: 0,
    family: 'elementwise',
    args: [
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[count]"},
      {"name":"count","kind":"int"},
      {"name":"value","kind":"float"},
    ],
    flops: () => 0,
  },
  {
    name: 'copy',
    opcode: 1,
    family: 'elementwise',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[…]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"inout","shape":"[…]"},
      {"name":"d0","kind":"int"},
      {"name":"d1","kind":"int"},
      {"name":"d2","kind":"int"},
      {"name":"d3","kind":"int"},
      {"name":"xStride0","kind":"int"},
      {"name":"xStride1","kind":"int"},
      {"name":"xStride2","kind":"int"},
      {"name":"xStride3","kind":"int"},
      {"name":"yStride0","kind":"int"},
      {"name":"yStride1","kind":"int"},
      {"name":"yStride2","kind":"int"},
      {"name":"yStride3","kind":"int"},
      {"name":"accumulate","kind":"int"},
    ],
    flops: () => 0,
  },
  {
    name: 'unary',
    opcode: 2,
    family: 'elementwise',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[count]"},
      {"name":"count","kind":"int"},
      {"name":"operation","kind":"int"},
    ],
    flops: (a) => a.count!,
  },
  {
    name: 'binary',
    opcode: 3,
    family: 'elementwise',
    args: [
      {"name":"a","kind":"tensor","dtype":"f32","access":"in","shape":"[…]"},
      {"name":"b","kind":"tensor","dtype":"f32","access":"in","shape":"[…]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[d0,d1,d2,d3]"},
      {"name":"d0","kind":"int"},
      {"name":"d1","kind":"int"},
      {"name":"d2","kind":"int"},
      {"name":"d3","kind":"int"},
      {"name":"aStride0","kind":"int"},
      {"name":"aStride1","kind":"int"},
      {"name":"aStride2","kind":"int"},
      {"name":"aStride3","kind":"int"},
      {"name":"bStride0","kind":"int"},
      {"name":"bStride1","kind":"int"},
      {"name":"bStride2","kind":"int"},
      {"name":"bStride3","kind":"int"},
      {"name":"operation","kind":"int"},
    ],
    flops: (a) => a.d0!*a.d1!*a.d2!*a.d3!,
  },
  {
    name: 'activation',
    opcode: 4,
    family: 'elementwise',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[count]"},
      {"name":"count","kind":"int"},
      {"name":"kind","kind":"int"},
    ],
    flops: (a) => 10*a.count!,
  },
  {
    name: 'activationBackward',
    opcode: 5,
    family: 'elementwise',
    args: [
      {"name":"y","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"dy","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"dx","kind":"tensor","dtype":"f32","access":"out","shape":"[count]"},
      {"name":"count","kind":"int"},
      {"name":"kind","kind":"int"},
    ],
    flops: (a) => 3*a.count!,
  },
  {
    name: 'reduce',
    opcode: 6,
    family: 'elementwise',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[outer,axis,inner]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"inout","shape":"[outer,inner]"},
      {"name":"outer","kind":"int"},
      {"name":"axis","kind":"int"},
      {"name":"inner","kind":"int"},
      {"name":"operation","kind":"int"},
      {"name":"accumulate","kind":"int"},
    ],
    flops: (a) => a.outer!*a.axis!*a.inner!,
  },
  {
    name: 'argmax',
    opcode: 7,
    family: 'elementwise',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[M,V]"},
      {"name":"y","kind":"tensor","dtype":"i32","access":"out","shape":"[M]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
    ],
    flops: (a) => a.M!*a.V!,
  },
  {
    name: 'oneHot',
    opcode: 8,
    family: 'elementwise',
    args: [
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[M,V]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
    ],
    flops: () => 0,
  },
  {
    name: 'matmul',
    opcode: 9,
    family: 'gemm',
    args: [
      {"name":"a","kind":"tensor","dtype":"f32","access":"in","shape":"[batch,M,K]"},
      {"name":"b","kind":"tensor","dtype":"f32","access":"in","shape":"[batch,K,N]"},
      {"name":"c","kind":"tensor","dtype":"f32","access":"inout","shape":"[batch,M,N]"},
      {"name":"batch","kind":"int"},
      {"name":"M","kind":"int"},
      {"name":"N","kind":"int"},
      {"name":"K","kind":"int"},
      {"name":"transposeA","kind":"int"},
      {"name":"transposeB","kind":"int"},
      {"name":"aBatchStride","kind":"int"},
      {"name":"bBatchStride","kind":"int"},
      {"name":"cBatchStride","kind":"int"},
      {"name":"accumulate","kind":"int"},
    ],
    flops: (a) => 2*a.batch!*a.M!*a.N!*a.K!,
  },
  {
    name: 'dense',
    opcode: 10,
    family: 'gemm',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[M,K]"},
      {"name":"w","kind":"tensor","dtype":"f32","access":"in","shape":"[K,N]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[N]","optional":true},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[M,N]"},
      {"name":"M","kind":"int"},
      {"name":"N","kind":"int"},
      {"name":"K","kind":"int"},
      {"name":"transposeW","kind":"int"},
      {"name":"activation","kind":"int"},
    ],
    flops: (a) => 2*a.M!*a.N!*a.K!,
  },
  {
    name: 'embeddingForward',
    opcode: 11,
    family: 'embedding',
    args: [
      {"name":"table","kind":"tensor","dtype":"f32","access":"in","shape":"[V,E]"},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[M,E]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"E","kind":"int"},
    ],
    flops: () => 0,
  },
  {
    name: 'embeddingBackward',
    opcode: 12,
    family: 'embedding',
    args: [
      {"name":"dy","kind":"tensor","dtype":"f32","access":"in","shape":"[M,E]"},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"dTable","kind":"tensor","dtype":"f32","access":"inout","shape":"[V,E]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"E","kind":"int"},
      {"name":"accumulate","kind":"int"},
    ],
    flops: (a) => a.M!*a.E!,
  },
  {
    name: 'dequantize',
    opcode: 13,
    family: 'quantized',
    args: [
      {"name":"w","kind":"tensor","dtype":"u32","access":"in","shape":"[packed]"},
      {"name":"scale","kind":"tensor","dtype":"f32","access":"in","shape":"[N]","optional":true},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[N,K]"},
      {"name":"N","kind":"int"},
      {"name":"K","kind":"int"},
      {"name":"format","kind":"int"},
      {"name":"transpose","kind":"int"},
    ],
    flops: () => 0,
  },
  {
    name: 'quantizedDense',
    opcode: 14,
    family: 'quantized',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[M,K]"},
      {"name":"w","kind":"tensor","dtype":"u32","access":"in","shape":"[packed]"},
      {"name":"scale","kind":"tensor","dtype":"f32","access":"in","shape":"[N]","optional":true},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[N]","optional":true},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[M,N]"},
      {"name":"M","kind":"int"},
      {"name":"N","kind":"int"},
      {"name":"K","kind":"int"},
      {"name":"format","kind":"int"},
      {"name":"activation","kind":"int"},
    ],
    flops: (a) => 2*a.M!*a.N!*a.K!,
  },
  {
    name: 'quantizedEmbedding',
    opcode: 15,
    family: 'quantized',
    args: [
      {"name":"w","kind":"tensor","dtype":"u32","access":"in","shape":"[packed]"},
      {"name":"scale","kind":"tensor","dtype":"f32","access":"in","shape":"[V]","optional":true},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[M,E]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"E","kind":"int"},
      {"name":"format","kind":"int"},
    ],
    flops: () => 0,
  },
  {
    name: 'recurrentStep',
    opcode: 16,
    family: 'quantized',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[N,I]"},
      {"name":"kernel","kind":"tensor","dtype":"f32","access":"in","shape":"[kernelWords]"},
      {"name":"kernelScale","kind":"tensor","dtype":"f32","access":"in","shape":"[wide]","optional":true},
      {"name":"recurrentKernel","kind":"tensor","dtype":"f32","access":"in","shape":"[recurrentWords]"},
      {"name":"recurrentScale","kind":"tensor","dtype":"f32","access":"in","shape":"[wide]","optional":true},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[biases]","optional":true},
      {"name":"h0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"c0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"hT","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"cT","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"N","kind":"int"},
      {"name":"I","kind":"int"},
      {"name":"H","kind":"int"},
      {"name":"cell","kind":"int"},
      {"name":"wide","kind":"int"},
      {"name":"activation","kind":"int"},
      {"name":"recurrentActivation","kind":"int"},
      {"name":"resetAfter","kind":"int"},
      {"name":"format","kind":"int"},
    ],
    flops: (a) => 2*a.N!*a.wide!*(a.I!+a.H!),
  },
  {
    name: 'uniqueRows',
    opcode: 17,
    family: 'rows',
    args: [
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"out","shape":"[R]"},
      {"name":"count","kind":"tensor","dtype":"i32","access":"out","shape":"[1]"},
      {"name":"place","kind":"tensor","dtype":"i32","access":"out","shape":"[M]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"R","kind":"int"},
    ],
    flops: () => 0,
  },
  {
    name: 'clusterRows',
    opcode: 18,
    family: 'rows',
    args: [
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"labels","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"out","shape":"[M]"},
      {"name":"local","kind":"tensor","dtype":"i32","access":"out","shape":"[M]"},
      {"name":"count","kind":"tensor","dtype":"i32","access":"out","shape":"[1]"},
      {"name":"relabelled","kind":"tensor","dtype":"i32","access":"out","shape":"[M]"},
      {"name":"M","kind":"int"},
      {"name":"low","kind":"int"},
      {"name":"high","kind":"int"},
      {"name":"label","kind":"int"},
    ],
    flops: () => 0,
  },
  {
    name: 'rowsDenseForward',
    opcode: 19,
    family: 'rows',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[L,K]"},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"count","kind":"tensor","dtype":"i32","access":"in","shape":"[1]"},
      {"name":"w","kind":"tensor","dtype":"f32","access":"in","shape":"[K,N]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[M,N]"},
      {"name":"L","kind":"int"},
      {"name":"M","kind":"int"},
      {"name":"N","kind":"int"},
      {"name":"K","kind":"int"},
    ],
    flops: (a) => 2*a.M!*a.N!*a.K!,
  },
  {
    name: 'rowsDenseBackward',
    opcode: 20,
    family: 'rows',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[L,K]"},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"count","kind":"tensor","dtype":"i32","access":"in","shape":"[1]"},
      {"name":"w","kind":"tensor","dtype":"f32","access":"in","shape":"[K,N]"},
      {"name":"dy","kind":"tensor","dtype":"f32","access":"in","shape":"[M,N]"},
      {"name":"dx","kind":"tensor","dtype":"f32","access":"out","shape":"[L,K]"},
      {"name":"dw","kind":"tensor","dtype":"f32","access":"out","shape":"[K,N]"},
      {"name":"L","kind":"int"},
      {"name":"M","kind":"int"},
      {"name":"N","kind":"int"},
      {"name":"K","kind":"int"},
    ],
    flops: (a) => 4*a.M!*a.N!*a.K!,
  },
  {
    name: 'linearCrossEntropyForward',
    opcode: 21,
    family: 'vocabulary',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[M,K]"},
      {"name":"w","kind":"tensor","dtype":"f32","access":"in","shape":"[K,V]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[V]","optional":true},
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"count","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"loss","kind":"tensor","dtype":"f32","access":"out","shape":"[M]"},
      {"name":"lse","kind":"tensor","dtype":"f32","access":"out","shape":"[M]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"K","kind":"int"},
      {"name":"transposeW","kind":"int"},
    ],
    flops: (a) => 2*a.M!*a.V!*a.K!+10*a.M!*a.V!,
  },
  {
    name: 'linearCrossEntropyBackward',
    opcode: 22,
    family: 'vocabulary',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[M,K]"},
      {"name":"w","kind":"tensor","dtype":"f32","access":"in","shape":"[K,V]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[V]","optional":true},
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"count","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"lse","kind":"tensor","dtype":"f32","access":"in","shape":"[M]"},
      {"name":"dLoss","kind":"tensor","dtype":"f32","access":"in","shape":"[M]"},
      {"name":"dx","kind":"tensor","dtype":"f32","access":"out","shape":"[M,K]"},
      {"name":"dw","kind":"tensor","dtype":"f32","access":"out","shape":"[K,V]"},
      {"name":"dBias","kind":"tensor","dtype":"f32","access":"out","shape":"[V]","optional":true},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"K","kind":"int"},
      {"name":"transposeW","kind":"int"},
    ],
    flops: (a) => 6*a.M!*a.V!*a.K!+8*a.M!*a.V!,
  },
  {
    name: 'sampleClasses',
    opcode: 23,
    family: 'vocabulary',
    args: [
      {"name":"rng","kind":"tensor","dtype":"u32","access":"in","shape":"[4]"},
      {"name":"classes","kind":"tensor","dtype":"i32","access":"out","shape":"[S]"},
      {"name":"tries","kind":"tensor","dtype":"i32","access":"out","shape":"[1]"},
      {"name":"stream","kind":"int"},
      {"name":"S","kind":"int"},
      {"name":"V","kind":"int"},
    ],
    flops: (a) => 100*a.S!,
  },
  {
    name: 'logExpectedCount',
    opcode: 24,
    family: 'vocabulary',
    args: [
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"tries","kind":"tensor","dtype":"i32","access":"in","shape":"[1]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[M]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
    ],
    flops: (a) => 50*a.M!,
  },
  {
    name: 'sampledCrossEntropyForward',
    opcode: 25,
    family: 'vocabulary',
    args: [
      {"name":"logits","kind":"tensor","dtype":"f32","access":"in","shape":"[M,S]"},
      {"name":"offsets","kind":"tensor","dtype":"f32","access":"in","shape":"[S]"},
      {"name":"classes","kind":"tensor","dtype":"i32","access":"in","shape":"[S]"},
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"trueLogits","kind":"tensor","dtype":"f32","access":"in","shape":"[M]"},
      {"name":"loss","kind":"tensor","dtype":"f32","access":"out","shape":"[M]"},
      {"name":"lse","kind":"tensor","dtype":"f32","access":"out","shape":"[M]"},
      {"name":"M","kind":"int"},
      {"name":"S","kind":"int"},
    ],
    flops: (a) => 10*a.M!*a.S!,
  },
  {
    name: 'sampledCrossEntropyBackward',
    opcode: 26,
    family: 'vocabulary',
    args: [
      {"name":"logits","kind":"tensor","dtype":"f32","access":"in","shape":"[M,S]"},
      {"name":"offsets","kind":"tensor","dtype":"f32","access":"in","shape":"[S]"},
      {"name":"classes","kind":"tensor","dtype":"i32","access":"in","shape":"[S]"},
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"trueLogits","kind":"tensor","dtype":"f32","access":"in","shape":"[M]"},
      {"name":"lse","kind":"tensor","dtype":"f32","access":"in","shape":"[M]"},
      {"name":"dLoss","kind":"tensor","dtype":"f32","access":"in","shape":"[M]"},
      {"name":"dLogits","kind":"tensor","dtype":"f32","access":"out","shape":"[M,S]"},
      {"name":"dTrueLogits","kind":"tensor","dtype":"f32","access":"out","shape":"[M]"},
      {"name":"M","kind":"int"},
      {"name":"S","kind":"int"},
    ],
    flops: (a) => 10*a.M!*a.S!,
  },
  {
    name: 'softmax',
    opcode: 27,
    family: 'softmax',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[M,V]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[M,V]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"log","kind":"int"},
    ],
    flops: (a) => 12*a.M!*a.V!,
  },
  {
    name: 'softmaxBackward',
    opcode: 28,
    family: 'softmax',
    args: [
      {"name":"y","kind":"tensor","dtype":"f32","access":"in","shape":"[M,V]"},
      {"name":"dy","kind":"tensor","dtype":"f32","access":"in","shape":"[M,V]"},
      {"name":"dx","kind":"tensor","dtype":"f32","access":"out","shape":"[M,V]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"log","kind":"int"},
    ],
    flops: (a) => 6*a.M!*a.V!,
  },
  {
    name: 'softmaxCrossEntropyForward',
    opcode: 29,
    family: 'softmax',
    args: [
      {"name":"logits","kind":"tensor","dtype":"f32","access":"in","shape":"[M,V]"},
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"weights","kind":"tensor","dtype":"f32","access":"in","shape":"[M]","optional":true},
      {"name":"loss","kind":"tensor","dtype":"f32","access":"out","shape":"[M]"},
      {"name":"lse","kind":"tensor","dtype":"f32","access":"out","shape":"[M]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"smoothing","kind":"float"},
    ],
    flops: (a) => 10*a.M!*a.V!,
  },
  {
    name: 'softmaxCrossEntropyBackward',
    opcode: 30,
    family: 'softmax',
    args: [
      {"name":"logits","kind":"tensor","dtype":"f32","access":"in","shape":"[M,V]"},
      {"name":"lse","kind":"tensor","dtype":"f32","access":"in","shape":"[M]"},
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[M]"},
      {"name":"weights","kind":"tensor","dtype":"f32","access":"in","shape":"[M]","optional":true},
      {"name":"dLoss","kind":"tensor","dtype":"f32","access":"in","shape":"[M]"},
      {"name":"dLogits","kind":"tensor","dtype":"f32","access":"out","shape":"[M,V]"},
      {"name":"M","kind":"int"},
      {"name":"V","kind":"int"},
      {"name":"smoothing","kind":"float"},
    ],
    flops: (a) => 8*a.M!*a.V!,
  },
  {
    name: 'crfForward',
    opcode: 31,
    family: 'crf',
    args: [
      {"name":"emissions","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,L]"},
      {"name":"transitions","kind":"tensor","dtype":"f32","access":"in","shape":"[L,L]"},
      {"name":"start","kind":"tensor","dtype":"f32","access":"in","shape":"[L]"},
      {"name":"end","kind":"tensor","dtype":"f32","access":"in","shape":"[L]"},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[N,T]"},
      {"name":"logLikelihood","kind":"tensor","dtype":"f32","access":"out","shape":"[N]"},
      {"name":"saved","kind":"tensor","dtype":"f32","access":"out","shape":"[saved]","optional":true},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"L","kind":"int"},
    ],
    flops: (a) => 12*a.N!*a.T!*a.L!*a.L!,
  },
  {
    name: 'crfBackward',
    opcode: 32,
    family: 'crf',
    args: [
      {"name":"emissions","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,L]"},
      {"name":"transitions","kind":"tensor","dtype":"f32","access":"in","shape":"[L,L]"},
      {"name":"start","kind":"tensor","dtype":"f32","access":"in","shape":"[L]"},
      {"name":"end","kind":"tensor","dtype":"f32","access":"in","shape":"[L]"},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"targets","kind":"tensor","dtype":"i32","access":"in","shape":"[N,T]"},
      {"name":"saved","kind":"tensor","dtype":"f32","access":"in","shape":"[saved]"},
      {"name":"dLogLikelihood","kind":"tensor","dtype":"f32","access":"in","shape":"[N]"},
      {"name":"dEmissions","kind":"tensor","dtype":"f32","access":"out","shape":"[N,T,L]"},
      {"name":"dTransitions","kind":"tensor","dtype":"f32","access":"out","shape":"[L,L]"},
      {"name":"dStart","kind":"tensor","dtype":"f32","access":"out","shape":"[L]"},
      {"name":"dEnd","kind":"tensor","dtype":"f32","access":"out","shape":"[L]"},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"L","kind":"int"},
    ],
    flops: (a) => 12*a.N!*a.T!*a.L!*a.L!,
  },
  {
    name: 'crfDecode',
    opcode: 33,
    family: 'crf',
    args: [
      {"name":"emissions","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,L]"},
      {"name":"transitions","kind":"tensor","dtype":"f32","access":"in","shape":"[L,L]"},
      {"name":"start","kind":"tensor","dtype":"f32","access":"in","shape":"[L]"},
      {"name":"end","kind":"tensor","dtype":"f32","access":"in","shape":"[L]"},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"tags","kind":"tensor","dtype":"i32","access":"out","shape":"[N,T]"},
      {"name":"score","kind":"tensor","dtype":"f32","access":"out","shape":"[N]"},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"L","kind":"int"},
    ],
    flops: (a) => 2*a.N!*a.T!*a.L!*a.L!,
  },
  {
    name: 'dropout',
    opcode: 34,
    family: 'random',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,F]"},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[N,T,F]"},
      {"name":"rng","kind":"tensor","dtype":"u32","access":"in","shape":"[4]"},
      {"name":"stream","kind":"int"},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"F","kind":"int"},
      {"name":"locked","kind":"int"},
      {"name":"rate","kind":"float"},
    ],
    flops: (a) => 2*a.N!*a.T!*a.F!,
  },
  {
    name: 'dropoutMask',
    opcode: 35,
    family: 'random',
    args: [
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[count]"},
      {"name":"rng","kind":"tensor","dtype":"u32","access":"in","shape":"[4]"},
      {"name":"stream","kind":"int"},
      {"name":"count","kind":"int"},
      {"name":"rate","kind":"float"},
    ],
    flops: (a) => 2*a.count!,
  },
  {
    name: 'simpleRnnForward',
    opcode: 36,
    family: 'recurrent',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,I]","optional":true},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[N,T]","optional":true},
      {"name":"kernel","kind":"tensor","dtype":"f32","access":"in","shape":"[I,1H]"},
      {"name":"recurrentKernel","kind":"tensor","dtype":"f32","access":"in","shape":"[H,1H]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[1H]","optional":true},
      {"name":"h0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"resets","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"inputDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,I]","optional":true},
      {"name":"recurrentDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,H]","optional":true},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[N,T,H]","optional":true},
      {"name":"hT","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"saved","kind":"tensor","dtype":"f32","access":"out","shape":"[saved]","optional":true},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"I","kind":"int"},
      {"name":"H","kind":"int"},
      {"name":"reverse","kind":"int"},
      {"name":"activation","kind":"int"},
      {"name":"zeroOutput","kind":"int"},
      {"name":"dropoutGates","kind":"int"},
    ],
    flops: (a) => 2*a.N!*a.T!*1*a.H!*(a.I!+a.H!),
  },
  {
    name: 'simpleRnnBackward',
    opcode: 37,
    family: 'recurrent',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,I]","optional":true},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[N,T]","optional":true},
      {"name":"kernel","kind":"tensor","dtype":"f32","access":"in","shape":"[I,1H]"},
      {"name":"recurrentKernel","kind":"tensor","dtype":"f32","access":"in","shape":"[H,1H]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[1H]","optional":true},
      {"name":"h0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"resets","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"inputDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,I]","optional":true},
      {"name":"recurrentDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,H]","optional":true},
      {"name":"saved","kind":"tensor","dtype":"f32","access":"inout","shape":"[saved]"},
      {"name":"dy","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,H]","optional":true},
      {"name":"dhT","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"dx","kind":"tensor","dtype":"f32","access":"out","shape":"[N,T,I]","optional":true},
      {"name":"dKernel","kind":"tensor","dtype":"f32","access":"inout","shape":"[I,1H]","optional":true},
      {"name":"dRecurrentKernel","kind":"tensor","dtype":"f32","access":"inout","shape":"[H,1H]","optional":true},
      {"name":"dBias","kind":"tensor","dtype":"f32","access":"inout","shape":"[1H]","optional":true},
      {"name":"dh0","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"I","kind":"int"},
      {"name":"H","kind":"int"},
      {"name":"reverse","kind":"int"},
      {"name":"activation","kind":"int"},
      {"name":"zeroOutput","kind":"int"},
      {"name":"dropoutGates","kind":"int"},
      {"name":"accumulate","kind":"int"},
    ],
    flops: (a) => 2*2*a.N!*a.T!*1*a.H!*(a.I!+a.H!),
  },
  {
    name: 'lstmForward',
    opcode: 38,
    family: 'recurrent',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,I]","optional":true},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[N,T]","optional":true},
      {"name":"kernel","kind":"tensor","dtype":"f32","access":"in","shape":"[I,4H]"},
      {"name":"recurrentKernel","kind":"tensor","dtype":"f32","access":"in","shape":"[H,4H]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[4H]","optional":true},
      {"name":"h0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"c0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"resets","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"inputDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,I]","optional":true},
      {"name":"recurrentDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,H]","optional":true},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[N,T,H]","optional":true},
      {"name":"hT","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"cT","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"saved","kind":"tensor","dtype":"f32","access":"out","shape":"[saved]","optional":true},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"I","kind":"int"},
      {"name":"H","kind":"int"},
      {"name":"reverse","kind":"int"},
      {"name":"activation","kind":"int"},
      {"name":"recurrentActivation","kind":"int"},
      {"name":"zeroOutput","kind":"int"},
      {"name":"dropoutGates","kind":"int"},
    ],
    flops: (a) => 2*a.N!*a.T!*4*a.H!*(a.I!+a.H!),
  },
  {
    name: 'lstmBackward',
    opcode: 39,
    family: 'recurrent',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,I]","optional":true},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[N,T]","optional":true},
      {"name":"kernel","kind":"tensor","dtype":"f32","access":"in","shape":"[I,4H]"},
      {"name":"recurrentKernel","kind":"tensor","dtype":"f32","access":"in","shape":"[H,4H]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[4H]","optional":true},
      {"name":"h0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"c0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"resets","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"inputDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,I]","optional":true},
      {"name":"recurrentDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,H]","optional":true},
      {"name":"saved","kind":"tensor","dtype":"f32","access":"inout","shape":"[saved]"},
      {"name":"dy","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,H]","optional":true},
      {"name":"dhT","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"dcT","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"dx","kind":"tensor","dtype":"f32","access":"out","shape":"[N,T,I]","optional":true},
      {"name":"dKernel","kind":"tensor","dtype":"f32","access":"inout","shape":"[I,4H]","optional":true},
      {"name":"dRecurrentKernel","kind":"tensor","dtype":"f32","access":"inout","shape":"[H,4H]","optional":true},
      {"name":"dBias","kind":"tensor","dtype":"f32","access":"inout","shape":"[4H]","optional":true},
      {"name":"dh0","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"dc0","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"I","kind":"int"},
      {"name":"H","kind":"int"},
      {"name":"reverse","kind":"int"},
      {"name":"activation","kind":"int"},
      {"name":"recurrentActivation","kind":"int"},
      {"name":"zeroOutput","kind":"int"},
      {"name":"dropoutGates","kind":"int"},
      {"name":"accumulate","kind":"int"},
    ],
    flops: (a) => 2*2*a.N!*a.T!*4*a.H!*(a.I!+a.H!),
  },
  {
    name: 'gruForward',
    opcode: 40,
    family: 'recurrent',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,I]","optional":true},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[N,T]","optional":true},
      {"name":"kernel","kind":"tensor","dtype":"f32","access":"in","shape":"[I,3H]"},
      {"name":"recurrentKernel","kind":"tensor","dtype":"f32","access":"in","shape":"[H,3H]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[resetAfter ? 6H : 3H]","optional":true},
      {"name":"h0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"resets","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"inputDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,I]","optional":true},
      {"name":"recurrentDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,H]","optional":true},
      {"name":"y","kind":"tensor","dtype":"f32","access":"out","shape":"[N,T,H]","optional":true},
      {"name":"hT","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"saved","kind":"tensor","dtype":"f32","access":"out","shape":"[saved]","optional":true},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"I","kind":"int"},
      {"name":"H","kind":"int"},
      {"name":"reverse","kind":"int"},
      {"name":"activation","kind":"int"},
      {"name":"recurrentActivation","kind":"int"},
      {"name":"resetAfter","kind":"int"},
      {"name":"zeroOutput","kind":"int"},
      {"name":"dropoutGates","kind":"int"},
    ],
    flops: (a) => 2*a.N!*a.T!*3*a.H!*(a.I!+a.H!),
  },
  {
    name: 'gruBackward',
    opcode: 41,
    family: 'recurrent',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,I]","optional":true},
      {"name":"ids","kind":"tensor","dtype":"i32","access":"in","shape":"[N,T]","optional":true},
      {"name":"kernel","kind":"tensor","dtype":"f32","access":"in","shape":"[I,3H]"},
      {"name":"recurrentKernel","kind":"tensor","dtype":"f32","access":"in","shape":"[H,3H]"},
      {"name":"bias","kind":"tensor","dtype":"f32","access":"in","shape":"[resetAfter ? 6H : 3H]","optional":true},
      {"name":"h0","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"lengths","kind":"tensor","dtype":"i32","access":"in","shape":"[N]","optional":true},
      {"name":"mask","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"resets","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T]","optional":true},
      {"name":"inputDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,I]","optional":true},
      {"name":"recurrentDropout","kind":"tensor","dtype":"f32","access":"in","shape":"[dropoutGates,N,H]","optional":true},
      {"name":"saved","kind":"tensor","dtype":"f32","access":"inout","shape":"[saved]"},
      {"name":"dy","kind":"tensor","dtype":"f32","access":"in","shape":"[N,T,H]","optional":true},
      {"name":"dhT","kind":"tensor","dtype":"f32","access":"in","shape":"[N,H]","optional":true},
      {"name":"dx","kind":"tensor","dtype":"f32","access":"out","shape":"[N,T,I]","optional":true},
      {"name":"dKernel","kind":"tensor","dtype":"f32","access":"inout","shape":"[I,3H]","optional":true},
      {"name":"dRecurrentKernel","kind":"tensor","dtype":"f32","access":"inout","shape":"[H,3H]","optional":true},
      {"name":"dBias","kind":"tensor","dtype":"f32","access":"inout","shape":"[resetAfter ? 6H : 3H]","optional":true},
      {"name":"dh0","kind":"tensor","dtype":"f32","access":"out","shape":"[N,H]","optional":true},
      {"name":"N","kind":"int"},
      {"name":"T","kind":"int"},
      {"name":"I","kind":"int"},
      {"name":"H","kind":"int"},
      {"name":"reverse","kind":"int"},
      {"name":"activation","kind":"int"},
      {"name":"recurrentActivation","kind":"int"},
      {"name":"resetAfter","kind":"int"},
      {"name":"zeroOutput","kind":"int"},
      {"name":"dropoutGates","kind":"int"},
      {"name":"accumulate","kind":"int"},
    ],
    flops: (a) => 2*2*a.N!*a.T!*3*a.H!*(a.I!+a.H!),
  },
  {
    name: 'globalNorm',
    opcode: 42,
    family: 'optimizer',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"inout","shape":"[1]"},
      {"name":"count","kind":"int"},
      {"name":"accumulate","kind":"int"},
    ],
    flops: (a) => 2*a.count!,
  },
  {
    name: 'clipByValue',
    opcode: 43,
    family: 'optimizer',
    args: [
      {"name":"x","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"float"},
    ],
    flops: (a) => 2*a.count!,
  },
  {
    name: 'sgd',
    opcode: 44,
    family: 'optimizer',
    args: [
      {"name":"parameters","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"gradients","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"velocity","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]","optional":true},
      {"name":"hyper","kind":"tensor","dtype":"f32","access":"in","shape":"[4]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"in","shape":"[1]","optional":true},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[limit]","optional":true},
      {"name":"rowCount","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"int"},
      {"name":"width","kind":"int"},
      {"name":"rateScale","kind":"float"},
      {"name":"weightDecay","kind":"float"},
      {"name":"maxNorm","kind":"float"},
      {"name":"momentum","kind":"float"},
      {"name":"nesterov","kind":"int"},
    ],
    flops: (a) => 4*a.count!,
  },
  {
    name: 'rmsprop',
    opcode: 45,
    family: 'optimizer',
    args: [
      {"name":"parameters","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"gradients","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"meanSquare","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"meanGradient","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]","optional":true},
      {"name":"velocity","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]","optional":true},
      {"name":"hyper","kind":"tensor","dtype":"f32","access":"in","shape":"[4]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"in","shape":"[1]","optional":true},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[limit]","optional":true},
      {"name":"rowCount","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"int"},
      {"name":"width","kind":"int"},
      {"name":"rateScale","kind":"float"},
      {"name":"weightDecay","kind":"float"},
      {"name":"maxNorm","kind":"float"},
      {"name":"rho","kind":"float"},
      {"name":"momentum","kind":"float"},
      {"name":"epsilon","kind":"float"},
    ],
    flops: (a) => 9*a.count!,
  },
  {
    name: 'adam',
    opcode: 46,
    family: 'optimizer',
    args: [
      {"name":"parameters","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"gradients","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"firstMoment","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"secondMoment","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"maxSecondMoment","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]","optional":true},
      {"name":"hyper","kind":"tensor","dtype":"f32","access":"in","shape":"[4]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"in","shape":"[1]","optional":true},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[limit]","optional":true},
      {"name":"rowCount","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"int"},
      {"name":"width","kind":"int"},
      {"name":"rateScale","kind":"float"},
      {"name":"weightDecay","kind":"float"},
      {"name":"maxNorm","kind":"float"},
      {"name":"fresh1","kind":"float"},
      {"name":"fresh2","kind":"float"},
      {"name":"epsilon","kind":"float"},
    ],
    flops: (a) => 12*a.count!,
  },
  {
    name: 'adagrad',
    opcode: 47,
    family: 'optimizer',
    args: [
      {"name":"parameters","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"gradients","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"accumulator","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"hyper","kind":"tensor","dtype":"f32","access":"in","shape":"[4]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"in","shape":"[1]","optional":true},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[limit]","optional":true},
      {"name":"rowCount","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"int"},
      {"name":"width","kind":"int"},
      {"name":"rateScale","kind":"float"},
      {"name":"weightDecay","kind":"float"},
      {"name":"maxNorm","kind":"float"},
      {"name":"initial","kind":"float"},
      {"name":"epsilon","kind":"float"},
    ],
    flops: (a) => 6*a.count!,
  },
  {
    name: 'adadelta',
    opcode: 48,
    family: 'optimizer',
    args: [
      {"name":"parameters","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"gradients","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"meanSquare","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"meanSquareStep","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"hyper","kind":"tensor","dtype":"f32","access":"in","shape":"[4]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"in","shape":"[1]","optional":true},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[limit]","optional":true},
      {"name":"rowCount","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"int"},
      {"name":"width","kind":"int"},
      {"name":"rateScale","kind":"float"},
      {"name":"weightDecay","kind":"float"},
      {"name":"maxNorm","kind":"float"},
      {"name":"rho","kind":"float"},
      {"name":"epsilon","kind":"float"},
    ],
    flops: (a) => 14*a.count!,
  },
  {
    name: 'adamax',
    opcode: 49,
    family: 'optimizer',
    args: [
      {"name":"parameters","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"gradients","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"firstMoment","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"largest","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"hyper","kind":"tensor","dtype":"f32","access":"in","shape":"[4]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"in","shape":"[1]","optional":true},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[limit]","optional":true},
      {"name":"rowCount","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"int"},
      {"name":"width","kind":"int"},
      {"name":"rateScale","kind":"float"},
      {"name":"weightDecay","kind":"float"},
      {"name":"maxNorm","kind":"float"},
      {"name":"beta1","kind":"float"},
      {"name":"beta2","kind":"float"},
      {"name":"epsilon","kind":"float"},
    ],
    flops: (a) => 9*a.count!,
  },
  {
    name: 'nadam',
    opcode: 50,
    family: 'optimizer',
    args: [
      {"name":"parameters","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"gradients","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"firstMoment","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"secondMoment","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"hyper","kind":"tensor","dtype":"f32","access":"in","shape":"[4]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"in","shape":"[1]","optional":true},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[limit]","optional":true},
      {"name":"rowCount","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"int"},
      {"name":"width","kind":"int"},
      {"name":"rateScale","kind":"float"},
      {"name":"weightDecay","kind":"float"},
      {"name":"maxNorm","kind":"float"},
      {"name":"beta1","kind":"float"},
      {"name":"beta2","kind":"float"},
      {"name":"epsilon","kind":"float"},
    ],
    flops: (a) => 15*a.count!,
  },
  {
    name: 'lion',
    opcode: 51,
    family: 'optimizer',
    args: [
      {"name":"parameters","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"gradients","kind":"tensor","dtype":"f32","access":"in","shape":"[count]"},
      {"name":"firstMoment","kind":"tensor","dtype":"f32","access":"inout","shape":"[count]"},
      {"name":"hyper","kind":"tensor","dtype":"f32","access":"in","shape":"[4]"},
      {"name":"norm","kind":"tensor","dtype":"f32","access":"in","shape":"[1]","optional":true},
      {"name":"rows","kind":"tensor","dtype":"i32","access":"in","shape":"[limit]","optional":true},
      {"name":"rowCount","kind":"tensor","dtype":"i32","access":"in","shape":"[1]","optional":true},
      {"name":"count","kind":"int"},
      {"name":"limit","kind":"int"},
      {"name":"width","kind":"int"},
      {"name":"rateScale","kind":"float"},
      {"name":"weightDecay","kind":"float"},
      {"name":"maxNorm","kind":"float"},
      {"name":"beta1","kind":"float"},
      {"name":"beta2","kind":"float"},
    ],
    flops: (a) => 9*a.count!,
  },
]

/** Elements of the `packed` buffer of dequantize. */
export function dequantizePackedLength(a: { N: number; K: number; format: number }): number {
  return a.format ? (a.N+15-(a.N+15)%16)*(a.K+a.K%2)/(2*a.format) : a.K*a.N
}

/** Elements of the `packed` buffer of quantizedDense. */
export function quantizedDensePackedLength(a: { N: number; K: number; format: number }): number {
  return a.format ? (a.N+15-(a.N+15)%16)*(a.K+a.K%2)/(2*a.format) : a.K*a.N
}

/** Elements of the `packed` buffer of quantizedEmbedding. */
export function quantizedEmbeddingPackedLength(a: { V: number; E: number; format: number }): number {
  return a.format ? (a.V+15-(a.V+15)%16)*(a.E+a.E%2)/(2*a.format) : a.E*a.V
}

/** Elements of the `kernelWords` buffer of recurrentStep. */
export function recurrentStepKernelWordsLength(a: { I: number; wide: number; format: number }): number {
  return a.format ? (a.wide+15-(a.wide+15)%16)*(a.I+a.I%2)/(2*a.format) : a.I*a.wide
}

/** Elements of the `recurrentWords` buffer of recurrentStep. */
export function recurrentStepRecurrentWordsLength(a: { H: number; wide: number; format: number }): number {
  return a.format ? (a.wide+15-(a.wide+15)%16)*(a.H+a.H%2)/(2*a.format) : a.H*a.wide
}

/** Elements of the `biases` buffer of recurrentStep. */
export function recurrentStepBiasesLength(a: { wide: number; resetAfter: number }): number {
  return a.resetAfter ? 2*a.wide : a.wide
}

/** Elements of the `saved` buffer of crfForward. */
export function crfForwardSavedLength(a: { N: number; T: number; L: number }): number {
  return a.N*a.T*(a.L+31-(a.L+31)%16)
}

/** Elements of the `saved` buffer of crfBackward. */
export function crfBackwardSavedLength(a: { N: number; T: number; L: number }): number {
  return a.N*a.T*(a.L+31-(a.L+31)%16)
}

/** Elements of the `saved` buffer of simpleRnnForward. */
export function simpleRnnForwardSavedLength(a: { N: number; T: number; I: number; H: number; dropoutGates: number }): number {
  return 64+a.T*a.N*(a.dropoutGates*a.I+a.dropoutGates*a.H+3*a.H)
}

/** Elements of the `saved` buffer of lstmForward. */
export function lstmForwardSavedLength(a: { N: number; T: number; I: number; H: number; dropoutGates: number }): number {
  return 64+a.T*a.N*(a.dropoutGates*a.I+a.dropoutGates*a.H+7*a.H)
}

/** Elements of the `saved` buffer of gruForward. */
export function gruForwardSavedLength(a: { N: number; T: number; I: number; H: number; dropoutGates: number }): number {
  return 64+a.T*a.N*(a.dropoutGates*a.I+a.dropoutGates*a.H+7*a.H)
}
