// The inner loop of every product: a tile of up to kTileRows × kTileVectors accumulators, and the packing of weights
// into the order in which the inner loop reads them.
//
// Every element of every product is one chain of fused multiply-adds in the order of k, continued from where the last
// stretch of k left it. So neither the size of the tiles nor the number of threads changes a bit.
#pragma once
#include "kernel.h"
#include "transpose.h"

namespace REPRISE_NS {

// Measured on Zen 4: 6×4 with 32 registers (AVX-512) and 6×2 with 16 (AVX2) both reach 96 % of the processor's peak from
// the level-2 cache. WebAssembly reaches 73 % (strict) and 82 % (relaxed) of its peak with 4×2, half as much with 6×2:
// V8 puts all loads of a turn of the loop first, so it needs a register for each of them too.
constexpr int kTileRows = kRegisters < 32 && kLanes == 4 ? 4 : 6;
constexpr int kTileVectors = kRegisters >= 32 ? 4 : 2;

// out[r][v] = init[r][v] + Σ_k a[r, k]·b[k, v], v counting vectors of kLanes columns.
struct Tile {
  const float* a;  // a[r·aRow + k·aStep]
  int64_t aRow, aStep;
  const float* b;  // b[k·bStep + v·kLanes + lane]
  int64_t bStep;
  int64_t depth;      // number of k
  const float* init;  // init[r·initRow + v·initVector + lane]; zero when null
  int64_t initRow, initVector;
  float* out;  // out[r·outRow + v·outVector + lane]
  int64_t outRow, outVector;
};

template <int R, int V> static __attribute__((noinline)) void run_tile(const Tile& t) {
  vf sum[R][V];
  if (t.init) {
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) sum[r][v] = load(t.init + r * t.initRow + v * t.initVector);
  } else {
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) sum[r][v] = zero();
  }
  const float *a = t.a, *b = t.b;
  const int64_t aRow = t.aRow, aStep = t.aStep, bStep = t.bStep;
  for (int64_t k = t.depth; k > 0; k--) {
    vf w[V];
    for (int v = 0; v < V; v++) w[v] = load(b + v * kLanes);
    for (int r = 0; r < R; r++) {
      const vf x = set1(a[r * aRow]);
      for (int v = 0; v < V; v++) sum[r][v] = fma(x, w[v], sum[r][v]);
    }
    a += aStep;
    b += bStep;
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(t.out + r * t.outRow + v * t.outVector, sum[r][v]);
}

template <int R> REPRISE_INLINE void run_tile_row(int vectors, const Tile& t) {
  if constexpr (kTileVectors == 4) {
    if (vectors == 4) return run_tile<R, 4>(t);
    if (vectors == 3) return run_tile<R, 3>(t);
  }
  if (vectors == 2) return run_tile<R, 2>(t);
  run_tile<R, 1>(t);
}

// A tile of 1 … kTileRows rows and 1 … kTileVectors vectors.
static inline void run_tile(int rows, int vectors, const Tile& t) {
  if constexpr (kTileRows == 6) {
    if (rows == 6) return run_tile_row<6>(vectors, t);
    if (rows == 5) return run_tile_row<5>(vectors, t);
  }
  switch (rows) {
    case 4: return run_tile_row<4>(vectors, t);
    case 3: return run_tile_row<3>(vectors, t);
    case 2: return run_tile_row<2>(vectors, t);
    default: return run_tile_row<1>(vectors, t);
  }
}

// `count` rows divided as evenly as possible into blocks of at most kTileRows: with six, 50 rows are 6 6 6 6 6 5 5 5 5.
struct RowBlocks {
  int64_t count, size, larger;  // blocks; rows in each, and one more in the first `larger` of them

  explicit RowBlocks(int64_t rows) {
    count = (rows + kTileRows - 1) / kTileRows;
    size = count ? rows / count : 0;
    larger = rows - size * count;
  }
  int64_t start(int64_t block) const { return block * size + (block < larger ? block : larger); }
  int rows(int64_t block) const { return (int)(size + (block < larger)); }
};

REPRISE_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
REPRISE_INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// Vectors whose last lanes may be missing. Masked loads and stores are slow on some processors, so whole vectors skip them.
REPRISE_INLINE vf load_part(const float* p, int64_t n) { return n >= kLanes ? load(p) : load_n(p, n); }
REPRISE_INLINE void store_part(float* p, vf v, int64_t n) {
  if (n >= kLanes) store(p, v);
  else store_n(p, v, n);
}

// Copies one vector of columns for k = 0 … depth−1: to[k·toStep + lane] = from[k·step + lane·column], lanes from
// `columns` on zero. One of step and column is 1.
static void pack_vector(float* to, int64_t toStep, const float* from, int64_t step, int64_t column, int64_t columns,
                        int64_t depth) {
  if (columns <= 0) {
    for (int64_t k = 0; k < depth; k++) store(to + k * toStep, zero());
  } else if (column == 1) {
    for (int64_t k = 0; k < depth; k++) store(to + k * toStep, load_part(from + k * step, columns));
  } else if (columns >= kLanes) {
    int64_t k = 0;
    for (; k + kLanes <= depth; k += kLanes) transpose(from + k, column, to + k * toStep, toStep);
    for (; k < depth; k++)
      for (int lane = 0; lane < kLanes; lane++) to[k * toStep + lane] = from[k + lane * column];
  } else {
    for (int64_t k = 0; k < depth; k++) {
      for (int lane = 0; lane < columns; lane++) to[k * toStep + lane] = from[k + lane * column];
      for (int64_t lane = columns; lane < kLanes; lane++) to[k * toStep + lane] = 0.0f;
    }
  }
}

// `vectors` neighbours at once.
static void pack_vectors(float* to, int64_t toStep, const float* from, int64_t step, int64_t column, int64_t columns,
                         int64_t depth, int64_t vectors) {
  if (column == 1 && vectors == kTileVectors && columns >= kTileVectors * kLanes) {
    for (int64_t k = 0; k < depth; k++, to += toStep, from += step)
      for (int v = 0; v < kTileVectors; v++) store(to + v * kLanes, load(from + v * kLanes));
    return;
  }
  for (int64_t v = 0; v < vectors; v++)
    pack_vector(to + v * kLanes, toStep, from + v * kLanes * column, step, column, columns - v * kLanes, depth);
}

}  // namespace REPRISE_NS
