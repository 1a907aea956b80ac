// gruForward and gruBackward. Gate order z, r, h; `candidate` is ĉ. Two forms:
//   resetAfter: ĉ = act(x̂·Wh + bh + r ⊙ inner) with inner = ĥ·Uh + bUh; one product a step.
//   otherwise:  ĉ = act(x̂·Wh + bh + inner·Uh) with inner = r ⊙ ĥ; two products a step, one after the other.
// saved: gates [N,T,3H] (backward turns them into their gradients), inner [N,T,H] (with resetAfter backward turns it into
//        its gradient), ĥ [states][N,T,H], with recurrent dropout hp [N,T,H], with input dropout x̂ [inputs][N,T,I].
#pragma once
#include "products.h"
#include "walk.h"

namespace REPRISE_NS {

struct GruSaved {
  float *gates, *inner, *states, *plain, *inputs;

  GruSaved(const Sequence& q, float* saved) {
    Memory memory{(char*)saved};
    const int64_t steps = q.N * q.T;
    gates = memory.take(steps * 3 * q.H);
    inner = memory.take(steps * q.H);
    states = memory.take(q.states * steps * q.H);
    plain = q.recurrentDropout ? memory.take(steps * q.H) : states;
    inputs = memory.take(q.inputs * steps * q.I);
  }
};

// ---- forward ---------------------------------------------------------------------------------------------------------

struct GruForward {
  const GruForwardArgs& a;
  Sequence q;
  PairOperand pairs;
  Panels all, pair, last;  // weights of three gates, of z and r, of h alone
  GruSaved saved;
  Memory memory;
  HiddenState state;
  float *inner, *bias, *packed, *packedLast, *rest;  // inner [N,H], bias [3H], packed weights, scratch of the input product
  size_t bytes;

  GruForward(const GruForwardArgs& args, char* scratch, int threads, Precision precision = {})
      : a(args), q(args), all(gate_panels(q.H, q.H, 3)), pair(gate_panels(q.H, q.H, 2)), last(gate_panels(q.H, q.H, 1)),
        saved(q, args.saved), memory{scratch}, state(make_hidden_state(q, args.h0, args.y, args.hT, memory)) {
    all.pairs = pair.pairs = last.pairs = pair_place(pairs, precision, q.H);
    if (a.saved) {
      state.kept = saved.states;
      if (q.recurrentDropout) state.keptPlain = saved.plain;
    } else {
      saved.gates = memory.take(q.N * q.T * 3 * q.H);
      saved.inputs = q.inputDropout ? memory.take(q.inputs * q.N * q.T * q.I) : nullptr;
    }
    inner = memory.take(q.N * q.H);
    bias = memory.take(3 * q.H);
    packed = packedLast = nullptr;
    if (!reads_unpacked(q)) {
      const Panels& first = a.resetAfter ? all : pair;
      packed = memory.take(first.count() * first.size());
      packedLast = a.resetAfter ? nullptr : memory.take(last.count() * last.size());
    }
    pairs.take(memory, q.N, q.H, q.states, threads, precision);
    rest = memory.take(0);
    bytes = memory.used + products_scratch(q, 3, threads);
  }

  const float* innerBias() const { return a.resetAfter && a.bias ? a.bias + 5 * q.H : nullptr; }
  // What r multiplies when it comes before the product: the state as gate h sees it.
  const float* last_operand(int64_t s) const { return state.operand_at(s) + 2 * state.gate_row(); }

  // The recurrent bias of z and r can join the input bias; that of h stays inside the reset.
  void start(Context& c) const {
    int64_t begin, end;
    c.share(3 * q.H, kLanes, begin, end);
    for (int64_t i = begin; i < end; i++)
      bias[i] = !a.bias ? 0.0f : a.resetAfter && i < 2 * q.H ? a.bias[i] + a.bias[3 * q.H + i] : a.bias[i];
    if (packed) {
      const Panels& first = a.resetAfter ? all : pair;
      c.share(first.count(), 1, begin, end);
      first.pack(packed, a.recurrentKernel, 3 * q.H, q.H, 1, begin, end);
    }
    if (packedLast) {
      c.share(last.count(), 1, begin, end);
      last.pack(packedLast, a.recurrentKernel + 2 * q.H, 3 * q.H, q.H, 1, begin, end);
    }
    state.start(c);
    c.barrier();
    project_inputs(q, 3, a.x, saved.inputs, a.kernel, bias, saved.gates, (char*)rest, c);
    c.barrier();
  }

