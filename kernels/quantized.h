// Products with packed weights, bf16 or int8: dequantize, quantizedDense, quantizedEmbedding. The manifest has the layout.
//
// One row of activations meets every weight once, so what counts is the bytes that stream by and the instructions for
// each. int8: 32 weights take a sign extension, a multiplication of pairs and an addition (two instructions where the
// processor fuses the last two), all of integers: the sums are the same bits on every engine.
#pragma once
#include "activation.h"
#include "tile.h"

namespace REPRISE_NS {

constexpr int64_t kPackedColumns = 16;            // of a panel
constexpr int kPackedVectors = 16 / kLanes;
constexpr int64_t kIntegerPairs = 512;      // 1024 products of 7 and 14 bits fit a sum of 31
constexpr float kLargestInteger = 16383.0f;
// Panels read side by side. Measured on Zen 4, from the level-3 cache: 2, 4, 8 panels give 59, 61, 65 GB/s.
constexpr int kPanelsAtOnce = kLanes == 16 ? 8 : kLanes == 8 ? 4 : kRegisters >= 32 ? 2 : 1;

struct PackedWeights {
  const uint32_t* words;
  const float* scale;
  int64_t K, N, format;

  int64_t pairs() const { return (K + 1) / 2; }
  int64_t panels() const { return (N + kPackedColumns - 1) / kPackedColumns; }
  int64_t panel_bytes() const { return pairs() * kPackedColumns * (format == kWeightFormatInt8 ? 2 : 4); }
  const char* panel(int64_t p) const { return (const char*)words + p * panel_bytes(); }
};

// A row of x as the products want it: pairs of 16-bit integers and their unit, or floats with a zero after an odd last.
struct Activations {
  char* room;
  int64_t rowBytes;
  float* units;  // one for each row

  static size_t bytes(int64_t rows, int64_t K) { return (size_t)(rows * row_bytes(K) + (rows * 4 + 63) / 64 * 64); }
  static int64_t row_bytes(int64_t K) { return ((K + 1) * 4 + 63) / 64 * 64; }
  Activations(char* memory, int64_t rows, int64_t K)
      : room(memory), rowBytes(row_bytes(K)), units((float*)(memory + rows * rowBytes)) {}

  const char* row(int64_t n) const { return room + n * rowBytes; }

  void load(const float* x, int64_t xRow, int64_t rows, const PackedWeights& w) const {
    for (int64_t n = 0; n < rows; n++) {
      if (w.format == kWeightFormatInt8) round_row(n, x + n * xRow, w.K);
      else copy_row(n, x + n * xRow, w.K);
    }
  }

  void copy_row(int64_t n, const float* x, int64_t K) const {
    float* to = (float*)row(n);
    __builtin_memcpy(to, x, (size_t)K * sizeof(float));
    to[K] = 0.0f;
  }

