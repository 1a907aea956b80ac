// What the whole-sequence commands of the three cells have in common: which steps count, how recurrent weights are packed
// and how the work is divided.
//
// A command is one product over all steps (products.h), a walk over s = 0 … T−1 (walk.h) where step s handles time
// t = time(s), and in backward again products over all steps. Rows of [N,T,·] matrices stay in the order of the input, so
// these products read and write the caller's tensors in place.
#pragma once
#include "bf16_panels.h"
#include "gemm.h"

namespace REPRISE_NS {

// ---- the sequence ----------------------------------------------------------------------------------------------------

struct Sequence {
  int64_t N, T, I, H;
  bool reverse, zeroOutput;
  const int32_t *lengths, *ids;
  const float *mask, *resets, *inputDropout, *recurrentDropout;
  int64_t inputs, states;  // copies of the input and of the state: one for each gate that has a dropout mask of its own

  template <class Args> explicit Sequence(const Args& a)
      : N(a.N), T(a.T), I(a.I), H(a.H), reverse(a.reverse != 0), zeroOutput(a.zeroOutput != 0), lengths(a.lengths),
        ids(a.ids), mask(a.mask), resets(a.resets), inputDropout(a.inputDropout), recurrentDropout(a.recurrentDropout),
        inputs(a.inputDropout ? a.dropoutGates : 1), states(a.recurrentDropout ? a.dropoutGates : 1) {}

  int64_t time(int64_t s) const { return reverse ? T - 1 - s : s; }
  bool complete() const { return !lengths && !mask; }
  // The row of the kernel that is the input of row n at time t; null when there is none.
  const float* kernel_row(const float* kernel, int64_t row, int64_t n, int64_t t) const {
    const int64_t id = ids[n * T + t];
    return id >= 0 && id < I ? kernel + id * row : nullptr;
  }
  bool valid(int64_t n, int64_t t) const { return (!lengths || t < lengths[n]) && (!mask || mask[n * T + t] != 0.0f); }
  bool reset(int64_t n, int64_t t) const { return resets && resets[n * T + t] != 0.0f; }
};

// Hands out stretches of a block of memory, each on a cache line of its own; with a null block it only counts.
struct Memory {
  char* base;
  size_t used = 0;
  float* take(int64_t floats) {
    char* p = base ? base + used : nullptr;
    used += ((size_t)floats * sizeof(float) + 63) / 64 * 64;
    return (float*)p;
  }
};

// ---- packed weights --------------------------------------------------------------------------------------------------

// A matrix [depth, gates·units] in panels: panel p holds, for `together` vectors of units from p·together·kLanes on, the
// columns of all gates, so that one tile gives everything a cell needs for its units. Its vectors, in the order
// gate·together + vector, stand in groups of kTileVectors: [group][k][vector of the group][lane].
struct Panels {
  int64_t depth, units;
  int gates, together;  // together is 1 or kTileVectors
  PairOperand* pairs = nullptr;  // where precision is mixed: k in pairs of bf16, and a place for those of the operand

  int64_t width() const { return together * kLanes; }
  int64_t count() const { return (units + width() - 1) / width(); }
  int vectors() const { return gates * together; }
  int64_t steps() const { return pairs ? pair_count(depth) : depth; }
  int64_t size() const { return steps() * vectors() * kLanes; }

  // The same panels with more k.
  Panels deeper(int64_t by) const { return Panels{depth + by, units, gates, together, pairs}; }

  // Packs panels [begin, end) of from[k·step + gate·gateStep + unit·column].
  void pack(float* to, const float* from, int64_t step, int64_t gateStep, int64_t column, int64_t begin,
            int64_t end) const {
    if (kMixed && pairs) return pack_pair_panels(*this, to, from, step, gateStep, column, begin, end);
    for (int64_t p = begin; p < end; p++)
      for (int v = 0; v < vectors(); v++) {
        const int64_t unit = p * width() + v % together * kLanes;
        const int group = v / kTileVectors * kTileVectors, members = (int)smaller(kTileVectors, vectors() - group);
        pack_vector(to + p * size() + group * depth * kLanes + (v - group) * kLanes, members * kLanes,
                    from + v / together * gateStep + unit * column, step, column, units - unit, depth);
      }
  }

  // What `multiply` reads for rows [begin, end) of a[row·aRow + k], gate g of a + g·gateRow, for k in [from, from + length):
  // a itself, or with mixed precision pairs made of it. Valid until the next call.
  Operand operand(const float* a, int64_t aRow, int64_t gateRow, int64_t begin, int64_t end, int64_t from,
                  int64_t length) const {
    if (kMixed && pairs) return pair_operand(*pairs, gates, a, aRow, gateRow, begin, end, from, length);
    return Operand{a, aRow, gateRow, 1};
  }

