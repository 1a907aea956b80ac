// Commands over four nested axes with strides: copy and binary.
#pragma once
#include "elementwise.h"
#include "transpose.h"

namespace REPRISE_NS {

// A loop nest over up to four axes and the strides of P pointers along them, outermost first. Axes of length 1 are gone,
// axes that continue each other in every pointer are one.
template <int P> struct Nest {
  int axes = 0;
  int64_t length[4];
  int64_t stride[4][P];

  // Adds an axis inside those already there.
  void add_axis(int64_t size, const int64_t (&step)[P]) {
    if (size == 1) return;
    bool continues = axes > 0;
    for (int p = 0; p < P && continues; p++) continues = stride[axes - 1][p] == size * step[p];
    if (!continues) length[axes++] = 1;
    length[axes - 1] *= size;
    for (int p = 0; p < P; p++) stride[axes - 1][p] = step[p];
  }

  void swap_axes(int a, int b) {
    const int64_t n = length[a];
    length[a] = length[b], length[b] = n;
    for (int p = 0; p < P; p++) {
      const int64_t s = stride[a][p];
      stride[a][p] = stride[b][p], stride[b][p] = s;
    }
  }

  int64_t total(int count) const {
    int64_t n = 1;
    for (int k = 0; k < count; k++) n *= length[k];
    return n;
  }

  // Elements [begin, end) in the order of the loops, as runs along the innermost axis: run(first, offsets, count).
  template <class Run> void each_run(int64_t begin, int64_t end, Run run) const {
    if (begin >= end) return;
    int64_t index[4] = {0, 0, 0, 0}, offset[P] = {}, rest = begin;
    for (int k = axes - 1; k >= 0; k--) {
      index[k] = rest % length[k];
      rest /= length[k];
      for (int p = 0; p < P; p++) offset[p] += index[k] * stride[k][p];
    }
    const int inner = axes - 1;
    for (int64_t at = begin; at < end;) {
      int64_t count = axes == 0 ? 1 : length[inner] - index[inner];
      if (count > end - at) count = end - at;
      run(at, offset, count);
      at += count;
      if (axes == 0) return;
      index[inner] += count;
      for (int p = 0; p < P; p++) offset[p] += count * stride[inner][p];
      for (int k = inner; k > 0 && index[k] == length[k]; k--) {
        index[k] = 0;
        index[k - 1]++;
        for (int p = 0; p < P; p++) offset[p] += stride[k - 1][p] - length[k] * stride[k][p];
      }
    }
  }
};

// A 32-bit element of any type.
typedef int32_t __attribute__((may_alias)) word;

template <bool kAccumulate>
static inline void copy_run(const float* x, int64_t xStep, float* y, int64_t yStep, int64_t count) {
  if (yStep == 1 && (xStep == 1 || xStep == 0)) {
    const vf first = set1(*x);
    each_vector(0, count, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
      const vf value = xStep == 1 ? load_part(x + i, n) : first;
      store_part(y + i, kAccumulate ? add(load_part(y + i, n), value) : value, n);
    });
  } else if (kAccumulate) {
    for (int64_t i = 0; i < count; i++) y[i * yStep] += x[i * xStep];
  } else {
    const word* from = (const word*)x;
    word* to = (word*)y;
    for (int64_t i = 0; i < count; i++) to[i * yStep] = from[i * xStep];
  }
}

