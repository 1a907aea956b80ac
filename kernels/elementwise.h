// Commands that treat every element alike: fill, unary, activation, activationBackward, oneHot.
#pragma once
#include "activation.h"
#include "kernel.h"
#include "tile.h"
#include "vmath.h"

namespace REPRISE_NS {

// Elements one worker takes at a time: below this, waking more workers costs more than it saves.
constexpr int64_t kElementGrain = 1024;

// Written after the parameters of a lambda that is the body of a loop.
#define REPRISE_INLINE_LAMBDA __attribute__((always_inline))

// Calls vector(i, kLanes) for the full vectors of [begin, end), vector(i, n) for the rest.
template <class Vector> REPRISE_INLINE void each_vector(int64_t begin, int64_t end, Vector vector) {
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) vector(i, (int64_t)kLanes);
  if (i < end) vector(i, end - i);
}

// y = f(x), this worker's part. One loop for whole vectors and the rest: half the code, as fast.
template <class Function> static inline void map(const float* x, float* y, int64_t count, Context& c, Function f) {
  int64_t begin, end;
  c.share(count, kElementGrain, begin, end);
  for (int64_t i = begin; i < end; i += kLanes) store_part(y + i, f(load_part(x + i, end - i)), end - i);
}

static void kernel_fill(const FillArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.count, kElementGrain, begin, end);
  const vf value = set1(a.value);
  each_vector(begin, end, [&](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA { store_part(a.y + i, value, n); });
}

REPRISE_INLINE vf square(vf x) { return mul(x, x); }
REPRISE_INLINE vf reciprocal(vf x) { return div(set1(1.0f), x); }
REPRISE_INLINE vf sign(vf x) { return select(less(zero(), x), set1(1.0f), select(less(x, zero()), set1(-1.0f), x)); }
REPRISE_INLINE vf step(vf x) { return select(less(zero(), x), set1(1.0f), zero()); }

template <vf (*f)(vf)> static void map_unary(const UnaryArgs& a, Context& c) {
  map(a.x, a.y, a.count, c, [](vf x) REPRISE_INLINE_LAMBDA { return f(x); });
}

static void kernel_unary(const UnaryArgs& a, Context& c) {
  switch (a.operation) {
    case kUnaryNegate: return map_unary<negate>(a, c);
    case kUnaryAbsolute: return map_unary<vabs>(a, c);
    case kUnaryExp: return map_unary<vexp>(a, c);
    case kUnaryLog: return map_unary<vlog>(a, c);
    case kUnarySqrt: return map_unary<vsqrt>(a, c);
    case kUnarySquare: return map_unary<square>(a, c);
    case kUnaryReciprocal: return map_unary<reciprocal>(a, c);
    case kUnarySign: return map_unary<sign>(a, c);
    case kUnaryStep: return map_unary<step>(a, c);
    case kUnaryLog1p: return map_unary<vlog1p>(a, c);
    case kUnaryExpm1: return map_unary<vexpm1>(a, c);
    case kUnarySin: return map_unary<vsin>(a, c);
    case kUnaryCos: return map_unary<vcos>(a, c);
    case kUnaryErf: return map_unary<verf>(a, c);
  }
}

// An activation code known to the compiler.
template <int64_t K> struct ActivationCode {
  static constexpr int64_t kind = K;
};

// Calls use(ActivationCode<kind>()), so that the choice is made once, outside the loops.
template <class Use> REPRISE_INLINE void with_activation(int64_t kind, Use use) {
  switch (kind) {
    case kActivationLinear: return use(ActivationCode<kActivationLinear>());
    case kActivationTanh: return use(ActivationCode<kActivationTanh>());
    case kActivationSigmoid: return use(ActivationCode<kActivationSigmoid>());
    case kActivationRelu: return use(ActivationCode<kActivationRelu>());
    case kActivationHardSigmoid: return use(ActivationCode<kActivationHardSigmoid>());
    case kActivationSoftsign: return use(ActivationCode<kActivationSoftsign>());
    case kActivationSoftplus: return use(ActivationCode<kActivationSoftplus>());
    case kActivationElu: return use(ActivationCode<kActivationElu>());
    case kActivationSelu: return use(ActivationCode<kActivationSelu>());
    case kActivationExponential: return use(ActivationCode<kActivationExponential>());
  }
}

static void kernel_activation(const ActivationArgs& a, Context& c) {
  const int64_t kind = a.kind;
  if constexpr (kOneWalk) return map(a.x, a.y, a.count, c, [=](vf x) { return any_activation(kind, x); });
  with_activation(a.kind, [&](auto code) {
    map(a.x, a.y, a.count, c, [](vf x) { return activate(decltype(code)::kind, x); });
  });
}

static void kernel_activationBackward(const ActivationBackwardArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.count, kElementGrain, begin, end);
  if constexpr (kOneWalk) {
    return each_vector(begin, end, [&](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
      store_part(a.dx + i, flush(mul(load_part(a.dy + i, n), any_slope(a.kind, load_part(a.y + i, n)))), n);
    });
  }
  with_activation(a.kind, [&](auto code) {
    each_vector(begin, end, [&](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
      const vf slope = activation_slope(decltype(code)::kind, load_part(a.y + i, n));
      store_part(a.dx + i, flush(mul(load_part(a.dy + i, n), slope)), n);
    });
  });
}

static void kernel_oneHot(const OneHotArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    float* row = a.y + m * a.V;
    each_vector(0, a.V, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA { store_part(row + i, zero(), n); });
    if (a.ids[m] >= 0 && a.ids[m] < a.V) row[a.ids[m]] = 1.0f;
  }
}

}  // namespace REPRISE_NS
