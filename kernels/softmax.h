// Softmax and the cross-entropy of logits, over rows of any length. A row is one worker's.
#pragma once
#include "reduce.h"

namespace REPRISE_NS {

// log Σ exp x = maximum + logSum, kept apart: near the largest logit x − maximum is exact.
struct LogSumExp {
  float maximum, sum, logSum;
};

// Σ exp(x − shift); visit(i, exp(…), n) sees every vector of the terms.
template <class Visit> REPRISE_INLINE float sum_of_exp(const float* x, int64_t count, vf shift, Visit visit) {
  return sum_of(count, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
    vf term = vexp(sub(load_part(x + i, n), shift));
    if (n < kLanes) term = first_lanes(term, n, zero());
    visit(i, term, n);
    return term;
  });
}

// What is subtracted before exp. If all is −∞ nothing, so that the sum is 0 and not NaN.
REPRISE_INLINE vf shift_by(float maximum) { return set1(maximum == -__builtin_inff() ? 0.0f : maximum); }

// A row is taken in stretches that stay in the first-level cache between finding their largest element and summing, so
// that a large row comes from memory once.
static inline LogSumExp log_sum_exp(const float* x, int64_t count) {
  constexpr int64_t kStretch = 4096;
  float maximum = -__builtin_inff(), sum = 0.0f;
  for (int64_t begin = 0; begin < count; begin += kStretch) {
    const int64_t length = smaller(count - begin, kStretch);
    const float top = ExtremeReduction<LargestNumber>::along(x + begin, length);
    const vf before = set1(maximum);
    if (top > maximum) maximum = top;
    const vf shift = shift_by(maximum);
    const float added = sum_of_exp(x + begin, length, shift, [](int64_t, vf, int64_t) {});
    sum = (sum != 0.0f ? sum * first_lane(called_exp(sub(before, shift))) : 0.0f) + added;
  }
  return {maximum, sum, first_lane(called_log(set1(sum)))};
}

static void kernel_softmax(const SoftmaxArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    const float* x = a.x + m * a.V;
    float* y = a.y + m * a.V;
    if (a.log) {
      const LogSumExp row = log_sum_exp(x, a.V);
      const vf maximum = set1(row.maximum), logSum = set1(row.logSum);
      each_vector(0, a.V, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        store_part(y + i, sub(sub(load_part(x + i, n), maximum), logSum), n);
      });
    } else {
      const vf shift = shift_by(ExtremeReduction<LargestNumber>::along(x, a.V));
      const float sum = sum_of_exp(x, a.V, shift, [=](int64_t i, vf term, int64_t n) REPRISE_INLINE_LAMBDA {
        store_part(y + i, term, n);
      });
      const vf scale = div(set1(1.0f), set1(sum));
      each_vector(0, a.V, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        store_part(y + i, flush(mul(load_part(y + i, n), scale)), n);
      });
    }
  }
}

static void kernel_softmaxBackward(const SoftmaxBackwardArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    const float *y = a.y + m * a.V, *dy = a.dy + m * a.V;
    float* dx = a.dx + m * a.V;
    if (a.log) {
      const vf total = set1(SumReduction::along(dy, a.V));
      each_vector(0, a.V, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        store_part(dx + i, fnma(vexp(load_part(y + i, n)), total, load_part(dy + i, n)), n);
      });
    } else {
      const vf dot = set1(sum_of(a.V, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        return mul(load_part(y + i, n), load_part(dy + i, n));
      }));
      each_vector(0, a.V, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        store_part(dx + i, flush(mul(load_part(y + i, n), sub(load_part(dy + i, n), dot))), n);
      });
    }
  }
}

// A target ≥ V gives a NaN loss and a NaN gradient: wrong data must not train.
static void kernel_softmaxCrossEntropyForward(const SoftmaxCrossEntropyForwardArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    const float* x = a.logits + m * a.V;
    const LogSumExp row = log_sum_exp(x, a.V);
    a.lse[m] = row.maximum + row.logSum;
    const int64_t target = a.targets[m];
    if (target < 0) {
      a.loss[m] = 0.0f;
      continue;
    }
    float loss = target < a.V ? (row.maximum - x[target]) + row.logSum : __builtin_nanf("");
    if (a.smoothing != 0.0f) {
      const float mean = SumReduction::along(x, a.V) / (float)a.V;
      loss = (1.0f - a.smoothing) * loss + a.smoothing * ((row.maximum - mean) + row.logSum);
    }
    a.loss[m] = a.weights ? a.weights[m] * loss : loss;
  }
}

static void kernel_softmaxCrossEntropyBackward(const SoftmaxCrossEntropyBackwardArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    const float* x = a.logits + m * a.V;
    float* dx = a.dLogits + m * a.V;
    const int64_t target = a.targets[m];
    if (target < 0) {
      each_vector(0, a.V, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA { store_part(dx + i, zero(), n); });
      continue;
    }
    const float known = target < a.V ? a.dLoss[m] : __builtin_nanf("");
    const float gradient = a.weights ? known * a.weights[m] : known;
    const vf scale = set1(gradient), lse = set1(a.lse[m]), uniform = set1(a.smoothing / (float)a.V);
    each_vector(0, a.V, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
      store_part(dx + i, flush(mul(scale, sub(vexp(sub(load_part(x + i, n), lse)), uniform))), n);
    });
    if (target < a.V) dx[target] -= gradient * (1.0f - a.smoothing);
  }
}

}  // namespace REPRISE_NS
