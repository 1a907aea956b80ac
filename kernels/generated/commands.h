// Generated from kernels/manifest.mjs by scripts/generate.mjs. Do not edit.
// Every argument takes eight bytes, so that a host can fill a struct from program words knowing only the signature:
// 't' tensor address, 'i' 64-bit integer, 'f' float (low half of its slot).
#pragma once
#include <stddef.h>
#include <stdint.h>

// f(x), with f′ computed from y = f(x). hardSigmoid is Keras 3’s clip(x/6 + 1/2, 0, 1). NaN gives NaN.
enum Activation : int64_t {
  kActivationLinear = 0,
  kActivationTanh = 1,
  kActivationSigmoid = 2,
  kActivationRelu = 3,
  kActivationHardSigmoid = 4,
  kActivationSoftsign = 5,
  kActivationSoftplus = 6,
  kActivationElu = 7,
  kActivationSelu = 8,
  kActivationExponential = 9,
};

// Element-wise y = f(x). sign(0) = 0; step(x) = 1 for x > 0, else 0.
enum Unary : int64_t {
  kUnaryNegate = 0,
  kUnaryAbsolute = 1,
  kUnaryExp = 2,
  kUnaryLog = 3,
  kUnarySqrt = 4,
  kUnarySquare = 5,
  kUnaryReciprocal = 6,
  kUnarySign = 7,
  kUnaryStep = 8,
  kUnaryLog1p = 9,
  kUnaryExpm1 = 10,
  kUnarySin = 11,
  kUnaryCos = 12,
  kUnaryErf = 13,
};

// Element-wise y = f(a, b); comparisons give 1 or 0; power is C’s pow. What maximum and minimum make of NaN is open.
enum Binary : int64_t {
  kBinaryAdd = 0,
  kBinarySubtract = 1,
  kBinaryMultiply = 2,
  kBinaryDivide = 3,
  kBinaryPower = 4,
  kBinaryMaximum = 5,
  kBinaryMinimum = 6,
  kBinaryEqual = 7,
  kBinaryNotEqual = 8,
  kBinaryLess = 9,
  kBinaryLessEqual = 10,
  kBinaryGreater = 11,
  kBinaryGreaterEqual = 12,
};

// How weights lie in memory: plain, or packed as the section on packed weights says.
enum WeightFormat : int64_t {
  kWeightFormatFloat32 = 0,
  kWeightFormatBf16 = 1,
  kWeightFormatInt8 = 2,
};

// A recurrent cell.
enum Cell : int64_t {
  kCellSimpleRnn = 0,
  kCellLstm = 1,
  kCellGru = 2,
};

// Reduction over one axis.
enum Reduce : int64_t {
  kReduceSum = 0,
  kReduceMean = 1,
  kReduceMaximum = 2,
  kReduceMinimum = 3,
};

// y = value.
struct FillArgs {
  alignas(8) float* y;  // [count] output
  alignas(8) int64_t count;  // elements
  alignas(8) float value;  // the value
};
static_assert(sizeof(FillArgs) == 24, "one slot per argument");

// Strided copy over four nested axes: y[Σ iₖ·yStrideₖ] = x[Σ iₖ·xStrideₖ]. Gives transpose, slice, concatenate, reverse (negative strides), broadcast (zero x strides). 32-bit elements of any type; accumulate = 1 adds float32 values instead (y strides must then be non-zero).
struct CopyArgs {
  alignas(8) const float* x;  // […] source, at its first element
  alignas(8) float* y;  // […] destination, at its first element
  alignas(8) int64_t d0;  // length of axis 0
  alignas(8) int64_t d1;  // length of axis 1
  alignas(8) int64_t d2;  // length of axis 2
  alignas(8) int64_t d3;  // length of axis 3
  alignas(8) int64_t xStride0;  // source stride of axis 0, in elements
  alignas(8) int64_t xStride1;  // source stride of axis 1, in elements
  alignas(8) int64_t xStride2;  // source stride of axis 2, in elements
  alignas(8) int64_t xStride3;  // source stride of axis 3, in elements
  alignas(8) int64_t yStride0;  // destination stride of axis 0, in elements
  alignas(8) int64_t yStride1;  // destination stride of axis 1, in elements
  alignas(8) int64_t yStride2;  // destination stride of axis 2, in elements
  alignas(8) int64_t yStride3;  // destination stride of axis 3, in elements
  alignas(8) int64_t accumulate;  // 1 adds
};
static_assert(sizeof(CopyArgs) == 120, "one slot per argument");

// y = f(x) for f of the `Unary` enum. x and y may be the same.
struct UnaryArgs {
  alignas(8) const float* x;  // [count] input
  alignas(8) float* y;  // [count] output
  alignas(8) int64_t count;  // elements
  alignas(8) int64_t operation;  // Unary code
};
static_assert(sizeof(UnaryArgs) == 32, "one slot per argument");

// y = f(a, b) for f of the `Binary` enum over four nested axes with strides for a and b (0 broadcasts); y is dense [d0,d1,d2,d3]. y may be the same buffer as an operand that has y’s dense strides.
struct BinaryArgs {
  alignas(8) const float* a;  // […] first operand
  alignas(8) const float* b;  // […] second operand
  alignas(8) float* y;  // [d0,d1,d2,d3] output
  alignas(8) int64_t d0;  // length of axis 0
  alignas(8) int64_t d1;  // length of axis 1
  alignas(8) int64_t d2;  // length of axis 2
  alignas(8) int64_t d3;  // length of axis 3
  alignas(8) int64_t aStride0;  // stride of a along axis 0
  alignas(8) int64_t aStride1;  // stride of a along axis 1
  alignas(8) int64_t aStride2;  // stride of a along axis 2
  alignas(8) int64_t aStride3;  // stride of a along axis 3
  alignas(8) int64_t bStride0;  // stride of b along axis 0
  alignas(8) int64_t bStride1;  // stride of b along axis 1
  alignas(8) int64_t bStride2;  // stride of b along axis 2
  alignas(8) int64_t bStride3;  // stride of b along axis 3
  alignas(8) int64_t operation;  // Binary code
};
static_assert(sizeof(BinaryArgs) == 128, "one slot per argument");

// y = f(x) for f of the `Activation` enum. x and y may be the same.
struct ActivationArgs {
  alignas(8) const float* x;  // [count] input
  alignas(8) float* y;  // [count] output
  alignas(8) int64_t count;  // elements
  alignas(8) int64_t kind;  // Activation code
};
static_assert(sizeof(ActivationArgs) == 32, "one slot per argument");

// dx = dy ⊙ f′, with f′ written in terms of y = f(x). dx may be dy.
struct ActivationBackwardArgs {
  alignas(8) const float* y;  // [count] output of activation
  alignas(8) const float* dy;  // [count] gradient of y
  alignas(8) float* dx;  // [count] gradient of x
  alignas(8) int64_t count;  // elements
  alignas(8) int64_t kind;  // Activation code
};
static_assert(sizeof(ActivationBackwardArgs) == 40, "one slot per argument");

// y[o,i] = reduction over a of x[o,a,i]; accumulate = 1 adds to y (sum and mean only). The order of additions does not depend on the number of threads.
struct ReduceArgs {
  alignas(8) const float* x;  // [outer,axis,inner] input
  alignas(8) float* y;  // [outer,inner] output
  alignas(8) int64_t outer;  // product of the axes before
  alignas(8) int64_t axis;  // length of the reduced axis
  alignas(8) int64_t inner;  // product of the axes after
  alignas(8) int64_t operation;  // Reduce code
  alignas(8) int64_t accumulate;  // 1 adds to y
};
static_assert(sizeof(ReduceArgs) == 56, "one slot per argument");

// y[m] = index of the first largest x[m,·].
struct ArgmaxArgs {
  alignas(8) const float* x;  // [M,V] input
  alignas(8) int32_t* y;  // [M] indices
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t V;  // columns
};
static_assert(sizeof(ArgmaxArgs) == 32, "one slot per argument");