  template <bool kStandard> REPRISE_INLINE vf gate(const GruForwardArgs& a, vf x) {
    return cell_activation<kStandard>(kActivationSigmoid, a.recurrentActivation, x);
  }
  template <bool kStandard> REPRISE_INLINE vf squash(const GruForwardArgs& a, vf x) {
    return cell_activation<kStandard>(kActivationTanh, a.activation, x);
  }

  // z and r, in place of their sums.
  template <bool kStandard> void squash_gates(float* v, int64_t gateStep) const {
    store(v, gate<kStandard>(a, load(v)));
    store(v + gateStep, gate<kStandard>(a, load(v + gateStep)));
  }

  // h = z ⊙ hp + (1 − z) ⊙ ĉ; a masked step keeps hp.
  void end_step(int64_t s, int64_t n, int64_t u, int64_t width, bool valid, vf z, vf candidate) const {
    const vf before = load_part(state.before(s, n) + u, width);
    state.end_step(s, n, u, width, valid ? fma(z, sub(before, candidate), candidate) : before, valid);
  }

  template <bool kStandard> void step_after(int64_t s, const Split& split, float* gates) const {
    const int64_t t = q.time(s), wide = 3 * q.H, row = q.T * wide;
    const bool multiplies = s > 0 || a.h0;
    const float* recurrentBias = innerBias();
    const auto activate = [&](float* v, int64_t gateStep) { squash_gates<kStandard>(v, gateStep); };
    if (!packed) {
      for (int64_t n = split.rowBegin; n < split.rowEnd; n++)
        for (int64_t u = split.panelBegin * all.width(); u < smaller(q.H, split.panelEnd * all.width()); u++)
          inner[n * q.H + u] = recurrentBias ? recurrentBias[u] : 0.0f;
      if (multiplies) {
        Panels part = all;
        part.gates = 2;
        unpacked_step(q, split, part, a.recurrentKernel, wide, state.operand_at(s), state.gate_row(), gates, row);
        part.gates = 1;
        unpacked_step(q, split, part, a.recurrentKernel + 2 * q.H, wide, last_operand(s), 0, inner, q.H);
      }
    }
    walk_step(
        q, split, all, multiplies ? packed : nullptr, t, state.operand_at(s), state.gate_row(), nullptr,
        [&](int64_t n, int64_t u, int64_t width, float* v, int64_t gateStep) {
          const float* from = gates + n * row + u;
          store(v, load_part(from, width));
          store(v + gateStep, load_part(from + q.H, width));
          const float* third = packed ? recurrentBias ? recurrentBias + u : nullptr : inner + n * q.H + u;
          store(v + 2 * gateStep, third ? load_part(third, width) : zero());
        },
        activate,
        [&](int64_t n, int64_t u, int64_t width, bool valid, const float* v, int64_t gateStep) {
          if (!valid) return end_step(s, n, u, width, false, zero(), zero());
          float* own = gates + n * row + u;
          const vf z = load(v), r = load(v + gateStep);
          const vf sum = load(v + 2 * gateStep);
          const vf candidate = squash<kStandard>(a, fma(r, sum, load_part(own + 2 * q.H, width)));
          if (a.saved) {
            store_part(own, z, width);
            store_part(own + q.H, r, width);
            store_part(own + 2 * q.H, candidate, width);
            store_part(saved.inner + (n * q.T + t) * q.H + u, sum, width);
          }
          end_step(s, n, u, width, true, z, candidate);
        });
  }