  void round_row(int64_t n, const float* x, int64_t K) const {
    int16_t* to = (int16_t*)row(n);
    vf most = zero();
    vi wrong = seti(0);  // becomes non-zero where an exponent is full: NaN, infinity
    for (int64_t k = 0; k < K; k += kLanes) {
      const vf v = vabs(load_part(x + k, K - k));
      most = vmax(v, most);
      wrong = ori(wrong, shr<31>(addi(bits(v), seti(0x00800000))));
    }
    alignas(64) float lanes[kLanes];
    alignas(64) int32_t flags[kLanes];
    store(lanes, most);
    storei(flags, wrong);
    float largest = 0.0f;
    int32_t bad = 0;
    for (int l = 0; l < kLanes; l++) {
      if (lanes[l] > largest) largest = lanes[l];
      bad |= flags[l];
    }
    const bool some = largest > 1e-30f && !bad;
    const float inverse = some ? kLargestInteger / largest : 0.0f;
    units[n] = bad ? __builtin_nanf("") : some ? largest / kLargestInteger : 0.0f;
    for (int64_t k = 0; k < K; k += kLanes) {
      alignas(64) int32_t whole[kLanes];
      storei(whole, some ? to_int(mul(load_part(x + k, K - k), set1(inverse))) : seti(0));
      for (int l = 0; l < kLanes; l++) to[k + l] = (int16_t)whole[l];  // rows have room for whole vectors
    }
    to[K] = 0;
  }
};

// P panels, `distance` bytes apart: out[p·16 + column] = Σ a·w, still in units.
template <int P>
static void int8_panels(const char* w, int64_t distance, const int32_t* a, int64_t pairs, float* out) {
  vf total[P][kPackedVectors];
  for (int p = 0; p < P; p++)
    for (int v = 0; v < kPackedVectors; v++) total[p][v] = zero();
  for (int64_t first = 0; first < pairs; first += kIntegerPairs) {
    const int64_t end = smaller(pairs, first + kIntegerPairs);
    vi sum[P][kPackedVectors];
    for (int p = 0; p < P; p++)
      for (int v = 0; v < kPackedVectors; v++) sum[p][v] = seti(0);
    for (int64_t k = first; k < end; k++) {
      const vi x = seti(a[k]);
      for (int p = 0; p < P; p++)
        for (int v = 0; v < kPackedVectors; v++)
          sum[p][v] = dot_pairs(sum[p][v], x, (const int8_t*)w + p * distance + k * 2 * kPackedColumns + v * 2 * kLanes);
    }
    for (int p = 0; p < P; p++)
      for (int v = 0; v < kPackedVectors; v++) total[p][v] = add(total[p][v], to_float(sum[p][v]));
  }
  for (int p = 0; p < P; p++)
    for (int v = 0; v < kPackedVectors; v++) store(out + p * kPackedColumns + v * kLanes, total[p][v]);
}

// A word holds the bf16 of an even k in its low half and that of the odd k behind it in its high half.
template <int P>
static void bf16_panels(const char* w, int64_t distance, const float* a, int64_t pairs, float* out) {
  const vi high = seti((int32_t)0xffff0000);
  vf even[P][kPackedVectors], odd[P][kPackedVectors];
  for (int p = 0; p < P; p++)
    for (int v = 0; v < kPackedVectors; v++) even[p][v] = odd[p][v] = zero();
  for (int64_t k = 0; k < pairs; k++) {
    const vf x = set1(a[2 * k]), y = set1(a[2 * k + 1]);
    for (int p = 0; p < P; p++)
      for (int v = 0; v < kPackedVectors; v++) {
        const vi both = loadi((const int32_t*)(w + p * distance) + k * kPackedColumns + v * kLanes);
        even[p][v] = fma(x, from_bits(shl<16>(both)), even[p][v]);
        odd[p][v] = fma(y, from_bits(andi(both, high)), odd[p][v]);
      }
  }
  for (int p = 0; p < P; p++)
    for (int v = 0; v < kPackedVectors; v++) store(out + p * kPackedColumns + v * kLanes, add(even[p][v], odd[p][v]));
}

template <int P>
static void some_panels(const PackedWeights& w, int64_t panel, const Activations& a, int64_t n, float* out) {
  if (w.format == kWeightFormatInt8) {
    int8_panels<P>(w.panel(panel), w.panel_bytes(), (const int32_t*)a.row(n), w.pairs(), out);
  } else {
    // Two sums for each vector: half the panels fill the registers.
    constexpr int kHalf = P > 1 ? P / 2 : 1;
    for (int p = 0; p < P; p += kHalf)
      bf16_panels<kHalf>(w.panel(panel + p), w.panel_bytes(), (const float*)a.row(n), w.pairs(), out + p * kPackedColumns);
  }
}

// take(n, column, width, values) for all vectors of columns in panels [begin, end) and all rows.
template <class Take>
static void packed_product(const PackedWeights& w, const Activations& a, int64_t rows, int64_t begin, int64_t end,
                           Take take) {
  alignas(64) float out[kPanelsAtOnce * kPackedColumns];
  for (int64_t p = begin; p < end;) {
    const int64_t panels = end - p >= kPanelsAtOnce ? kPanelsAtOnce : 1;
    for (int64_t n = 0; n < rows; n++) {
      if (panels == kPanelsAtOnce) some_panels<kPanelsAtOnce>(w, p, a, n, out);
      else some_panels<1>(w, p, a, n, out);
      const int64_t first = p * kPackedColumns, last = smaller(w.N, first + panels * kPackedColumns);
      for (int64_t column = first; column < last; column += kLanes) {
        vf value = load(out + column - first);
        if (w.format == kWeightFormatInt8)
          value = mul(value, mul(load_part(w.scale + column, w.N - column), set1(a.units[n])));
        take(n, column, w.N - column, value);
      }
    }
    p += panels;
  }
}

// ---- commands --------------------------------------------------------------------------------------------------------

// The sixteen columns of one panel at k, in float32.
static void unpack_row(const PackedWeights& w, int64_t panel, int64_t k, float* to) {
  const int64_t first = panel * kPackedColumns, columns = smaller(kPackedColumns, w.N - first);
  if (w.format == kWeightFormatInt8) {
    const int8_t* from = (const int8_t*)w.panel(panel) + k / 2 * 2 * kPackedColumns + k % 2;
    for (int64_t c = 0; c < columns; c++) to[c] = (float)from[2 * c] * w.scale[first + c];
  } else {
    const uint32_t* from = (const uint32_t*)w.panel(panel) + k / 2 * kPackedColumns;
    const int shift = k % 2 ? 0 : 16;
    uint32_t* bits = (uint32_t*)to;
    for (int64_t c = 0; c < columns; c++) bits[c] = (from[c] << shift) & 0xffff0000u;
  }
}

static void kernel_dequantize(const DequantizeArgs& a, Context& c) {
  const PackedWeights w{a.w, a.scale, a.K, a.N, a.format};
  int64_t begin, end;
  c.share(w.panels(), 1, begin, end);
  for (int64_t p = begin; p < end; p++) {
    const int64_t first = p * kPackedColumns, columns = smaller(kPackedColumns, a.N - first);
    for (int64_t k = 0; k < a.K; k++) {
      if (!a.transpose && columns == kPackedColumns) {
        unpack_row(w, p, k, a.y + k * a.N + first);
        continue;
      }
      float row[kPackedColumns];
      unpack_row(w, p, k, row);
      for (int64_t n = 0; n < columns; n++)
        a.y[a.transpose ? (first + n) * a.K + k : k * a.N + first + n] = row[n];
    }
  }
}

static size_t scratch_quantizedDense(const QuantizedDenseArgs& a, int threads) {
  return threads * Activations::bytes(a.M, a.K);
}

static void kernel_quantizedDense(const QuantizedDenseArgs& a, Context& c) {
  const PackedWeights w{a.w, a.scale, a.K, a.N, a.format};
  int64_t begin, end;
  c.share(w.panels(), 1, begin, end);
  if (begin == end) return;
  // Every worker rounds all rows for itself: that costs less than waiting for one who does it for all.
  const Activations x(c.scratch + c.thread * Activations::bytes(a.M, a.K), a.M, a.K);
  x.load(a.x, a.K, a.M, w);
  packed_product(w, x, a.M, begin, end, [&](int64_t m, int64_t n, int64_t width, vf value) {
    if (a.bias) value = add(value, load_part(a.bias + n, width));
    if (a.activation != kActivationLinear) value = any_activation(a.activation, value);
    store_part(a.y + m * a.N + n, value, width);
  });
}

static void kernel_quantizedEmbedding(const QuantizedEmbeddingArgs& a, Context& c) {
  const PackedWeights w{a.w, a.scale, a.E, a.V, a.format};
  int64_t begin, end;
  c.share(a.M, 1, begin, end);
  for (int64_t m = begin; m < end; m++) {
    const int64_t id = a.ids[m];
    const bool known = id >= 0 && id < a.V;
    const int64_t panel = known ? id / kPackedColumns : 0, column = known ? id % kPackedColumns : 0;
    float* y = a.y + m * a.E;
    if (!known) {
      for (int64_t e = 0; e < a.E; e++) y[e] = 0.0f;
    } else if (a.format == kWeightFormatInt8) {
      const int8_t* from = (const int8_t*)w.panel(panel) + 2 * column;
      for (int64_t e = 0; e < a.E; e++) y[e] = (float)from[e / 2 * 2 * kPackedColumns + e % 2] * a.scale[id];
    } else {
      const uint16_t* from = (const uint16_t*)w.panel(panel) + 2 * column;
      uint32_t* bits = (uint32_t*)y;
      for (int64_t e = 0; e < a.E; e++) bits[e] = (uint32_t)from[e / 2 * 2 * kPackedColumns + e % 2] << 16;
    }
  }
}

}  // namespace REPRISE_NS
