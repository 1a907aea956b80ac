// `product` with operands rounded to bf16: a and b are converted to pairs of k while they are packed, sums, bias and
// activation stay float32. Every element of the result is one chain of pairs in the order of k, so that neither the size of
// the tiles nor the number of threads changes a bit.
#pragma once
#include "amx.h"

namespace REPRISE_NS {

constexpr int64_t kPairDepth = 256;    // longest stretch of pairs between two visits of out
constexpr int64_t kPairTogether = 8;   // panels of b packed together: they share one reading of a
constexpr int64_t kPairRows = kChunk * kTileRows;  // rows of a packed together
constexpr int64_t kPairRowPad = 16;    // keeps rows of packed pairs off each other's sets of the caches

REPRISE_INLINE int64_t pair_stretches(int64_t K) { return larger(1, (pair_count(K) + kPairDepth - 1) / kPairDepth); }
// Where stretch s of k begins, in pairs: a multiple of kPairBlock, or the end.
REPRISE_INLINE int64_t pair_stretch(int64_t K, int64_t s, int64_t stretches) {
  return smaller(pair_count(K), whole_blocks(pair_count(K)) / kPairBlock * s / stretches * kPairBlock);
}
REPRISE_INLINE int64_t most_pairs(int64_t K) { return smaller(whole_blocks(pair_count(K)), kPairDepth + kPairBlock); }

// Scratch of one thread: packed panels, then packed rows (with room for tiles to read beyond the last).
REPRISE_INLINE int64_t mixed_product_floats(int64_t K) {
  if (!kMixed) return 0;
  return most_pairs(K) * kPanel * kPairTogether + (most_pairs(K) + kPairRowPad) * (kPairRows + 16);
}

// Rows [m, m + rows) of a as pairs [pair, pair + pairs) of k. Returns the strides they are laid out with.
struct PackedRows {
  const int32_t* data;
  int64_t row, step;
};
static PackedRows pack_pair_rows(const Product& q, int32_t* to, int64_t m, int64_t rows, int64_t pair, int64_t pairs) {
  const float* from = q.a + m * q.aRow + 2 * pair * q.aStep;
  const int64_t depth = smaller(2 * pairs, q.K - 2 * pair), stride = whole_blocks(pairs) + kPairRowPad;
  if (q.aStep == 1) {
    for (int64_t r = 0; r < rows; r++) pack_pair_row(to + r * stride, from + r * q.aRow, depth);
    return PackedRows{to, stride, 1};
  }
  if constexpr (kTiles) {
    alignas(64) int32_t block[kPairBlock * kLanes];
    for (int64_t j = 0; j < pairs; j += kPairBlock)
      for (int64_t r = 0; r < rows; r += kLanes) {
        const int64_t some = smaller(kPairBlock, pairs - j);
        pack_pair_vector(block, kLanes, from + r + 2 * j * q.aStep, q.aStep, 1, rows - r, smaller(2 * some, depth - 2 * j),
                         kPairBlock);
        for (int64_t i = 0; i < kPairBlock; i += kLanes)
          transpose((const float*)block + i * kLanes, kLanes, (float*)to + r * stride + j + i, stride);
      }
    return PackedRows{to, stride, 1};
  }
  for (int64_t j = 0; j < pairs; j++, from += 2 * q.aStep) {
    const bool odd = 2 * j + 1 == depth;
    for (int64_t r = 0; r < rows; r += kLanes)
      storei(to + j * kPairRows + r, pair_lanes(load_part(from + r, rows - r),
                                                odd ? zero() : load_part(from + q.aStep + r, rows - r)));
  }
  return PackedRows{to, 1, kPairRows};
}

// Packed rows [m, m + rows) of a against the panel of columns from n on, for one stretch of k.
static void pair_panel_product(const Product& q, const PackedRows& a, const int32_t* panel, int64_t pairs, int64_t m,
                               int64_t rows, int64_t n, bool begins, bool ends) {
  const int64_t columns = smaller(kPanel, q.N - n);
  const int vectors = (int)((columns + kLanes - 1) / kLanes);
  const bool whole = columns % (kTiles ? 16 : kLanes) == 0;
  alignas(64) float edge[kPairRows * kPanel];
  float* out = q.out + m * q.outRow + n;
  PairTile t{a.data, a.row, a.step, panel, kPanel, pairs, out, q.outRow, out, q.outRow};
  if (begins && !q.accumulate) {
    t.init = q.bias ? q.bias + n : nullptr;
    t.initRow = 0;
  }
  if (!whole) {  // the last columns go through a whole panel of their own
    if (t.init) {
      for (int64_t r = 0; r < rows; r++)
        for (int64_t v = 0; v < columns; v += kLanes)
          store(edge + r * kPanel + v, load_part(t.init + r * t.initRow + v, columns - v));
      t.init = edge;
      t.initRow = kPanel;
    }
    t.out = edge;
    t.outRow = kPanel;
  }
  if constexpr (kTiles) {
    t.depth = whole_blocks(pairs);
    run_tiles(rows, (vectors * kLanes + 15) / 16 * 16, t);
  } else {
    const RowBlocks blocks(rows);
    for (int64_t block = 0; block < blocks.count; block++) {
      const int64_t r = blocks.start(block);
      PairTile part = t;
      part.a += r * t.aRow;
      if (t.init) part.init += r * t.initRow;
      part.out += r * t.outRow;
      run_pair_tile(blocks.rows(block), vectors, part);
    }
  }
  if (!whole)
    for (int64_t r = 0; r < rows; r++)
      for (int64_t v = 0; v < columns; v += kLanes)
        store_part(out + r * q.outRow + v, load(edge + r * kPanel + v), columns - v);
  if (ends && q.activation != kActivationLinear) activate_rows(q.activation, out, q.outRow, rows, columns);
}

// `product` for many rows, with the same division of work.
static void mixed_product(const Product& q, char* scratch, Context& c) {
  Tiles::configure();
  const RowBlocks blocks(q.M);
  const int64_t stretch = pair_stretches(q.K), vectors = (q.N + kLanes - 1) / kLanes, work = vectors * blocks.count;
  const int64_t whole = kTileVectors * blocks.count;  // work of a whole panel
  int32_t* packed = (int32_t*)scratch + c.thread * mixed_product_floats(q.K);
  int32_t* rows = packed + most_pairs(q.K) * kPanel * kPairTogether;
  int64_t at = work * c.thread / c.threads;
  const int64_t stop = work * (c.thread + 1) / c.threads;
  while (at < stop) {
    const int64_t index = at / whole, width = smaller(kTileVectors, vectors - index * kTileVectors);
    const int64_t first = (at - index * whole) / width, last = smaller(blocks.count, (stop - index * whole) / width);
    const int64_t panels = first > 0 ? 1 : larger(1, smaller(kPairTogether, (stop - at) / whole));
    const int64_t end = smaller(vectors, (index + panels) * kTileVectors);
    for (int64_t s = 0; s < stretch && first < last; s++) {
      const int64_t pair = pair_stretch(q.K, s, stretch), pairs = pair_stretch(q.K, s + 1, stretch) - pair;
      const int64_t depth = smaller(2 * pairs, q.K - 2 * pair), padded = kTiles ? whole_blocks(pairs) : pairs;
      for (int64_t v = index * kTileVectors, p = 0; v < end; v += kTileVectors, p++)
        pack_pair_vectors(packed + p * padded * kPanel, kPanel, q.b + 2 * pair * q.bStep + v * kLanes * q.bColumn, q.bStep,
                          q.bColumn, q.N - v * kLanes, depth, padded,
                          kTiles ? kTileVectors : smaller(kTileVectors, end - v));
      for (int64_t chunk = first; chunk < last; chunk += kChunk) {
        const int64_t m = blocks.start(chunk), height = blocks.start(smaller(chunk + kChunk, last)) - m;
        const PackedRows a = pack_pair_rows(q, rows, m, height, pair, pairs);
        for (int64_t p = 0; p < panels; p++)
          pair_panel_product(q, a, packed + p * padded * kPanel, pairs, m, height, (index + p) * kPanel, s == 0,
                             s + 1 == stretch);
      }
    }
    at = end * blocks.count;
  }
}

}  // namespace REPRISE_NS
