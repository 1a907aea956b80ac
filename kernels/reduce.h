// Commands that reduce along an axis: reduce, argmax.
#pragma once
#include "strided.h"

namespace REPRISE_NS {

REPRISE_INLINE float first_lane(vf v) {
  alignas(64) float lanes[kLanes];
  store(lanes, v);
  return lanes[0];
}

// For what happens once in a row of numbers: calls, so that they are there once.
static __attribute__((noinline)) vf called_exp(vf x) { return vexp(x); }
static __attribute__((noinline)) vf called_log(vf x) { return vlog(x); }

// Lanes below n of v, the others of `rest`.
REPRISE_INLINE vf first_lanes(vf v, int64_t n, vf rest) {
  alignas(64) static const float kNumber[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return select(less(load(kNumber), set1((float)n)), v, rest);
}

// Sum of `count` floats: sixteen running sums, element e in sum e % 16, added in a fixed tree. `value(i, n)` gives
// elements i … i+n−1 as a vector, zero beyond.
template <class Value> REPRISE_INLINE float sum_of(int64_t count, Value value) {
  Sum16 sum = Sum16::make();
  int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    sum.add16([&](int k) REPRISE_INLINE_LAMBDA { return value(i + k * kLanes, (int64_t)kLanes); });
  if (i < count)
    sum.add16([&](int k) REPRISE_INLINE_LAMBDA {
      const int64_t at = i + k * kLanes, n = count - at;
      return n >= kLanes ? value(at, (int64_t)kLanes) : n > 0 ? value(at, n) : zero();
    });
  return sum.total();
}

// How two partial results become one, and the empty result.
struct SumReduction {
  static constexpr float kEmpty = 0.0f;
  REPRISE_INLINE vf join(vf a, vf b) { return add(a, b); }
  REPRISE_INLINE float along(const float* x, int64_t count) {
    return sum_of(count, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA { return load_part(x + i, n); });
  }
};

// Largest or smallest element; NaN when there is one.
template <class Extreme> struct ExtremeReduction {
  static constexpr float kEmpty = Extreme::kEmpty;
  REPRISE_INLINE vf join(vf a, vf b) { return Extreme::join(a, b); }
  REPRISE_INLINE float along(const float* x, int64_t count) {
    vf best = set1(kEmpty), second = best;  // two, so that one need not wait for the other
    int64_t i = 0;
    for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
      best = join(best, load(x + i));
      second = join(second, load(x + i + kLanes));
    }
    best = join(best, second);
    if (i + kLanes <= count) best = join(best, load(x + i)), i += kLanes;
    if (i < count) best = join(best, first_lanes(load_part(x + i, count - i), count - i, best));
    alignas(64) float lanes[kLanes];
    store(lanes, best);
    if (Extreme::kSeesNaN)
      for (int l = 0; l < kLanes; l++)
        if (lanes[l] != lanes[l]) return lanes[l];
    for (int width = kLanes / 2; width > 0; width /= 2)
      for (int l = 0; l < width; l++) lanes[l] = Extreme::better(lanes[l + width], lanes[l]);
    return lanes[0];
  }
};

struct Largest {
  static constexpr bool kSeesNaN = true;
  static constexpr float kEmpty = -__builtin_inff();
  REPRISE_INLINE vf join(vf a, vf b) { return maximum(a, b); }
  REPRISE_INLINE float better(float a, float b) { return a > b ? a : b; }
};

struct Smallest {
  static constexpr bool kSeesNaN = true;
  static constexpr float kEmpty = __builtin_inff();
  REPRISE_INLINE vf join(vf a, vf b) { return minimum(a, b); }
  REPRISE_INLINE float better(float a, float b) { return a < b ? a : b; }
};

// Where the answer does not matter if there is a NaN: one instruction instead of three.
struct LargestNumber : Largest {
  static constexpr bool kSeesNaN = false;
  REPRISE_INLINE vf join(vf a, vf b) { return vmax(a, b); }
};

// The reduced axis is cut into stretches of fixed length; each is reduced on its own, and the results in order.
struct ReduceShape {
  int64_t stretch, parts;
};
static inline ReduceShape reduce_shape(const ReduceArgs& a) {
  const int64_t stretch = a.inner == 1 ? 4096 : 256;
  return {stretch, a.axis > stretch ? (a.axis + stretch - 1) / stretch : 1};
}

// Reduces `axis` rows of `count` ≤ kColumns columns, `inner` apart, to one row.
constexpr int64_t kColumns = 8 * kLanes;
template <class Reduction>
static inline void reduce_columns(const float* x, int64_t axis, int64_t inner, int64_t count, float* y) {
  if (count == kColumns) {
    vf total[8];
    for (int k = 0; k < 8; k++) total[k] = set1(Reduction::kEmpty);
    for (int64_t r = 0; r < axis; r++)
      for (int k = 0; k < 8; k++) total[k] = Reduction::join(total[k], load(x + r * inner + k * kLanes));
    for (int k = 0; k < 8; k++) store(y + k * kLanes, total[k]);
    return;
  }
  each_vector(0, count, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
    vf total = set1(Reduction::kEmpty);
    for (int64_t r = 0; r < axis; r++) total = Reduction::join(total, load_part(x + r * inner + i, n));
    store_part(y + i, total, n);
  });
}

