// Losses over vocabularies too large for a logit of every class and row: cross-entropy a stretch of classes at a time, and
// against a sample of the classes.
#pragma once
#include "random.h"
#include "rows.h"
#include "softmax.h"

namespace REPRISE_NS {

// ---- cross-entropy of x·w + bias, a stretch of classes at a time -------------------------------------------------------

// Logits in memory at once: 2 MiB stay in the level-2 caches of two cores, or in a slice of the level-3.
constexpr int64_t kLogits = 1 << 19;
constexpr int64_t kFewestClasses = 256;

// Classes of a stretch for so many rows. Depends on the data, not on the threads, so that sums have one order.
REPRISE_INLINE int64_t stretch_of_classes(int64_t rows, int64_t V) {
  return smaller(V, larger(kFewestClasses, kLogits / larger(rows, 1) / kFewestClasses * kFewestClasses));
}

REPRISE_INLINE int64_t logit_floats(int64_t M, int64_t V) {
  return (smaller(M * V, larger(kLogits, M * kFewestClasses)) + 15) / 16 * 16;
}

// What forward and backward share.
struct LinearClasses {
  int64_t rows, V, K;
  const float *x, *w, *bias;
  bool transposed;
  int64_t stretch;
  float* logits;  // [rows, classes of the stretch]

  template <class Args>
  LinearClasses(const Args& a, float* logits)
      : rows(a.count ? smaller(a.count[0], a.M) : a.M), V(a.V), K(a.K), x(a.x), w(a.w), bias(a.bias),
        transposed(a.transposeW != 0), stretch(stretch_of_classes(rows, a.V)), logits(logits) {}

  // logits = x·w + bias for `classes` classes from `first` on.
  Product forward(int64_t first, int64_t classes) const {
    Product q{rows, classes, K, x, K, 1, w + first, V, 1, logits, classes};
    if (transposed) q.b = w + first * K, q.bStep = 1, q.bColumn = K;
    if (bias) q.bias = bias + first;
    return q;
  }
  // dx (+)= g·wᵀ
  Product to_inputs(int64_t first, int64_t classes, float* dx) const {
    Product q{rows, K, classes, logits, classes, 1, w + first, 1, V, dx, K};
    if (transposed) q.b = w + first * K, q.bStep = K, q.bColumn = 1;
    q.accumulate = first > 0;
    return q;
  }
  // dw = xᵀ·g, or gᵀ·x
  Product to_weights(int64_t first, int64_t classes, float* dw) const {
    if (transposed) return {classes, K, rows, logits, 1, classes, x, K, 1, dw + first * K, K};
    return {K, classes, rows, x, 1, K, logits, classes, 1, dw + first, V};
  }
};

static size_t scratch_linearCrossEntropyForward(const LinearCrossEntropyForwardArgs& a, int threads) {
  return (size_t)(logit_floats(a.M, a.V) + (a.M + 15) / 16 * 16 + threads * most_product_floats(a.K)) * sizeof(float);
}

// a.lse holds the largest logit so far, `sums` the sum of exponentials relative to it.
static void kernel_linearCrossEntropyForward(const LinearCrossEntropyForwardArgs& a, Context& team) {
  Context c = team.in_float32();
  float* sums = (float*)c.scratch + logit_floats(a.M, a.V);
  char* scratch = (char*)(sums + (a.M + 15) / 16 * 16);
  const LinearClasses q(a, (float*)c.scratch);
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) a.loss[m] = a.lse[m] = 0.0f;
  c.barrier();
  c.share(q.rows, 1, begin, end);
  for (int64_t m = begin; m < end; m++) a.lse[m] = -__builtin_inff(), sums[m] = 0.0f;
  for (int64_t first = 0; first < q.V; first += q.stretch) {
    const int64_t classes = smaller(q.stretch, q.V - first);
    product(q.forward(first, classes), scratch, c);
    c.barrier();
    for (int64_t m = begin; m < end; m++) {
      const float* x = q.logits + m * classes;
      const LogSumExp part = log_sum_exp(x, classes);
      const float before = a.lse[m], top = part.maximum > before ? part.maximum : before;
      const vf shift = shift_by(top);
      sums[m] = (sums[m] != 0.0f ? sums[m] * first_lane(called_exp(sub(set1(before), shift))) : 0.0f) +
                (part.sum != 0.0f ? part.sum * first_lane(called_exp(sub(set1(part.maximum), shift))) : 0.0f);
      a.lse[m] = top;
      const int64_t target = a.targets[m] - first;
      if (a.targets[m] >= 0 && target >= 0 && target < classes) a.loss[m] = x[target];
    }
    c.barrier();
  }
  for (int64_t m = begin; m < end; m++) {
    const float top = a.lse[m], logSum = first_lane(called_log(set1(sums[m])));
    const int64_t target = a.targets[m];
    a.loss[m] = target < 0 ? 0.0f : target < q.V ? (top - a.loss[m]) + logSum : __builtin_nanf("");
    a.lse[m] = top + logSum;
  }
}

