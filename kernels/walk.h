// One step of a walk over a sequence: the hidden state that goes from step to step, the product with the recurrent weights
// in forward, the gradient of the state in backward. What a cell does with them is in its own file.
#pragma once
#include "sequence.h"

namespace REPRISE_NS {

// ---- the forward walk ------------------------------------------------------------------------------------------------

// The hidden state between steps. The state before step s is written when step s − 1 ends, with the reset of step s
// already applied: hp in `plain` and ĥ, one copy for each dropout mask, in `operand`.
struct HiddenState {
  const Sequence& q;
  const float* h0;
  float *y, *hT;
  float* operand;            // [2][states][N,H]; without dropout also `plain`
  float* plain;              // [2][N,H]
  float* kept = nullptr;     // [states][N,T,H]: ĥ of every step, for backward
  float* keptPlain = nullptr;  // [N,T,H]: hp of every step, for backward

  const float* before(int64_t s, int64_t n) const { return plain + ((s & 1) * q.N + n) * q.H; }
  const float* operand_at(int64_t s) const { return operand + (s & 1) * q.states * q.N * q.H; }
  int64_t gate_row() const { return q.states > 1 ? q.N * q.H : 0; }

  // h is the state of row n, units [u, u + width), after step s − 1.
  void hand_on(int64_t s, int64_t n, int64_t u, int64_t width, vf h) const {
    if (s == q.T) {
      if (hT) store_part(hT + n * q.H + u, h, width);
      return;
    }
    const int64_t t = q.time(s), at = (n * q.T + t) * q.H + u;
    if (q.reset(n, t)) h = zero();
    store_part(plain + ((s & 1) * q.N + n) * q.H + u, h, width);
    if (keptPlain) store_part(keptPlain + at, h, width);
    if (!q.recurrentDropout) {
      if (kept) store_part(kept + at, h, width);
      return;
    }
    for (int64_t g = 0; g < q.states; g++) {
      const int64_t row = g * q.N + n;
      const vf dropped = mul(h, load_part(q.recurrentDropout + row * q.H + u, width));
      store_part(operand + ((s & 1) * q.states * q.N + row) * q.H + u, dropped, width);
      if (kept) store_part(kept + g * q.N * q.T * q.H + at, dropped, width);
    }
  }

  // Ends step s: the output and the state for the next step. A masked step repeats or zeroes the output.
  void end_step(int64_t s, int64_t n, int64_t u, int64_t width, vf h, bool valid) const {
    h = flush(h);
    hand_on(s + 1, n, u, width, h);
    if (!y) return;
    vf output = h;
    if (!valid) output = s == 0 || q.zeroOutput ? zero() : load_part(y + (n * q.T + q.time(s - 1)) * q.H + u, width);
    store_part(y + (n * q.T + q.time(s)) * q.H + u, output, width);
  }

  void start(const Context& c) const {
    int64_t begin, end;
    c.share(q.N, 1, begin, end);
    for (int64_t n = begin; n < end; n++)
      for (int64_t u = 0; u < q.H; u += kLanes)
        hand_on(0, n, u, q.H - u, h0 ? load_part(h0 + n * q.H + u, q.H - u) : zero());
  }
};

REPRISE_INLINE HiddenState make_hidden_state(const Sequence& q, const float* h0, float* y, float* hT, Memory& memory) {
  HiddenState state{q, h0, y, hT, nullptr, nullptr};
  state.plain = state.operand = memory.take(2 * q.states * q.N * q.H);
  if (q.recurrentDropout) state.plain = memory.take(2 * q.N * q.H);
  return state;
}

// The inputs of a step as part of its product, where both weights stay in the level-2 cache: the sums a step starts from are
// then never written to memory and read again. Same bits: a sum begins with the inputs either way.
struct StepInputs {
  Panels panels;           // of the kernel [I, gates·H], as many as of the recurrent weights
  const float* x;          // [N,T,I]
  float* packed = nullptr; // null where inputs come from elsewhere

