// The `Activation` enum as functions of vectors, used where products and cells end in an activation.
#pragma once
#include "kernel.h"
#include "vmath.h"

namespace REPRISE_NS {

constexpr float kSeluScale = 1.05070098735548f, kSeluAlpha = 1.67326324235438f;

// f(x).
static inline vf activate(int64_t kind, vf x) {
  const vf one = set1(1.0f);
  switch (kind) {
    case kActivationTanh: return vtanh(x);
    case kActivationSigmoid: return vsigmoid(x);
    case kActivationRelu: return vmax(zero(), x);
    case kActivationHardSigmoid: return vmin(one, vmax(zero(), fma(x, set1(1.0f / 6.0f), set1(0.5f))));
    case kActivationSoftsign: return div(x, add(one, vabs(x)));
    case kActivationSoftplus: return add(vmax(zero(), x), vlog1p(vexp(negate(vabs(x)))));
    case kActivationElu: return select(less(zero(), x), x, vexpm1(x));
    case kActivationSelu:
      return select(less(zero(), x), mul(x, set1(kSeluScale)), mul(vexpm1(x), set1(kSeluScale * kSeluAlpha)));
    case kActivationExponential: return vexp(x);
    default: return x;
  }
}

// f′(x) from y = f(x).
static inline vf activation_slope(int64_t kind, vf y) {
  const vf one = set1(1.0f);
  switch (kind) {
    case kActivationTanh: return fnma(y, y, one);
    case kActivationSigmoid: return fnma(y, y, y);
    case kActivationRelu: return select(less(zero(), y), one, zero());
    case kActivationHardSigmoid: {
      const vf sixth = set1(1.0f / 6.0f);
      return select(less(zero(), y), select(less(y, one), sixth, zero()), zero());
    }
    case kActivationSoftsign: {
      const vf rest = sub(one, vabs(y));
      return mul(rest, rest);
    }
    case kActivationSoftplus: return negate(vexpm1(negate(y)));
    case kActivationElu: return select(less(zero(), y), one, add(y, one));
    case kActivationSelu:
      return select(less(zero(), y), set1(kSeluScale), add(y, set1(kSeluScale * kSeluAlpha)));
    case kActivationExponential: return y;
    default: return one;
  }
}

// The same as calls, for where the kind is rarely anything but tanh or sigmoid and ten inlined copies would be waste.
static __attribute__((noinline)) vf any_activation(int64_t kind, vf x) { return activate(kind, x); }
static __attribute__((noinline)) vf any_slope(int64_t kind, vf y) { return activation_slope(kind, y); }

// Cells have their usual activation inline. Their walks are compiled for it alone (kUsual) and once more for all others; only
// in WebAssembly, which pages download, there is but the second one, and it looks. So do loops over elements there.
#if defined(__wasm__)
constexpr bool kOneWalk = true;
#else
constexpr bool kOneWalk = false;
#endif
template <bool kUsual> REPRISE_INLINE vf cell_activation(int64_t usual, int64_t kind, vf x) {
  return kUsual || (kOneWalk && kind == usual) ? activate(usual, x) : any_activation(kind, x);
}
template <bool kUsual> REPRISE_INLINE vf cell_slope(int64_t usual, int64_t kind, vf y) {
  return kUsual || (kOneWalk && kind == usual) ? activation_slope(usual, y) : any_slope(kind, y);
}

}  // namespace REPRISE_NS
