// Rows picked by number where only the step knows how many: lists of rows are as long as the most there can be, and a
// count says how many are meant. The work follows the count.
#pragma once
#include "elementwise.h"
#include "gemm.h"

namespace REPRISE_NS {

// Distinct ids and where each was first seen: open addressing in memory of the caller.
struct IdTable {
  int32_t *ids, *places;
  uint32_t mask;

  static int64_t size(int64_t count) {
    int64_t size = 16;
    while (size < 2 * count) size *= 2;
    return size;
  }
  static size_t bytes(int64_t count) { return (size_t)(2 * size(count)) * sizeof(int32_t); }

  IdTable(char* memory, int64_t count) : ids((int32_t*)memory), mask((uint32_t)size(count) - 1) {
    places = ids + mask + 1;
  }
  void clear() { __builtin_memset(ids, 0xff, (mask + (size_t)1) * sizeof(int32_t)); }
  // The slot of an id ≥ 0, free (−1) when it has not been seen.
  uint32_t slot(int32_t id) const {
    uint32_t at = ((uint32_t)id * 0x9e3779b9u >> 7) & mask;
    while (ids[at] >= 0 && ids[at] != id) at = (at + 1) & mask;
    return at;
  }
  // Where the id was put, −1 if nowhere.
  int32_t place(int32_t id) const {
    const uint32_t at = slot(id);
    return ids[at] == id ? places[at] : -1;
  }
};

static size_t scratch_uniqueRows(const UniqueRowsArgs& a, int) { return IdTable::bytes(a.M); }

// One worker: some thousand ids take less time than sharing them would.
static void kernel_uniqueRows(const UniqueRowsArgs& a, Context& c) {
  if (c.thread != 0) return;
  IdTable table(c.scratch, a.M);
  table.clear();
  int32_t count = 0;
  for (int64_t m = 0; m < a.M; m++) {
    const int32_t id = a.ids[m];
    a.place[m] = -1;
    if (id < 0 || id >= a.V) continue;
    const uint32_t at = table.slot(id);
    if (table.ids[at] < 0) {
      if (count == a.R) continue;
      table.ids[at] = id;
      table.places[at] = count;
      a.rows[count++] = id;
    }
    a.place[m] = table.places[at];
  }
  a.count[0] = count;
  for (int64_t r = count; r < a.R; r++) a.rows[r] = -1;
}

static void kernel_clusterRows(const ClusterRowsArgs& a, Context& c) {
  if (c.thread != 0) return;
  int32_t count = 0;
  for (int64_t m = 0; m < a.M; m++) {
    const int32_t target = a.targets[m];
    const bool inside = target >= a.low && target < a.high;
    a.relabelled[m] = inside ? (int32_t)a.label : a.labels[m];
    if (!inside) continue;
    a.rows[count] = (int32_t)m;
    a.local[count++] = target - (int32_t)a.low;
  }
  a.count[0] = count;
  for (int64_t r = count; r < a.M; r++) a.rows[r] = a.local[r] = -1;
}

REPRISE_INLINE void zero_floats(float* x, int64_t count, const Context& c) {
  int64_t begin, end;
  c.share(count, kElementGrain, begin, end);
  for (int64_t i = begin; i < end; i += kLanes) store_part(x + i, zero(), end - i);
}

// to[r] = x[rows[r]]
static void gather_rows(const float* x, const int32_t* rows, int64_t count, int64_t width, float* to, const Context& c) {
  int64_t begin, end;
  c.share(count, 1, begin, end);
  for (int64_t r = begin; r < end; r++)
    __builtin_memcpy(to + r * width, x + rows[r] * width, (size_t)width * sizeof(float));
}

// Scratch: the rows picked, [M,K], then what the products want.
static size_t rows_dense_floats(int64_t M, int64_t K) { return (size_t)((M * K + 15) / 16 * 16); }

static size_t scratch_rowsDenseForward(const RowsDenseForwardArgs& a, int threads) {
  return (rows_dense_floats(a.M, a.K) + (size_t)(threads * most_product_floats(a.K))) * sizeof(float);
}

static void kernel_rowsDenseForward(const RowsDenseForwardArgs& a, Context& team) {
  Context c = team.in_float32();
  const int64_t count = smaller(a.count[0], a.M);
  float* picked = (float*)c.scratch;
  gather_rows(a.x, a.rows, count, a.K, picked, c);
  zero_floats(a.y + count * a.N, (a.M - count) * a.N, c);
  c.barrier();
  const Product q{count, a.N, a.K, picked, a.K, 1, a.w, a.N, 1, a.y, a.N};
  product(q, (char*)(picked + rows_dense_floats(a.M, a.K)), c);
}

static size_t scratch_rowsDenseBackward(const RowsDenseBackwardArgs& a, int threads) {
  const int64_t products = larger(most_product_floats(a.N), most_product_floats(a.M));
  return (2 * rows_dense_floats(a.M, a.K) + (size_t)(threads * products)) * sizeof(float);
}

static void kernel_rowsDenseBackward(const RowsDenseBackwardArgs& a, Context& team) {
  Context c = team.in_float32();
  const int64_t count = smaller(a.count[0], a.M);
  float* picked = (float*)c.scratch;
  float* gradient = picked + rows_dense_floats(a.M, a.K);
  char* scratch = (char*)(gradient + rows_dense_floats(a.M, a.K));
  gather_rows(a.x, a.rows, count, a.K, picked, c);
  zero_floats(a.dx, a.L * a.K, c);
  const Product back{count, a.K, a.N, a.dy, a.N, 1, a.w, 1, a.N, gradient, a.K};
  product(back, scratch, c);
  c.barrier();
  if (count == 0) return zero_floats(a.dw, a.K * a.N, c);
  product(Product{a.K, a.N, count, picked, 1, a.K, a.dy, a.N, 1, a.dw, a.N}, scratch, c);
  int64_t begin, end;
  c.share(count, 1, begin, end);
  for (int64_t r = begin; r < end; r++)
    __builtin_memcpy(a.dx + a.rows[r] * a.K, gradient + r * a.K, (size_t)a.K * sizeof(float));
}

}  // namespace REPRISE_NS
