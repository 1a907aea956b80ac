// Tiles: eight registers of 16 rows of 64 bytes, and one instruction that adds the product of two of them to a third. They
// are used here for blocks of up to 32 rows × 32 columns of products of pairs (bf16.h).
//
// kTiles says whether this build has them. REPRISE_SOFTWARE_BF16 puts a model of the instructions in their place, so that
// everything but the instructions themselves can be tested on any processor.
#pragma once
#include "bf16.h"

namespace REPRISE_NS {

#if defined(REPRISE_SOFTWARE_BF16)
constexpr bool kTiles = true;
struct Tiles {
  union {
    float f[8][16][16];
    int32_t pair[8][16][16];
  };
  static void configure() {}
  template <int T> void clear() { __builtin_memset(f[T], 0, sizeof f[T]); }
  template <int T> void load(const void* from, int64_t bytes) {
    for (int r = 0; r < 16; r++) __builtin_memcpy(f[T][r], (const char*)from + r * bytes, 64);
  }
  template <int T> void keep(void* to, int64_t bytes) const {
    for (int r = 0; r < 16; r++) __builtin_memcpy((char*)to + r * bytes, f[T][r], 64);
  }
  template <int C, int A, int B> void dot() {
    const auto number = [](int32_t bits) {
      float x;
      __builtin_memcpy(&x, &bits, 4);
      return x;
    };
    for (int r = 0; r < 16; r++)
      for (int k = 0; k < 16; k++)
        for (int n = 0; n < 16; n++) {
          const int32_t a = pair[A][r][k], b = pair[B][k][n];
          const float low = number((int32_t)((uint32_t)a << 16)) * number((int32_t)((uint32_t)b << 16));
          f[C][r][n] += low;
          f[C][r][n] += number(a & (int32_t)0xffff0000) * number(b & (int32_t)0xffff0000);
        }
  }
};
#elif defined(__AMX_BF16__)
constexpr bool kTiles = true;
struct Tiles {
  // All eight tiles of this thread: 16 rows of 64 bytes.
  static void configure() {
    struct alignas(64) {
      uint8_t palette, start, reserved[14];
      uint16_t bytes[16];
      uint8_t rows[16];
    } shape = {};
    shape.palette = 1;
    for (int t = 0; t < 8; t++) shape.bytes[t] = 64, shape.rows[t] = 16;
    _tile_loadconfig(&shape);
  }
  // The intrinsics want literal numbers.
#define REPRISE_EACH_TILE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
  template <int T> void clear() {
#define REPRISE_TILE(t) if constexpr (T == t) _tile_zero(t);
    REPRISE_EACH_TILE(REPRISE_TILE)
#undef REPRISE_TILE
  }
  // g++'s intrinsics do not say that they read and write memory.
  template <int T> void load(const void* from, int64_t bytes) {
    __asm__ __volatile__("" ::: "memory");
#define REPRISE_TILE(t) if constexpr (T == t) _tile_loadd(t, from, bytes);
    REPRISE_EACH_TILE(REPRISE_TILE)
#undef REPRISE_TILE
  }
  template <int T> void keep(void* to, int64_t bytes) const {
#define REPRISE_TILE(t) if constexpr (T == t) _tile_stored(t, to, bytes);
    REPRISE_EACH_TILE(REPRISE_TILE)
#undef REPRISE_TILE
    __asm__ __volatile__("" ::: "memory");
  }
#undef REPRISE_EACH_TILE
  template <int C, int A, int B> void dot() {  // those that tile_block uses
    if constexpr (C == 0) _tile_dpbf16ps(0, 4, 6);
    if constexpr (C == 1) _tile_dpbf16ps(1, 4, 7);
    if constexpr (C == 2) _tile_dpbf16ps(2, 5, 6);
    if constexpr (C == 3) _tile_dpbf16ps(3, 5, 7);
  }
};
#else
constexpr bool kTiles = false;
struct Tiles {
  static void configure() {}
};
REPRISE_INLINE void run_tiles(int64_t, int64_t, const PairTile&) {}
#endif

#if defined(REPRISE_SOFTWARE_BF16) || defined(__AMX_BF16__)
// t for 1 … 32 rows and 16 or 32 columns; a has aStep 1, is readable up to 16 or 32 rows, and depth is a multiple of 16.
template <bool kTwoRows, bool kTwoColumns> static __attribute__((noinline)) void tile_block(const PairTile& t) {
  Tiles tiles;
  if (t.init) {
    const float* init = t.init;
    const int64_t row = t.initRow, bytes = row * 4;
    tiles.load<0>(init, bytes);
    if constexpr (kTwoColumns) tiles.load<1>(init + 16, bytes);
    if constexpr (kTwoRows) tiles.load<2>(init + 16 * row, bytes);
    if constexpr (kTwoRows && kTwoColumns) tiles.load<3>(init + 16 * row + 16, bytes);
  } else {
    tiles.clear<0>();
    if constexpr (kTwoColumns) tiles.clear<1>();
    if constexpr (kTwoRows) tiles.clear<2>();
    if constexpr (kTwoRows && kTwoColumns) tiles.clear<3>();
  }
  for (int64_t k = 0; k < t.depth; k += 16) {
    tiles.load<4>(t.a + k, t.aRow * 4);
    tiles.load<6>(t.b + k * t.bStep, t.bStep * 4);
    tiles.dot<0, 4, 6>();
    if constexpr (kTwoColumns) {
      tiles.load<7>(t.b + k * t.bStep + 16, t.bStep * 4);
      tiles.dot<1, 4, 7>();
    }
    if constexpr (kTwoRows) {
      tiles.load<5>(t.a + k + 16 * t.aRow, t.aRow * 4);
      tiles.dot<2, 5, 6>();
      if constexpr (kTwoColumns) tiles.dot<3, 5, 7>();
    }
  }
  tiles.keep<0>(t.out, t.outRow * 4);
  if constexpr (kTwoColumns) tiles.keep<1>(t.out + 16, t.outRow * 4);
  if constexpr (kTwoRows) tiles.keep<2>(t.out + 16 * t.outRow, t.outRow * 4);
  if constexpr (kTwoRows && kTwoColumns) tiles.keep<3>(t.out + 16 * t.outRow + 16, t.outRow * 4);
}

// t for any number of rows and `columns` columns, a multiple of 16; a as for tile_block, readable up to a multiple of 16
// rows. Blocks whose rows are fewer than their tiles' go through memory of their own.
static void run_tiles(int64_t rows, int64_t columns, const PairTile& t) {
  alignas(64) float edge[32 * 32];
  for (int64_t r = 0; r < rows; r += 32)
    for (int64_t n = 0; n < columns; n += 32) {
      PairTile part = t;
      part.a += r * t.aRow;
      part.b += n;
      if (t.init) part.init += r * t.initRow + n;
      part.out += r * t.outRow + n;
      const int64_t height = smaller(32, rows - r), width = smaller(32, columns - n);
      const bool whole = height % 16 == 0;
      if (!whole) {
        for (int64_t i = 0; part.init && i < height; i++)
          __builtin_memcpy(edge + i * 32, part.init + i * t.initRow, width * sizeof(float));
        if (part.init) part.init = edge, part.initRow = 32;
        part.out = edge;
        part.outRow = 32;
      }
      if (height > 16) width > 16 ? tile_block<true, true>(part) : tile_block<true, false>(part);
      else width > 16 ? tile_block<false, true>(part) : tile_block<false, false>(part);
      for (int64_t i = 0; !whole && i < height; i++)
        __builtin_memcpy(t.out + (r + i) * t.outRow + n, edge + i * 32, width * sizeof(float));
    }
}
#endif

}  // namespace REPRISE_NS
