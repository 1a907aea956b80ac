// simpleRnnForward and simpleRnnBackward: h = act(x̂·W + ĥ·U + b).
// saved: outputs [N,T,H] (backward turns them into the gradient of the sum), ĥ [N,T,H], with input dropout x̂ [N,T,I].
#pragma once
#include "products.h"
#include "walk.h"

namespace REPRISE_NS {

struct SimpleRnnSaved {
  float *sums, *states, *inputs;

  SimpleRnnSaved(const Sequence& q, float* saved) {
    Memory memory{(char*)saved};
    sums = memory.take(q.N * q.T * q.H);
    states = memory.take(q.N * q.T * q.H);
    inputs = memory.take(q.N * q.T * q.I);
  }
};

// ---- forward ---------------------------------------------------------------------------------------------------------

struct SimpleRnnForward {
  const SimpleRnnForwardArgs& a;
  Sequence q;
  PairOperand pairs;
  Panels panels;
  SimpleRnnSaved saved;
  Memory memory;
  HiddenState state;
  float *packed, *rest;  // packed recurrent weights, scratch of the input product
  size_t bytes;

  SimpleRnnForward(const SimpleRnnForwardArgs& args, char* scratch, int threads, Precision precision = {})
      : a(args), q(args), panels(gate_panels(q.H, q.H, 1)), saved(q, args.saved), memory{scratch},
        state(make_hidden_state(q, args.h0, args.y, args.hT, memory)) {
    panels.pairs = pair_place(pairs, precision, q.H);
    if (a.saved) {
      state.kept = saved.states;
    } else {
      saved.sums = memory.take(q.N * q.T * q.H);
      saved.inputs = q.inputDropout ? memory.take(q.N * q.T * q.I) : nullptr;
    }
    packed = reads_unpacked(q) ? nullptr : memory.take(panels.count() * panels.size());
    pairs.take(memory, q.N, q.H, q.states, threads, precision);
    rest = memory.take(0);
    bytes = memory.used + products_scratch(q, 1, threads);
  }

  void start(const Context& c) const {
    int64_t begin, end;
    c.share(panels.count(), 1, begin, end);
    if (packed) panels.pack(packed, a.recurrentKernel, q.H, q.H, 1, begin, end);
    state.start(c);
  }

  template <bool kStandard> void walk(const Split& split, Context& c) const {
    for (int64_t s = 0; s < q.T; s++) {
      const int64_t t = q.time(s), row = q.T * q.H;
      float* sums = saved.sums + t * q.H;
      const bool multiplies = s > 0 || a.h0;
      if (!packed && multiplies)
        unpacked_step(q, split, panels, a.recurrentKernel, q.H, state.operand_at(s), 0, sums, row);
      walk_step(
          q, split, panels, multiplies ? packed : nullptr, t, state.operand_at(s), 0, nullptr,
          [&](int64_t n, int64_t u, int64_t width, float* v, int64_t) { store(v, load_part(sums + n * row + u, width)); },
          [](float*, int64_t) {},
          [&](int64_t n, int64_t u, int64_t width, bool valid, const float* v, int64_t) {
            vf h;
            if (valid) {
              h = cell_activation<kStandard>(kActivationTanh, a.activation, load(v));
              if (a.saved) store_part(sums + n * row + u, h, width);
            } else {
              h = load_part(state.before(s, n) + u, width);
            }
            state.end_step(s, n, u, width, h, valid);
          });
      if (split.shared && s + 1 < q.T) c.barrier();
    }
  }
};

static size_t scratch_simpleRnnForward(const SimpleRnnForwardArgs& a, int threads) {
  return SimpleRnnForward(a, nullptr, threads).bytes;
}

static void kernel_simpleRnnForward(const SimpleRnnForwardArgs& a, Context& team) {
  Context c = team;
  const SimpleRnnForward f(a, c.scratch, c.threads, precision_of(c));
  if (!worth_dividing(f.q, 1)) {
    if (c.thread > 0) return;
    c.threads = 1;
  }
  project_inputs(f.q, 1, a.x, f.saved.inputs, a.kernel, a.bias, f.saved.sums, (char*)f.rest, c);
  f.start(c);
  c.barrier();
  walk_in_parts(split_steps(f.q.N, f.panels, c), f.panels, [&](const Split& part) {
    !kOneWalk && a.activation == kActivationTanh ? f.walk<true>(part, c) : f.walk<false>(part, c);
  });
}

// ---- backward --------------------------------------------------------------------------------------------------------

struct SimpleRnnBackward {
  const SimpleRnnBackwardArgs& a;
  Sequence q;
  PairOperand pairs;
  Panels panels;
  SimpleRnnSaved saved;
  Memory memory;
  OutputGradient output;
  float *carried, *packed, *gathered, *rest;  // [N,H] dh of masked rows, Uᵀ, [N,H] see state_gradient, for products
  size_t bytes;

