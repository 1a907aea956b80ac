// recurrentStep: one step of a cell, for generating and serving. Both products pass over their weights once, a worker the
// columns of its own; then the units are divided anew for the cell.
#pragma once
#include "gemm.h"
#include "quantized.h"

namespace REPRISE_NS {

struct RecurrentStep {
  const RecurrentStepArgs& a;
  int64_t row;             // of sums and products: `wide` and up to the next sixteen
  bool packed, gru, after;
  PackedWeights kernel, recurrent;
  float *sums;      // [N][row]: all that is added up before the gates
  float *products;  // [N][row]: of a GRU, h·U of the third gate, which the reset comes between
  float *operand;   // [N][H]: r ⊙ h
  char* room;       // activations, for each thread
  size_t roomBytes, bytes;

  RecurrentStep(const RecurrentStepArgs& args, char* scratch, int threads)
      : a(args), row((args.wide + 15) / 16 * 16), packed(args.format != kWeightFormatFloat32),
        gru(args.cell == kCellGru), after(gru && args.resetAfter),
        kernel{(const uint32_t*)args.kernel, args.kernelScale, args.I, args.wide, args.format},
        recurrent{(const uint32_t*)args.recurrentKernel, args.recurrentScale, args.H, args.wide, args.format} {
    const auto whole = [](size_t floats) { return (floats * 4 + 63) / 64 * 64; };
    size_t used = 0;
    const auto take = [&](int64_t floats) {
      float* p = (float*)(scratch + used);
      used += whole((size_t)floats);
      return p;
    };
    sums = take(a.N * row);
    products = gru ? take(a.N * row) : nullptr;
    operand = gru ? take(a.N * a.H) : nullptr;
    room = scratch + used;
    roomBytes = packed ? Activations::bytes(a.N, larger(a.I, a.H)) : 0;
    bytes = used + (size_t)threads * roomBytes;
  }

  // Columns the recurrent product adds to `sums`; those after them go to `products`.
  int64_t direct() const { return gru ? 2 * a.H : a.wide; }
  const float* recurrent_bias() const { return after && a.bias ? a.bias + a.wide : nullptr; }

  void start(int64_t begin, int64_t end) const {
    const float* other = recurrent_bias();
    for (int64_t n = 0; n < a.N; n++)
      for (int64_t i = begin; i < end; i++) {
        const bool both = other && i < 2 * a.H;
        sums[n * row + i] = !a.bias ? 0.0f : both ? a.bias[i] + other[i] : a.bias[i];
        if (gru && i >= 2 * a.H) products[n * row + i] = other ? other[i] : 0.0f;
      }
  }

  // to[n][column] += v[n]·W for columns [begin, end), W plain. Four rows of W at a time: measured on Zen 4, from the
  // level-3 cache, that streams 150 GB/s with two cores; eight rows 130, sixteen 105. Hardware follows a row to the end of
  // its page; asking for the first lines of the next rows shortly before makes it 3 to 10 % more.
  void plain_product(const float* v, int64_t K, const float* weights, float* to, int64_t begin, int64_t end) const {
    for (int64_t n = 0; n < a.N; n++, v += K, to += row)
      for (int64_t from = begin; from < end; from += 2048) {
        const float* w = weights + from;
        const int64_t width = smaller(2048, end - from);
        const int64_t late = kLanes > 4 && width >= 1024 ? width / 4 * 3 / kLanes * kLanes : 0;
        int64_t k = 0;
        for (; k + 4 <= K; k += 4) {
          if (v[k] == 0.0f && v[k + 1] == 0.0f && v[k + 2] == 0.0f && v[k + 3] == 0.0f) continue;
          const float* rows = w + k * a.wide;
          if (late) {
            add_scaled_rows<4>(to + from, v + k, 1, rows, a.wide, late);
            for (int r = 4; r < 8; r++)
              for (int line = 0; line < 4; line++) prefetch(rows + r * a.wide + line * 16);
          }
          add_scaled_rows<4>(to + from + late, v + k, 1, rows + late, a.wide, width - late);
        }
        for (; k < K; k++) add_scaled_rows<1>(to + from, v + k, 1, w + k * a.wide, a.wide, width);
      }
  }

  void plain(int64_t begin, int64_t end) const {
    start(begin, end);
    plain_product(a.x, a.I, a.kernel, sums, begin, end);
    if (!a.h0) return;
    const int64_t border = smaller(end, larger(begin, direct()));
    plain_product(a.h0, a.H, a.recurrentKernel, sums, begin, border);
    if (after) plain_product(a.h0, a.H, a.recurrentKernel, products, border, end);
  }

  // Adds h·U for panels [begin, end): to `sums` up to direct(), from there to `products`.
  void recurrent_product(const Activations& x, const float* h, int64_t begin, int64_t end) const {
    x.load(h, a.H, a.N, recurrent);
    const int64_t border = direct();
    packed_product(recurrent, x, a.N, begin, end, [&](int64_t n, int64_t column, int64_t width, vf value) {
      float *sum = sums + n * row + column, *product = products + n * row + column;
      if (column < border) {
        const int64_t part = smaller(width, border - column);
        store_part(sum, add(load_part(sum, part), value), part);
        if (column + smaller(kLanes, width) <= border) return;
      }
      alignas(64) float lanes[kLanes];
      store(lanes, value);
      for (int64_t l = column < border ? border - column : 0; l < smaller(kLanes, width); l++) product[l] += lanes[l];
    });
  }