  template <bool kStandard>
  void step_before(int64_t s, const Split& split, const Split& lastSplit, float* gates, Context& c) const {
    const int64_t t = q.time(s), wide = 3 * q.H, row = q.T * wide;
    const bool multiplies = s > 0 || a.h0;
    const auto activate = [&](float* v, int64_t gateStep) { squash_gates<kStandard>(v, gateStep); };
    if (!packed && multiplies)
      unpacked_step(q, split, pair, a.recurrentKernel, wide, state.operand_at(s), state.gate_row(), gates, row);
    walk_step(
        q, split, pair, multiplies ? packed : nullptr, t, state.operand_at(s), state.gate_row(), nullptr,
        [&](int64_t n, int64_t u, int64_t width, float* v, int64_t gateStep) {
          const float* from = gates + n * row + u;
          store(v, load_part(from, width));
          store(v + gateStep, load_part(from + q.H, width));
        },
        activate,
        [&](int64_t n, int64_t u, int64_t width, bool valid, const float* v, int64_t gateStep) {
          vf product = zero();
          if (valid) {
            const vf r = load(v + gateStep);
            product = mul(r, load_part(last_operand(s) + n * q.H + u, width));
            float* own = gates + n * row + u;
            store_part(own, load(v), width);
            store_part(own + q.H, r, width);
          }
          store_part(inner + n * q.H + u, product, width);
          if (a.saved) store_part(saved.inner + (n * q.T + t) * q.H + u, product, width);
        });
    if (split.shared) c.barrier();
    if (!packed && multiplies)
      unpacked_step(q, lastSplit, last, a.recurrentKernel + 2 * q.H, wide, inner, 0, gates + 2 * q.H, row);
    walk_step(
        q, lastSplit, last, multiplies ? packedLast : nullptr, t, inner, 0, nullptr,
        [&](int64_t n, int64_t u, int64_t width, float* v, int64_t) {
          store(v, load_part(gates + n * row + 2 * q.H + u, width));
        },
        [&](float* v, int64_t) { store(v, squash<kStandard>(a, load(v))); },
        [&](int64_t n, int64_t u, int64_t width, bool valid, const float* v, int64_t) {
          if (!valid) return end_step(s, n, u, width, false, zero(), zero());
          float* own = gates + n * row + u;
          const vf candidate = load(v);
          if (a.saved) store_part(own + 2 * q.H, candidate, width);
          end_step(s, n, u, width, true, load_part(own, width), candidate);
        });
  }

  template <bool kStandard> void walk(const Split& split, Context& c) const {
    const Split lastSplit = split.over(last, c);
    for (int64_t s = 0; s < q.T; s++) {
      float* gates = saved.gates + q.time(s) * 3 * q.H;
      if (a.resetAfter) step_after<kStandard>(s, split, gates);
      else step_before<kStandard>(s, split, lastSplit, gates, c);
      if (split.shared && s + 1 < q.T) c.barrier();
    }
  }
};

static size_t scratch_gruForward(const GruForwardArgs& a, int threads) { return GruForward(a, nullptr, threads).bytes; }

static void kernel_gruForward(const GruForwardArgs& a, Context& team) {
  Context c = team;
  const GruForward f(a, c.scratch, c.threads, precision_of(c));
  if (!worth_dividing(f.q, 3)) {
    if (c.thread > 0) return;
    c.threads = 1;
  }
  f.start(c);
  const bool standard = !kOneWalk && a.activation == kActivationTanh && a.recurrentActivation == kActivationSigmoid;
  const Panels& first = a.resetAfter ? f.all : f.pair;
  walk_in_parts(split_steps(f.q.N, first, c), first,
                [&](const Split& part) { standard ? f.walk<true>(part, c) : f.walk<false>(part, c); });
}

// ---- backward --------------------------------------------------------------------------------------------------------

struct GruBackward {
  const GruBackwardArgs& a;
  Sequence q;
  PairOperand pairs;
  Panels panels;
  GruSaved saved;
  Memory memory;
  OutputGradient output;
  // [N,H] dh not through the products, Uᵀ, see input_gradient, [N,H] see state_gradient, scratch of the products
  float *carried, *packed, *spare, *gathered, *rest;
  size_t bytes;

  GruBackward(const GruBackwardArgs& args, char* scratch, int threads, Precision precision = {})
      : a(args), q(args), panels(gate_panels(3 * q.H, q.H, 1)), saved(q, args.saved), memory{scratch},
        output(make_output_gradient(q, args.dy, memory)) {
    panels.pairs = pair_place(pairs, precision, q.H);
    carried = memory.take(q.N * q.H);
    packed = memory.take(panels.count() * panels.size());
    spare = q.inputs > 1 ? memory.take(q.N * q.T * q.I) : nullptr;
    pairs.take(memory, q.N, 3 * q.H, 1, threads, precision);
    gathered = kGathers ? memory.take(q.N * q.H) : nullptr;
    rest = memory.take(0);
    bytes = memory.used + products_scratch(q, 3, threads);
  }

