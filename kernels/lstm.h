// lstmForward and lstmBackward. Gate order i, f, c, o; `g` is the candidate, `squashed` is act(c).
// saved: gates [N,T,4H] (backward turns them into their gradients), cells [N,T,H], squashed [N,T,H],
//        ĥ [states][N,T,H], and with input dropout x̂ [inputs][N,T,I].
#pragma once
#include "products.h"
#include "walk.h"

namespace REPRISE_NS {

struct LstmSaved {
  float *gates, *cells, *squashed, *states, *inputs;

  LstmSaved(const Sequence& q, float* saved) {
    Memory memory{(char*)saved};
    const int64_t steps = q.N * q.T;
    gates = memory.take(steps * 4 * q.H);
    cells = memory.take(steps * q.H);
    squashed = memory.take(steps * q.H);
    states = memory.take(q.states * steps * q.H);
    inputs = memory.take(q.inputs * steps * q.I);
  }
};

// ---- forward ---------------------------------------------------------------------------------------------------------

struct LstmForward {
  const LstmForwardArgs& a;
  Sequence q;
  PairOperand pairs;
  Panels panels;
  LstmSaved saved;
  Memory memory;
  HiddenState state;
  StepInputs inputs;
  float *cell, *packed, *rest;  // [N,H] cell state, packed recurrent weights, scratch of the input product
  size_t bytes;

  LstmForward(const LstmForwardArgs& args, char* scratch, int threads, Precision precision = {})
      : a(args), q(args), panels(gate_panels(q.H, q.H, 4)), saved(q, args.saved), memory{scratch},
        state(make_hidden_state(q, args.h0, args.y, args.hT, memory)), inputs{gate_panels(q.I, q.H, 4), args.x} {
    panels.pairs = pair_place(pairs, precision, q.H);
    if (joins_inputs(q, 4, precision.mixed)) inputs.packed = memory.take(inputs.panels.count() * inputs.panels.size());
    if (a.saved) {
      state.kept = saved.states;
    } else {
      saved.gates = begins_in_steps() ? nullptr : memory.take(q.N * q.T * 4 * q.H);
      saved.inputs = q.inputDropout ? memory.take(q.inputs * q.N * q.T * q.I) : nullptr;
      saved.cells = saved.squashed = nullptr;
    }
    cell = memory.take(q.N * q.H);
    packed = reads_unpacked(q) ? nullptr : memory.take(panels.count() * panels.size());
    pairs.take(memory, q.N, q.H, q.states, threads, precision);
    rest = memory.take(0);
    bytes = memory.used + products_scratch(q, 4, threads);
  }

  // Whether steps find what they add to in the bias and the kernel, not in a product of all inputs before them.
  bool begins_in_steps() const { return inputs.packed || (q.ids && !reads_unpacked(q)); }

  void start(const Context& c) const {
    int64_t begin, end;
    c.share(panels.count(), 1, begin, end);
    if (packed) panels.pack(packed, a.recurrentKernel, 4 * q.H, q.H, 1, begin, end);
    if (inputs.packed) inputs.panels.pack(inputs.packed, a.kernel, 4 * q.H, q.H, 1, begin, end);
    state.start(c);
    c.share(q.N * q.H, kLanes, begin, end);
    for (int64_t i = begin; i < end; i++) cell[i] = a.c0 ? a.c0[i] : 0.0f;
    if (q.T == 0 && a.cT)
      for (int64_t i = begin; i < end; i++) a.cT[i] = cell[i];
  }

  template <bool kStandard> REPRISE_INLINE vf gate(const LstmForwardArgs& a, vf x) {
    return cell_activation<kStandard>(kActivationSigmoid, a.recurrentActivation, x);
  }
  template <bool kStandard> REPRISE_INLINE vf squash(const LstmForwardArgs& a, vf x) {
    return cell_activation<kStandard>(kActivationTanh, a.activation, x);
  }