// y[m,ids[m]] = 1, everything else 0; an id outside 0 … V−1 gives a zero row.
struct OneHotArgs {
  alignas(8) const int32_t* ids;  // [M] indices
  alignas(8) float* y;  // [M,V] output
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t V;  // columns
};
static_assert(sizeof(OneHotArgs) == 32, "one slot per argument");

// c[b] = op(a[b]) · op(b[b]) (+ c[b] when accumulate) for each of `batch` matrices. transposeA: a is stored [K,M]; transposeB: b is stored [N,K]. A batch stride of 0 repeats one matrix.
struct MatmulArgs {
  alignas(8) const float* a;  // [batch,M,K] left factor
  alignas(8) const float* b;  // [batch,K,N] right factor
  alignas(8) float* c;  // [batch,M,N] product
  alignas(8) int64_t batch;  // number of products
  alignas(8) int64_t M;  // rows of c
  alignas(8) int64_t N;  // columns of c
  alignas(8) int64_t K;  // inner length
  alignas(8) int64_t transposeA;  // 1: a is stored [K,M]
  alignas(8) int64_t transposeB;  // 1: b is stored [N,K]
  alignas(8) int64_t aBatchStride;  // elements between matrices of a
  alignas(8) int64_t bBatchStride;  // elements between matrices of b
  alignas(8) int64_t cBatchStride;  // elements between matrices of c
  alignas(8) int64_t accumulate;  // 1 adds to c
};
static_assert(sizeof(MatmulArgs) == 104, "one slot per argument");

// y = f(x · w + bias), f of the `Activation` enum. transposeW: w is stored [N,K] (an embedding table used as output weights).
struct DenseArgs {
  alignas(8) const float* x;  // [M,K] input rows
  alignas(8) const float* w;  // [K,N] weights
  alignas(8) const float* bias;  // [N] bias
  alignas(8) float* y;  // [M,N] output
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t N;  // output features
  alignas(8) int64_t K;  // input features
  alignas(8) int64_t transposeW;  // 1: w is stored [N,K]
  alignas(8) int64_t activation;  // Activation code
};
static_assert(sizeof(DenseArgs) == 72, "one slot per argument");

// y[m] = table[ids[m]]; an id outside 0 … V−1 gives zeros.
struct EmbeddingForwardArgs {
  alignas(8) const float* table;  // [V,E] embedding table
  alignas(8) const int32_t* ids;  // [M] row indices
  alignas(8) float* y;  // [M,E] rows
  alignas(8) int64_t M;  // number of ids
  alignas(8) int64_t V;  // rows of the table
  alignas(8) int64_t E;  // features
};
static_assert(sizeof(EmbeddingForwardArgs) == 48, "one slot per argument");

// dTable[ids[m]] += dy[m], in the order of m; with accumulate = 0 dTable is zeroed first.
struct EmbeddingBackwardArgs {
  alignas(8) const float* dy;  // [M,E] gradient of the rows
  alignas(8) const int32_t* ids;  // [M] row indices
  alignas(8) float* dTable;  // [V,E] gradient of the table
  alignas(8) int64_t M;  // number of ids
  alignas(8) int64_t V;  // rows of the table
  alignas(8) int64_t E;  // features
  alignas(8) int64_t accumulate;  // 1 adds to dTable
};
static_assert(sizeof(EmbeddingBackwardArgs) == 56, "one slot per argument");

// y = the packed matrix w in float32, [K,N]; with transpose [N,K].
struct DequantizeArgs {
  alignas(8) const uint32_t* w;  // [packed] packed weights
  alignas(8) const float* scale;  // [N] scale of each column; int8 alone has it
  alignas(8) float* y;  // [N,K] the matrix
  alignas(8) int64_t N;  // columns
  alignas(8) int64_t K;  // rows
  alignas(8) int64_t format;  // WeightFormat code
  alignas(8) int64_t transpose;  // 1 writes column after column
};
static_assert(sizeof(DequantizeArgs) == 56, "one slot per argument");
static inline int64_t dequantizePackedLength(const DequantizeArgs& a) { return a.format ? (a.N+15-(a.N+15)%16)*(a.K+a.K%2)/(2*a.format) : a.K*a.N; }

// y = f(x · w + bias) with packed weights w, f of the `Activation` enum.
struct QuantizedDenseArgs {
  alignas(8) const float* x;  // [M,K] input rows
  alignas(8) const uint32_t* w;  // [packed] packed weights
  alignas(8) const float* scale;  // [N] scale of each column; int8 alone has it
  alignas(8) const float* bias;  // [N] bias
  alignas(8) float* y;  // [M,N] output
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t N;  // output features
  alignas(8) int64_t K;  // input features
  alignas(8) int64_t format;  // WeightFormat code
  alignas(8) int64_t activation;  // Activation code
};
static_assert(sizeof(QuantizedDenseArgs) == 80, "one slot per argument");
static inline int64_t quantizedDensePackedLength(const QuantizedDenseArgs& a) { return a.format ? (a.N+15-(a.N+15)%16)*(a.K+a.K%2)/(2*a.format) : a.K*a.N; }

// y[m] = column ids[m] of the packed matrix [E,V]; an id outside 0 … V−1 gives zeros.
struct QuantizedEmbeddingArgs {
  alignas(8) const uint32_t* w;  // [packed] packed table, its rows as columns
  alignas(8) const float* scale;  // [V] scale of each row of the table; int8 alone has it
  alignas(8) const int32_t* ids;  // [M] row indices
  alignas(8) float* y;  // [M,E] rows
  alignas(8) int64_t M;  // number of ids
  alignas(8) int64_t V;  // rows of the table
  alignas(8) int64_t E;  // features
  alignas(8) int64_t format;  // WeightFormat code
};
static_assert(sizeof(QuantizedEmbeddingArgs) == 64, "one slot per argument");
static inline int64_t quantizedEmbeddingPackedLength(const QuantizedEmbeddingArgs& a) { return a.format ? (a.V+15-(a.V+15)%16)*(a.E+a.E%2)/(2*a.format) : a.E*a.V; }

// One step of a cell without masks or dropout, weights plain or packed: what lstmForward, gruForward and simpleRnnForward do for T = 1, as one pass over the weights.
struct RecurrentStepArgs {
  alignas(8) const float* x;  // [N,I] input
  alignas(8) const float* kernel;  // [kernelWords] input weights [I,GH], gates side by side
  alignas(8) const float* kernelScale;  // [wide] scale of each column; int8 alone has it
  alignas(8) const float* recurrentKernel;  // [recurrentWords] recurrent weights [H,GH]
  alignas(8) const float* recurrentScale;  // [wide] scale of each column; int8 alone has it
  alignas(8) const float* bias;  // [biases] bias as in the commands of the cells
  alignas(8) const float* h0;  // [N,H] hidden state; zero when absent
  alignas(8) const float* c0;  // [N,H] cell state of an LSTM; zero when absent
  alignas(8) float* y;  // [N,H] the new hidden state
  alignas(8) float* hT;  // [N,H] the same
  alignas(8) float* cT;  // [N,H] the new cell state of an LSTM
  alignas(8) int64_t N;  // rows
  alignas(8) int64_t I;  // input features
  alignas(8) int64_t H;  // hidden units
  alignas(8) int64_t cell;  // Cell code
  alignas(8) int64_t wide;  // gates · H
  alignas(8) int64_t activation;  // Activation code of the candidate and output
  alignas(8) int64_t recurrentActivation;  // Activation code of the gates
  alignas(8) int64_t resetAfter;  // of a GRU, as in gruForward; otherwise 0
  alignas(8) int64_t format;  // WeightFormat code
};
static_assert(sizeof(RecurrentStepArgs) == 160, "one slot per argument");
static inline int64_t recurrentStepKernelWordsLength(const RecurrentStepArgs& a) { return a.format ? (a.wide+15-(a.wide+15)%16)*(a.I+a.I%2)/(2*a.format) : a.I*a.wide; }
static inline int64_t recurrentStepRecurrentWordsLength(const RecurrentStepArgs& a) { return a.format ? (a.wide+15-(a.wide+15)%16)*(a.H+a.H%2)/(2*a.format) : a.H*a.wide; }
static inline int64_t recurrentStepBiasesLength(const RecurrentStepArgs& a) { return a.resetAfter ? 2*a.wide : a.wide; }