  void start(const Context& c) const {
    int64_t begin, end;
    c.share(panels.count(), 1, begin, end);
    panels.pack(packed, a.recurrentKernel, 1, 0, 3 * q.H, begin, end);
    if (!output.pending) return;
    c.share(q.N * q.H, kLanes, begin, end);
    for (int64_t i = begin; i < end; i++) output.pending[i] = 0.0f;
  }

  // The dropout mask and the state of gate g.
  const float* factor(int64_t g) const {
    return q.recurrentDropout ? q.recurrentDropout + (q.states > 1 ? g : 0) * q.N * q.H : nullptr;
  }
  const float* states(int64_t g) const { return saved.states + (q.states > 1 ? g : 0) * q.N * q.T * q.H; }

  template <bool kStandard> REPRISE_INLINE vf gate_slope(const GruBackwardArgs& a, vf y) {
    return cell_slope<kStandard>(kActivationSigmoid, a.recurrentActivation, y);
  }
  template <bool kStandard> REPRISE_INLINE vf squash_slope(const GruBackwardArgs& a, vf y) {
    return cell_slope<kStandard>(kActivationTanh, a.activation, y);
  }

  // Gradients of the gates of step s from the gradient dh of its state; dr waits for a product unless resetAfter.
  template <bool kStandard> void step(int64_t s, int64_t n, int64_t u, int64_t width, vf dh) const {
    const int64_t t = q.time(s), at = (n * q.T + t) * q.H + u;
    float *gates = saved.gates + 3 * (at - u) + u, *rest = carried + n * q.H + u;
    if (!q.valid(n, t)) {
      for (int g = 0; g < 3; g++) store_part(gates + g * q.H, zero(), width);
      if (a.resetAfter) store_part(saved.inner + at, zero(), width);
      output.pass_masked(s, n, u, width);
      store_part(rest, dh, width);
      return;
    }
    dh = without_dust(output.collect(s, n, u, width, dh));
    const vf z = load_part(gates, width), candidate = load_part(gates + 2 * q.H, width);
    const vf before = load_part(saved.plain + at, width);
    const vf change = flush(mul(fnma(z, dh, dh), squash_slope<kStandard>(a, candidate)));
    store_part(gates, flush(mul(mul(dh, sub(before, candidate)), gate_slope<kStandard>(a, z))), width);
    store_part(gates + 2 * q.H, change, width);
    store_part(rest, mul(dh, z), width);
    if (!a.resetAfter) return;
    const vf r = load_part(gates + q.H, width), sum = load_part(saved.inner + at, width);
    store_part(gates + q.H, flush(mul(mul(change, sum), gate_slope<kStandard>(a, r))), width);
    store_part(saved.inner + at, flush(mul(change, r)), width);
  }

  // dr from the gradient of r ⊙ ĥ.
  template <bool kStandard> void step_reset(int64_t t, int64_t n, int64_t u, int64_t width, vf dInner) const {
    const int64_t at = (n * q.T + t) * q.H + u;
    float *gates = saved.gates + 3 * (at - u) + u, *rest = carried + n * q.H + u;
    const vf r = load_part(gates + q.H, width);
    vf dState = mul(dInner, r);
    if (q.recurrentDropout) dState = mul(dState, load_part(factor(2) + n * q.H + u, width));
    store_part(rest, add(load_part(rest, width), dState), width);
    store_part(gates + q.H, flush(mul(mul(dInner, load_part(states(2) + at, width)), gate_slope<kStandard>(a, r))), width);
  }

