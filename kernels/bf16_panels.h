// What the panels of a walk (sequence.h) need when precision is mixed: the operand of a step as pairs of bf16.
#pragma once
#include "amx.h"

namespace REPRISE_NS {

// What a worker needs to know of the program it works for.
struct Precision {
  bool mixed = false;
  int thread = 0;
};
REPRISE_INLINE Precision precision_of(const Context& c) { return Precision{kMixed && c.mixed, c.thread}; }

// What Panels::multiply reads: numbers, or pairs of them in the same 32 bits.
struct Operand {
  const float* a;
  int64_t row, gate;
  int64_t packed;  // numbers in 32 bits: 1 or 2
  const float* at(int64_t n, int64_t k) const { return a + n * row + k / packed; }
};

// A worker's place for the pairs of its rows in one step: [copies][N][row], with room for tiles to read beyond the last.
struct PairOperand {
  int32_t* data = nullptr;
  int64_t copy = 0, row = 0;

  // Reserves it for every worker where the build has bf16 at all, since scratch is measured without knowing the program.
  template <class Block>
  void take(Block& memory, int64_t N, int64_t depth, int64_t copies, int threads, const Precision& precision) {
    if (!kMixed) return;
    row = whole_blocks(pair_count(depth)) + kPairBlock;  // also keeps rows off each other's sets of the caches
    copy = (N + 16) * row;
    float* all = memory.take(threads * copies * copy);
    data = all ? (int32_t*)all + precision.thread * copies * copy : nullptr;
  }
};

// Of bf16_walk.h.
struct Panels;
static void pack_pair_panels(const Panels& panels, float* to, const float* from, int64_t step, int64_t gateStep,
                             int64_t column, int64_t begin, int64_t end);
static Operand pair_operand(const PairOperand& place, int gates, const float* a, int64_t aRow, int64_t gateRow,
                            int64_t begin, int64_t end, int64_t from, int64_t length);
static void multiply_pairs(const Panels& panels, const float* panel, int64_t index, int rows, const float* a, int64_t aRow,
                           int64_t gateRow, int64_t from, int64_t length, float* tile);

// Null where the walk stays float32: gates of odd length would share pairs.
REPRISE_INLINE PairOperand* pair_place(PairOperand& place, const Precision& precision, int64_t units) {
  return precision.mixed && units % 2 == 0 ? &place : nullptr;
}

// Stretches of the walks' products begin at multiples of 32, where whole tiles of pairs do.
REPRISE_INLINE int64_t stretch_start(int64_t length, int64_t s, int64_t stretches) {
  return s == stretches ? length : length * s / stretches / 32 * 32;
}

}  // namespace REPRISE_NS