  void compressed(int64_t begin, int64_t end, const Context& c) const {
    start(begin * kPackedColumns, smaller(a.wide, end * kPackedColumns));
    const Activations x(room + c.thread * roomBytes, a.N, larger(a.I, a.H));
    x.load(a.x, a.I, a.N, kernel);
    packed_product(kernel, x, a.N, begin, end, [&](int64_t n, int64_t column, int64_t width, vf value) {
      float* sum = sums + n * row + column;
      store_part(sum, add(load_part(sum, width), value), width);
    });
    if (!a.h0) return;
    // With the reset first, the third gate's product has to wait; a panel on the border is computed for the others.
    const int64_t last = gru && !after ? smaller(end, (direct() + kPackedColumns - 1) / kPackedColumns) : end;
    if (begin < last) recurrent_product(x, a.h0, begin, last);
  }

  vf before(int64_t n, int64_t u) const { return a.h0 ? load_part(a.h0 + n * a.H + u, a.H - u) : zero(); }

  void finish(int64_t n, int64_t u, vf h) const {
    if (a.y) store_part(a.y + n * a.H + u, h, a.H - u);
    if (a.hT) store_part(a.hT + n * a.H + u, h, a.H - u);
  }

  // r ⊙ h of a GRU whose reset comes first, and its product.
  void reset(Context& c) const {
    int64_t begin, end;
    c.share(a.H, kPackedColumns, begin, end);
    for (int64_t n = 0; n < a.N; n++)
      for (int64_t u = begin; u < end; u += kLanes) {
        const vf r = any_activation(a.recurrentActivation, load_part(sums + n * row + a.H + u, a.H - u));
        store_part(operand + n * a.H + u, mul(r, before(n, u)), a.H - u);
      }
    c.barrier();
    if (!a.h0) return;
    if (packed) {
      const int64_t first = direct() / kPackedColumns;
      c.share(recurrent.panels() - first, 1, begin, end);
      if (begin == end) return;
      const Activations x(room + c.thread * roomBytes, a.N, larger(a.I, a.H));
      x.load(operand, a.H, a.N, recurrent);
      packed_product(recurrent, x, a.N, first + begin, first + end,
                     [&](int64_t n, int64_t column, int64_t width, vf value) {
                       alignas(64) float lanes[kLanes];
                       store(lanes, value);
                       float* product = products + n * row + column;
                       // Replaces what a panel on the border left here of the product with h.
                       for (int64_t l = column < direct() ? direct() - column : 0; l < smaller(kLanes, width); l++)
                         product[l] = lanes[l];
                     });
    } else {
      c.share(a.H, kPackedColumns, begin, end);
      plain_product(operand, a.H, a.recurrentKernel, sums, direct() + begin, direct() + end);
    }
  }

  template <bool kStandard> vf gate(vf x) const {
    return cell_activation<kStandard>(kActivationSigmoid, a.recurrentActivation, x);
  }
  template <bool kStandard> vf squash(vf x) const { return cell_activation<kStandard>(kActivationTanh, a.activation, x); }

  template <bool kStandard> void cell(const Context& c) const {
    int64_t begin, end;
    c.share(a.H, kPackedColumns, begin, end);
    for (int64_t n = 0; n < a.N; n++)
      for (int64_t u = begin; u < end; u += kLanes) {
        const int64_t width = a.H - u;
        const float* sum = sums + n * row + u;
        if (a.cell == kCellSimpleRnn) {
          finish(n, u, squash<kStandard>(load_part(sum, width)));
        } else if (a.cell == kCellLstm) {
          const vf i = gate<kStandard>(load_part(sum, width)), f = gate<kStandard>(load_part(sum + a.H, width));
          const vf g = squash<kStandard>(load_part(sum + 2 * a.H, width));
          const vf o = gate<kStandard>(load_part(sum + 3 * a.H, width));
          const vf old = a.c0 ? load_part(a.c0 + n * a.H + u, width) : zero();
          const vf cell = fma(f, old, mul(i, g));
          if (a.cT) store_part(a.cT + n * a.H + u, cell, width);
          finish(n, u, mul(o, squash<kStandard>(cell)));
        } else {
          const vf z = gate<kStandard>(load_part(sum, width)), input = load_part(sum + 2 * a.H, width);
          const vf inner = load_part(products + n * row + 2 * a.H + u, width);
          vf candidate;
          if (after) {
            candidate = fma(gate<kStandard>(load_part(sum + a.H, width)), inner, input);
          } else {
            candidate = packed ? add(input, inner) : input;
          }
          candidate = squash<kStandard>(candidate);
          const vf old = before(n, u);
          finish(n, u, fma(z, sub(old, candidate), candidate));
        }
      }
  }
};

static size_t scratch_recurrentStep(const RecurrentStepArgs& a, int threads) {
  return RecurrentStep(a, nullptr, threads).bytes;
}

static void kernel_recurrentStep(const RecurrentStepArgs& a, Context& team) {
  Context c = team;
  const RecurrentStep s(a, c.scratch, c.threads);
  // Weights of 100 kB stream by in a microsecond or two: less than the waiting costs.
  const int64_t bytes = a.wide * (a.I + a.H) * (s.packed ? a.format == kWeightFormatInt8 ? 1 : 2 : 4);
  if (bytes < 100000) {
    if (c.thread > 0) return;
    c.threads = 1;
  }
  int64_t begin, end;
  if (s.packed) {
    c.share(s.kernel.panels(), 1, begin, end);
    s.compressed(begin, end, c);
  } else {
    c.share(a.wide, kPackedColumns, begin, end);
    s.plain(begin, end);
  }
  c.barrier();
  if (s.gru && !s.after) {
    s.reset(c);
    c.barrier();
  }
  const bool standard = !kOneWalk && a.activation == kActivationTanh && a.recurrentActivation == kActivationSigmoid;
  standard ? s.cell<true>(c) : s.cell<false>(c);
}

}  // namespace REPRISE_NS
