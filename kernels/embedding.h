// Rows of a table by number, and their gradient.
#pragma once
#include "elementwise.h"

namespace REPRISE_NS {

static void kernel_embeddingForward(const EmbeddingForwardArgs& a, Context& c) {
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    const int64_t id = a.ids[m];
    const bool known = id >= 0 && id < a.V;
    const float* row = a.table + (known ? id : 0) * a.E;
    float* y = a.y + m * a.E;
    each_vector(0, a.E, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
      store_part(y + i, known ? load_part(row + i, n) : zero(), n);
    });
  }
}

// Every element of the table has one owner, who adds to it in the order of m. Workers share the columns in pieces of a
// cache line; where there are fewer pieces than workers, several share a piece by the row number.
static void kernel_embeddingBackward(const EmbeddingBackwardArgs& a, Context& c) {
  constexpr int64_t kLine = 16;
  const int64_t lines = (a.E + kLine - 1) / kLine;
  const int64_t pieces = smaller(lines, c.threads);
  if (pieces == 0) return;
  const int64_t sharers = c.threads / pieces, piece = c.thread % pieces, sharer = c.thread / pieces;
  if (sharer >= sharers) return;
  const int64_t begin = lines * piece / pieces * kLine;
  const int64_t end = smaller(lines * (piece + 1) / pieces * kLine, a.E);
  if (!a.accumulate)
    for (int64_t id = sharer; id < a.V; id += sharers) {
      float* row = a.dTable + id * a.E;
      each_vector(begin, end, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA { store_part(row + i, zero(), n); });
    }
  for (int64_t m = 0; m < a.M; m++) {
    const int64_t id = a.ids[m];
    if (id < 0 || id >= a.V || id % sharers != sharer) continue;
    const float* dy = a.dy + m * a.E;
    float* row = a.dTable + id * a.E;
    each_vector(begin, end, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
      store_part(row + i, add(load_part(row + i, n), load_part(dy + i, n)), n);
    });
  }
}

}  // namespace REPRISE_NS
