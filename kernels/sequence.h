// What the whole-sequence commands of the three cells share: which steps count, how the hidden state goes from step to
// step, how the weights are packed and the work is divided, and the products before and after the walk.
//
// The walk goes over s = 0 … T−1; step s handles time t = time(s). Rows of [N,T,·] matrices stay in the order of the
// input, so the products over all steps read and write the caller's tensors in place.
#pragma once
#include "gemm.h"

namespace REPRISE_NS {

// ---- the sequence ----------------------------------------------------------------------------------------------------

struct Sequence {
  int64_t N, T, I, H;
  bool reverse, zeroOutput;
  const int32_t* lengths;
  const float *mask, *resets, *inputDropout, *recurrentDropout;
  int64_t inputs, states;  // copies of the input and of the state: one for each gate that has a dropout mask of its own

  template <class Args> explicit Sequence(const Args& a)
      : N(a.N), T(a.T), I(a.I), H(a.H), reverse(a.reverse != 0), zeroOutput(a.zeroOutput != 0), lengths(a.lengths),
        mask(a.mask), resets(a.resets), inputDropout(a.inputDropout), recurrentDropout(a.recurrentDropout),
        inputs(a.inputDropout ? a.dropoutGates : 1), states(a.recurrentDropout ? a.dropoutGates : 1) {}

  int64_t time(int64_t s) const { return reverse ? T - 1 - s : s; }
  bool complete() const { return !lengths && !mask; }
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

  int64_t width() const { return together * kLanes; }
  int64_t count() const { return (units + width() - 1) / width(); }
  int vectors() const { return gates * together; }
  int64_t size() const { return depth * vectors() * kLanes; }

  // Packs panels [begin, end) of from[k·step + gate·gateStep + unit·column].
  void pack(float* to, const float* from, int64_t step, int64_t gateStep, int64_t column, int64_t begin, int64_t end) const {
    for (int64_t p = begin; p < end; p++)
      for (int v = 0; v < vectors(); v++) {
        const int64_t unit = p * width() + v % together * kLanes;
        const int group = v / kTileVectors * kTileVectors, members = (int)smaller(kTileVectors, vectors() - group);
        pack_vector(to + p * size() + group * depth * kLanes + (v - group) * kLanes, members * kLanes,
                    from + v / together * gateStep + unit * column, step, column, units - unit, depth);
      }
  }

