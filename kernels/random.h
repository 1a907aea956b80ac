// Random masks from the counter-based generator Philox4x32-10 (Salmon et al. 2011): every number is a function of the
// seed, the step, the stream and the element, whoever computes it.
#pragma once
#include "elementwise.h"
#include "transpose.h"

namespace REPRISE_NS {

struct Philox {
  uint32_t key0, key1, stream, step0, step1;
  Philox(const uint32_t* rng, int64_t number)
      : key0(rng[0]), key1(rng[1]), stream((uint32_t)number), step0(rng[2]), step1(rng[3]) {}

  static constexpr int64_t kNumbers = 64;  // computed together: 16 blocks of four

  // The numbers of elements first … first+63; `first` is a multiple of 4.
  void numbers(int64_t first, int32_t* y) const {
    constexpr int kParts = 16 / kLanes;
    vi a[kParts], b[kParts], d[kParts], e[kParts];
    for (int k = 0; k < kParts; k++) {
      a[k] = addi(seti((int32_t)(first / 4) + k * kLanes), block_of_lane());
      b[k] = seti((int32_t)stream), d[k] = seti((int32_t)step0), e[k] = seti((int32_t)step1);
    }
    uint32_t k0 = key0, k1 = key1;
    for (int round = 0; round < 10; round++) {
      for (int k = 0; k < kParts; k++) {
        vi low0, high0, low1, high1;
        mul_wide(a[k], seti((int32_t)0xd2511f53), low0, high0);
        mul_wide(d[k], seti((int32_t)0xcd9e8d57), low1, high1);
        a[k] = xori(xori(high1, b[k]), seti((int32_t)k0));
        d[k] = xori(xori(high0, e[k]), seti((int32_t)k1));
        b[k] = low1, e[k] = low0;
      }
      k0 += 0x9e3779b9u, k1 += 0xbb67ae85u;
    }
    using S = Shuffles<kLanes>;
    for (int k = 0; k < kParts; k++) {
      S::lanes ab, abHigh, de, deHigh, word[4];
      S::interleave((S::lanes)from_bits(a[k]), (S::lanes)from_bits(b[k]), ab, abHigh);
      S::interleave((S::lanes)from_bits(d[k]), (S::lanes)from_bits(e[k]), de, deHigh);
      S::pair(ab, de, word[0], word[1]);
      S::pair(abHigh, deHigh, word[2], word[3]);
      for (int j = 0; j < 4; j++) storei(y + 4 * k * kLanes + j * kLanes, bits((vf)word[j]));
    }
  }

  // Which block each lane computes, so that the four words of a block come out side by side when they are interleaved
  // within every four lanes: block j·(kLanes/4) + g in lane 4g + j.
  REPRISE_INLINE vi block_of_lane() {
    alignas(64) int32_t block[kLanes];
    for (int l = 0; l < kLanes; l++) block[l] = l % 4 * (kLanes / 4) + l / 4;
    return loadi(block);
  }

  // 1/(1 − rate) for the elements kept, 0 for the others.
  void mask(int64_t first, float rate, float* y) const {
    alignas(64) int32_t number[kNumbers];
    numbers(first, number);
    const vf kept = set1(1.0f / (1.0f - rate)), limit = set1(rate);
    for (int i = 0; i < kNumbers; i += kLanes) {
      const vf uniform = mul(to_float(shr<8>(loadi(number + i))), set1(0x1p-24f));
      store(y + i, select(less(uniform, limit), zero(), kept));
    }
  }
};

// y = x·mask, 0 where the mask is 0 whatever x is.
REPRISE_INLINE void apply_mask(const float* x, const float* mask, float* y, int64_t count) {
  each_vector(0, count, [=](int64_t i, int64_t n) REPRISE_INLINE_LAMBDA {
    const vf m = load_part(mask + i, n);
    store_part(y + i, select(less(zero(), m), mul(load_part(x + i, n), m), zero()), n);
  });
}

static void kernel_dropout(const DropoutArgs& a, Context& c) {
  const Philox philox(a.rng, a.stream);
  const int64_t count = a.locked ? a.N * a.F : a.N * a.T * a.F;
  alignas(64) float mask[Philox::kNumbers];
  int64_t begin, end;
  c.share(count, Philox::kNumbers, begin, end);
  for (int64_t e = begin; e < end; e += Philox::kNumbers) {
    const int64_t stop = smaller(end, e + Philox::kNumbers);
    philox.mask(e, a.rate, mask);
    if (!a.locked) {
      apply_mask(a.x + e, mask, a.y + e, stop - e);
      continue;
    }
    for (int64_t at = e; at < stop;) {  // the pieces of this stretch that lie in one row n
      const int64_t n = at / a.F, f = at % a.F;
      const int64_t length = smaller(stop - at, a.F - f);
      for (int64_t t = 0; t < a.T; t++) {
        const int64_t offset = (n * a.T + t) * a.F + f;
        apply_mask(a.x + offset, mask + (at - e), a.y + offset, length);
      }
      at += length;
    }
  }
}

static void kernel_dropoutMask(const DropoutMaskArgs& a, Context& c) {
  const Philox philox(a.rng, a.stream);
  alignas(64) float mask[Philox::kNumbers];
  int64_t begin, end;
  c.share(a.count, Philox::kNumbers, begin, end);
  for (int64_t e = begin; e < end; e += Philox::kNumbers) {
    const int64_t length = smaller(end - e, Philox::kNumbers);
    philox.mask(e, a.rate, mask);
    float* y = a.y + e;
    for (int64_t i = 0; i < length; i++) y[i] = mask[i];
  }
}

}  // namespace REPRISE_NS