  void multiply(const Sequence& q, int64_t p, int64_t n, int rows, int64_t t, float* tile) const {
    panels.multiply(packed + p * panels.size(), p, rows, x + (n * q.T + t) * q.I, q.T * q.I, 0, 0, q.I, tile);
  }
};
using NoInputs = decltype(nullptr);  // of cells that never do it, so that they are compiled without
REPRISE_INLINE void multiply_inputs(NoInputs, const Sequence&, int64_t, int64_t, int, int64_t, float*) {}
REPRISE_INLINE void multiply_inputs(const StepInputs* inputs, const Sequence& q, int64_t p, int64_t n, int rows, int64_t t,
                                    float* tile) {
  if (inputs) inputs->multiply(q, p, n, rows, t, tile);
}

// Whether steps take their inputs along: a step of few rows would wait for the weights.
REPRISE_INLINE bool joins_inputs(const Sequence& q, int gates, bool mixed) {
  return !q.ids && !q.inputDropout && !mixed && q.N >= 4 && !reads_unpacked(q) &&
         gates * q.H * (q.I + q.H) * 4 <= 3 << 18;
}

// One step of a worker's rows and units: load(n, u, width, v, gateStep) puts what the product starts from into
// v[gate·gateStep + lane], activate(v, gateStep) squashes what it gave in place, finish(n, u, width, valid, v, gateStep)
// takes it. finish is one long chain of dependent instructions; the activations before it overlap from row to row.
// Blocks of masked rows and, when `packed` is null, all products are left out.
template <class Inputs, class Load, class Activate, class Finish>
static void walk_step(const Sequence& q, const Split& split, const Panels& panels, const float* packed, int64_t t,
                      const float* operand, int64_t gateRow, Inputs inputs, Load load, Activate activate, Finish finish) {
  alignas(64) float tile[kTileRows * 8 * kLanes] = {};
  const int64_t tileRow = panels.vectors() * kLanes, gateStep = panels.width();
  const RowBlocks blocks(split.rowEnd - split.rowBegin);
  Operand a{};
  if (packed) a = panels.operand(operand, q.H, gateRow, split.rowBegin, split.rowEnd, 0, panels.depth);
  const int64_t own = split.panelEnd - split.panelBegin, tasks = own * blocks.count;
  // A row after the other while the weights stay in the level-2 cache: what lies side by side is then wanted in a row.
  const bool across = inputs != nullptr || own * panels.size() * 4 <= 1 << 19;
  for (int64_t task = 0; task < tasks; task++) {
    const int64_t p = split.panelBegin + (across ? task % own : task / blocks.count);
    const int64_t block = across ? task / own : task % blocks.count;
    const int64_t first = split.rowBegin + blocks.start(block);
    const int rows = blocks.rows(block);
    const int64_t unit = p * panels.width(), width = smaller(panels.width(), q.H - unit);
    bool valid[kTileRows], any = false;
    for (int r = 0; r < rows; r++) any |= valid[r] = q.valid(first + r, t);
    if (any) {
      for (int r = 0; r < rows; r++)
        for (int64_t u = 0; u < width; u += kLanes)
          load(first + r, unit + u, width - u, tile + r * tileRow + u, gateStep);
      multiply_inputs(inputs, q, p, first, rows, t, tile);
      if (packed)
        panels.multiply(packed + p * panels.size(), p, rows, a.at(first, 0), a.row, a.gate, 0, panels.depth, tile);
      for (int r = 0; r < rows; r++)
        for (int64_t u = 0; u < width; u += kLanes) activate(tile + r * tileRow + u, gateStep);
    }
    for (int r = 0; r < rows; r++)
      for (int64_t u = 0; u < width; u += kLanes)
        finish(first + r, unit + u, width - u, valid[r], tile + r * tileRow + u, gateStep);
  }
}

// The same product without packed weights, added to out[n·outRow + gate·H + unit] for the worker's units.
static void unpacked_step(const Sequence& q, const Split& split, const Panels& panels, const float* weights, int64_t step,
                          const float* operand, int64_t gateRow, float* out, int64_t outRow) {
  const int64_t begin = split.panelBegin * panels.width(), end = smaller(q.H, split.panelEnd * panels.width());
  if (begin >= end) return;
  operand += split.rowBegin * q.H;
  out += split.rowBegin * outRow + begin;
  for (int g = 0; g < panels.gates; g++)
    few_rows_product(split.rowEnd - split.rowBegin, end - begin, panels.depth, operand + g * gateRow, q.H, 1,
                     weights + g * q.H + begin, step, out + g * q.H, outRow);
}

// Gradients below 2⁻⁸⁰ count as zero: nobody can see them, but over many steps they would become denormal numbers, each
// of which takes a hundred cycles where they cannot be switched off (WebAssembly).
REPRISE_INLINE vf without_dust(vf x) { return select(less(vabs(x), set1(0x1p-80f)), zero(), x); }

// ---- the backward walk -----------------------------------------------------------------------------------------------

// One factor of the gradient of the state: ĥ gets a·Uᵀ over `length` of the packed weights' k, times the dropout mask.
struct StateTerm {
  const float* a;  // a[n·aRow + k]
  int64_t aRow, from, length;
  const float* factor;  // [N,H] or null
};

// Where a panel is narrower than a cache line, what `take` touches, row after row of large tensors, would be fetched a part of
// a line at a time. There the gradients are gathered first, [N,H], and taken row by row: 3 % of W1 in WebAssembly.
constexpr bool kGathers = kPanel < 16;

// The gradient dh of the hidden state before step s for a worker's rows and units: take(n, u, width, valid, dh).
// Blocks of masked rows are left out and get zeros. `gathered` is [N,H], or null.
template <class Take>
static void state_gradient(const Sequence& q, const Split& split, const Panels& panels, const float* packed, int64_t t,
                           const StateTerm* terms, int count, float* gathered, Take take) {
  constexpr int kGroup = 8;  // blocks of rows that go through one stretch of packed weights while it is in the cache
  alignas(64) float sums[kGroup * kTileRows * kPanel], part[kTileRows * kPanel];
  const RowBlocks blocks(split.rowEnd - split.rowBegin);
  Operand operands[4];
  for (int i = 0; i < count; i++)
    operands[i] = panels.operand(terms[i].a, terms[i].aRow, 0, split.rowBegin, split.rowEnd, terms[i].from, terms[i].length);
  for (int64_t p = split.panelBegin; p < split.panelEnd; p++)
    for (int64_t group = 0; group < blocks.count; group += kGroup) {
      const int64_t last = smaller(group + kGroup, blocks.count), start = split.rowBegin + blocks.start(group);
      const int64_t unit = p * panels.width(), width = smaller(panels.width(), q.H - unit);
      bool live[kGroup] = {};
      for (int64_t block = group; block < last; block++)
        for (int r = 0; r < blocks.rows(block); r++)
          live[block - group] |= q.valid(split.rowBegin + blocks.start(block) + r, t);
      __builtin_memset(sums, 0, sizeof(float) * kPanel * (split.rowBegin + blocks.start(last) - start));
      for (int i = 0; i < count; i++) {
        const StateTerm& term = terms[i];
        const int64_t stretch = stretches(term.length);
        for (int64_t s = 0; s < stretch; s++) {
          const int64_t k = stretch_start(term.length, s, stretch), length = stretch_start(term.length, s + 1, stretch) - k;
          for (int64_t block = group; block < last; block++) {
            if (!live[block - group]) continue;
            const int64_t first = split.rowBegin + blocks.start(block);
            const int rows = blocks.rows(block);
            float* sum = sums + (first - start) * kPanel;
            // Masked terms add up apart; they are short enough for one stretch unless H is large.
            float* target = term.factor ? part : sum;
            if (term.factor) __builtin_memset(part, 0, sizeof(float) * kPanel * rows);
            panels.multiply(packed + p * panels.size(), p, rows, operands[i].at(first, k), operands[i].row, 0,
                            term.from + k, length, target);
            if (!term.factor) continue;
            for (int r = 0; r < rows; r++)
              for (int64_t u = 0; u < width; u += kLanes) {
                float* to = sum + r * kPanel + u;
                store(to, fma(load(part + r * kPanel + u),
                              load_part(term.factor + (first + r) * q.H + unit + u, width - u), load(to)));
              }
          }
        }
      }
      for (int64_t block = group; block < last; block++)
        for (int r = 0; r < blocks.rows(block); r++) {
          const int64_t n = split.rowBegin + blocks.start(block) + r;
          if (gathered) {
            for (int64_t u = 0; u < width; u += kLanes)
              store_part(gathered + n * q.H + unit + u, load(sums + (n - start) * kPanel + u), width - u);
            continue;
          }
          const bool valid = q.valid(n, t);
          for (int64_t u = 0; u < width; u += kLanes)
            take(n, unit + u, width - u, valid, load(sums + (n - start) * kPanel + u));
        }
    }
  if (!gathered) return;
  const int64_t begin = split.panelBegin * panels.width(), end = smaller(q.H, split.panelEnd * panels.width());
  for (int64_t n = split.rowBegin; n < split.rowEnd; n++) {
    const bool valid = q.valid(n, t);
    for (int64_t u = begin; u < end; u += kLanes) take(n, u, end - u, valid, load_part(gathered + n * q.H + u, end - u));
  }
}

// Gradient of y that reaches step s: its own, and that of masked steps after it that repeat its output.
struct OutputGradient {
  const Sequence& q;
  const float* dy;  // [N,T,H] or null
  float* pending;   // [N,H], zero at first; null when no step repeats

  vf collect(int64_t s, int64_t n, int64_t u, int64_t width, vf dh) const {
    if (dy) dh = add(dh, load_part(dy + (n * q.T + q.time(s)) * q.H + u, width));
    if (pending) {
      float* p = pending + n * q.H + u;
      dh = add(dh, load_part(p, width));
      store_part(p, zero(), width);
    }
    return dh;
  }
  void pass_masked(int64_t s, int64_t n, int64_t u, int64_t width) const {
    if (!pending) return;
    float* p = pending + n * q.H + u;
    store_part(p, add(load_part(p, width), load_part(dy + (n * q.T + q.time(s)) * q.H + u, width)), width);
  }
};

REPRISE_INLINE OutputGradient make_output_gradient(const Sequence& q, const float* dy, Memory& memory) {
  const bool repeats = dy && !q.complete() && !q.zeroOutput;
  return OutputGradient{q, dy, repeats ? memory.take(q.N * q.H) : nullptr};
}

}  // namespace REPRISE_NS
