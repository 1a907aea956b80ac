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

// The packed rows of a: shared by the team, in parts of at most this many numbers, each divided into chunks of blocks of
// rows, of each chunk one stretch of k after the other, kPairRows rows a stretch.
constexpr int64_t kPairPart = 8 << 20;

REPRISE_INLINE int64_t chunk_size(int64_t K) {
  return kPairRows * (whole_blocks(pair_count(K)) + pair_stretches(K) * kPairRowPad);
}
REPRISE_INLINE int64_t part_rows(int64_t M, int64_t K) {
  return smaller(M, larger(1, kPairPart / (kPairRows * larger(K, 1))) * kPairRows);
}
REPRISE_INLINE int64_t part_chunks(int64_t rows) { return (RowBlocks(rows).count + kChunk - 1) / kChunk; }

// Scratch in 32-bit words: packed rows for the team, packed panels for each thread.
REPRISE_INLINE int64_t packed_rows_size(int64_t M, int64_t K) { return part_chunks(part_rows(M, K)) * chunk_size(K); }
REPRISE_INLINE int64_t packed_panels_size(int64_t K) { return most_pairs(K) * kPanel * kPairTogether; }
REPRISE_INLINE int64_t mixed_product_words(int64_t M, int64_t K, int threads) {
  return kMixed ? packed_rows_size(M, K) + threads * packed_panels_size(K) : 0;
}

// Packed rows and the strides they are laid out with: rows side by side where they are in a, unless tiles want them whole.
struct PackedRows {
  const int32_t* data;
  int64_t row, step;
};
static PackedRows packed_rows(const Product& q, const int32_t* at, int64_t pairs) {
  const bool turned = q.aStep != 1 && !kTiles;
  return PackedRows{at, turned ? 1 : whole_blocks(pairs) + kPairRowPad, turned ? kPairRows : 1};
}
// Rows [m, m + rows) of a as pairs [pair, pair + pairs) of k.
static void pack_pair_rows(const Product& q, int32_t* to, int64_t m, int64_t rows, int64_t pair, int64_t pairs) {
  const float* from = q.a + m * q.aRow + 2 * pair * q.aStep;
  const int64_t depth = smaller(2 * pairs, q.K - 2 * pair), stride = whole_blocks(pairs) + kPairRowPad;
  if (q.aStep == 1) {
    for (int64_t r = 0; r < rows; r++) pack_pair_row(to + r * stride, from + r * q.aRow, depth);
    return;
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
    return;
  }
  for (int64_t j = 0; j < pairs; j++, from += 2 * q.aStep) {
    const bool odd = 2 * j + 1 == depth;
    for (int64_t r = 0; r < rows; r += kLanes)
      storei(to + j * kPairRows + r, pair_lanes(load_part(from + r, rows - r),
                                                odd ? zero() : load_part(from + q.aStep + r, rows - r)));
  }
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

// Every row of q as pairs, chunks and stretches divided among the team.
static void pack_all_rows(const Product& q, const RowBlocks& blocks, int32_t* rows, const Context& c) {
  const int64_t chunks = part_chunks(q.M), stretch = pair_stretches(q.K);
  for (int64_t i = c.thread; i < chunks * stretch; i += c.threads) {
    const int64_t chunk = i / stretch, s = i % stretch, first = chunk * kChunk;
    const int64_t pair = pair_stretch(q.K, s, stretch), m = blocks.start(first);
    pack_pair_rows(q, rows + chunk * chunk_size(q.K) + (pair + s * kPairRowPad) * kPairRows, m,
                   blocks.start(smaller(first + kChunk, blocks.count)) - m, pair,
                   pair_stretch(q.K, s + 1, stretch) - pair);
  }
}

// q with packed rows, divided as in `product`.
static void multiply_rows(const Product& q, const RowBlocks& blocks, const int32_t* rows, int32_t* packed, const Context& c) {
  const int64_t stretch = pair_stretches(q.K), vectors = (q.N + kLanes - 1) / kLanes, work = vectors * blocks.count;
  const int64_t whole = kTileVectors * blocks.count;  // work of a whole panel
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
      for (int64_t block = first; block < last;) {
        const int64_t chunk = block / kChunk, next = smaller((chunk + 1) * kChunk, last), m = blocks.start(block);
        PackedRows a =
            packed_rows(q, rows + chunk * chunk_size(q.K) + (pair + s * kPairRowPad) * kPairRows, pairs);
        a.data += (m - blocks.start(chunk * kChunk)) * a.row;
        for (int64_t p = 0; p < panels; p++)
          pair_panel_product(q, a, packed + p * padded * kPanel, pairs, m, blocks.start(next) - m,
                             (index + p) * kPanel, s == 0, s + 1 == stretch);
        block = next;
      }
    }
    at = end * blocks.count;
  }
}

// `product` for many rows. Rows of a are packed once by the whole team, panels of b by the thread that needs them.
static void mixed_product(const Product& q, char* scratch, Context& c) {
  Tiles::configure();
  int32_t* rows = (int32_t*)scratch;
  int32_t* packed = rows + packed_rows_size(q.M, q.K) + c.thread * packed_panels_size(q.K);
  const int64_t step = part_rows(q.M, q.K);
  for (int64_t m = 0; m < q.M; m += step) {
    Product part = q;
    part.M = smaller(step, q.M - m);
    part.a += m * q.aRow;
    part.out += m * q.outRow;
    const RowBlocks blocks(part.M);
    c.barrier();  // others may still read the rows of the part, or the product, before
    pack_all_rows(part, blocks, rows, c);
    c.barrier();
    multiply_rows(part, blocks, rows, packed, c);
  }
}

}  // namespace REPRISE_NS