  // v holds the four gates of units [u, u + width) of row n.
  template <bool kStandard>
  void finish(int64_t s, int64_t t, int64_t n, int64_t u, int64_t width, bool valid, const float* v,
              int64_t gateStep) const {
    const int64_t at = (n * q.T + t) * q.H + u;
    float* own = cell + n * q.H + u;
    vf c = q.reset(n, t) ? zero() : load_part(own, width), h;
    if (valid) {
      const vf i = load(v), f = load(v + gateStep), g = load(v + 2 * gateStep), o = load(v + 3 * gateStep);
      c = flush(fma(f, c, mul(i, g)));
      const vf squashed = squash<kStandard>(a, c);
      h = mul(o, squashed);
      if (a.saved) {
        float* gates = saved.gates + 4 * (at - u) + u;
        store_part(gates, i, width);
        store_part(gates + q.H, f, width);
        store_part(gates + 2 * q.H, g, width);
        store_part(gates + 3 * q.H, o, width);
        store_part(saved.squashed + at, squashed, width);
      }
    } else {
      h = load_part(state.before(s, n) + u, width);
    }
    store_part(own, c, width);
    if (a.saved) store_part(saved.cells + at, c, width);
    if (a.cT && s == q.T - 1) store_part(a.cT + n * q.H + u, c, width);
    state.end_step(s, n, u, width, h, valid);
  }

  template <bool kStandard> void walk(const Split& split, Context& c) const {
    const int64_t wide = 4 * q.H;
    const bool inSteps = begins_in_steps();
    for (int64_t s = 0; s < q.T; s++) {
      const int64_t t = q.time(s);
      float* gates = saved.gates + t * wide;
      const bool multiplies = s > 0 || a.h0;
      if (!packed && multiplies)
        unpacked_step(q, split, panels, a.recurrentKernel, wide, state.operand_at(s), state.gate_row(), gates, q.T * wide);
      walk_step(
          q, split, panels, multiplies ? packed : nullptr, t, state.operand_at(s), state.gate_row(),
          inputs.packed ? &inputs : (const StepInputs*)nullptr,
          [&](int64_t n, int64_t u, int64_t width, float* v, int64_t gateStep) {
            const float* from = gates + n * q.T * wide + u;
            const float* row = nullptr;
            if (inSteps) from = a.bias ? a.bias + u : nullptr;
            if (inSteps && q.ids) row = q.kernel_row(a.kernel, wide, n, t);
            for (int g = 0; g < 4; g++) {
              vf sum = !from ? zero() : load_part(from + g * q.H, width);
              if (row) sum = add(sum, load_part(row + g * q.H + u, width));
              store(v + g * gateStep, sum);
            }
          },
          [&](float* v, int64_t gateStep) {
            store(v, gate<kStandard>(a, load(v)));
            store(v + gateStep, gate<kStandard>(a, load(v + gateStep)));
            store(v + 2 * gateStep, squash<kStandard>(a, load(v + 2 * gateStep)));
            store(v + 3 * gateStep, gate<kStandard>(a, load(v + 3 * gateStep)));
          },
          [&](int64_t n, int64_t u, int64_t width, bool valid, const float* v, int64_t gateStep) {
            finish<kStandard>(s, t, n, u, width, valid, v, gateStep);
          });
      if (split.shared && s + 1 < q.T) c.barrier();
    }
  }
};

static size_t scratch_lstmForward(const LstmForwardArgs& a, int threads) {
  const size_t bytes = LstmForward(a, nullptr, threads).bytes;
  // In mixed precision inputs are multiplied before the walk.
  return kMixed ? larger(bytes, LstmForward(a, nullptr, threads, Precision{true}).bytes) : bytes;
}

static void kernel_lstmForward(const LstmForwardArgs& a, Context& team) {
  Context c = team;
  const LstmForward f(a, c.scratch, c.threads, precision_of(c));
  if (!worth_dividing(f.q, 4)) {
    if (c.thread > 0) return;
    c.threads = 1;
  }
  if (!f.begins_in_steps())
    project_inputs(f.q, 4, a.x, f.saved.inputs, a.kernel, a.bias, f.saved.gates, (char*)f.rest, c);
  f.start(c);
  c.barrier();
  const Split split = split_steps(f.q.N, f.inputs.packed ? f.panels.deeper(f.q.I) : f.panels, c);
  const bool standard = !kOneWalk && a.activation == kActivationTanh && a.recurrentActivation == kActivationSigmoid;
  walk_in_parts(split, f.panels, [&](const Split& part) { standard ? f.walk<true>(part, c) : f.walk<false>(part, c); });
}

// ---- backward --------------------------------------------------------------------------------------------------------

struct LstmBackward {
  const LstmBackwardArgs& a;
  Sequence q;
  PairOperand pairs;
  Panels panels;
  LstmSaved saved;
  Memory memory;
  OutputGradient output;
  // [N,H] gradients of c and of h, Uᵀ, see input_gradient, [N,H] see state_gradient, scratch of the products
  float *dCell, *carried, *packed, *spare, *gathered, *rest;
  size_t bytes;

