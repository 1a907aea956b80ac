// Matrix products: the commands matmul and dense, and `product`, which the recurrent commands use too.
#pragma once
#include "activation.h"
#include "bf16.h"
#include "tile.h"

namespace REPRISE_NS {

// out[m, n] = f(init + Σ_k a[m, k]·b[k, n])
struct Product {
  int64_t M, N, K;
  const float* a;  // a[m·aRow + k·aStep], one of the strides 1
  int64_t aRow, aStep;
  const float* b;  // b[k·bStep + n·bColumn], one of the strides 1
  int64_t bStep, bColumn;
  float* out;  // out[m·outRow + n]
  int64_t outRow;
  const float* bias = nullptr;  // [N], where each row starts; zero when null
  bool accumulate = false;      // starts from what is in out instead
  int64_t activation = kActivationLinear;
};

constexpr int64_t kPanel = kTileVectors * kLanes;  // columns of a packed panel
constexpr int64_t kTogether = 256 / kPanel;        // panels packed together: they share one reading of a
constexpr int64_t kTogetherPacked = 1024 / kPanel;  // the same where a must be packed too, which costs more than a panel
constexpr int64_t kDepth = kRegisters >= 32 ? 512 : 256;  // longest stretch of k between two visits of out
constexpr int64_t kChunk = 8;                      // blocks of rows that stay in the cache while the panels change

// k in stretches of nearly equal length, at least one of them.
REPRISE_INLINE int64_t stretches(int64_t K) { return K > kDepth ? (K + kDepth - 1) / kDepth : 1; }

// Rows of a transposed a are packed where their distance makes them share a few sets of the caches.
REPRISE_INLINE bool packs_rows(const Product& q) { return q.aStep % 256 == 0 && q.N > kPanel; }

REPRISE_INLINE int64_t panels_together(const Product& q) { return packs_rows(q) ? kTogetherPacked : kTogether; }

// Scratch of a product: for each thread the packed panels of b and rows of a.
REPRISE_INLINE int64_t product_floats(const Product& q) {
  return smaller(q.K, kDepth) * (kPanel * panels_together(q) + kTileRows * kChunk);
}
// The most that a product over K may want.
REPRISE_INLINE int64_t most_product_floats(int64_t K) {
  return smaller(K, kDepth) * (kPanel * kTogetherPacked + kTileRows * kChunk);
}
REPRISE_INLINE int64_t mixed_product_words(int64_t M, int64_t K, int threads);
REPRISE_INLINE size_t product_scratch(const Product& q, int threads) {
  return (size_t)larger(threads * product_floats(q), mixed_product_words(q.M, q.K, threads)) * sizeof(float);
}
static void mixed_product(const Product& q, char* scratch, Context& c);  // bf16_gemm.h

static void activate_rows(int64_t kind, float* out, int64_t outRow, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t n = 0; n < columns; n += kLanes) {
      float* p = out + r * outRow + n;
      store_part(p, any_activation(kind, load_part(p, columns - n)), columns - n);
    }
}

// ---- few rows: b is read once, where it lies -------------------------------------------------------------------------

// y[n] += Σ a[k·aStep]·b[k·bStep + n] over R values of k.
template <int R>
static void add_scaled_rows(float* y, const float* a, int64_t aStep, const float* b, int64_t bStep, int64_t N) {
  vf x[R];
  for (int r = 0; r < R; r++) x[r] = set1(a[r * aStep]);
  int64_t n = 0;
  for (; n + kLanes <= N; n += kLanes) {
    vf sum = load(y + n);
    for (int r = 0; r < R; r++) sum = fma(x[r], load(b + r * bStep + n), sum);
    store(y + n, sum);
  }
  if (n < N) {
    vf sum = load_n(y + n, N - n);
    for (int r = 0; r < R; r++) sum = fma(x[r], load_n(b + r * bStep + n, N - n), sum);
    store_n(y + n, sum, N - n);
  }
}

