// Transposes kLanes vectors of kLanes floats in registers, with the compiler's own shuffles on vector types.
#pragma once
#include "simd.h"

namespace REPRISE_NS {

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define REPRISE_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#endif
#endif
#ifndef REPRISE_SHUFFLE  // g++ before 12
#define REPRISE_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, places{__VA_ARGS__})
#endif

// Where lane l of a shuffle of (a, b) comes from; numbers from L on mean b. `high` is the second result.
// Within every four lanes: a₀ b₀ a₁ b₁ | a₂ b₂ a₃ b₃.
constexpr int interleaved(int L, int l, int high) { return (l & ~3) + 2 * high + (l & 3) / 2 + (l & 1) * L; }
// Within every four lanes: a₀ a₁ b₀ b₁ | a₂ a₃ b₂ b₃.
constexpr int paired(int L, int l, int high) { return (l & ~3) + 2 * high + (l & 1) + (l & 2) / 2 * L; }
// In blocks of `width` lanes: A₀ B₀ A₂ B₂ … | A₁ B₁ A₃ B₃ …
constexpr int exchanged(int L, int l, int high, int width) {
  return l / width % 2 == high ? l + high * L : high ? l + width : L + l - width;
}

#define REPRISE_LIST4(f, ...) f(__VA_ARGS__, 0), f(__VA_ARGS__, 1), f(__VA_ARGS__, 2), f(__VA_ARGS__, 3)
#define REPRISE_LIST8(f, ...) \
  REPRISE_LIST4(f, __VA_ARGS__), f(__VA_ARGS__, 4), f(__VA_ARGS__, 5), f(__VA_ARGS__, 6), f(__VA_ARGS__, 7)
#define REPRISE_LIST16(f, ...)                                                                                  \
  REPRISE_LIST8(f, __VA_ARGS__), f(__VA_ARGS__, 8), f(__VA_ARGS__, 9), f(__VA_ARGS__, 10), f(__VA_ARGS__, 11), \
      f(__VA_ARGS__, 12), f(__VA_ARGS__, 13), f(__VA_ARGS__, 14), f(__VA_ARGS__, 15)
#define REPRISE_INTERLEAVED(L, high, l) interleaved(L, l, high)
#define REPRISE_PAIRED(L, high, l) paired(L, l, high)
#define REPRISE_EXCHANGED(L, width, high, l) exchanged(L, l, high, width)

template <int L> struct Shuffles;
#define REPRISE_SHUFFLES(L, LIST)                                                        \
  template <> struct Shuffles<L> {                                                       \
    typedef float lanes __attribute__((vector_size(L * 4)));                             \
    typedef int32_t places __attribute__((vector_size(L * 4)));                          \
    REPRISE_INLINE void interleave(const lanes& a, const lanes& b, lanes& x, lanes& y) { \
      x = REPRISE_SHUFFLE(a, b, LIST(REPRISE_INTERLEAVED, L, 0));                        \
      y = REPRISE_SHUFFLE(a, b, LIST(REPRISE_INTERLEAVED, L, 1));                        \
    }                                                                                    \
    REPRISE_INLINE void pair(const lanes& a, const lanes& b, lanes& x, lanes& y) {       \
      x = REPRISE_SHUFFLE(a, b, LIST(REPRISE_PAIRED, L, 0));                             \
      y = REPRISE_SHUFFLE(a, b, LIST(REPRISE_PAIRED, L, 1));                             \
    }                                                                                    \
    template <int W> REPRISE_INLINE void exchange(lanes& a, lanes& b) {                  \
      const lanes x = REPRISE_SHUFFLE(a, b, LIST(REPRISE_EXCHANGED, L, W, 0));           \
      b = REPRISE_SHUFFLE(a, b, LIST(REPRISE_EXCHANGED, L, W, 1));                       \
      a = x;                                                                             \
    }                                                                                    \
  };
REPRISE_SHUFFLES(4, REPRISE_LIST4)
REPRISE_SHUFFLES(8, REPRISE_LIST8)
REPRISE_SHUFFLES(16, REPRISE_LIST16)
#undef REPRISE_SHUFFLES
#undef REPRISE_LIST4
#undef REPRISE_LIST8
#undef REPRISE_LIST16
#undef REPRISE_INTERLEAVED
#undef REPRISE_PAIRED
#undef REPRISE_EXCHANGED
#undef REPRISE_SHUFFLE

// to[j·toRow + i] = from[i·fromRow + j] for i, j < kLanes: four by four within 128 bits, then blocks of four and of
// eight lanes change places.
REPRISE_INLINE void transpose(const float* from, int64_t fromRow, float* to, int64_t toRow) {
  using S = Shuffles<kLanes>;
  S::lanes v[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; i += 4) {
    S::lanes a, b, c, d;
    const float* row = from + i * fromRow;
    S::interleave((S::lanes)load(row), (S::lanes)load(row + fromRow), a, b);
    S::interleave((S::lanes)load(row + 2 * fromRow), (S::lanes)load(row + 3 * fromRow), c, d);
    S::pair(a, c, v[i], v[i + 1]);
    S::pair(b, d, v[i + 2], v[i + 3]);
  }
  if constexpr (kLanes >= 8) {
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; i++)
      if (i % 8 < 4) S::template exchange<4>(v[i], v[i + 4]);
  }
  if constexpr (kLanes >= 16) {
#pragma GCC unroll 16
    for (int i = 0; i < 8; i++) S::template exchange<8>(v[i], v[i + 8]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; i++) store(to + i * toRow, (vf)v[i]);
}

}  // namespace REPRISE_NS