  SimpleRnnBackward(const SimpleRnnBackwardArgs& args, char* scratch, int threads, Precision precision = {})
      : a(args), q(args), panels(gate_panels(q.H, q.H, 1)), saved(q, args.saved), memory{scratch},
        output(make_output_gradient(q, args.dy, memory)) {
    panels.pairs = pair_place(pairs, precision, q.H);
    carried = memory.take(q.N * q.H);
    packed = memory.take(panels.count() * panels.size());
    pairs.take(memory, q.N, q.H, 1, threads, precision);
    gathered = kGathers ? memory.take(q.N * q.H) : nullptr;
    rest = memory.take(0);
    bytes = memory.used + products_scratch(q, 1, threads);
  }

  void start(const Context& c) const {
    int64_t begin, end;
    c.share(panels.count(), 1, begin, end);
    panels.pack(packed, a.recurrentKernel, 1, 0, q.H, begin, end);
    if (!output.pending) return;
    c.share(q.N * q.H, kLanes, begin, end);
    for (int64_t i = begin; i < end; i++) output.pending[i] = 0.0f;
  }

  void step(int64_t s, int64_t n, int64_t u, int64_t width, vf dh) const {
    const int64_t t = q.time(s);
    float* sum = saved.sums + (n * q.T + t) * q.H + u;
    if (q.valid(n, t)) {
      dh = without_dust(output.collect(s, n, u, width, dh));
      store_part(sum, flush(mul(dh, any_slope(a.activation, load_part(sum, width)))), width);
    } else {
      output.pass_masked(s, n, u, width);
      store_part(carried + n * q.H + u, dh, width);
      store_part(sum, zero(), width);
    }
  }

  void walk(const Split& split, Context& c) const {
    const int64_t firstUnit = split.panelBegin * panels.width(), lastUnit = smaller(q.H, split.panelEnd * panels.width());
    for (int64_t n = split.rowBegin; n < split.rowEnd; n++)
      for (int64_t u = firstUnit; u < lastUnit; u += kLanes)
        step(q.T - 1, n, u, q.H - u, a.dhT ? load_part(a.dhT + n * q.H + u, q.H - u) : zero());
    for (int64_t s = q.T - 1; s >= 0; s--) {
      if (split.shared) c.barrier();
      if (s == 0 && !a.dh0) break;
      const int64_t t = q.time(s);
      const StateTerm term{saved.sums + t * q.H, q.T * q.H, 0, q.H, q.recurrentDropout};
      const auto take = [&](int64_t n, int64_t u, int64_t width, bool valid, vf dh) {
        if (!valid) dh = load_part(carried + n * q.H + u, width);
        if (q.reset(n, t)) dh = zero();
        if (s > 0) step(s - 1, n, u, width, dh);
        else store_part(a.dh0 + n * q.H + u, dh, width);
      };
      state_gradient(q, split, panels, packed, t, &term, 1, gathered, take);
    }
  }

  void finish(Context& c) const {
    const int64_t steps = q.N * q.T;
    const bool accumulate = a.accumulate != 0;
    char* scratch = (char*)rest;
    c.barrier();
    if (a.dh0 && q.T == 0) {
      int64_t begin, end;
      c.share(q.N * q.H, kLanes, begin, end);
      for (int64_t i = begin; i < end; i++) a.dh0[i] = a.dhT ? a.dhT[i] : 0.0f;
    }
    if (a.dBias) add_rows(saved.sums, steps, q.H, q.H, a.dBias, accumulate, c);
    if (a.dx) input_gradient(q, 1, saved.sums, a.kernel, a.dx, nullptr, scratch, c);
    c.barrier();
    if (a.dKernel)
      kernel_gradient(q, 1, q.inputDropout ? saved.inputs : a.x, saved.sums, a.dKernel, accumulate, scratch, c);
    c.barrier();
    if (a.dRecurrentKernel)
      product(weight_product(q, saved.states, q.H, saved.sums, q.H, q.H, a.dRecurrentKernel, q.H, accumulate), scratch, c);
  }
};

static size_t scratch_simpleRnnBackward(const SimpleRnnBackwardArgs& a, int threads) {
  return SimpleRnnBackward(a, nullptr, threads).bytes;
}

static void kernel_simpleRnnBackward(const SimpleRnnBackwardArgs& a, Context& team) {
  Context c = team;
  const SimpleRnnBackward b(a, c.scratch, c.threads, precision_of(c));
  if (!worth_dividing(b.q, 1)) {
    if (c.thread > 0) return;
    c.threads = 1;
  }
  b.start(c);
  c.barrier();
  if (b.q.T > 0) walk_in_parts(split_steps(b.q.N, b.panels, c), b.panels, [&](const Split& part) { b.walk(part, c); });
  b.finish(c);
}

}  // namespace REPRISE_NS