// y += aᵀ·b for one row. Whole rows of b stream by, eight at a time, which hardware prefetchers follow best; the
// stretch of y stays in the level-1 cache. Eight zeros in a (one-hot inputs) skip their rows.
static void row_product(float* y, const float* a, int64_t aStep, const float* b, int64_t bStep, int64_t N, int64_t K) {
  for (int64_t n = 0; n < N; n += 2048) {
    const int64_t width = smaller(2048, N - n);
    int64_t k = 0;
    for (; k + 8 <= K; k += 8) {
      const float* x = a + k * aStep;
      bool any = false;
      for (int r = 0; r < 8; r++) any |= x[r * aStep] != 0.0f;
      if (any) add_scaled_rows<8>(y + n, x, aStep, b + k * bStep + n, bStep, width);
    }
    for (; k < K; k++) add_scaled_rows<1>(y + n, a + k * aStep, aStep, b + k * bStep + n, bStep, width);
  }
}

// out += a·b for at most kTileRows rows, b row-major. A few rows of b at a time stream by.
static void few_rows_product(int64_t M, int64_t N, int64_t K, const float* a, int64_t aRow, int64_t aStep, const float* b,
                             int64_t bStep, float* out, int64_t outRow) {
  constexpr int64_t kSteps = 16;
  const int64_t whole = M > 1 ? N / kLanes * kLanes : 0;
  for (int64_t k = 0; k < K && whole > 0; k += kSteps)
    for (int64_t n = 0; n < whole; n += kPanel) {
      const int vectors = (int)(smaller(kPanel, whole - n) / kLanes);
      run_tile((int)M, vectors,
               Tile{a + k * aStep, aRow, aStep, b + k * bStep + n, bStep, smaller(kSteps, K - k), out + n, outRow, kLanes,
                    out + n, outRow, kLanes});
    }
  if (whole < N)
    for (int64_t m = 0; m < M; m++)
      row_product(out + m * outRow + whole, a + m * aRow, aStep, b + whole, bStep, N - whole, K);
}

// y[n] += Σ_k a[k]·b[n·bColumn + k] for one row and b transposed: kLanes² elements of b are turned in registers, so
// that the sums have the same order as everywhere.
static void row_product_transposed(float* y, const float* a, int64_t aStep, const float* b, int64_t bColumn, int64_t N,
                                   int64_t K) {
  alignas(64) float turned[kLanes * kLanes];
  for (int64_t n = 0; n < N; n += kLanes) {
    const int64_t width = smaller(kLanes, N - n);
    vf sum = load_part(y + n, width);
    for (int64_t k = 0; k < K; k += kLanes) {
      const int64_t depth = smaller(kLanes, K - k);
      pack_vector(turned, kLanes, b + n * bColumn + k, 1, bColumn, width, depth);
      for (int64_t j = 0; j < depth; j++) sum = fma(set1(a[(k + j) * aStep]), load(turned + j * kLanes), sum);
    }
    store_part(y + n, sum, width);
  }
}

static void few_rows(const Product& q, const Context& c) {
  int64_t begin, end;
  c.share(q.N, kPanel, begin, end);
  if (begin == end) return;
  float* out = q.out + begin;
  if (!q.accumulate)
    for (int64_t m = 0; m < q.M; m++)
      for (int64_t n = begin; n < end; n += kLanes)
        store_part(q.out + m * q.outRow + n, q.bias ? load_part(q.bias + n, end - n) : zero(), end - n);
  const float* b = q.b + begin * q.bColumn;
  if (q.bColumn == 1) few_rows_product(q.M, end - begin, q.K, q.a, q.aRow, q.aStep, b, q.bStep, out, q.outRow);
  else row_product_transposed(out, q.a, q.aStep, b, q.bColumn, end - begin, q.K);
  if (q.activation != kActivationLinear) activate_rows(q.activation, out, q.outRow, q.M, end - begin);
}

// ---- many rows: every thread packs the panels of b it works on -------------------------------------------------------

template <int R> static void pack_block(float* to, const float* from, int64_t step, int64_t depth) {
  for (int64_t k = 0; k < depth; k++) __builtin_memcpy(to + k * R, from + k * step, R * sizeof(float));
}