// The two innermost axes are a transpose: x is dense along the outer of them, y along the inner. Tiles go through the
// registers; a strip of kLanes columns of y at a time stays in the first-level cache.
template <bool kAccumulate> static inline void copy_transposed(const CopyArgs& a, const Nest<2>& nest, Context& c) {
  const int outer = nest.axes - 2, inner = nest.axes - 1;
  const int64_t rows = nest.length[outer], columns = nest.length[inner];  // of y
  const int64_t yRow = nest.stride[outer][1], xColumn = nest.stride[inner][0];
  const int64_t strips = (rows + kLanes - 1) / kLanes, outerCount = nest.total(outer);
  int64_t begin, end;
  c.share(outerCount * strips, 1, begin, end);
  alignas(64) float tile[kLanes * kLanes];
  for (int64_t task = begin; task < end; task++) {
    const int64_t row = task % strips * kLanes, height = smaller(rows - row, kLanes);
    int64_t rest = task / strips, xAt = row, yAt = row * yRow;
    for (int k = outer - 1; k >= 0; k--) {
      xAt += rest % nest.length[k] * nest.stride[k][0];
      yAt += rest % nest.length[k] * nest.stride[k][1];
      rest /= nest.length[k];
    }
    for (int64_t column = 0; column < columns; column += kLanes) {
      const float* x = a.x + xAt + column * xColumn;
      float* y = a.y + yAt + column;
      const int64_t width = smaller(columns - column, kLanes);
      if (height == kLanes && width == kLanes && !kAccumulate) {
        transpose(x, xColumn, y, yRow);
      } else if (height == kLanes && width == kLanes) {
        transpose(x, xColumn, tile, kLanes);
        for (int r = 0; r < kLanes; r++) store(y + r * yRow, add(load(y + r * yRow), load(tile + r * kLanes)));
      } else {
        for (int64_t r = 0; r < height; r++) copy_run<kAccumulate>(x + r, xColumn, y + r * yRow, 1, width);
      }
    }
  }
}

template <bool kAccumulate> static inline void copy(const CopyArgs& a, const Nest<2>& nest, Context& c) {
  const int inner = nest.axes - 1;
  if (inner >= 1 && nest.stride[inner][1] == 1 && nest.stride[inner - 1][0] == 1 && nest.stride[inner][0] != 1 &&
      nest.length[inner] >= kLanes && nest.length[inner - 1] >= kLanes)
    return copy_transposed<kAccumulate>(a, nest, c);
  int64_t begin, end;
  c.share(nest.total(nest.axes), kElementGrain, begin, end);
  const int64_t xStep = nest.axes ? nest.stride[inner][0] : 0, yStep = nest.axes ? nest.stride[inner][1] : 1;
  nest.each_run(begin, end, [&](int64_t, const int64_t* offset, int64_t count) {
    copy_run<kAccumulate>(a.x + offset[0], xStep, a.y + offset[1], yStep, count);
  });
}

static void kernel_copy(const CopyArgs& a, Context& c) {
  Nest<2> nest;
  nest.add_axis(a.d0, {a.xStride0, a.yStride0});
  nest.add_axis(a.d1, {a.xStride1, a.yStride1});
  nest.add_axis(a.d2, {a.xStride2, a.yStride2});
  nest.add_axis(a.d3, {a.xStride3, a.yStride3});
  // The order of the loops is free. Innermost the axis along which y is dense, around it that along which x is.
  const int inner = nest.axes - 1;
  for (int k = inner - 1; k >= 0; k--)
    if (nest.stride[inner][1] != 1 && nest.stride[k][1] == 1) nest.swap_axes(k, inner);
  for (int k = inner - 2; k >= 0; k--)
    if (nest.stride[inner - 1][0] != 1 && nest.stride[k][0] == 1) nest.swap_axes(k, inner - 1);
  return a.accumulate ? copy<true>(a, nest, c) : copy<false>(a, nest, c);
}

// Elements of one operand side by side: where they are, or gathered into `buffer` when they lie `step` ≠ 1 apart.
constexpr int64_t kBinaryChunk = 512;
static inline const float* side_by_side(const float* p, int64_t step, int64_t count, float* buffer) {
  if (step == 1) return p;
  if (step == 0) {
    const vf value = set1(*p);
    for (int64_t i = 0; i < count; i += kLanes) store(buffer + i, value);
  } else {
    for (int64_t i = 0; i < count; i++) buffer[i] = p[i * step];
  }
  return buffer;
}

// y[i] = f(a[i], b[i]) for i < count.
using DenseBinary = void (*)(const float* a, const float* b, float* y, int64_t count);