// The distinct ids in 0 … V−1, in the order in which they first appear: rows[place[m]] = ids[m], place[m] = −1 for ids outside. R must be at least min(M, V).
struct UniqueRowsArgs {
  alignas(8) const int32_t* ids;  // [M] row indices
  alignas(8) int32_t* rows;  // [R] distinct ids, then −1
  alignas(8) int32_t* count;  // [1] how many there are
  alignas(8) int32_t* place;  // [M] where in rows each id is
  alignas(8) int64_t M;  // number of ids
  alignas(8) int64_t V;  // rows of the table
  alignas(8) int64_t R;  // room for rows
};
static_assert(sizeof(UniqueRowsArgs) == 56, "one slot per argument");

// The m whose target lies in low … high−1, in order: rows[r] = m, local[r] = targets[m] − low. relabelled[m] = label for them, labels[m] for the others.
struct ClusterRowsArgs {
  alignas(8) const int32_t* targets;  // [M] class of each row
  alignas(8) const int32_t* labels;  // [M] what the rows are called so far
  alignas(8) int32_t* rows;  // [M] rows of the cluster, then −1
  alignas(8) int32_t* local;  // [M] their classes within the cluster, then −1
  alignas(8) int32_t* count;  // [1] how many there are
  alignas(8) int32_t* relabelled;  // [M] what the rows are called now
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t low;  // first class of the cluster
  alignas(8) int64_t high;  // class after its last
  alignas(8) int64_t label;  // what its rows are called now
};
static_assert(sizeof(ClusterRowsArgs) == 80, "one slot per argument");

// y[r] = x[rows[r]] · w for r < count[0], 0 beyond. The work follows count, not M.
struct RowsDenseForwardArgs {
  alignas(8) const float* x;  // [L,K] input rows
  alignas(8) const int32_t* rows;  // [M] distinct rows of x
  alignas(8) const int32_t* count;  // [1] how many of them count
  alignas(8) const float* w;  // [K,N] weights
  alignas(8) float* y;  // [M,N] products
  alignas(8) int64_t L;  // rows of x
  alignas(8) int64_t M;  // most rows picked
  alignas(8) int64_t N;  // output features
  alignas(8) int64_t K;  // input features
};
static_assert(sizeof(RowsDenseForwardArgs) == 72, "one slot per argument");

// dx[rows[r]] = dy[r] · wᵀ, 0 elsewhere; dw = Σ_r x[rows[r]]ᵀ · dy[r].
struct RowsDenseBackwardArgs {
  alignas(8) const float* x;  // [L,K] input rows
  alignas(8) const int32_t* rows;  // [M] distinct rows of x
  alignas(8) const int32_t* count;  // [1] how many of them count
  alignas(8) const float* w;  // [K,N] weights
  alignas(8) const float* dy;  // [M,N] gradient of y
  alignas(8) float* dx;  // [L,K] gradient of x
  alignas(8) float* dw;  // [K,N] gradient of w
  alignas(8) int64_t L;  // rows of x
  alignas(8) int64_t M;  // most rows picked
  alignas(8) int64_t N;  // output features
  alignas(8) int64_t K;  // input features
};
static_assert(sizeof(RowsDenseBackwardArgs) == 88, "one slot per argument");

// Cross-entropy of the logits x·w + bias, which are never all in memory: a stretch of classes at a time. loss[m] = lse[m] − logit[m,targets[m]] in nats, 0 for a negative target; others must be below V. Rows from count[0] on are left out: loss 0. transposeW: w is stored [V,K].
struct LinearCrossEntropyForwardArgs {
  alignas(8) const float* x;  // [M,K] input rows
  alignas(8) const float* w;  // [K,V] output weights
  alignas(8) const float* bias;  // [V] bias
  alignas(8) const int32_t* targets;  // [M] class of each row; negative = ignored
  alignas(8) const int32_t* count;  // [1] how many rows count; absent: all
  alignas(8) float* loss;  // [M] loss in nats
  alignas(8) float* lse;  // [M] log Σ exp of the logits, 0 for rows left out
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t V;  // classes
  alignas(8) int64_t K;  // input features
  alignas(8) int64_t transposeW;  // 1: w is stored [V,K]
};
static_assert(sizeof(LinearCrossEntropyForwardArgs) == 88, "one slot per argument");

// Gradients of linearCrossEntropyForward, the logits computed again: with g = dLoss[m]·(softmax − onehot(target)), 0 for ignored rows, dx = g·wᵀ, dw = xᵀ·g, dBias = Σ_m g.
struct LinearCrossEntropyBackwardArgs {
  alignas(8) const float* x;  // [M,K] input rows
  alignas(8) const float* w;  // [K,V] output weights
  alignas(8) const float* bias;  // [V] bias
  alignas(8) const int32_t* targets;  // [M] class of each row
  alignas(8) const int32_t* count;  // [1] how many rows count; absent: all
  alignas(8) const float* lse;  // [M] from forward
  alignas(8) const float* dLoss;  // [M] gradient of loss
  alignas(8) float* dx;  // [M,K] gradient of x; 0 for rows left out
  alignas(8) float* dw;  // [K,V] gradient of w, stored like w
  alignas(8) float* dBias;  // [V] gradient of bias
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t V;  // classes
  alignas(8) int64_t K;  // input features
  alignas(8) int64_t transposeW;  // 1: w is stored [V,K]
};
static_assert(sizeof(LinearCrossEntropyBackwardArgs) == 112, "one slot per argument");

// S distinct classes of 0 … V−1, drawn one after the other from P(k) = ln((k+2)/(k+1))/ln(V+1) (log-uniform, Zipf’s law), those drawn before passed over; draw d takes words 2d and 2d+1 of the generator as 53 bits. tries[0] is the number of draws. S = V gives all classes in order and tries 0. After 64·S + 1024 draws the lowest classes left fill up.
struct SampleClassesArgs {
  alignas(8) const uint32_t* rng;  // [4] generator state
  alignas(8) int32_t* classes;  // [S] the classes drawn
  alignas(8) int32_t* tries;  // [1] number of draws
  alignas(8) int64_t stream;  // number of this draw within a step
  alignas(8) int64_t S;  // classes to draw, at most V
  alignas(8) int64_t V;  // classes
};
static_assert(sizeof(SampleClassesArgs) == 48, "one slot per argument");

// y[m] = ln(1 − (1 − P(ids[m]))^tries), the log of how probably sampleClasses draws a class; 0 when tries is 0 and for ids outside 0 … V−1.
struct LogExpectedCountArgs {
  alignas(8) const int32_t* ids;  // [M] classes
  alignas(8) const int32_t* tries;  // [1] number of draws
  alignas(8) float* y;  // [M] logarithms
  alignas(8) int64_t M;  // number of ids
  alignas(8) int64_t V;  // classes
};
static_assert(sizeof(LogExpectedCountArgs) == 40, "one slot per argument");

// Cross-entropy of the right class among sampled ones: loss[m] = lse[m] − trueLogits[m], lse[m] = ln(exp trueLogits[m] + Σ_s exp(logits[m,s] + offsets[s])) over the s whose class is not targets[m] (accidental hits); 0 for a negative target.
struct SampledCrossEntropyForwardArgs {
  alignas(8) const float* logits;  // [M,S] logits of the sampled classes
  alignas(8) const float* offsets;  // [S] added to every row: bias − log of the expected count
  alignas(8) const int32_t* classes;  // [S] the sampled classes, distinct
  alignas(8) const int32_t* targets;  // [M] class of each row; negative = ignored
  alignas(8) const float* trueLogits;  // [M] corrected logit of the right class
  alignas(8) float* loss;  // [M] loss in nats
  alignas(8) float* lse;  // [M] log-sum-exp
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t S;  // sampled classes
};
static_assert(sizeof(SampledCrossEntropyForwardArgs) == 72, "one slot per argument");