  LstmBackward(const LstmBackwardArgs& args, char* scratch, int threads, Precision precision = {})
      : a(args), q(args), panels(gate_panels(4 * q.H, q.H, 1)), saved(q, args.saved), memory{scratch},
        output(make_output_gradient(q, args.dy, memory)) {
    panels.pairs = pair_place(pairs, precision, q.H);
    dCell = memory.take(q.N * q.H);
    carried = memory.take(q.N * q.H);
    packed = memory.take(panels.count() * panels.size());
    spare = q.inputs > 1 ? memory.take(q.N * q.T * q.I) : nullptr;
    pairs.take(memory, q.N, 4 * q.H, 1, threads, precision);
    gathered = kGathers ? memory.take(q.N * q.H) : nullptr;
    rest = memory.take(0);
    bytes = memory.used + products_scratch(q, 4, threads);
  }

  void start(const Context& c) const {
    int64_t begin, end;
    c.share(panels.count(), 1, begin, end);
    panels.pack(packed, a.recurrentKernel, 1, 0, 4 * q.H, begin, end);
    c.share(q.N * q.H, kLanes, begin, end);
    for (int64_t i = begin; i < end; i++) {
      dCell[i] = a.dcT ? a.dcT[i] : 0.0f;
      if (output.pending) output.pending[i] = 0.0f;
    }
  }

  template <bool kStandard> REPRISE_INLINE vf gate_slope(const LstmBackwardArgs& a, vf y) {
    return cell_slope<kStandard>(kActivationSigmoid, a.recurrentActivation, y);
  }
  template <bool kStandard> REPRISE_INLINE vf squash_slope(const LstmBackwardArgs& a, vf y) {
    return cell_slope<kStandard>(kActivationTanh, a.activation, y);
  }

  // Gradients of the gates of step s from the gradient dh of its state.
  template <bool kStandard> void step(int64_t s, int64_t n, int64_t u, int64_t width, vf dh) const {
    const int64_t t = q.time(s), at = (n * q.T + t) * q.H + u;
    float *gates = saved.gates + 4 * (at - u) + u, *dc = dCell + n * q.H + u;
    const bool reset = q.reset(n, t);
    if (!q.valid(n, t)) {
      for (int g = 0; g < 4; g++) store_part(gates + g * q.H, zero(), width);
      output.pass_masked(s, n, u, width);
      store_part(carried + n * q.H + u, dh, width);
      if (reset) store_part(dc, zero(), width);
      return;
    }
    dh = without_dust(output.collect(s, n, u, width, dh));
    const vf i = load_part(gates, width), f = load_part(gates + q.H, width), g = load_part(gates + 2 * q.H, width);
    const vf o = load_part(gates + 3 * q.H, width), squashed = load_part(saved.squashed + at, width);
    vf before = zero();
    if (!reset && s > 0) before = load_part(saved.cells + (n * q.T + q.time(s - 1)) * q.H + u, width);
    else if (!reset && a.c0) before = load_part(a.c0 + n * q.H + u, width);
    const vf change = fma(mul(dh, o), squash_slope<kStandard>(a, squashed), load_part(dc, width));
    store_part(gates, flush(mul(mul(change, g), gate_slope<kStandard>(a, i))), width);
    store_part(gates + q.H, flush(mul(mul(change, before), gate_slope<kStandard>(a, f))), width);
    store_part(gates + 2 * q.H, flush(mul(mul(change, i), squash_slope<kStandard>(a, g))), width);
    store_part(gates + 3 * q.H, flush(mul(mul(dh, squashed), gate_slope<kStandard>(a, o))), width);
    store_part(dc, reset ? zero() : without_dust(mul(change, f)), width);
  }