// Blocks [first, last) of rows of a transposed a in the order of the tiles: block after block, of each
// rows[k·height + r].
static void pack_rows(const Product& q, const RowBlocks& blocks, float* rows, int64_t k, int64_t depth, int64_t first,
                      int64_t last) {
  constexpr int64_t kSteps = 16;  // taken side by side, so that cache lines of a are read once
  for (int64_t j = 0; j < depth; j += kSteps)
    for (int64_t block = first; block < last; block++) {
      const int64_t m = blocks.start(block), height = blocks.rows(block), steps = smaller(kSteps, depth - j);
      const float* from = q.a + (k + j) * q.aStep + m;
      float* to = rows + (m - blocks.start(first)) * depth + j * height;
      switch (height) {
        case 6: pack_block<6>(to, from, q.aStep, steps); break;
        case 5: pack_block<5>(to, from, q.aStep, steps); break;
        case 4: pack_block<4>(to, from, q.aStep, steps); break;
        case 3: pack_block<3>(to, from, q.aStep, steps); break;
        case 2: pack_block<2>(to, from, q.aStep, steps); break;
        default: pack_block<1>(to, from, q.aStep, steps);
      }
    }
}

// The rows [first, last) of blocks, packed or not, against one panel of columns, for one stretch of k.
static void panel_product(const Product& q, const RowBlocks& blocks, const float* rows, const float* panel, int64_t n,
                          int64_t k, int64_t depth, int64_t first, int64_t last) {
  const int64_t columns = smaller(kPanel, q.N - n);
  const int vectors = (int)((columns + kLanes - 1) / kLanes);
  const bool whole = columns % kLanes == 0, begins = k == 0, ends = k + depth == q.K;
  alignas(64) float edge[kTileRows * kPanel];
  for (int64_t block = first; block < last; block++) {
    const int64_t m = blocks.start(block);
    const int height = blocks.rows(block);
    float* out = q.out + m * q.outRow + n;
    const float* a = q.a + m * q.aRow + k * q.aStep;
    Tile t{a, q.aRow, q.aStep, panel, kPanel, depth, out, q.outRow, kLanes, out, q.outRow, kLanes};
    if (rows) {
      t.a = rows + (m - blocks.start(first)) * depth;
      t.aRow = 1;
      t.aStep = height;
    }
    // The lines of the next tile's sums: the stores of a tile that misses them wait in line, and its successor with them.
    if (block + 1 < last) {
      float* next = out + height * q.outRow;
      for (int r = 0; r < blocks.rows(block + 1); r++)
        for (int v = 0; v < vectors; v++) prefetch_write(next + r * q.outRow + v * kLanes);
    }
    if (begins && !q.accumulate) {
      t.init = q.bias ? q.bias + n : nullptr;
      t.initRow = 0;
    }
    if (whole) {
      run_tile(height, vectors, t);
    } else {  // the last columns go through a whole tile of their own
      if (t.init) {
        for (int r = 0; r < height; r++)
          for (int64_t v = 0; v < columns; v += kLanes)
            store(edge + r * kPanel + v, load_part(t.init + r * t.initRow + v, columns - v));
        t.init = edge;
        t.initRow = kPanel;
      }
      t.out = edge;
      t.outRow = kPanel;
      run_tile(height, vectors, t);
      for (int r = 0; r < height; r++)
        for (int64_t v = 0; v < columns; v += kLanes)
          store_part(out + r * q.outRow + v, load(edge + r * kPanel + v), columns - v);
    }
    if (ends && q.activation != kActivationLinear) activate_rows(q.activation, out, q.outRow, height, columns);
  }
}