// dLogits[m,s] = dLoss[m]·exp(logits[m,s] + offsets[s] − lse[m]), 0 for accidental hits; dTrueLogits[m] = dLoss[m]·(exp(trueLogits[m] − lse[m]) − 1); 0 for ignored rows. The gradient of offsets is the sum of dLogits over m. dLogits may be logits.
struct SampledCrossEntropyBackwardArgs {
  alignas(8) const float* logits;  // [M,S] logits of the sampled classes
  alignas(8) const float* offsets;  // [S] as in forward
  alignas(8) const int32_t* classes;  // [S] the sampled classes
  alignas(8) const int32_t* targets;  // [M] class of each row
  alignas(8) const float* trueLogits;  // [M] as in forward
  alignas(8) const float* lse;  // [M] from forward
  alignas(8) const float* dLoss;  // [M] gradient of loss
  alignas(8) float* dLogits;  // [M,S] gradient of logits
  alignas(8) float* dTrueLogits;  // [M] gradient of trueLogits
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t S;  // sampled classes
};
static_assert(sizeof(SampledCrossEntropyBackwardArgs) == 88, "one slot per argument");

// y[m] = exp(x[m] − lse(x[m])) (log = 0) or x[m] − lse(x[m]) (log = 1).
struct SoftmaxArgs {
  alignas(8) const float* x;  // [M,V] logits
  alignas(8) float* y;  // [M,V] (log-)probabilities
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t V;  // classes
  alignas(8) int64_t log;  // 1: log-softmax
};
static_assert(sizeof(SoftmaxArgs) == 40, "one slot per argument");

// log = 0: dx = y ⊙ (dy − Σ dy⊙y); log = 1: dx = dy − exp(y)·Σ dy. dx may be dy.
struct SoftmaxBackwardArgs {
  alignas(8) const float* y;  // [M,V] output of softmax
  alignas(8) const float* dy;  // [M,V] gradient of y
  alignas(8) float* dx;  // [M,V] gradient of x
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t V;  // classes
  alignas(8) int64_t log;  // 1: y is log-softmax
};
static_assert(sizeof(SoftmaxBackwardArgs) == 48, "one slot per argument");

// loss[m] = w[m]·((1−s)(lse − x[m,target]) + s(lse − mean x[m])) with s = smoothing; a negative target gives 0, others must be below V. lse[m] = log Σ exp x[m,·] is written for every row and kept for backward.
struct SoftmaxCrossEntropyForwardArgs {
  alignas(8) const float* logits;  // [M,V] logits
  alignas(8) const int32_t* targets;  // [M] class of each row; negative = ignored
  alignas(8) const float* weights;  // [M] row weights
  alignas(8) float* loss;  // [M] loss in nats
  alignas(8) float* lse;  // [M] log-sum-exp
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t V;  // classes
  alignas(8) float smoothing;  // label smoothing in 0 … 1
};
static_assert(sizeof(SoftmaxCrossEntropyForwardArgs) == 64, "one slot per argument");

// dLogits[m] = dLoss[m]·w[m]·(softmax(x[m]) − (1−s)·onehot(target) − s/V); zero for ignored rows. dLogits may be logits.
struct SoftmaxCrossEntropyBackwardArgs {
  alignas(8) const float* logits;  // [M,V] logits
  alignas(8) const float* lse;  // [M] from forward
  alignas(8) const int32_t* targets;  // [M] class of each row
  alignas(8) const float* weights;  // [M] row weights
  alignas(8) const float* dLoss;  // [M] gradient of loss
  alignas(8) float* dLogits;  // [M,V] gradient of logits
  alignas(8) int64_t M;  // rows
  alignas(8) int64_t V;  // classes
  alignas(8) float smoothing;  // label smoothing
};
static_assert(sizeof(SoftmaxCrossEntropyBackwardArgs) == 72, "one slot per argument");

// logLikelihood[n] = ln p(targets[n]) of a linear-chain conditional random field, 0 for a row of no steps. A target outside 0 … L−1 at a step that counts gives NaN.
struct CrfForwardArgs {
  alignas(8) const float* emissions;  // [N,T,L] score of each label at each step
  alignas(8) const float* transitions;  // [L,L] score of moves, [from,to]
  alignas(8) const float* start;  // [L] score of beginning with a label
  alignas(8) const float* end;  // [L] score of ending with a label
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] do not count
  alignas(8) const float* mask;  // [N,T] 0 marks a step that does not count
  alignas(8) const int32_t* targets;  // [N,T] label of each step
  alignas(8) float* logLikelihood;  // [N] ln p in nats
  alignas(8) float* saved;  // [saved] what backward needs, private to the engine; absent for inference
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t L;  // labels
};
static_assert(sizeof(CrfForwardArgs) == 96, "one slot per argument");
static inline int64_t crfForwardSavedLength(const CrfForwardArgs& a) { return a.N*a.T*(a.L+31-(a.L+31)%16); }

// Gradient of crfForward: dLogLikelihood[n] times how often the targets use a label, a move, a beginning or an end, less how often chains drawn from p do. dEmissions is 0 at steps that do not count. The order of additions does not depend on the number of threads.
struct CrfBackwardArgs {
  alignas(8) const float* emissions;  // [N,T,L] score of each label at each step
  alignas(8) const float* transitions;  // [L,L] score of moves, [from,to]
  alignas(8) const float* start;  // [L] score of beginning with a label
  alignas(8) const float* end;  // [L] score of ending with a label
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] do not count
  alignas(8) const float* mask;  // [N,T] 0 marks a step that does not count
  alignas(8) const int32_t* targets;  // [N,T] label of each step
  alignas(8) const float* saved;  // [saved] written by crfForward
  alignas(8) const float* dLogLikelihood;  // [N] gradient of logLikelihood
  alignas(8) float* dEmissions;  // [N,T,L] gradient of emissions
  alignas(8) float* dTransitions;  // [L,L] gradient of transitions
  alignas(8) float* dStart;  // [L] gradient of start
  alignas(8) float* dEnd;  // [L] gradient of end
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t L;  // labels
};
static_assert(sizeof(CrfBackwardArgs) == 128, "one slot per argument");
static inline int64_t crfBackwardSavedLength(const CrfBackwardArgs& a) { return a.N*a.T*(a.L+31-(a.L+31)%16); }

// The labels of the best chain by Viterbi, −1 at steps that do not count, and its score. Of equals the smaller label wins, from the last step to the first.
struct CrfDecodeArgs {
  alignas(8) const float* emissions;  // [N,T,L] score of each label at each step
  alignas(8) const float* transitions;  // [L,L] score of moves, [from,to]
  alignas(8) const float* start;  // [L] score of beginning with a label
  alignas(8) const float* end;  // [L] score of ending with a label
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] do not count
  alignas(8) const float* mask;  // [N,T] 0 marks a step that does not count
  alignas(8) int32_t* tags;  // [N,T] labels
  alignas(8) float* score;  // [N] score of the chain; 0 for a row of no steps
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t L;  // labels
};
static_assert(sizeof(CrfDecodeArgs) == 88, "one slot per argument");

// y = keep ? x/(1−rate) : 0. locked = 0 draws one number per element (e = linear index); locked = 1 draws one per (n, f) and uses it at every step (e = n·F + f). Applied to a gradient with the same arguments it is its own backward. y may be x.
struct DropoutArgs {
  alignas(8) const float* x;  // [N,T,F] input
  alignas(8) float* y;  // [N,T,F] output
  alignas(8) const uint32_t* rng;  // [4] generator state
  alignas(8) int64_t stream;  // number of this draw within a step
  alignas(8) int64_t N;  // rows
  alignas(8) int64_t T;  // steps
  alignas(8) int64_t F;  // features
  alignas(8) int64_t locked;  // 1: the same mask at every step
  alignas(8) float rate;  // probability of dropping, 0 ≤ rate < 1
};
static_assert(sizeof(DropoutArgs) == 72, "one slot per argument");