static size_t scratch_linearCrossEntropyBackward(const LinearCrossEntropyBackwardArgs& a, int threads) {
  const int64_t stretch = smaller(a.V, larger(kFewestClasses, kLogits));
  const int64_t products = larger(most_product_floats(a.K), larger(most_product_floats(stretch), most_product_floats(a.M)));
  return (size_t)(logit_floats(a.M, a.V) + threads * products) * sizeof(float);
}

static void kernel_linearCrossEntropyBackward(const LinearCrossEntropyBackwardArgs& a, Context& team) {
  Context c = team.in_float32();
  const LinearClasses q(a, (float*)c.scratch);
  char* scratch = c.scratch + logit_floats(a.M, a.V) * (int64_t)sizeof(float);
  zero_floats(a.dx + q.rows * a.K, (a.M - q.rows) * a.K, c);
  if (q.rows == 0) {
    zero_floats(a.dw, a.V * a.K, c);
    if (a.dBias) zero_floats(a.dBias, a.V, c);
    return;
  }
  int64_t begin, end, from, to;
  c.share(q.rows, 1, begin, end);
  for (int64_t first = 0; first < q.V; first += q.stretch) {
    const int64_t classes = smaller(q.stretch, q.V - first);
    product(q.forward(first, classes), scratch, c);
    c.barrier();
    for (int64_t m = begin; m < end; m++) {
      float* x = q.logits + m * classes;
      const int64_t target = a.targets[m];
      const float gradient = target < 0 ? 0.0f : target < q.V ? a.dLoss[m] : __builtin_nanf("");
      const vf scale = set1(gradient), lse = set1(a.lse[m]);
      each_vector(0, classes, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        store_part(x + i, flush(mul(scale, vexp(sub(load_part(x + i, n), lse)))), n);
      });
      if (target >= first && target < first + classes) x[target - first] -= gradient;
    }
    c.barrier();
    product(q.to_inputs(first, classes, a.dx), scratch, c);
    if (a.dBias) {
      static const float one = 1.0f;
      c.share(classes, kPanel, from, to);
      for (int64_t i = from; i < to; i++) a.dBias[first + i] = 0.0f;
      if (from < to) row_product(a.dBias + first + from, &one, 0, q.logits + from, classes, to - from, q.rows);
    }
    c.barrier();
    product(q.to_weights(first, classes, a.dw), scratch, c);
    c.barrier();
  }
}

// ---- sampled classes ---------------------------------------------------------------------------------------------------

// Double precision without a library: what is rounded to an integer must not depend on the instruction set.
struct Doubles {
  // eˣ for 0 ≤ x < 700: x = n·ln 2 + r, the Taylor series of eʳ.
  static double exp(double x) {
    const double n = (double)(int64_t)(x * 1.4426950408889634 + 0.5);
    const double r = (x - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
    double sum = 1.0;
    for (int k = 14; k > 0; k--) sum = 1.0 + sum * r / k;
    const uint64_t bits = (uint64_t)(1023 + (int64_t)n) << 52;
    double scale;
    __builtin_memcpy(&scale, &bits, sizeof scale);
    return sum * scale;
  }
  // ln x for x ≥ 1: x = 2ⁿ·m, ln m = 2·artanh((m − 1)/(m + 1)).
  static double log(double x) {
    int n = 0;
    for (; x > 1.4142135623730951; x *= 0.5) n++;
    const double z = (x - 1.0) / (x + 1.0), square = z * z;
    double sum = 0.0;
    for (int k = 25; k > 0; k -= 2) sum = sum * square + 1.0 / k;
    return 2.0 * z * sum + n * 0.6931471805599453;
  }
};

// Scratch: one bit for every class.
static size_t scratch_sampleClasses(const SampleClassesArgs& a, int) { return (size_t)((a.V + 31) / 32) * sizeof(uint32_t); }

// One worker: whether a class is taken depends on all draws before.
static void kernel_sampleClasses(const SampleClassesArgs& a, Context& c) {
  if (c.thread != 0) return;
  int64_t drawn = 0, tries = 0;
  if (a.S >= a.V) {
    for (; drawn < a.S; drawn++) a.classes[drawn] = (int32_t)drawn;
    a.tries[0] = 0;
    return;
  }
  uint32_t* taken = (uint32_t*)c.scratch;
  __builtin_memset(taken, 0, (size_t)((a.V + 31) / 32) * sizeof(uint32_t));
  const auto take = [&](int64_t k) {
    const uint32_t bit = 1u << (k & 31);
    if (taken[k >> 5] & bit) return;
    taken[k >> 5] |= bit;
    a.classes[drawn++] = (int32_t)k;
  };
  const Philox philox(a.rng, a.stream);
  const double range = Doubles::log((double)a.V + 1.0);
  const int64_t most = 64 * a.S + 1024;
  alignas(64) int32_t number[Philox::kNumbers];
  for (; drawn < a.S && tries < most; tries++) {
    const int64_t word = 2 * tries % Philox::kNumbers;
    if (word == 0) philox.numbers(2 * tries, number);
    const double high = (double)(uint32_t)number[word], low = (double)((uint32_t)number[word + 1] >> 11);
    const double uniform = (high * 2097152.0 + low) * 0x1p-53;
    const int64_t k = (int64_t)Doubles::exp(uniform * range) - 1;
    take(k < a.V ? k : a.V - 1);
  }
  a.tries[0] = (int32_t)tries;
  for (int64_t k = 0; drawn < a.S; k++) take(k);
}

static void kernel_logExpectedCount(const LogExpectedCountArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.M, kLanes, begin, end);
  const vf one = set1(1.0f), tries = set1((float)a.tries[0]);
  const vf scale = set1((float)(-1.0 / Doubles::log((double)a.V + 1.0)));
  alignas(64) float numbers[kLanes];
  for (int64_t m = begin; m < end; m += kLanes) {
    const int64_t n = smaller(kLanes, end - m);
    for (int64_t l = 0; l < kLanes; l++) numbers[l] = l < n ? (float)a.ids[m + l] : 0.0f;
    const vf id = load(numbers);
    // ln(1 − P) = log1p(−log1p(1/(k+1))/ln(V+1))
    const vf missed = mul(tries, vlog1p(mul(scale, vlog1p(div(one, add(vmax(id, zero()), one))))));
    const vf y = called_log(negate(vexpm1(missed)));
    const vf known = select(less(id, zero()), zero(), select(less(id, set1((float)a.V)), y, zero()));
    store_part(a.y + m, a.tries[0] ? known : zero(), n);
  }
}