  // tile[r][v] += a·panel over k in [from, from + length): a[r·aRow + k − from]. Gate g reads a + g·gateRow. All of a comes
  // from `operand`.
  void multiply(const float* panel, int64_t index, int rows, const float* a, int64_t aRow, int64_t gateRow, int64_t from,
                int64_t length, float* tile) const {
    if (kMixed && pairs) return multiply_pairs(*this, panel, index, rows, a, aRow, gateRow, from, length, tile);
    const int64_t tileRow = vectors() * kLanes;
    const int64_t present = gates == 1 ? (smaller(units - index * width(), width()) + kLanes - 1) / kLanes : vectors();
    for (int group = 0; group < present; group += kTileVectors) {
      const int members = (int)smaller(kTileVectors, vectors() - group);
      const float* b = panel + (group * depth + from * members) * kLanes;
      float* out = tile + group * kLanes;
      Tile t{a, aRow, 1, b, members * kLanes, length, out, tileRow, kLanes, out, tileRow, kLanes};
      if (gateRow == 0 || together > 1) {
        t.a = a + group / together * gateRow;
        run_tile(rows, (int)smaller(members, present - group), t);
      } else {
        for (int v = 0; v < members; v++, t.b += kLanes, t.init = t.out += kLanes) {
          t.a = a + (group + v) * gateRow;
          run_tile(rows, 1, t);
        }
      }
    }
  }
};

// Panels for a cell that needs all its gates at once, and for a plain product with the transposed weights.
REPRISE_INLINE Panels gate_panels(int64_t depth, int64_t units, int gates, PairOperand* pairs = nullptr) {
  return Panels{depth, units, gates, gates % kTileVectors == 0 || (kTileVectors == 4 && gates > 1) ? 1 : kTileVectors,
                pairs};
}

}  // namespace REPRISE_NS
#include "bf16_walk.h"
namespace REPRISE_NS {

// ---- who does what ---------------------------------------------------------------------------------------------------

// The rows and panels a worker walks through. When `shared`, each step needs units other workers computed, so there is a
// barrier after it; otherwise every worker has rows of its own from the first step to the last.
struct Split {
  int64_t rowBegin, rowEnd, panelBegin, panelEnd;
  bool shared;

  // The same division for other weights.
  Split over(const Panels& p, const Context& c) const {
    Split other = *this;
    other.panelBegin = shared ? p.count() * c.thread / c.threads : 0;
    other.panelEnd = shared ? p.count() * (c.thread + 1) / c.threads : p.count();
    return other;
  }
};

// Estimated cycles of one step. A line of weights costs 2 cycles from the level-2 cache and about 8 from beyond it,
// which blocks of few rows cannot hide.
static int64_t step_cycles(int64_t rows, int64_t panels, const Panels& p) {
  const int64_t weights = panels * p.size() * 4, line = weights > 3 << 18 ? 8 : 2;
  const RowBlocks blocks(rows);
  int64_t cycles = 0;
  for (int64_t i = 0; i < blocks.count; i++) cycles += larger(i == 0 ? line : 2, blocks.rows(i));
  return cycles * panels * p.steps() * p.vectors();
}

static Split split_steps(int64_t rows, const Panels& p, const Context& c) {
  Split split{0, rows, 0, p.count(), false};
  if (c.threads == 1) return split;
  // Two workers that wait on processors of their own meet within 150 to 600 cycles; the rest is for one being late.
  const int64_t barrier = 2000, most = (rows + c.threads - 1) / c.threads;
  const int64_t panels = (p.count() + c.threads - 1) / c.threads;
  if (step_cycles(most, p.count(), p) <= step_cycles(rows, panels, p) + barrier) {
    split.rowBegin = rows * c.thread / c.threads;
    split.rowEnd = rows * (c.thread + 1) / c.threads;
  } else {
    split.panelBegin = p.count() * c.thread / c.threads;
    split.panelEnd = p.count() * (c.thread + 1) / c.threads;
    split.shared = true;
  }
  return split;
}

// Calls walk(part) for one block of rows after the other when nobody waits and the weights stay in the level-1 cache:
// the rows of a step lie far apart in memory, those of a block's next step close to them.
template <class Walk> REPRISE_INLINE void walk_in_parts(const Split& split, const Panels& p, Walk walk) {
  if (split.shared || p.count() * p.size() * 4 > 1 << 15) return walk(split);
  const RowBlocks blocks(split.rowEnd - split.rowBegin);
  for (int64_t i = 0; i < blocks.count; i++) {
    Split part = split;
    part.rowBegin = split.rowBegin + blocks.start(i);
    part.rowEnd = part.rowBegin + blocks.rows(i);
    walk(part);
  }
}

// Small commands, a few microseconds, are done by one worker: dividing them gains little and waits for the slowest.
REPRISE_INLINE bool worth_dividing(const Sequence& q, int gates) {
  return q.N * q.T * q.H * gates * (q.I + q.H) > 1 << 17;
}

// Weights used only once or twice are read where they lie: a walk of one row, or a step or two of a few.
REPRISE_INLINE bool reads_unpacked(const Sequence& q) { return q.N == 1 || (q.N <= kTileRows && q.T <= 2); }

}  // namespace REPRISE_NS