template <class Reduction> static inline void reduce(const ReduceArgs& a, Context& c) {
  const ReduceShape shape = reduce_shape(a);
  const vf divisor = set1(a.operation == kReduceMean ? (float)a.axis : 1.0f);
  const bool adds = a.accumulate && (a.operation == kReduceSum || a.operation == kReduceMean);
  // `rows` rows from x on, one block of columns.
  const auto block = [&](const float* x, int64_t rows, int64_t columns, float* result) {
    if (a.inner == 1) result[0] = Reduction::along(x, rows);
    else reduce_columns<Reduction>(x, rows, a.inner, columns, result);
  };
  const auto finish = [&](const float* result, int64_t columns, float* y) {
    each_vector(0, columns, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
      const vf value = div(load_part(result + i, n), divisor);
      store_part(y + i, adds ? add(load_part(y + i, n), value) : value, n);
    });
  };
  float* partial = (float*)c.scratch;  // [outer, parts, inner]
  alignas(64) float result[kColumns];
  const int64_t blocks = (a.inner + kColumns - 1) / kColumns;
  int64_t begin, end;
  c.share(a.outer * shape.parts * blocks, 1, begin, end);
  for (int64_t task = begin; task < end; task++) {
    const int64_t column = task % blocks * kColumns, columns = smaller(a.inner - column, kColumns);
    const int64_t row = task / blocks, o = row / shape.parts, first = row % shape.parts * shape.stretch;
    block(a.x + (o * a.axis + first) * a.inner + column, smaller(a.axis - first, shape.stretch), columns, result);
    if (shape.parts == 1) finish(result, columns, a.y + o * a.inner + column);
    else __builtin_memcpy(partial + row * a.inner + column, result, (size_t)columns * sizeof(float));
  }
  if (shape.parts == 1) return;
  c.barrier();
  c.share(a.outer * blocks, 1, begin, end);
  for (int64_t task = begin; task < end; task++) {
    const int64_t column = task % blocks * kColumns, columns = smaller(a.inner - column, kColumns), o = task / blocks;
    block(partial + o * shape.parts * a.inner + column, shape.parts, columns, result);
    finish(result, columns, a.y + o * a.inner + column);
  }
}

static size_t scratch_reduce(const ReduceArgs& a, int) {
  const ReduceShape shape = reduce_shape(a);
  return shape.parts > 1 ? (size_t)(a.outer * shape.parts * a.inner) * sizeof(float) : 0;
}

static void kernel_reduce(const ReduceArgs& a, Context& c) {
  switch (a.operation) {
    case kReduceSum:
    case kReduceMean: return reduce<SumReduction>(a, c);
    case kReduceMaximum: return reduce<ExtremeReduction<Largest>>(a, c);
    case kReduceMinimum: return reduce<ExtremeReduction<Smallest>>(a, c);
  }
}

// NaN is never the largest; a row of nothing else gives 0.
static void kernel_argmax(const ArgmaxArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  alignas(64) int32_t lane[kLanes];
  for (int l = 0; l < kLanes; l++) lane[l] = l;
  for (int64_t m = begin; m < end; m++) {
    const float* x = a.x + m * a.V;
    vf best = set1(-__builtin_inff()), place = from_bits(seti(0));
    vi index = loadi(lane);
    int64_t i = 0;
    for (; i + kLanes <= a.V; i += kLanes) {
      const vf value = load(x + i);
      const vm larger = less(best, value);
      best = select(larger, value, best);
      place = select(larger, from_bits(index), place);
      index = addi(index, seti(kLanes));
    }
    alignas(64) float value[kLanes];
    alignas(64) int32_t at[kLanes];
    store(value, best);
    storei(at, bits(place));
    float top = value[0];
    int32_t answer = at[0];
    for (int l = 1; l < kLanes; l++)
      if (value[l] > top || (value[l] == top && at[l] < answer)) top = value[l], answer = at[l];
    for (; i < a.V; i++)
      if (x[i] > top) top = x[i], answer = (int32_t)i;
    a.y[m] = answer;
  }
}

}  // namespace REPRISE_NS