// y[e] = keep ? 1/(1−rate) : 0.
struct DropoutMaskArgs {
  alignas(8) float* y;  // [count] mask
  alignas(8) const uint32_t* rng;  // [4] generator state
  alignas(8) int64_t stream;  // number of this draw within a step
  alignas(8) int64_t count;  // elements
  alignas(8) float rate;  // probability of dropping
};
static_assert(sizeof(DropoutMaskArgs) == 40, "one slot per argument");

// Whole-sequence simple RNN. h = act(x̂·W + ĥ·U + b).
struct SimpleRnnForwardArgs {
  alignas(8) const float* x;  // [N,T,I] input sequence; absent when there are ids
  alignas(8) const int32_t* ids;  // [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1
  alignas(8) const float* kernel;  // [I,1H] input weights, gates side by side
  alignas(8) const float* recurrentKernel;  // [H,1H] recurrent weights, gates side by side
  alignas(8) const float* bias;  // [1H] bias
  alignas(8) const float* h0;  // [N,H] initial hidden state; zero when absent
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] are masked
  alignas(8) const float* mask;  // [N,T] 0 marks a masked step
  alignas(8) const float* resets;  // [N,T] non-zero empties the row’s state before step t
  alignas(8) const float* inputDropout;  // [dropoutGates,N,I] multiplier on the input of each gate, the same at every step
  alignas(8) const float* recurrentDropout;  // [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step
  alignas(8) float* y;  // [N,T,H] hidden state at every step, at the step’s own place also when reverse
  alignas(8) float* hT;  // [N,H] final hidden state
  alignas(8) float* saved;  // [saved] what backward needs, private to the engine; absent for inference
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t I;  // input features
  alignas(8) int64_t H;  // hidden units
  alignas(8) int64_t reverse;  // 1 walks from the last step to the first
  alignas(8) int64_t activation;  // Activation code of the candidate and output
  alignas(8) int64_t zeroOutput;  // 1 writes zeros to y at masked steps, 0 repeats the previous output
  alignas(8) int64_t dropoutGates;  // number of dropout masks: 1 or 1
};
static_assert(sizeof(SimpleRnnForwardArgs) == 176, "one slot per argument");
static inline int64_t simpleRnnForwardSavedLength(const SimpleRnnForwardArgs& a) { return 64+a.T*a.N*(a.dropoutGates*a.I+a.dropoutGates*a.H+3*a.H); }

// Gradient of simpleRnnForward: back-propagation through all T steps. `saved` is consumed (it may be overwritten). Weight gradients are sums over n and t; with accumulate = 1 they are added to what is there.
struct SimpleRnnBackwardArgs {
  alignas(8) const float* x;  // [N,T,I] input sequence; absent when there are ids
  alignas(8) const int32_t* ids;  // [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1
  alignas(8) const float* kernel;  // [I,1H] input weights, gates side by side
  alignas(8) const float* recurrentKernel;  // [H,1H] recurrent weights, gates side by side
  alignas(8) const float* bias;  // [1H] bias
  alignas(8) const float* h0;  // [N,H] initial hidden state; zero when absent
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] are masked
  alignas(8) const float* mask;  // [N,T] 0 marks a masked step
  alignas(8) const float* resets;  // [N,T] non-zero empties the row’s state before step t
  alignas(8) const float* inputDropout;  // [dropoutGates,N,I] multiplier on the input of each gate, the same at every step
  alignas(8) const float* recurrentDropout;  // [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step
  alignas(8) float* saved;  // [saved] written by the forward command of the same shapes and flags
  alignas(8) const float* dy;  // [N,T,H] gradient of y
  alignas(8) const float* dhT;  // [N,H] gradient of hT
  alignas(8) float* dx;  // [N,T,I] gradient of x; zero at masked steps
  alignas(8) float* dKernel;  // [I,1H] gradient of kernel
  alignas(8) float* dRecurrentKernel;  // [H,1H] gradient of recurrentKernel
  alignas(8) float* dBias;  // [1H] gradient of bias
  alignas(8) float* dh0;  // [N,H] gradient of h0
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t I;  // input features
  alignas(8) int64_t H;  // hidden units
  alignas(8) int64_t reverse;  // 1 walks from the last step to the first
  alignas(8) int64_t activation;  // Activation code of the candidate and output
  alignas(8) int64_t zeroOutput;  // 1 writes zeros to y at masked steps, 0 repeats the previous output
  alignas(8) int64_t dropoutGates;  // number of dropout masks: 1 or 1
  alignas(8) int64_t accumulate;  // 1 adds to dKernel, dRecurrentKernel and dBias, 0 overwrites them
};
static_assert(sizeof(SimpleRnnBackwardArgs) == 224, "one slot per argument");

// Whole-sequence LSTM. Gate order i, f, c, o: i,f,o = rec(x̂·W + ĥ·U + b), g = act(·); c = f⊙cp + i⊙g; h = o⊙act(c).
struct LstmForwardArgs {
  alignas(8) const float* x;  // [N,T,I] input sequence; absent when there are ids
  alignas(8) const int32_t* ids;  // [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1
  alignas(8) const float* kernel;  // [I,4H] input weights, gates side by side
  alignas(8) const float* recurrentKernel;  // [H,4H] recurrent weights, gates side by side
  alignas(8) const float* bias;  // [4H] bias
  alignas(8) const float* h0;  // [N,H] initial hidden state; zero when absent
  alignas(8) const float* c0;  // [N,H] initial cell state; zero when absent
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] are masked
  alignas(8) const float* mask;  // [N,T] 0 marks a masked step
  alignas(8) const float* resets;  // [N,T] non-zero empties the row’s state before step t
  alignas(8) const float* inputDropout;  // [dropoutGates,N,I] multiplier on the input of each gate, the same at every step
  alignas(8) const float* recurrentDropout;  // [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step
  alignas(8) float* y;  // [N,T,H] hidden state at every step, at the step’s own place also when reverse
  alignas(8) float* hT;  // [N,H] final hidden state
  alignas(8) float* cT;  // [N,H] final cell state
  alignas(8) float* saved;  // [saved] what backward needs, private to the engine; absent for inference
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t I;  // input features
  alignas(8) int64_t H;  // hidden units
  alignas(8) int64_t reverse;  // 1 walks from the last step to the first
  alignas(8) int64_t activation;  // Activation code of the candidate and output
  alignas(8) int64_t recurrentActivation;  // Activation code of the gates
  alignas(8) int64_t zeroOutput;  // 1 writes zeros to y at masked steps, 0 repeats the previous output
  alignas(8) int64_t dropoutGates;  // number of dropout masks: 1 or 4
};
static_assert(sizeof(LstmForwardArgs) == 200, "one slot per argument");
static inline int64_t lstmForwardSavedLength(const LstmForwardArgs& a) { return 64+a.T*a.N*(a.dropoutGates*a.I+a.dropoutGates*a.H+7*a.H); }