// A row of sampled logits without the accidental hit: visits the stretches before and after it.
template <class Visit> REPRISE_INLINE void without_hit(int64_t hit, int64_t S, Visit visit) {
  if (hit < 0) return visit(0, S);
  visit(0, hit);
  visit(hit + 1, S);
}

// The classes by number, for the hits; one worker fills it.
static IdTable sampled_table(const int32_t* classes, int64_t S, Context& c) {
  IdTable table(c.scratch, S);
  if (c.thread == 0) {
    table.clear();
    for (int64_t s = 0; s < S; s++) {
      const uint32_t at = table.slot(classes[s]);
      table.ids[at] = classes[s];
      table.places[at] = (int32_t)s;
    }
  }
  c.barrier();
  return table;
}

static size_t scratch_sampledCrossEntropyForward(const SampledCrossEntropyForwardArgs& a, int) { return IdTable::bytes(a.S); }
static size_t scratch_sampledCrossEntropyBackward(const SampledCrossEntropyBackwardArgs& a, int) {
  return IdTable::bytes(a.S);
}

static void kernel_sampledCrossEntropyForward(const SampledCrossEntropyForwardArgs& a, Context& c) {
  const IdTable table = sampled_table(a.classes, a.S, c);
  const float* offsets = a.offsets;
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    const float* x = a.logits + m * a.S;
    const int32_t target = a.targets[m];
    const int64_t hit = target < 0 ? -1 : table.place(target);
    float top = a.trueLogits[m], sum = 0.0f;
    without_hit(hit, a.S, [&](int64_t from, int64_t to) {
      vf largest = set1(top);
      each_vector(from, to, [&](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        const vf value = add(load_part(x + i, n), load_part(offsets + i, n));
        largest = vmax(n < kLanes ? first_lanes(value, n, largest) : value, largest);
      });
      alignas(64) float lanes[kLanes];
      store(lanes, largest);
      for (int l = 0; l < kLanes; l++)
        if (lanes[l] > top) top = lanes[l];
    });
    const vf shift = shift_by(top);
    without_hit(hit, a.S, [&](int64_t from, int64_t to) {
      sum += sum_of(to - from, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
        const vf value = add(load_part(x + from + i, n), load_part(offsets + from + i, n));
        const vf term = vexp(sub(value, shift));
        return n < kLanes ? first_lanes(term, n, zero()) : term;
      });
    });
    sum += first_lane(called_exp(sub(set1(a.trueLogits[m]), shift)));
    const float logSum = first_lane(called_log(set1(sum)));
    a.lse[m] = top + logSum;
    a.loss[m] = target < 0 ? 0.0f : (top - a.trueLogits[m]) + logSum;
  }
}

static void kernel_sampledCrossEntropyBackward(const SampledCrossEntropyBackwardArgs& a, Context& c) {
  const IdTable table = sampled_table(a.classes, a.S, c);
  const float* offsets = a.offsets;
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    const float* x = a.logits + m * a.S;
    float* dx = a.dLogits + m * a.S;
    const int32_t target = a.targets[m];
    if (target < 0) {
      each_vector(0, a.S, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA { store_part(dx + i, zero(), n); });
      a.dTrueLogits[m] = 0.0f;
      continue;
    }
    const vf scale = set1(a.dLoss[m]), lse = set1(a.lse[m]);
    each_vector(0, a.S, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
      const vf value = add(load_part(x + i, n), load_part(offsets + i, n));
      store_part(dx + i, flush(mul(scale, vexp(sub(value, lse)))), n);
    });
    const int32_t hit = table.place(target);
    if (hit >= 0) dx[hit] = 0.0f;
    a.dTrueLogits[m] = first_lane(mul(scale, vexpm1(sub(set1(a.trueLogits[m]), lse))));
  }
}

}  // namespace REPRISE_NS
