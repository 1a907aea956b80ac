// The norm of the gradients, clipping, and the optimizers: one pass over a stretch of the parameters.
#pragma once
#include "reduce.h"

namespace REPRISE_NS {

constexpr int64_t kNormStretch = 4096;

// What WebAssembly flushes here. The moments of weights that get no gradient decay for ever and, rounded to nearest, would
// rest at a denormal number; 2⁻¹⁰⁰ leaves room for what they are multiplied with, and is nothing beside epsilon.
REPRISE_INLINE vf moment(vf x) { return flush(x, 0x1p-100f); }
// x², zero where it would be flushed.
REPRISE_INLINE vf square_moment(vf x) { return square(flush(x, 0x1p-50f)); }

static size_t scratch_globalNorm(const GlobalNormArgs& a, int) {
  return (size_t)((a.count + kNormStretch - 1) / kNormStretch) * sizeof(float);
}

static void kernel_globalNorm(const GlobalNormArgs& a, Context& c) {
  float* partial = (float*)c.scratch;  // [stretches]
  const int64_t stretches = (a.count + kNormStretch - 1) / kNormStretch;
  int64_t begin, end;
  c.share(stretches, 1, begin, end);
  for (int64_t s = begin; s < end; s++) {
    const int64_t first = s * kNormStretch;
    const float* x = a.x + first;
    const int64_t length = smaller(a.count - first, kNormStretch);
    const auto squares = [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA { return square_moment(load_part(x + i, n)); };
    partial[s] = sum_of(length, squares);
  }
  c.barrier();
  if (c.thread != 0) return;
  float total = SumReduction::along(partial, stretches);
  if (a.accumulate) total += a.norm[0] * a.norm[0];
  a.norm[0] = first_lane(vsqrt(set1(total)));
}

static void kernel_clipByValue(const ClipByValueArgs& a, Context& c) {
  const vf high = set1(a.limit), low = set1(-a.limit);
  map(a.x, a.x, a.count, c, [=](vf x) REPRISE_INLINE_LAMBDA { return vmin(high, vmax(low, x)); });
}

// What the optimizers share: this worker's part, the clipping factor and the rate; no part when the norm is not finite.
struct OptimizerStep {
  int64_t begin = 0, end = 0;
  float clip = 1.0f, rate;
  vf clipping, decay;

  template <class Args> OptimizerStep(const Args& a, const Context& c) : rate(a.hyper[0] * a.rateScale) {
    const float norm = a.norm ? a.norm[0] : 0.0f;
    if (norm - norm == 0.0f) {  // ∞ − ∞ and NaN are NaN
      if (a.rows) c.share(smaller(a.rowCount[0], a.limit), 1, begin, end);
      else c.share(a.count, kElementGrain, begin, end);
    }
    if (a.maxNorm > 0.0f && norm > a.maxNorm) clip = a.maxNorm / norm;
    clipping = set1(clip);
    decay = set1(a.weightDecay * rate);
  }

  // step(i, n, p, g) gives the new parameters from the decayed ones and the clipped gradients. Without rows the part is
  // one stretch of elements; with them begin … end are rows, each a stretch of its own.
  template <class Args, class Step> REPRISE_ALWAYS_INLINE void run(const Args& a, Step step) const {
    const vf clipping = this->clipping, decay = this->decay;
    const int64_t stretches = a.rows ? end - begin : 1;
    for (int64_t s = 0; s < stretches; s++) {
      const int64_t from = a.rows ? a.rows[begin + s] * a.width : begin;
      const int64_t to = a.rows ? from + a.width : end;
      float* parameters = a.parameters;
      const float* gradients = a.gradients + (a.rows ? (begin + s) * a.width - from : 0);
      each_vector(from, to, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        const vf p = load_part(parameters + i, n), g = mul(load_part(gradients + i, n), clipping);
        store_part(parameters + i, flush(step(i, n, fnma(p, decay, p), g)), n);
      });
    }
  }
};

static void kernel_sgd(const SgdArgs& a, Context& c) {
  const OptimizerStep step(a, c);
  const vf rate = set1(step.rate), momentum = set1(a.momentum);
  if (!a.velocity)
    return step.run(a, [=](int64_t, int64_t, vf p, vf g) REPRISE_INLINE_LAMBDA { return fnma(rate, g, p); });
  float* velocity = a.velocity;
  const bool nesterov = a.nesterov != 0;
  step.run(a, [=](int64_t i, int64_t n, vf p, vf g) REPRISE_INLINE_LAMBDA {
    const vf descent = mul(rate, g);
    const vf v = moment(sub(mul(momentum, load_part(velocity + i, n)), descent));
    store_part(velocity + i, v, n);
    return add(p, nesterov ? sub(mul(momentum, v), descent) : v);
  });
}

static void kernel_rmsprop(const RmspropArgs& a, Context& c) {
  const OptimizerStep step(a, c);
  const vf rate = set1(step.rate), rho = set1(a.rho), fresh = set1(1.0f - a.rho), epsilon = set1(a.epsilon);
  const vf momentum = set1(a.momentum);
  float *meanSquare = a.meanSquare, *meanGradient = a.meanGradient, *velocity = a.velocity;
  step.run(a, [=](int64_t i, int64_t n, vf p, vf g) REPRISE_INLINE_LAMBDA {
    const vf s = moment(fma(rho, load_part(meanSquare + i, n), mul(fresh, square_moment(g))));
    store_part(meanSquare + i, s, n);
    vf d = s;
    if (meanGradient) {
      const vf m = moment(fma(rho, load_part(meanGradient + i, n), mul(fresh, g)));
      store_part(meanGradient + i, m, n);
      const vf mean = flush(m, 0x1p-50f);
      d = vmax(zero(), fnma(mean, mean, s));  // a variance; rounding must not make it negative
    }
    const vf u = div(mul(rate, g), vsqrt(add(d, epsilon)));
    if (!velocity) return sub(p, u);
    const vf v = moment(fma(momentum, load_part(velocity + i, n), u));
    store_part(velocity + i, v, n);
    return sub(p, v);
  });
}

static void kernel_adam(const AdamArgs& a, Context& c) {
  const OptimizerStep step(a, c);
  const vf alpha = set1(a.hyper[1] * a.rateScale), epsilon = set1(a.epsilon);
  const vf fresh1 = set1(a.fresh1), fresh2 = set1(a.fresh2);
  float *first = a.firstMoment, *second = a.secondMoment, *largest = a.maxSecondMoment;
  step.run(a, [=](int64_t i, int64_t n, vf p, vf g) REPRISE_INLINE_LAMBDA {
    const vf m0 = load_part(first + i, n), v0 = load_part(second + i, n);
    const vf m = moment(fma(sub(g, m0), fresh1, m0)), v = moment(fma(sub(square_moment(g), v0), fresh2, v0));
    store_part(first + i, m, n);
    store_part(second + i, v, n);
    vf d = v;
    if (largest) {
      d = moment(vmax(v, load_part(largest + i, n)));
      store_part(largest + i, d, n);
    }
    return sub(p, div(mul(alpha, m), add(vsqrt(d), epsilon)));
  });
}

static void kernel_adagrad(const AdagradArgs& a, Context& c) {
  const OptimizerStep step(a, c);
  const vf rate = set1(step.rate), initial = set1(a.initial), epsilon = set1(a.epsilon);
  float* accumulator = a.accumulator;
  step.run(a, [=](int64_t i, int64_t n, vf p, vf g) REPRISE_INLINE_LAMBDA {
    const vf root = flush(g, 0x1p-50f), s = moment(fma(root, root, load_part(accumulator + i, n)));
    store_part(accumulator + i, s, n);
    return sub(p, div(mul(rate, g), vsqrt(add(add(s, initial), epsilon))));
  });
}

static void kernel_adadelta(const AdadeltaArgs& a, Context& c) {
  const OptimizerStep step(a, c);
  const vf rate = set1(step.rate), rho = set1(a.rho), fresh = set1(1.0f - a.rho), epsilon = set1(a.epsilon);
  float *meanSquare = a.meanSquare, *meanSquareStep = a.meanSquareStep;
  step.run(a, [=](int64_t i, int64_t n, vf p, vf g) REPRISE_INLINE_LAMBDA {
    const vf s = moment(fma(rho, load_part(meanSquare + i, n), mul(fresh, square_moment(g))));
    store_part(meanSquare + i, s, n);
    const vf x = load_part(meanSquareStep + i, n);
    const vf u = div(mul(vsqrt(add(x, epsilon)), g), vsqrt(add(s, epsilon)));
    store_part(meanSquareStep + i, moment(fma(rho, x, mul(fresh, square_moment(u)))), n);
    return fnma(rate, u, p);
  });
}

static void kernel_adamax(const AdamaxArgs& a, Context& c) {
  const OptimizerStep step(a, c);
  const vf alpha = set1(a.hyper[1] * a.rateScale), epsilon = set1(a.epsilon);
  const vf fresh1 = set1(1.0f - a.beta1), beta2 = set1(a.beta2);
  float *first = a.firstMoment, *largest = a.largest;
  step.run(a, [=](int64_t i, int64_t n, vf p, vf g) REPRISE_INLINE_LAMBDA {
    const vf m0 = load_part(first + i, n);
    const vf m = moment(fma(sub(g, m0), fresh1, m0));
    const vf u = moment(vmax(mul(beta2, load_part(largest + i, n)), vabs(g)));
    store_part(first + i, m, n);
    store_part(largest + i, u, n);
    return sub(p, div(mul(alpha, m), add(u, epsilon)));
  });
}

static void kernel_nadam(const NadamArgs& a, Context& c) {
  const OptimizerStep step(a, c);
  const vf ofMoment = set1(a.hyper[1] * a.rateScale), ofGradient = set1(a.hyper[2] * a.rateScale);
  const vf correction = set1(a.hyper[3]), epsilon = set1(a.epsilon);
  const vf fresh1 = set1(1.0f - a.beta1), fresh2 = set1(1.0f - a.beta2);
  float *first = a.firstMoment, *second = a.secondMoment;
  step.run(a, [=](int64_t i, int64_t n, vf p, vf g) REPRISE_INLINE_LAMBDA {
    const vf m0 = load_part(first + i, n), v0 = load_part(second + i, n);
    const vf m = moment(fma(sub(g, m0), fresh1, m0)), v = moment(fma(sub(square_moment(g), v0), fresh2, v0));
    store_part(first + i, m, n);
    store_part(second + i, v, n);
    const vf u = fma(ofMoment, m, mul(ofGradient, g));
    return sub(p, div(u, add(vsqrt(mul(correction, v)), epsilon)));
  });
}

static void kernel_lion(const LionArgs& a, Context& c) {
  const OptimizerStep step(a, c);
  const vf rate = set1(step.rate), fall = set1(-step.rate);
  const vf beta1 = set1(a.beta1), fresh1 = set1(1.0f - a.beta1);
  const vf beta2 = set1(a.beta2), fresh2 = set1(1.0f - a.beta2);
  float* first = a.firstMoment;
  step.run(a, [=](int64_t i, int64_t n, vf p, vf g) REPRISE_INLINE_LAMBDA {
    const vf m = load_part(first + i, n);
    const vf u = fma(beta1, m, mul(fresh1, g));
    store_part(first + i, moment(fma(beta2, m, mul(fresh2, g))), n);
    return sub(p, select(less(zero(), u), rate, select(less(u, zero()), fall, zero())));
  });
}

}  // namespace REPRISE_NS