  template <bool kStandard> void walk(const Split& split, Context& c) const {
    const int64_t wide = 4 * q.H, firstUnit = split.panelBegin * panels.width();
    const int64_t lastUnit = smaller(q.H, split.panelEnd * panels.width());
    for (int64_t n = split.rowBegin; n < split.rowEnd; n++)
      for (int64_t u = firstUnit; u < lastUnit; u += kLanes)
        step<kStandard>(q.T - 1, n, u, q.H - u, a.dhT ? load_part(a.dhT + n * q.H + u, q.H - u) : zero());
    for (int64_t s = q.T - 1; s >= 0; s--) {
      if (split.shared) c.barrier();
      if (s == 0 && !a.dh0) break;
      const int64_t t = q.time(s);
      StateTerm terms[4];
      const float* dGates = saved.gates + t * wide;
      for (int64_t g = 0; g < q.states; g++) {
        const float* factor = q.recurrentDropout ? q.recurrentDropout + g * q.N * q.H : nullptr;
        terms[g] = StateTerm{dGates + g * q.H, q.T * wide, g * q.H, wide / q.states, factor};
      }
      state_gradient(q, split, panels, packed, t, terms, (int)q.states, gathered,
                     [&](int64_t n, int64_t u, int64_t width, bool valid, vf dh) {
                       if (!valid) dh = load_part(carried + n * q.H + u, width);
                       if (q.reset(n, t)) dh = zero();
                       if (s > 0) step<kStandard>(s - 1, n, u, width, dh);
                       else store_part(a.dh0 + n * q.H + u, dh, width);
                     });
    }
  }

  void finish(Context& c) const {
    const int64_t wide = 4 * q.H, steps = q.N * q.T;
    const bool accumulate = a.accumulate != 0;
    char* scratch = (char*)rest;
    c.barrier();
    int64_t begin, end;
    c.share(q.N * q.H, kLanes, begin, end);
    for (int64_t i = begin; i < end; i++) {
      if (a.dc0) a.dc0[i] = dCell[i];
      if (a.dh0 && q.T == 0) a.dh0[i] = a.dhT ? a.dhT[i] : 0.0f;
    }
    if (a.dBias) add_rows(saved.gates, steps, wide, wide, a.dBias, accumulate, c);
    if (a.dx) input_gradient(q, 4, saved.gates, a.kernel, a.dx, spare, scratch, c);
    c.barrier();
    if (a.dKernel)
      kernel_gradient(q, 4, q.inputDropout ? saved.inputs : a.x, saved.gates, a.dKernel, accumulate, scratch, c);
    if (!a.dRecurrentKernel) return;
    for (int64_t g = 0; g < q.states; g++) {
      c.barrier();
      product(weight_product(q, saved.states + g * steps * q.H, q.H, saved.gates + g * q.H, wide / q.states, wide,
                             a.dRecurrentKernel + g * q.H, wide, accumulate),
              scratch, c);
    }
  }
};

static size_t scratch_lstmBackward(const LstmBackwardArgs& a, int threads) {
  return LstmBackward(a, nullptr, threads).bytes;
}

static void kernel_lstmBackward(const LstmBackwardArgs& a, Context& team) {
  Context c = team;
  const LstmBackward b(a, c.scratch, c.threads, precision_of(c));
  if (!worth_dividing(b.q, 4)) {
    if (c.thread > 0) return;
    c.threads = 1;
  }
  b.start(c);
  c.barrier();
  const Split split = split_steps(b.q.N, b.panels, c);
  const bool standard = !kOneWalk && a.activation == kActivationTanh && a.recurrentActivation == kActivationSigmoid;
  if (b.q.T > 0)
    walk_in_parts(split, b.panels, [&](const Split& part) { standard ? b.walk<true>(part, c) : b.walk<false>(part, c); });
  b.finish(c);
}

}  // namespace REPRISE_NS