// Computes q with the whole team. Ends without a barrier: put one before the result is used. Work is divided at tiles of
// the sequence panel after panel, block of rows after block of rows; where the border of two threads falls inside a
// panel both of them pack it.
static void product(const Product& q, char* scratch, Context& c) {
  if (q.M == 0 || q.N == 0) return;
  if (q.M == 1 || (q.M <= kTileRows && q.bColumn == 1)) return few_rows(q, c);
  if (kMixed && c.mixed) return mixed_product(q, scratch, c);
  const RowBlocks blocks(q.M);
  const int64_t stretch = stretches(q.K), vectors = (q.N + kLanes - 1) / kLanes, work = vectors * blocks.count;
  const int64_t whole = kTileVectors * blocks.count;  // work of a whole panel
  const int64_t together = panels_together(q);
  float* packed = (float*)scratch + c.thread * product_floats(q);
  float* rows = packs_rows(q) ? packed + smaller(q.K, kDepth) * kPanel * together : nullptr;
  int64_t at = work * c.thread / c.threads;
  const int64_t stop = work * (c.thread + 1) / c.threads;
  while (at < stop) {
    const int64_t index = at / whole, width = smaller(kTileVectors, vectors - index * kTileVectors);
    const int64_t first = (at - index * whole) / width, last = smaller(blocks.count, (stop - index * whole) / width);
    const int64_t panels = first > 0 ? 1 : larger(1, smaller(together, (stop - at) / whole));
    const int64_t end = smaller(vectors, (index + panels) * kTileVectors);
    for (int64_t s = 0; s < stretch && first < last; s++) {
      const int64_t k = q.K * s / stretch, depth = q.K * (s + 1) / stretch - k;
      for (int64_t v = index * kTileVectors, p = 0; v < end; v += kTileVectors, p++)
        pack_vectors(packed + p * depth * kPanel, kPanel, q.b + k * q.bStep + v * kLanes * q.bColumn, q.bStep, q.bColumn,
                     q.N - v * kLanes, depth, smaller(kTileVectors, end - v));
      for (int64_t chunk = first; chunk < last; chunk += kChunk) {
        const int64_t stopChunk = smaller(chunk + kChunk, last);
        if (rows) pack_rows(q, blocks, rows, k, depth, chunk, stopChunk);
        for (int64_t p = 0; p < panels; p++)
          panel_product(q, blocks, rows, packed + p * depth * kPanel, (index + p) * kPanel, k, depth, chunk, stopChunk);
      }
    }
    at = end * blocks.count;
  }
}

}  // namespace REPRISE_NS
#include "bf16_gemm.h"
namespace REPRISE_NS {

// ---- commands --------------------------------------------------------------------------------------------------------

static Product matmul_product(const MatmulArgs& a) {
  Product q{a.M, a.N, a.K, a.a, a.K, 1, a.b, a.N, 1, a.c, a.N};
  if (a.transposeA) q.aRow = 1, q.aStep = a.M;
  if (a.transposeB) q.bStep = 1, q.bColumn = a.K;
  q.accumulate = a.accumulate != 0;
  return q;
}

// Several small products are divided among the threads as wholes.
static bool matmul_alone(const MatmulArgs& a, int threads) {
  return a.batch >= threads && (a.batch % threads == 0 || a.batch >= 4 * threads) && a.M * a.N * a.K < 1 << 22;
}

static size_t scratch_matmul(const MatmulArgs& a, int threads) {
  const Product q = matmul_product(a);
  return larger(product_scratch(q, threads), threads * product_scratch(q, 1));
}

static void kernel_matmul(const MatmulArgs& a, Context& c) {
  Product q = matmul_product(a);
  const bool alone = matmul_alone(a, c.threads);
  Context solo{0, 1, nullptr, c.scratch + (alone ? c.thread * product_scratch(q, 1) : 0), c.mixed};
  const int64_t begin = alone ? a.batch * c.thread / c.threads : 0;
  const int64_t end = alone ? a.batch * (c.thread + 1) / c.threads : a.batch;
  for (int64_t i = begin; i < end; i++) {
    q.a = a.a + i * a.aBatchStride;
    q.b = a.b + i * a.bBatchStride;
    q.out = a.c + i * a.cBatchStride;
    if (alone) {
      product(q, solo.scratch, solo);
    } else {
      if (i) c.barrier();
      product(q, c.scratch, c);
    }
  }
}

static Product dense_product(const DenseArgs& a) {
  Product q{a.M, a.N, a.K, a.x, a.K, 1, a.w, a.N, 1, a.y, a.N};
  if (a.transposeW) q.bStep = 1, q.bColumn = a.K;
  q.bias = a.bias;
  q.activation = a.activation;
  return q;
}

static size_t scratch_dense(const DenseArgs& a, int threads) { return product_scratch(dense_product(a), threads); }

static void kernel_dense(const DenseArgs& a, Context& c) { product(dense_product(a), c.scratch, c); }

}  // namespace REPRISE_NS