static void binary(const BinaryArgs& a, Context& c, DenseBinary dense) {
  Nest<2> nest;
  nest.add_axis(a.d0, {a.aStride0, a.bStride0});
  nest.add_axis(a.d1, {a.aStride1, a.bStride1});
  nest.add_axis(a.d2, {a.aStride2, a.bStride2});
  nest.add_axis(a.d3, {a.aStride3, a.bStride3});
  const int inner = nest.axes - 1;
  const int64_t aStep = nest.axes ? nest.stride[inner][0] : 1, bStep = nest.axes ? nest.stride[inner][1] : 1;
  const int64_t longest = aStep == 1 && bStep == 1 ? INT64_MAX : kBinaryChunk;
  alignas(64) float first[kBinaryChunk], second[kBinaryChunk];
  int64_t begin, end;
  c.share(nest.total(nest.axes), kElementGrain, begin, end);
  nest.each_run(begin, end, [&](int64_t at, const int64_t* offset, int64_t count) {
    for (int64_t i = 0; i < count;) {
      const int64_t n = smaller(count - i, longest);
      dense(side_by_side(a.a + offset[0] + i * aStep, aStep, n, first),
            side_by_side(a.b + offset[1] + i * bStep, bStep, n, second), a.y + at + i, n);
      i += n;
    }
  });
}

// The larger (smaller) of two, NaN when either is.
REPRISE_INLINE vf maximum(vf a, vf b) { return select(equal(a, a), vmax(a, b), a); }
REPRISE_INLINE vf minimum(vf a, vf b) { return select(equal(a, a), vmin(a, b), a); }

// Comparisons give 1 or 0.
REPRISE_INLINE vf equals(vf a, vf b) { return select(equal(a, b), set1(1.0f), zero()); }
REPRISE_INLINE vf differs(vf a, vf b) { return select(equal(a, b), zero(), set1(1.0f)); }
REPRISE_INLINE vf is_less(vf a, vf b) { return select(less(a, b), set1(1.0f), zero()); }
REPRISE_INLINE vf is_less_equal(vf a, vf b) { return select(less_equal(a, b), set1(1.0f), zero()); }
REPRISE_INLINE vf is_greater(vf a, vf b) { return is_less(b, a); }
REPRISE_INLINE vf is_greater_equal(vf a, vf b) { return is_less_equal(b, a); }

template <vf (*f)(vf, vf)> static void dense_binary(const float* a, const float* b, float* y, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes)
    store_part(y + i, f(load_part(a + i, count - i), load_part(b + i, count - i)), count - i);
}

// Cells made of operations multiply a gradient once for every step of a sequence.
REPRISE_INLINE vf flushed_product(vf a, vf b) { return flush(mul(a, b)); }

static void kernel_binary(const BinaryArgs& a, Context& c) {
  switch (a.operation) {
    case kBinaryAdd: return binary(a, c, dense_binary<add>);
    case kBinarySubtract: return binary(a, c, dense_binary<sub>);
    case kBinaryMultiply: return binary(a, c, dense_binary<flushed_product>);
    case kBinaryDivide: return binary(a, c, dense_binary<div>);
    case kBinaryPower: return binary(a, c, dense_binary<vpow>);
    case kBinaryMaximum: return binary(a, c, dense_binary<maximum>);
    case kBinaryMinimum: return binary(a, c, dense_binary<minimum>);
    case kBinaryEqual: return binary(a, c, dense_binary<equals>);
    case kBinaryNotEqual: return binary(a, c, dense_binary<differs>);
    case kBinaryLess: return binary(a, c, dense_binary<is_less>);
    case kBinaryLessEqual: return binary(a, c, dense_binary<is_less_equal>);
    case kBinaryGreater: return binary(a, c, dense_binary<is_greater>);
    case kBinaryGreaterEqual: return binary(a, c, dense_binary<is_greater_equal>);
  }
}

}  // namespace REPRISE_NS
