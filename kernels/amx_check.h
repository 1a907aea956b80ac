// Whether the tiles of this machine do what this library was tested with on a model of them.
#pragma once
#include "amx.h"

namespace REPRISE_NS {

// A product of 40×96 and 96×64 numbers by tiles and by pairs. Returns what is wrong, or null.
static const char* refuse_tiles() {
  if constexpr (!kTiles) return nullptr;
  constexpr int64_t M = 40, pairs = 48, N = 64;
  alignas(64) static int32_t a[48 * pairs], b[pairs * N];
  alignas(64) static float tiled[M * N], plain[M * N];
  const auto number = [](int64_t i) { return (float)((i * 7919 + 13) % 257 - 128) / 64.0f; };  // exact as bf16
  const auto pair = [](float low, float high) {
    int32_t x, y;
    __builtin_memcpy(&x, &low, 4);
    __builtin_memcpy(&y, &high, 4);
    return (int32_t)(((uint32_t)x >> 16) | ((uint32_t)y & 0xffff0000u));
  };
  for (int64_t i = 0; i < M * pairs; i++) a[i] = pair(number(2 * i), number(2 * i + 1));
  for (int64_t i = 0; i < pairs * N; i++) b[i] = pair(number(3 * i + 5), number(3 * i + 6));
  for (int64_t i = 0; i < M * N; i++) tiled[i] = plain[i] = number(i);
  Tiles::configure();
  run_tiles(M, N, PairTile{a, pairs, 1, b, N, pairs, tiled, N, tiled, N});
  for (int64_t m = 0; m < M; m++)
    for (int64_t n = 0; n < N; n += kLanes)
      run_pair_tile(1, 1, PairTile{a + m * pairs, pairs, 1, b + n, N, pairs, plain + m * N + n, N, plain + m * N + n, N});
  for (int64_t i = 0; i < M * N; i++)  // NaN fails too
    if (!(__builtin_fabsf(tiled[i] - plain[i]) <= 1e-3f)) return "its tiles multiply otherwise than expected";
  return nullptr;
}

}  // namespace REPRISE_NS