// Gradient of lstmForward: back-propagation through all T steps. `saved` is consumed (it may be overwritten). Weight gradients are sums over n and t; with accumulate = 1 they are added to what is there.
struct LstmBackwardArgs {
  alignas(8) const float* x;  // [N,T,I] input sequence; absent when there are ids
  alignas(8) const int32_t* ids;  // [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1
  alignas(8) const float* kernel;  // [I,4H] input weights, gates side by side
  alignas(8) const float* recurrentKernel;  // [H,4H] recurrent weights, gates side by side
  alignas(8) const float* bias;  // [4H] bias
  alignas(8) const float* h0;  // [N,H] initial hidden state; zero when absent
  alignas(8) const float* c0;  // [N,H] initial cell state; zero when absent
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] are masked
  alignas(8) const float* mask;  // [N,T] 0 marks a masked step
  alignas(8) const float* resets;  // [N,T] non-zero empties the row’s state before step t
  alignas(8) const float* inputDropout;  // [dropoutGates,N,I] multiplier on the input of each gate, the same at every step
  alignas(8) const float* recurrentDropout;  // [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step
  alignas(8) float* saved;  // [saved] written by the forward command of the same shapes and flags
  alignas(8) const float* dy;  // [N,T,H] gradient of y
  alignas(8) const float* dhT;  // [N,H] gradient of hT
  alignas(8) const float* dcT;  // [N,H] gradient of cT
  alignas(8) float* dx;  // [N,T,I] gradient of x; zero at masked steps
  alignas(8) float* dKernel;  // [I,4H] gradient of kernel
  alignas(8) float* dRecurrentKernel;  // [H,4H] gradient of recurrentKernel
  alignas(8) float* dBias;  // [4H] gradient of bias
  alignas(8) float* dh0;  // [N,H] gradient of h0
  alignas(8) float* dc0;  // [N,H] gradient of c0
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t I;  // input features
  alignas(8) int64_t H;  // hidden units
  alignas(8) int64_t reverse;  // 1 walks from the last step to the first
  alignas(8) int64_t activation;  // Activation code of the candidate and output
  alignas(8) int64_t recurrentActivation;  // Activation code of the gates
  alignas(8) int64_t zeroOutput;  // 1 writes zeros to y at masked steps, 0 repeats the previous output
  alignas(8) int64_t dropoutGates;  // number of dropout masks: 1 or 4
  alignas(8) int64_t accumulate;  // 1 adds to dKernel, dRecurrentKernel and dBias, 0 overwrites them
};
static_assert(sizeof(LstmBackwardArgs) == 256, "one slot per argument");

// Whole-sequence GRU. Gate order z, r, h. z, r = rec(·); resetAfter: ĉ = act(x̂·Wh + bh + r⊙(ĥ·Uh + bUh)); before: ĉ = act(x̂·Wh + bh + (r⊙ĥ)·Uh); h = z⊙hp + (1−z)⊙ĉ.
struct GruForwardArgs {
  alignas(8) const float* x;  // [N,T,I] input sequence; absent when there are ids
  alignas(8) const int32_t* ids;  // [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1
  alignas(8) const float* kernel;  // [I,3H] input weights, gates side by side
  alignas(8) const float* recurrentKernel;  // [H,3H] recurrent weights, gates side by side
  alignas(8) const float* bias;  // [resetAfter ? 6H : 3H] bias; with resetAfter [2,3H]: row 0 input bias, row 1 recurrent bias
  alignas(8) const float* h0;  // [N,H] initial hidden state; zero when absent
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] are masked
  alignas(8) const float* mask;  // [N,T] 0 marks a masked step
  alignas(8) const float* resets;  // [N,T] non-zero empties the row’s state before step t
  alignas(8) const float* inputDropout;  // [dropoutGates,N,I] multiplier on the input of each gate, the same at every step
  alignas(8) const float* recurrentDropout;  // [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step
  alignas(8) float* y;  // [N,T,H] hidden state at every step, at the step’s own place also when reverse
  alignas(8) float* hT;  // [N,H] final hidden state
  alignas(8) float* saved;  // [saved] what backward needs, private to the engine; absent for inference
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t I;  // input features
  alignas(8) int64_t H;  // hidden units
  alignas(8) int64_t reverse;  // 1 walks from the last step to the first
  alignas(8) int64_t activation;  // Activation code of the candidate and output
  alignas(8) int64_t recurrentActivation;  // Activation code of the gates
  alignas(8) int64_t resetAfter;  // 1 applies the reset gate after the recurrent product (Keras default, cuDNN, PyTorch), 0 before
  alignas(8) int64_t zeroOutput;  // 1 writes zeros to y at masked steps, 0 repeats the previous output
  alignas(8) int64_t dropoutGates;  // number of dropout masks: 1 or 3
};
static_assert(sizeof(GruForwardArgs) == 192, "one slot per argument");
static inline int64_t gruForwardSavedLength(const GruForwardArgs& a) { return 64+a.T*a.N*(a.dropoutGates*a.I+a.dropoutGates*a.H+7*a.H); }

// Gradient of gruForward: back-propagation through all T steps. `saved` is consumed (it may be overwritten). Weight gradients are sums over n and t; with accumulate = 1 they are added to what is there.
struct GruBackwardArgs {
  alignas(8) const float* x;  // [N,T,I] input sequence; absent when there are ids
  alignas(8) const int32_t* ids;  // [N,T] stands for one-hot inputs, a one at each id, all zeros where it is none of 0 … I−1
  alignas(8) const float* kernel;  // [I,3H] input weights, gates side by side
  alignas(8) const float* recurrentKernel;  // [H,3H] recurrent weights, gates side by side
  alignas(8) const float* bias;  // [resetAfter ? 6H : 3H] bias; with resetAfter [2,3H]: row 0 input bias, row 1 recurrent bias
  alignas(8) const float* h0;  // [N,H] initial hidden state; zero when absent
  alignas(8) const int32_t* lengths;  // [N] valid steps of each row; steps t ≥ lengths[n] are masked
  alignas(8) const float* mask;  // [N,T] 0 marks a masked step
  alignas(8) const float* resets;  // [N,T] non-zero empties the row’s state before step t
  alignas(8) const float* inputDropout;  // [dropoutGates,N,I] multiplier on the input of each gate, the same at every step
  alignas(8) const float* recurrentDropout;  // [dropoutGates,N,H] multiplier on the recurrent input of each gate, the same at every step
  alignas(8) float* saved;  // [saved] written by the forward command of the same shapes and flags
  alignas(8) const float* dy;  // [N,T,H] gradient of y
  alignas(8) const float* dhT;  // [N,H] gradient of hT
  alignas(8) float* dx;  // [N,T,I] gradient of x; zero at masked steps
  alignas(8) float* dKernel;  // [I,3H] gradient of kernel
  alignas(8) float* dRecurrentKernel;  // [H,3H] gradient of recurrentKernel
  alignas(8) float* dBias;  // [resetAfter ? 6H : 3H] gradient of bias
  alignas(8) float* dh0;  // [N,H] gradient of h0
  alignas(8) int64_t N;  // batch
  alignas(8) int64_t T;  // time steps
  alignas(8) int64_t I;  // input features
  alignas(8) int64_t H;  // hidden units
  alignas(8) int64_t reverse;  // 1 walks from the last step to the first
  alignas(8) int64_t activation;  // Activation code of the candidate and output
  alignas(8) int64_t recurrentActivation;  // Activation code of the gates
  alignas(8) int64_t resetAfter;  // 1 applies the reset gate after the recurrent product (Keras default, cuDNN, PyTorch), 0 before
  alignas(8) int64_t zeroOutput;  // 1 writes zeros to y at masked steps, 0 repeats the previous output
  alignas(8) int64_t dropoutGates;  // number of dropout masks: 1 or 3
  alignas(8) int64_t accumulate;  // 1 adds to dKernel, dRecurrentKernel and dBias, 0 overwrites them
};
static_assert(sizeof(GruBackwardArgs) == 240, "one slot per argument");

// norm[0] = √Σ x² over fixed stretches of 4096 elements, so that the sum does not depend on the number of threads. With accumulate = 1 the square of what norm[0] held is added under the root. Not finite when an element is not.
struct GlobalNormArgs {
  alignas(8) const float* x;  // [count] gradients
  alignas(8) float* norm;  // [1] norm
  alignas(8) int64_t count;  // elements
  alignas(8) int64_t accumulate;  // 1 combines with norm[0]
};
static_assert(sizeof(GlobalNormArgs) == 32, "one slot per argument");

// x = min(max(x, −limit), limit).
struct ClipByValueArgs {
  alignas(8) float* x;  // [count] gradients
  alignas(8) int64_t count;  // elements
  alignas(8) float limit;  // largest magnitude
};
static_assert(sizeof(ClipByValueArgs) == 24, "one slot per argument");