  // tile[r][v] += a·panel over k in [from, from + length): a[r·aRow + k − from]. With gateRow ≠ 0 gate g reads a + g·gateRow.
  void multiply(const float* panel, int64_t index, int rows, const float* a, int64_t aRow, int64_t gateRow, int64_t from,
                int64_t length, float* tile) const {
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
REPRISE_INLINE Panels gate_panels(int64_t depth, int64_t units, int gates) {
  return Panels{depth, units, gates, gates % kTileVectors == 0 || (kTileVectors == 4 && gates > 1) ? 1 : kTileVectors};
}

// ---- who does what ---------------------------------------------------------------------------------------------------

// The rows and panels a worker walks through. When `shared`, each step needs units other workers computed, so there is a
// barrier after it; otherwise every worker has rows of its own from the first step to the last.
#ifndef RT
#define RT 12
#endif
constexpr int64_t kRowsTogether = RT;

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
  return cycles * panels * p.depth * p.vectors();
}

static Split split_steps(int64_t rows, const Panels& p, const Context& c) {
  Split split{0, rows, 0, p.count(), false};
  if (c.threads == 1) return split;
  const int64_t barrier = 6000, most = (rows + c.threads - 1) / c.threads, panels = (p.count() + c.threads - 1) / c.threads;
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

// Calls walk(part) for a few rows after the other when no other worker is waited for: the rows of a step lie far apart,
// and the pages of few of them stay known to the processor from step to step.
template <class Walk> REPRISE_INLINE void walk_in_parts(const Split& split, Walk walk) {
  if (split.shared) return walk(split);
  const int64_t rows = split.rowEnd - split.rowBegin, parts = (rows + kRowsTogether - 1) / kRowsTogether;
  for (int64_t i = 0; i < parts; i++) {
    Split part = split;
    part.rowBegin = split.rowBegin + rows * i / parts;
    part.rowEnd = split.rowBegin + rows * (i + 1) / parts;
    walk(part);
  }
}

// Small commands, a few microseconds, are done by one worker: dividing them gains little and waits for the slowest.
REPRISE_INLINE bool worth_dividing(const Sequence& q, int gates) {
  return q.N * q.T * q.H * gates * (q.I + q.H) > 1 << 17;
}

// Weights used only once or twice are read where they lie: a walk of one row, or a step or two of a few.
REPRISE_INLINE bool reads_unpacked(const Sequence& q) { return q.N == 1 || (q.N <= kTileRows && q.T <= 2); }

// ---- before the walk -------------------------------------------------------------------------------------------------

// to[copy][n,t] = x[n,t] ⊙ factors[copy][n] for each row of features.
static void apply_input_dropout(const Sequence& q, const float* x, float* to, const Context& c) {
  int64_t begin, end;
  c.share(q.N * q.T, 1, begin, end);
  for (int64_t copy = 0; copy < q.inputs; copy++)
    for (int64_t row = begin; row < end; row++) {
      const float *from = x + row * q.I, *factor = q.inputDropout + (copy * q.N + row / q.T) * q.I;
      float* out = to + (copy * q.N * q.T + row) * q.I;
      for (int64_t i = 0; i < q.I; i += kLanes)
        store_part(out + i, mul(load_part(from + i, q.I - i), load_part(factor + i, q.I - i)), q.I - i);
    }
}

// The product of all steps' inputs with the kernel: gates[n,t] = bias + x̂[n,t]·W.
static Product input_product(const Sequence& q, int gates, const float* x, const float* kernel, const float* bias, float* out) {
  Product p{q.N * q.T, gates * q.H, q.I, x, q.I, 1, kernel, gates * q.H, 1, out, gates * q.H};
  p.bias = bias;
  return p;
}

// Leaves a barrier to the caller. `dropped` holds the inputs after dropout, [inputs][N,T,I].
static void project_inputs(const Sequence& q, int gates, const float* x, float* dropped, const float* kernel,
                           const float* bias, float* out, char* scratch, Context& c) {
  if (q.inputDropout) {
    apply_input_dropout(q, x, dropped, c);
    c.barrier();
  }
  Product p = input_product(q, gates, q.inputDropout ? dropped : x, kernel, bias, out);
  if (q.inputs > 1) p.N = q.H;
  for (int64_t g = 0; g < q.inputs; g++) {
    product(p, scratch, c);
    p.a += q.N * q.T * q.I;
    p.b += q.H;
    p.out += q.H;
    if (p.bias) p.bias += q.H;
  }
}

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

// One step of a worker's rows and units: load(n, u, width, v, gateStep) puts what the product starts from into
// v[gate·gateStep + lane], finish(n, u, width, valid, v, gateStep) takes what it gave. Blocks of masked rows and, when
// `packed` is null, all products are left out.
template <class Load, class Finish>
static void walk_step(const Sequence& q, const Split& split, const Panels& panels, const float* packed, int64_t t,
                      const float* operand, int64_t gateRow, Load load, Finish finish) {
  alignas(64) float tile[kTileRows * 8 * kLanes] = {};
  const int64_t tileRow = panels.vectors() * kLanes, gateStep = panels.width();
  const RowBlocks blocks(split.rowEnd - split.rowBegin);
  for (int64_t p = split.panelBegin; p < split.panelEnd; p++)
    for (int64_t block = 0; block < blocks.count; block++) {
      const int64_t first = split.rowBegin + blocks.start(block);
      const int rows = blocks.rows(block);
      const int64_t unit = p * panels.width(), width = smaller(panels.width(), q.H - unit);
      bool valid[kTileRows], any = false;
      for (int r = 0; r < rows; r++) any |= valid[r] = q.valid(first + r, t);
      if (any) {
        for (int r = 0; r < rows; r++)
          for (int64_t u = 0; u < width; u += kLanes) load(first + r, unit + u, width - u, tile + r * tileRow + u, gateStep);
        if (packed)
          panels.multiply(packed + p * panels.size(), p, rows, operand + first * q.H, q.H, gateRow, 0, panels.depth, tile);
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
  for (int g = 0; g < panels.gates; g++)
    few_rows_product(split.rowEnd - split.rowBegin, end - begin, panels.depth, operand + split.rowBegin * q.H + g * gateRow, q.H, 1,
                     weights + g * q.H + begin, step, out + split.rowBegin * outRow + g * q.H + begin, outRow);
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

// The gradient dh of the hidden state before step s for a worker's rows and units: take(n, u, width, valid, dh).
// Blocks of masked rows are left out and get zeros.
template <class Take>
static void state_gradient(const Sequence& q, const Split& split, const Panels& panels, const float* packed, int64_t t,
                           const StateTerm* terms, int count, Take take) {
  constexpr int kGroup = 8;  // blocks of rows that go through one stretch of packed weights while it is in the cache
  alignas(64) float sums[kGroup * kTileRows * kPanel], part[kTileRows * kPanel];
  const RowBlocks blocks(split.rowEnd - split.rowBegin);
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
          const int64_t k = term.length * s / stretch, length = term.length * (s + 1) / stretch - k;
          for (int64_t block = group; block < last; block++) {
            if (!live[block - group]) continue;
            const int64_t first = split.rowBegin + blocks.start(block);
            const int rows = blocks.rows(block);
            float* sum = sums + (first - start) * kPanel;
            // Masked terms add up apart; they are short enough for one stretch unless H is large.
            float* target = term.factor ? part : sum;
            if (term.factor) __builtin_memset(part, 0, sizeof(float) * kPanel * rows);
            panels.multiply(packed + p * panels.size(), p, rows, term.a + first * term.aRow + k, term.aRow, 0, term.from + k,
                            length, target);
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
          const bool valid = q.valid(n, t);
          for (int64_t u = 0; u < width; u += kLanes)
            take(n, unit + u, width - u, valid, load(sums + (n - start) * kPanel + u));
        }
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

// ---- after the walk --------------------------------------------------------------------------------------------------

// gradient [rows, columns] (+)= aᵀ·b, a [N·T, rows], b [N·T, columns] inside wider matrices.
static Product weight_product(const Sequence& q, const float* a, int64_t rows, const float* b, int64_t columns, int64_t bStep,
                              float* out, int64_t outRow, bool accumulate) {
  Product p{rows, columns, q.N * q.T, a, 1, rows, b, bStep, 1, out, outRow};
  p.accumulate = accumulate;
  return p;
}

// out[column] (+)= Σ_row matrix[row·step + column].
static void add_rows(const float* matrix, int64_t rows, int64_t columns, int64_t step, float* out, bool accumulate,
                     const Context& c) {
  static const float one = 1.0f;
  int64_t begin, end;
  c.share(columns, kPanel, begin, end);
  if (begin >= end) return;
  if (!accumulate)
    for (int64_t u = begin; u < end; u++) out[u] = 0.0f;
  row_product(out + begin, &one, 0, matrix + begin, step, end - begin, rows);
}

// dx = Σ over gates of mask ⊙ (dG·Wᵀ); spare holds [N,T,I] when every gate has a mask.
static void input_gradient(const Sequence& q, int gates, const float* dGates, const float* kernel, float* dx, float* spare,
                           char* scratch, Context& c) {
  const int64_t rows = q.N * q.T, wide = gates * q.H;
  Product p{rows, q.I, wide, dGates, wide, 1, kernel, 1, wide, dx, q.I};
  if (q.inputs > 1) {
    p.K = q.H;
    p.out = spare;
  }
  for (int64_t g = 0; g < q.inputs; g++) {
    if (g) c.barrier();
    product(p, scratch, c);
    p.a += q.H;
    p.b += q.H;
    if (!q.inputDropout) continue;
    c.barrier();
    int64_t begin, end;
    c.share(rows, 1, begin, end);
    for (int64_t row = begin; row < end; row++)
      for (int64_t i = 0; i < q.I; i += kLanes) {
        const vf masked = mul(load_part(p.out + row * q.I + i, q.I - i),
                              load_part(q.inputDropout + (g * q.N + row / q.T) * q.I + i, q.I - i));
        float* to = dx + row * q.I + i;
        store_part(to, g ? add(load_part(to, q.I - i), masked) : masked, q.I - i);
      }
  }
}

// dKernel = x̂ᵀ·dG, gate by gate when every gate has an input of its own.
static void kernel_gradient(const Sequence& q, int gates, const float* inputs, const float* dGates, float* dKernel,
                            bool accumulate, char* scratch, Context& c) {
  const int64_t wide = gates * q.H;
  for (int64_t g = 0; g < q.inputs; g++) {
    if (g) c.barrier();
    product(weight_product(q, inputs + g * q.N * q.T * q.I, q.I, dGates + g * q.H, q.inputs > 1 ? q.H : wide, wide,
                           dKernel + g * q.H, wide, accumulate),
            scratch, c);
  }
}

// Scratch that any of these products may want.
static size_t products_scratch(const Sequence& q, int gates, int threads) {
  const int64_t wide = gates * q.H;
  const Product forward = input_product(q, gates, nullptr, nullptr, nullptr, nullptr);
  const Product input{q.N * q.T, q.I, wide, nullptr, wide, 1, nullptr, 1, wide, nullptr, q.I};
  const Product kernel = weight_product(q, nullptr, q.I, nullptr, wide, wide, nullptr, wide, false);
  const Product recurrent = weight_product(q, nullptr, q.H, nullptr, wide, wide, nullptr, wide, false);
  return larger(larger(product_scratch(forward, threads), product_scratch(input, threads)),
                larger(product_scratch(kernel, threads), product_scratch(recurrent, threads)));
}

}  // namespace REPRISE_NS
