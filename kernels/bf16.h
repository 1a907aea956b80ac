// Products of numbers rounded to bfloat16, added in float32: what precision 'mixed' is made of. A bf16 is the upper half of
// a float32 (8 bits of precision instead of 24). Numbers travel in pairs, (k, k + 1) in the halves of 32 bits, because the
// instructions add two products at a time.
//
// With kMixed this build has
//   dot_pairs        each lane: sum + low(a)·low(b) + high(a)·high(b)
//   pair_lanes       lane l holds (low[l], high[l]), rounded to nearest even
//   pair_neighbours  kLanes pairs of 2·kLanes numbers that stand side by side
// REPRISE_SOFTWARE_BF16 gives them, and the tiles of amx.h, to any instruction set: slow, for tests.
#pragma once
#include "tile.h"

namespace REPRISE_NS {

#if defined(REPRISE_SOFTWARE_BF16)
constexpr bool kMixed = true;
REPRISE_INLINE vi round_bf16(vf x) {  // in the upper halves; NaN stays NaN by keeping a bit set
  const vi even = addi(bits(x), addi(andi(shr<16>(bits(x)), seti(1)), seti(0x7fff)));
  const vi rounded = bits(select(equal(x, x), from_bits(even), from_bits(ori(bits(x), seti(0x400000)))));
  return andi(rounded, seti((int32_t)0xffff0000));
}
REPRISE_INLINE vf dot_pairs(vf sum, vi a, vi b) {
  const vi upper = seti((int32_t)0xffff0000);
  sum = fma(from_bits(andi(a, upper)), from_bits(andi(b, upper)), sum);
  return fma(from_bits(shl<16>(a)), from_bits(shl<16>(b)), sum);
}
REPRISE_INLINE vi pair_lanes(vf low, vf high) { return ori(shr<16>(round_bf16(low)), round_bf16(high)); }
REPRISE_INLINE vi pair_neighbours(vf first, vf second) {
  alignas(64) float x[2 * kLanes], low[kLanes], high[kLanes];
  store(x, first);
  store(x + kLanes, second);
  for (int l = 0; l < kLanes; l++) low[l] = x[2 * l], high[l] = x[2 * l + 1];
  return pair_lanes(load(low), load(high));
}
#elif defined(__AVX512BF16__)
constexpr bool kMixed = true;
REPRISE_INLINE vf dot_pairs(vf sum, vi a, vi b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
REPRISE_INLINE vi pair_neighbours(vf first, vf second) { return (vi)_mm512_cvtne2ps_pbh(second, first); }
REPRISE_INLINE vi pair_lanes(vf low, vf high) {
  const vi order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
                                    19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, pair_neighbours(low, high));
}
#else
constexpr bool kMixed = false;
REPRISE_INLINE vf dot_pairs(vf sum, vi, vi) { return sum; }
REPRISE_INLINE vi pair_lanes(vf low, vf) { return bits(low); }
REPRISE_INLINE vi pair_neighbours(vf first, vf) { return bits(first); }
#endif

// ---- packing ---------------------------------------------------------------------------------------------------------

constexpr int64_t kPairBlock = 16;  // pairs of packed operands are padded with zeros to a multiple of this

REPRISE_INLINE int64_t pair_count(int64_t k) { return (k + 1) / 2; }
REPRISE_INLINE int64_t whole_blocks(int64_t pairs) { return (pairs + kPairBlock - 1) / kPairBlock * kPairBlock; }

REPRISE_INLINE vf load_some(const float* p, int64_t n) { return n >= kLanes ? load(p) : n > 0 ? load_n(p, n) : zero(); }

// Numbers [0, depth) of a row as pairs, padded to whole blocks.
REPRISE_INLINE void pack_pair_row(int32_t* to, const float* from, int64_t depth) {
  int64_t k = 0;
  for (; k + 2 * kLanes <= depth; k += 2 * kLanes) storei(to + k / 2, pair_neighbours(load(from + k), load(from + k + kLanes)));
  for (const int64_t end = 2 * whole_blocks(pair_count(depth)); k < end; k += 2 * kLanes)
    storei(to + k / 2, pair_neighbours(load_some(from + k, depth - k), load_some(from + k + kLanes, depth - k - kLanes)));
}

// One vector of columns for pairs of k: to[pair·toStep + lane] from from[k·step + lane·column], one of the strides 1; lanes
// from `columns` on and what is beyond `depth` are zero. `pairs` of them are written, at least pair_count(depth).
static void pack_pair_vector(int32_t* to, int64_t toStep, const float* from, int64_t step, int64_t column, int64_t columns,
                             int64_t depth, int64_t pairs) {
  int64_t j = 0;
  if (columns <= 0) depth = 0;
  if (column == 1) {
    for (; 2 * j + 1 < depth; j++)
      storei(to + j * toStep, pair_lanes(load_part(from + 2 * j * step, columns), load_part(from + (2 * j + 1) * step, columns)));
    if (2 * j < depth) {
      storei(to + j * toStep, pair_lanes(load_part(from + 2 * j * step, columns), zero()));
      j++;
    }
  } else {
    alignas(64) int32_t turned[kLanes * kLanes];
    alignas(64) float rest[kLanes * kLanes];
    for (; 2 * j < depth; j += kLanes) {
      const int64_t left = depth - 2 * j;
      for (int64_t lane = 0; lane < kLanes; lane++) {
        const float* p = from + 2 * j + lane * column;
        storei(turned + lane * kLanes, lane >= columns       ? bits(zero())
                                       : left >= 2 * kLanes ? pair_neighbours(load(p), load(p + kLanes))
                                                             : pair_neighbours(load_some(p, left), load_some(p + kLanes, left - kLanes)));
      }
      if (j + kLanes <= pairs) {
        transpose((const float*)turned, kLanes, (float*)to + j * toStep, toStep);
      } else {
        transpose((const float*)turned, kLanes, rest, kLanes);
        for (int64_t i = 0; j + i < pairs; i++) store((float*)to + (j + i) * toStep, load(rest + i * kLanes));
      }
    }
  }
  for (; j < pairs; j++) storei(to + j * toStep, bits(zero()));
}

// `vectors` neighbours at once.
static void pack_pair_vectors(int32_t* to, int64_t toStep, const float* from, int64_t step, int64_t column, int64_t columns,
                              int64_t depth, int64_t pairs, int64_t vectors) {
  if (column == 1 && vectors == kTileVectors && columns >= kTileVectors * kLanes && depth == 2 * pairs) {
    for (int64_t j = 0; j < pairs; j++, to += toStep, from += 2 * step)
      for (int v = 0; v < kTileVectors; v++)
        storei(to + v * kLanes, pair_lanes(load(from + v * kLanes), load(from + step + v * kLanes)));
    return;
  }
  for (int64_t v = 0; v < vectors; v++)
    pack_pair_vector(to + v * kLanes, toStep, from + v * kLanes * column, step, column, columns - v * kLanes, depth, pairs);
}

// ---- the inner loop --------------------------------------------------------------------------------------------------

// out[r][v] = init[r][v] + Σ over pairs; as Tile in tile.h, with pairs for k.
struct PairTile {
  const int32_t* a;  // a[r·aRow + pair·aStep]
  int64_t aRow, aStep;
  const int32_t* b;  // b[pair·bStep + v·kLanes + lane]
  int64_t bStep;
  int64_t depth;      // number of pairs
  const float* init;  // init[r·initRow + v·kLanes + lane]; zero when null
  int64_t initRow;
  float* out;  // out[r·outRow + v·kLanes + lane]
  int64_t outRow;
};

template <int R, int V> static __attribute__((noinline)) void run_pair_tile(const PairTile& t) {
  vf sum[R][V];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) sum[r][v] = t.init ? load(t.init + r * t.initRow + v * kLanes) : zero();
  const int32_t *a = t.a, *b = t.b;
  const int64_t aRow = t.aRow, aStep = t.aStep, bStep = t.bStep;
  for (int64_t k = t.depth; k > 0; k--) {
    vi w[V];
    for (int v = 0; v < V; v++) w[v] = loadi(b + v * kLanes);
    for (int r = 0; r < R; r++) {
      const vi x = seti(a[r * aRow]);
      for (int v = 0; v < V; v++) sum[r][v] = dot_pairs(sum[r][v], x, w[v]);
    }
    a += aStep;
    b += bStep;
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(t.out + r * t.outRow + v * kLanes, sum[r][v]);
}

template <int R> REPRISE_INLINE void run_pair_row(int vectors, const PairTile& t) {
  if constexpr (kTileVectors == 4) {
    if (vectors == 4) return run_pair_tile<R, 4>(t);
    if (vectors == 3) return run_pair_tile<R, 3>(t);
  }
  if (vectors == 2) return run_pair_tile<R, 2>(t);
  run_pair_tile<R, 1>(t);
}

// 1 … kTileRows rows and 1 … kTileVectors vectors.
static inline void run_pair_tile(int rows, int vectors, const PairTile& t) {
  if constexpr (kTileRows == 6) {
    if (rows == 6) return run_pair_row<6>(vectors, t);
    if (rows == 5) return run_pair_row<5>(vectors, t);
  }
  switch (rows) {
    case 4: return run_pair_row<4>(vectors, t);
    case 3: return run_pair_row<3>(vectors, t);
    case 2: return run_pair_row<2>(vectors, t);
    default: return run_pair_row<1>(vectors, t);
  }
}

}  // namespace REPRISE_NS