// Stochastic gradient descent, Keras’s form: v = momentum·v − rate·g; p += nesterov ? momentum·v − rate·g : v. Without velocity p −= rate·g.
struct SgdArgs {
  alignas(8) float* parameters;  // [count] parameters, updated in place
  alignas(8) const float* gradients;  // [count] gradients
  alignas(8) float* velocity;  // [count] momentum buffer
  alignas(8) const float* hyper;  // [4] per-step scalars, see above
  alignas(8) const float* norm;  // [1] global gradient norm, for clipping and the finite check
  alignas(8) const int32_t* rows;  // [limit] rows to update; absent: every element
  alignas(8) const int32_t* rowCount;  // [1] how many of them count
  alignas(8) int64_t count;  // number of elements; with rows limit·width
  alignas(8) int64_t limit;  // most rows; 0 without rows
  alignas(8) int64_t width;  // elements of a row; 0 without rows
  alignas(8) float rateScale;  // multiplier of the learning rate for this stretch
  alignas(8) float weightDecay;  // decoupled weight decay
  alignas(8) float maxNorm;  // clip to this global norm; 0 = no clipping
  alignas(8) float momentum;  // momentum
  alignas(8) int64_t nesterov;  // 1: Nesterov
};
static_assert(sizeof(SgdArgs) == 120, "one slot per argument");

// RMSprop, Keras’s form: s = ρ·s + (1−ρ)·g²; centred (meanGradient given): m = ρ·m + (1−ρ)·g, d = s − m² + ε, else d = s + ε; u = rate·g/√d; with velocity b = momentum·b + u, p −= b, else p −= u.
struct RmspropArgs {
  alignas(8) float* parameters;  // [count] parameters, updated in place
  alignas(8) const float* gradients;  // [count] gradients
  alignas(8) float* meanSquare;  // [count] running mean of g²
  alignas(8) float* meanGradient;  // [count] running mean of g when centred
  alignas(8) float* velocity;  // [count] momentum buffer
  alignas(8) const float* hyper;  // [4] per-step scalars, see above
  alignas(8) const float* norm;  // [1] global gradient norm, for clipping and the finite check
  alignas(8) const int32_t* rows;  // [limit] rows to update; absent: every element
  alignas(8) const int32_t* rowCount;  // [1] how many of them count
  alignas(8) int64_t count;  // number of elements; with rows limit·width
  alignas(8) int64_t limit;  // most rows; 0 without rows
  alignas(8) int64_t width;  // elements of a row; 0 without rows
  alignas(8) float rateScale;  // multiplier of the learning rate for this stretch
  alignas(8) float weightDecay;  // decoupled weight decay
  alignas(8) float maxNorm;  // clip to this global norm; 0 = no clipping
  alignas(8) float rho;  // discount ρ
  alignas(8) float momentum;  // momentum
  alignas(8) float epsilon;  // ε, inside the root
};
static_assert(sizeof(RmspropArgs) == 144, "one slot per argument");

// Adam (AdamW with weightDecay ≠ 0), Keras’s form: m += (g − m)·fresh1; v += (g² − v)·fresh2; p −= α·m/(√v + ε), α = hyper[1]·rateScale. AMSGrad (maxSecondMoment given): w = max(w, v) takes the place of v under the root.
struct AdamArgs {
  alignas(8) float* parameters;  // [count] parameters, updated in place
  alignas(8) const float* gradients;  // [count] gradients
  alignas(8) float* firstMoment;  // [count] m
  alignas(8) float* secondMoment;  // [count] v
  alignas(8) float* maxSecondMoment;  // [count] w, the largest v so far
  alignas(8) const float* hyper;  // [4] per-step scalars, see above
  alignas(8) const float* norm;  // [1] global gradient norm, for clipping and the finite check
  alignas(8) const int32_t* rows;  // [limit] rows to update; absent: every element
  alignas(8) const int32_t* rowCount;  // [1] how many of them count
  alignas(8) int64_t count;  // number of elements; with rows limit·width
  alignas(8) int64_t limit;  // most rows; 0 without rows
  alignas(8) int64_t width;  // elements of a row; 0 without rows
  alignas(8) float rateScale;  // multiplier of the learning rate for this stretch
  alignas(8) float weightDecay;  // decoupled weight decay
  alignas(8) float maxNorm;  // clip to this global norm; 0 = no clipping
  alignas(8) float fresh1;  // 1 − β1
  alignas(8) float fresh2;  // 1 − β2; from a β2 in float32 it would have few digits
  alignas(8) float epsilon;  // ε, outside the root
};
static_assert(sizeof(AdamArgs) == 144, "one slot per argument");

// Adagrad, Keras’s form: a = a + g²; p −= rate·g/√(a + initial + ε). The accumulator is kept without its initial value, so that it begins as zeros.
struct AdagradArgs {
  alignas(8) float* parameters;  // [count] parameters, updated in place
  alignas(8) const float* gradients;  // [count] gradients
  alignas(8) float* accumulator;  // [count] a, sum of g²
  alignas(8) const float* hyper;  // [4] per-step scalars, see above
  alignas(8) const float* norm;  // [1] global gradient norm, for clipping and the finite check
  alignas(8) const int32_t* rows;  // [limit] rows to update; absent: every element
  alignas(8) const int32_t* rowCount;  // [1] how many of them count
  alignas(8) int64_t count;  // number of elements; with rows limit·width
  alignas(8) int64_t limit;  // most rows; 0 without rows
  alignas(8) int64_t width;  // elements of a row; 0 without rows
  alignas(8) float rateScale;  // multiplier of the learning rate for this stretch
  alignas(8) float weightDecay;  // decoupled weight decay
  alignas(8) float maxNorm;  // clip to this global norm; 0 = no clipping
  alignas(8) float initial;  // what the accumulator starts from
  alignas(8) float epsilon;  // ε, inside the root
};
static_assert(sizeof(AdagradArgs) == 120, "one slot per argument");

// Adadelta, Keras’s form: s = ρ·s + (1−ρ)·g²; u = g·√(x + ε)/√(s + ε); x = ρ·x + (1−ρ)·u²; p −= rate·u.
struct AdadeltaArgs {
  alignas(8) float* parameters;  // [count] parameters, updated in place
  alignas(8) const float* gradients;  // [count] gradients
  alignas(8) float* meanSquare;  // [count] s, running mean of g²
  alignas(8) float* meanSquareStep;  // [count] x, running mean of u²
  alignas(8) const float* hyper;  // [4] per-step scalars, see above
  alignas(8) const float* norm;  // [1] global gradient norm, for clipping and the finite check
  alignas(8) const int32_t* rows;  // [limit] rows to update; absent: every element
  alignas(8) const int32_t* rowCount;  // [1] how many of them count
  alignas(8) int64_t count;  // number of elements; with rows limit·width
  alignas(8) int64_t limit;  // most rows; 0 without rows
  alignas(8) int64_t width;  // elements of a row; 0 without rows
  alignas(8) float rateScale;  // multiplier of the learning rate for this stretch
  alignas(8) float weightDecay;  // decoupled weight decay
  alignas(8) float maxNorm;  // clip to this global norm; 0 = no clipping
  alignas(8) float rho;  // discount ρ
  alignas(8) float epsilon;  // ε, inside both roots
};
static_assert(sizeof(AdadeltaArgs) == 128, "one slot per argument");

// Adamax, Keras’s form: m += (g − m)(1−β1); u = max(β2·u, |g|); p −= α·m/(u + ε), α = hyper[1]·rateScale, hyper[1] = lr/(1−β1^t).
struct AdamaxArgs {
  alignas(8) float* parameters;  // [count] parameters, updated in place
  alignas(8) const float* gradients;  // [count] gradients
  alignas(8) float* firstMoment;  // [count] m
  alignas(8) float* largest;  // [count] u, discounted largest |g|
  alignas(8) const float* hyper;  // [4] per-step scalars, see above
  alignas(8) const float* norm;  // [1] global gradient norm, for clipping and the finite check
  alignas(8) const int32_t* rows;  // [limit] rows to update; absent: every element
  alignas(8) const int32_t* rowCount;  // [1] how many of them count
  alignas(8) int64_t count;  // number of elements; with rows limit·width
  alignas(8) int64_t limit;  // most rows; 0 without rows
  alignas(8) int64_t width;  // elements of a row; 0 without rows
  alignas(8) float rateScale;  // multiplier of the learning rate for this stretch
  alignas(8) float weightDecay;  // decoupled weight decay
  alignas(8) float maxNorm;  // clip to this global norm; 0 = no clipping
  alignas(8) float beta1;  // β1
  alignas(8) float beta2;  // β2
  alignas(8) float epsilon;  // ε
};
static_assert(sizeof(AdamaxArgs) == 136, "one slot per argument");

