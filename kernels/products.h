// The products over all steps of a sequence, before and after the walk.
#pragma once
#include "sequence.h"

namespace REPRISE_NS {

// ---- before the walk -------------------------------------------------------------------------------------------------

// to[copy][n,t] = x[n,t] ⊙ factors[copy][n] for each row of features.
static void apply_input_dropout(const Sequence& q, const float* x, float* to, const Context& c) {
  int64_t begin, end;
  c.share(q.N * q.T, 1, begin, end);
  for (int64_t copy = 0; copy < q.inputs; copy++)
    for (int64_t row = begin; row < end; row++) {
      const float *from = x + row * q.I, *factor = q.inputDropout + (copy * q.N + row / q.T) * q.I;
      float* out = to + (copy * q.N * q.T + row) * q.I;
      for (int64_t i = 0; i < q.I; i += kLanes)
        store_part(out + i, mul(load_part(from + i, q.I - i), load_part(factor + i, q.I - i)), q.I - i);
    }
}

// The product of all steps' inputs with the kernel: gates[n,t] = bias + x̂[n,t]·W.
static Product input_product(const Sequence& q, int gates, const float* x, const float* kernel, const float* bias,
                             float* out) {
  Product p{q.N * q.T, gates * q.H, q.I, x, q.I, 1, kernel, gates * q.H, 1, out, gates * q.H};
  p.bias = bias;
  return p;
}

// The same where the inputs are ids: bias + a row of the kernel.
static void gather_inputs(const Sequence& q, int64_t wide, const float* kernel, const float* bias, float* out,
                          const Context& c) {
  int64_t begin, end;
  c.share(q.N * q.T, 1, begin, end);
  for (int64_t row = begin; row < end; row++) {
    const float* from = q.kernel_row(kernel, wide, 0, row);
    float* to = out + row * wide;
    for (int64_t i = 0; i < wide; i += kLanes) {
      vf sum = bias ? load_part(bias + i, wide - i) : zero();
      if (from) sum = add(sum, load_part(from + i, wide - i));
      store_part(to + i, sum, wide - i);
    }
  }
}

// Leaves a barrier to the caller. `dropped` holds the inputs after dropout, [inputs][N,T,I].
static void project_inputs(const Sequence& q, int gates, const float* x, float* dropped, const float* kernel,
                           const float* bias, float* out, char* scratch, Context& c) {
  if (q.ids) return gather_inputs(q, gates * q.H, kernel, bias, out, c);
  if (q.inputDropout) {
    apply_input_dropout(q, x, dropped, c);
    c.barrier();
  }
  Product p = input_product(q, gates, q.inputDropout ? dropped : x, kernel, bias, out);
  if (q.inputs > 1) p.N = q.H;
  for (int64_t g = 0; g < q.inputs; g++) {
    product(p, scratch, c);
    p.a += q.N * q.T * q.I;
    p.b += q.H;
    p.out += q.H;
    if (p.bias) p.bias += q.H;
  }
}

// ---- after the walk --------------------------------------------------------------------------------------------------

// gradient [rows, columns] (+)= aᵀ·b, a [N·T, rows], b [N·T, columns] inside wider matrices.
static Product weight_product(const Sequence& q, const float* a, int64_t rows, const float* b, int64_t columns,
                              int64_t bStep, float* out, int64_t outRow, bool accumulate) {
  Product p{rows, columns, q.N * q.T, a, 1, rows, b, bStep, 1, out, outRow};
  p.accumulate = accumulate;
  return p;
}

// out[column] (+)= Σ_row matrix[row·step + column].
static void add_rows(const float* matrix, int64_t rows, int64_t columns, int64_t step, float* out, bool accumulate,
                     const Context& c) {
  static const float one = 1.0f;
  int64_t begin, end;
  c.share(columns, kPanel, begin, end);
  if (begin >= end) return;
  if (!accumulate)
    for (int64_t u = begin; u < end; u++) out[u] = 0.0f;
  row_product(out + begin, &one, 0, matrix + begin, step, end - begin, rows);
}

// dx = Σ over gates of mask ⊙ (dG·Wᵀ); spare holds [N,T,I] when every gate has a mask.
static void input_gradient(const Sequence& q, int gates, const float* dGates, const float* kernel, float* dx, float* spare,
                           char* scratch, Context& c) {
  const int64_t rows = q.N * q.T, wide = gates * q.H;
  Product p{rows, q.I, wide, dGates, wide, 1, kernel, 1, wide, dx, q.I};
  if (q.inputs > 1) {
    p.K = q.H;
    p.out = spare;
  }
  for (int64_t g = 0; g < q.inputs; g++) {
    if (g) c.barrier();
    product(p, scratch, c);
    p.a += q.H;
    p.b += q.H;
    if (!q.inputDropout) continue;
    c.barrier();
    int64_t begin, end;
    c.share(rows, 1, begin, end);
    for (int64_t row = begin; row < end; row++)
      for (int64_t i = 0; i < q.I; i += kLanes) {
        const vf masked = mul(load_part(p.out + row * q.I + i, q.I - i),
                              load_part(q.inputDropout + (g * q.N + row / q.T) * q.I + i, q.I - i));
        float* to = dx + row * q.I + i;
        store_part(to, g ? add(load_part(to, q.I - i), masked) : masked, q.I - i);
      }
  }
}

// dKernel where the inputs are ids: every row of dG is added to a row of dKernel, in the order of the product.
static void scatter_kernel_gradient(const Sequence& q, int64_t wide, const float* dGates, float* dKernel, bool accumulate,
                                    const Context& c) {
  int64_t begin, end;
  c.share(wide, kPanel, begin, end);
  if (!accumulate)
    for (int64_t id = 0; id < q.I; id++)
      for (int64_t i = begin; i < end; i += kLanes) store_part(dKernel + id * wide + i, zero(), end - i);
  for (int64_t row = 0; row < q.N * q.T; row++) {
    float* to = const_cast<float*>(q.kernel_row(dKernel, wide, 0, row));
    if (!to) continue;
    const float* from = dGates + row * wide;
    for (int64_t i = begin; i < end; i += kLanes)
      store_part(to + i, add(load_part(to + i, end - i), load_part(from + i, end - i)), end - i);
  }
}

// dKernel = x̂ᵀ·dG, gate by gate when every gate has an input of its own.
static void kernel_gradient(const Sequence& q, int gates, const float* inputs, const float* dGates, float* dKernel,
                            bool accumulate, char* scratch, Context& c) {
  const int64_t wide = gates * q.H;
  if (q.ids) return scatter_kernel_gradient(q, wide, dGates, dKernel, accumulate, c);
  for (int64_t g = 0; g < q.inputs; g++) {
    if (g) c.barrier();
    product(weight_product(q, inputs + g * q.N * q.T * q.I, q.I, dGates + g * q.H, q.inputs > 1 ? q.H : wide, wide,
                           dKernel + g * q.H, wide, accumulate),
            scratch, c);
  }
}

// Scratch that any of these products may want.
static size_t products_scratch(const Sequence& q, int gates, int threads) {
  const int64_t wide = gates * q.H;
  const Product forward = input_product(q, gates, nullptr, nullptr, nullptr, nullptr);
  const Product input{q.N * q.T, q.I, wide, nullptr, wide, 1, nullptr, 1, wide, nullptr, q.I};
  const Product kernel = weight_product(q, nullptr, q.I, nullptr, wide, wide, nullptr, wide, false);
  const Product recurrent = weight_product(q, nullptr, q.H, nullptr, wide, wide, nullptr, wide, false);
  return larger(larger(product_scratch(forward, threads), product_scratch(input, threads)),
                larger(product_scratch(kernel, threads), product_scratch(recurrent, threads)));
}

}  // namespace REPRISE_NS