  template <bool kStandard> void walk(const Split& split, Context& c) const {
    const int64_t wide = 3 * q.H, row = q.T * wide, firstUnit = split.panelBegin * panels.width();
    const int64_t lastUnit = smaller(q.H, split.panelEnd * panels.width());
    for (int64_t n = split.rowBegin; n < split.rowEnd; n++)
      for (int64_t u = firstUnit; u < lastUnit; u += kLanes)
        step<kStandard>(q.T - 1, n, u, q.H - u, a.dhT ? load_part(a.dhT + n * q.H + u, q.H - u) : zero());
    for (int64_t s = q.T - 1; s >= 0; s--) {
      if (split.shared) c.barrier();
      const int64_t t = q.time(s);
      const float *dGates = saved.gates + t * wide, *dInner = saved.inner + t * q.H;
      if (!a.resetAfter) {
        const StateTerm term{dGates + 2 * q.H, row, 2 * q.H, q.H, nullptr};
        const auto take = [&](int64_t n, int64_t u, int64_t width, bool valid, vf sum) {
          if (valid) step_reset<kStandard>(t, n, u, width, sum);
        };
        state_gradient(q, split, panels, packed, t, &term, 1, gathered, take);
        if (split.shared) c.barrier();
      }
      if (s == 0 && !a.dh0) break;
      StateTerm terms[3];
      int count = 0;
      if (q.states > 1) {
        for (int g = 0; g < 2; g++) terms[count++] = StateTerm{dGates + g * q.H, row, g * q.H, q.H, factor(g)};
      } else {
        terms[count++] = StateTerm{dGates, row, 0, 2 * q.H, factor(0)};
      }
      if (a.resetAfter) terms[count++] = StateTerm{dInner, q.T * q.H, 2 * q.H, q.H, factor(2)};
      const auto take = [&](int64_t n, int64_t u, int64_t width, bool valid, vf sum) {
        vf dh = load_part(carried + n * q.H + u, width);
        if (valid) dh = add(dh, sum);
        if (q.reset(n, t)) dh = zero();
        if (s > 0) step<kStandard>(s - 1, n, u, width, dh);
        else store_part(a.dh0 + n * q.H + u, dh, width);
      };
      state_gradient(q, split, panels, packed, t, terms, count, gathered, take);
    }
  }

  void finish(Context& c) const {
    const int64_t wide = 3 * q.H, steps = q.N * q.T;
    const bool accumulate = a.accumulate != 0;
    char* scratch = (char*)rest;
    c.barrier();
    if (a.dh0 && q.T == 0) {
      int64_t begin, end;
      c.share(q.N * q.H, kLanes, begin, end);
      for (int64_t i = begin; i < end; i++) a.dh0[i] = a.dhT ? a.dhT[i] : 0.0f;
    }
    if (a.dBias) {
      add_rows(saved.gates, steps, wide, wide, a.dBias, accumulate, c);
      if (a.resetAfter) {
        add_rows(saved.gates, steps, 2 * q.H, wide, a.dBias + wide, accumulate, c);
        add_rows(saved.inner, steps, q.H, q.H, a.dBias + wide + 2 * q.H, accumulate, c);
      }
    }
    if (a.dx) input_gradient(q, 3, saved.gates, a.kernel, a.dx, spare, scratch, c);
    c.barrier();
    if (a.dKernel)
      kernel_gradient(q, 3, q.inputDropout ? saved.inputs : a.x, saved.gates, a.dKernel, accumulate, scratch, c);
    if (!a.dRecurrentKernel) return;
    const int64_t columns = q.states > 1 ? q.H : 2 * q.H;
    for (int64_t g = 0; g < 2; g += columns / q.H) {
      c.barrier();
      product(weight_product(q, states(g), q.H, saved.gates + g * q.H, columns, wide, a.dRecurrentKernel + g * q.H, wide,
                             accumulate),
              scratch, c);
    }
    c.barrier();
    float* last = a.dRecurrentKernel + 2 * q.H;
    product(a.resetAfter
                ? weight_product(q, states(2), q.H, saved.inner, q.H, q.H, last, wide, accumulate)
                : weight_product(q, saved.inner, q.H, saved.gates + 2 * q.H, q.H, wide, last, wide, accumulate),
            scratch, c);
  }
};

static size_t scratch_gruBackward(const GruBackwardArgs& a, int threads) { return GruBackward(a, nullptr, threads).bytes; }

static void kernel_gruBackward(const GruBackwardArgs& a, Context& team) {
  Context c = team;
  const GruBackward b(a, c.scratch, c.threads, precision_of(c));
  if (!worth_dividing(b.q, 3)) {
    if (c.thread > 0) return;
    c.threads = 1;
  }
  b.start(c);
  c.barrier();
  const bool standard = !kOneWalk && a.activation == kActivationTanh && a.recurrentActivation == kActivationSigmoid;
  if (b.q.T > 0)
    walk_in_parts(split_steps(b.q.N, b.panels, c), b.panels,
                  [&](const Split& part) { standard ? b.walk<true>(part, c) : b.walk<false>(part, c); });
  b.finish(c);
}

}  // namespace REPRISE_NS