// Adam with Nesterov momentum, Keras’s form: m += (g − m)(1−β1); v += (g² − v)(1−β2); p −= (hyper[1]·m + hyper[2]·g)·rateScale/(√(hyper[3]·v) + ε). With μₜ = β1(1 − 0.96^t/2) and Pₜ = μ₁⋯μₜ: hyper[1] = lr·μₜ₊₁/(1−Pₜ₊₁), hyper[2] = lr·(1−μₜ)/(1−Pₜ), hyper[3] = 1/(1−β2^t).
struct NadamArgs {
  alignas(8) float* parameters;  // [count] parameters, updated in place
  alignas(8) const float* gradients;  // [count] gradients
  alignas(8) float* firstMoment;  // [count] m
  alignas(8) float* secondMoment;  // [count] v
  alignas(8) const float* hyper;  // [4] per-step scalars, see above
  alignas(8) const float* norm;  // [1] global gradient norm, for clipping and the finite check
  alignas(8) const int32_t* rows;  // [limit] rows to update; absent: every element
  alignas(8) const int32_t* rowCount;  // [1] how many of them count
  alignas(8) int64_t count;  // number of elements; with rows limit·width
  alignas(8) int64_t limit;  // most rows; 0 without rows
  alignas(8) int64_t width;  // elements of a row; 0 without rows
  alignas(8) float rateScale;  // multiplier of the learning rate for this stretch
  alignas(8) float weightDecay;  // decoupled weight decay
  alignas(8) float maxNorm;  // clip to this global norm; 0 = no clipping
  alignas(8) float beta1;  // β1
  alignas(8) float beta2;  // β2
  alignas(8) float epsilon;  // ε, outside the root
};
static_assert(sizeof(NadamArgs) == 136, "one slot per argument");

// Lion, Keras’s form: p −= rate·sign(β1·m + (1−β1)·g), then m = β2·m + (1−β2)·g.
struct LionArgs {
  alignas(8) float* parameters;  // [count] parameters, updated in place
  alignas(8) const float* gradients;  // [count] gradients
  alignas(8) float* firstMoment;  // [count] m
  alignas(8) const float* hyper;  // [4] per-step scalars, see above
  alignas(8) const float* norm;  // [1] global gradient norm, for clipping and the finite check
  alignas(8) const int32_t* rows;  // [limit] rows to update; absent: every element
  alignas(8) const int32_t* rowCount;  // [1] how many of them count
  alignas(8) int64_t count;  // number of elements; with rows limit·width
  alignas(8) int64_t limit;  // most rows; 0 without rows
  alignas(8) int64_t width;  // elements of a row; 0 without rows
  alignas(8) float rateScale;  // multiplier of the learning rate for this stretch
  alignas(8) float weightDecay;  // decoupled weight decay
  alignas(8) float maxNorm;  // clip to this global norm; 0 = no clipping
  alignas(8) float beta1;  // β1
  alignas(8) float beta2;  // β2
};
static_assert(sizeof(LionArgs) == 120, "one slot per argument");

// REPRISE_COMMANDS(X): X(name, Name, "signature", hasScratch) for every command in opcode order.
#define REPRISE_COMMANDS(X) \
  X(fill, Fill, "tif", 0) \
  X(copy, Copy, "ttiiiiiiiiiiiii", 0) \
  X(unary, Unary, "ttii", 0) \
  X(binary, Binary, "tttiiiiiiiiiiiii", 0) \
  X(activation, Activation, "ttii", 0) \
  X(activationBackward, ActivationBackward, "tttii", 0) \
  X(reduce, Reduce, "ttiiiii", 1) \
  X(argmax, Argmax, "ttii", 0) \
  X(oneHot, OneHot, "ttii", 0) \
  X(matmul, Matmul, "tttiiiiiiiiii", 1) \
  X(dense, Dense, "ttttiiiii", 1) \
  X(embeddingForward, EmbeddingForward, "tttiii", 0) \
  X(embeddingBackward, EmbeddingBackward, "tttiiii", 0) \
  X(dequantize, Dequantize, "tttiiii", 0) \
  X(quantizedDense, QuantizedDense, "tttttiiiii", 1) \
  X(quantizedEmbedding, QuantizedEmbedding, "ttttiiii", 0) \
  X(recurrentStep, RecurrentStep, "tttttttttttiiiiiiiii", 1) \
  X(uniqueRows, UniqueRows, "ttttiii", 1) \
  X(clusterRows, ClusterRows, "ttttttiiii", 0) \
  X(rowsDenseForward, RowsDenseForward, "tttttiiii", 1) \
  X(rowsDenseBackward, RowsDenseBackward, "tttttttiiii", 1) \
  X(linearCrossEntropyForward, LinearCrossEntropyForward, "tttttttiiii", 1) \
  X(linearCrossEntropyBackward, LinearCrossEntropyBackward, "ttttttttttiiii", 1) \
  X(sampleClasses, SampleClasses, "tttiii", 1) \
  X(logExpectedCount, LogExpectedCount, "tttii", 0) \
  X(sampledCrossEntropyForward, SampledCrossEntropyForward, "tttttttii", 1) \
  X(sampledCrossEntropyBackward, SampledCrossEntropyBackward, "tttttttttii", 1) \
  X(softmax, Softmax, "ttiii", 0) \
  X(softmaxBackward, SoftmaxBackward, "tttiii", 0) \
  X(softmaxCrossEntropyForward, SoftmaxCrossEntropyForward, "tttttiif", 0) \
  X(softmaxCrossEntropyBackward, SoftmaxCrossEntropyBackward, "ttttttiif", 0) \
  X(crfForward, CrfForward, "tttttttttiii", 1) \
  X(crfBackward, CrfBackward, "tttttttttttttiii", 1) \
  X(crfDecode, CrfDecode, "ttttttttiii", 1) \
  X(dropout, Dropout, "tttiiiiif", 0) \
  X(dropoutMask, DropoutMask, "ttiif", 0) \
  X(simpleRnnForward, SimpleRnnForward, "ttttttttttttttiiiiiiii", 1) \
  X(simpleRnnBackward, SimpleRnnBackward, "tttttttttttttttttttiiiiiiiii", 1) \
  X(lstmForward, LstmForward, "ttttttttttttttttiiiiiiiii", 1) \
  X(lstmBackward, LstmBackward, "ttttttttttttttttttttttiiiiiiiiii", 1) \
  X(gruForward, GruForward, "ttttttttttttttiiiiiiiiii", 1) \
  X(gruBackward, GruBackward, "tttttttttttttttttttiiiiiiiiiii", 1) \
  X(globalNorm, GlobalNorm, "ttii", 1) \
  X(clipByValue, ClipByValue, "tif", 0) \
  X(sgd, Sgd, "tttttttiiiffffi", 0) \
  X(rmsprop, Rmsprop, "tttttttttiiiffffff", 0) \
  X(adam, Adam, "tttttttttiiiffffff", 0) \
  X(adagrad, Adagrad, "tttttttiiifffff", 0) \
  X(adadelta, Adadelta, "ttttttttiiifffff", 0) \
  X(adamax, Adamax, "ttttttttiiiffffff", 0) \
  X(nadam, Nadam, "ttttttttiiiffffff", 0) \
  X(lion, Lion, "tttttttiiifffff", 0)

enum { kCommandCount = 52 };
