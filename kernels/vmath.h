// Elementary functions on `vf`. Everything is branch-free except the remainder of sin and cos for |x| ≥ 2¹⁹.
//
// Largest error in units in the last place of the float result (ulp), measured against double arithmetic on every 97th
// float of the whole line, with fused (AVX2, AVX-512) and without fused (SSE2) multiply-add:
//   vexp 0.9, 1.2      vlog 0.9, 0.9      vsigmoid 2.3, 2.4   vsin, vcos 1.5, 1.5
//   vexpm1 1.5, 1.7    vlog1p 1.5, 1.5    vtanh 2.5, 2.5      verf 1.1, 1.4         vpow 0.51, 0.51
// A result below 2⁻¹²⁵ (of vtanh, vexpm1, verf: an argument below 2⁻¹²²) may come out as 0. NaN gives NaN everywhere.
// The polynomials are minimax fits of this project: weighted least squares iterated to equal ripples (Lawson), the
// coefficients rounded to float one after another with the rest refitted.
#pragma once
#include "simd.h"

namespace REPRISE_NS {

REPRISE_INLINE vi sign_bits(vf x) { return andi(bits(x), seti((int32_t)0x80000000)); }

// a·xⁿ + b·xⁿ⁻¹ + … : coefficients from the highest power down to the constant.
REPRISE_INLINE vf polynomial(vf, vf c) { return c; }
template <class... Rest> REPRISE_INLINE vf polynomial(vf x, vf a, float b, Rest... rest) {
  return polynomial(x, fma(a, x, set1(b)), rest...);
}

// x = n·ln 2 + r, |r| ≤ ln 2 / 2, as r and scale = 2ⁿ⁻¹. Adding 1.5·2²³ rounds to an integer and leaves it in the low
// mantissa bits; the extra 126 makes these the exponent field. Needs −126 ≤ n ≤ 128; n = −126 gives scale 0.
REPRISE_INLINE void reduce_exp(vf x, vf& r, vf& scale) {
  const vf magic = set1(12582912.0f + 126.0f);
  const vf shifted = fma(x, set1(0x1.715476p+0f), magic);
  const vf n = sub(shifted, magic);
  r = fnma(n, set1(0x1.63p-1f), x);  // ln 2 in two parts, n times the first is exact
  r = fma(n, set1(0x1.bd0106p-13f), r);
  scale = from_bits(shl<23>(bits(shifted)));
}

// Keeps x where reduce_exp works; ±∞ then overflow and underflow by themselves.
REPRISE_INLINE vf clamp_exp(vf x) { return vmax(set1(-87.6f), vmin(set1(89.0f), x)); }

// exp x = twice·scale, with twice = 2·eʳ.
REPRISE_INLINE vf exp_twice(vf r) {
  return polynomial(r, set1(0x1.6a4d60p-9f), 0x1.12398ep-6f, 0x1.5558b0p-4f, 0x1.555492p-2f, 0x1.fffffcp-1f, 2.0f,
                    2.0f);
}

// eˣ, 0 below −87, ∞ above 88.72. 14 instructions.
REPRISE_INLINE vf vexp(vf x) {
  vf r, scale;
  reduce_exp(clamp_exp(x), r, scale);
  return mul(exp_twice(r), scale);
}

// 1/(1 + e⁻ˣ), relative precision for negative x too. 16 instructions, one of them a division.
REPRISE_INLINE vf vsigmoid(vf x) {
  vf r, scale;
  reduce_exp(clamp_exp(negate(x)), r, scale);
  return div(set1(1.0f), fma(exp_twice(r), scale, set1(1.0f)));
}

// tanh |x| = m/(m + 1) with m = (e²ˣ − 1)/2, which for x = n·(ln 2)/2 + r is 2ⁿ·(r + r²·P(r)) + (2ⁿ − 1)/2: relative
// precision near zero, never above 1. One part of ln 2 is enough, because its error counts less the larger n is.
// 18 instructions, one of them a division.
REPRISE_INLINE vf vtanh(vf x) {
  const vf size = vmin(set1(9.2f), vabs(x)), magic = set1(12582912.0f + 127.0f);
  const vf shifted = fma(size, set1(0x1.715476p+1f), magic);
  const vf r = fnma(sub(shifted, magic), set1(0x1.62e43p-2f), size);
  const vf scale = from_bits(shl<23>(bits(shifted)));
  const vf p = polynomial(r, set1(0x1.6b9c68p-5f), 0x1.12254ap-3f, 0x1.5556f2p-2f, 0x1.5554b4p-1f, 0x1.fffffep-1f);
  const vf m = fma(fma(mul(r, r), p, r), scale, fma(scale, set1(0.5f), set1(-0.5f)));
  const vf y = div(m, add(m, set1(1.0f)));
  return from_bits(ori(bits(y), sign_bits(x)));
}

// eˣ − 1, relative precision near zero: eʳ − 1 = r + r²·P(r), then 2ⁿ·(eʳ − 1) + (2ⁿ − 1), all halved against overflow.
REPRISE_INLINE vf vexpm1(vf x) {
  vf r, half;
  reduce_exp(vmax(set1(-20.0f), vmin(set1(89.0f), x)), r, half);
  const vf p = polynomial(r, set1(0x1.6b9c68p-10f), 0x1.12254ap-7f, 0x1.5556f2p-5f, 0x1.5554b4p-3f, 0x1.fffffep-2f);
  const vf y = fma(fma(mul(r, r), p, r), half, sub(half, set1(0.5f)));
  return add(y, y);
}

// x = m·2ᵉ with m in √½ … √2, for x normal and positive; gives m, e and 2¹⁻ᵉ.
REPRISE_INLINE void split_log(vf x, vf& m, vf& e, vf& down) {
  const vi offset = seti(0x3f3504f3);  // bits of √½
  const vi shifted = addi(bits(x), subi(seti(0x3f800000), offset));
  const vi exponent = shr<23>(shifted);  // e + 127
  m = from_bits(addi(andi(shifted, seti(0x007fffff)), offset));
  e = to_float(subi(exponent, seti(127)));
  down = from_bits(shl<23>(subi(seti(255), exponent)));
}

// log(1 + f) + e·ln 2.
REPRISE_INLINE vf join_log(vf f, vf e) {
  const vf p = polynomial(f, set1(-0x1.38c9fap-4f), 0x1.0573b2p-3f, -0x1.0d8bfap-3f, 0x1.22d710p-3f, -0x1.547164p-3f,
                          0x1.99a028p-3f, -0x1.00022ap-2f, 0x1.555554p-2f, -0.5f);
  const vf low = fma(mul(f, f), p, mul(e, set1(-0x1.bd0106p-13f)));
  return fma(e, set1(0x1.63p-1f), add(f, low));
}

// y for normal u; ∞ or NaN from x, −∞ for zero and subnormal u, NaN for negative u.
REPRISE_INLINE vf log_special(vf y, vf u, vf x) {
  const vf infinity = set1(__builtin_inff());
  y = select(less(u, infinity), y, x);
  y = select(less(u, set1(0x1p-126f)), negate(infinity), y);
  return select(less(u, zero()), set1(__builtin_nanf("")), y);
}

// Natural logarithm; −∞ at 0 and for subnormal x, NaN for negative x.
REPRISE_INLINE vf vlog(vf x) {
  vf m, e, down;
  split_log(x, m, e, down);
  return log_special(join_log(sub(m, set1(1.0f)), e), x, x);
}

// log(1 + x): the rounding error of u = 1 + x is carried into the logarithm.
REPRISE_INLINE vf vlog1p(vf x) {
  const vf one = set1(1.0f), u = add(one, x), d = sub(u, one);
  const vf error = add(sub(one, sub(u, d)), sub(x, d));
  vf m, e, down;
  split_log(u, m, e, down);
  const vf f = add(sub(m, one), mul(mul(error, set1(0.5f)), down));
  return log_special(join_log(f, e), u, x);
}

// Error function: x + x·P(x²) below 1, else ±(1 − e⁻ᴾ⁽ˣ⁾).
REPRISE_INLINE vf verf(vf x) {
  const vf a = vabs(x), u = mul(x, x);
  const vf p = polynomial(u, set1(0x1.4771fcp-14f), -0x1.a3515ep-11f, 0x1.53f224p-8f, -0x1.b7f71ap-6f, 0x1.ce2ce6p-4f,
                          -0x1.81273ep-2f, 0x1.06eba8p-3f);
  const vf q = polynomial(vmin(set1(3.93f), a), set1(-0x1.86e378p-13f), 0x1.825da8p-9f, -0x1.65cc6ap-6f, 0x1.a65398p-4f,
                          0x1.46bae4p-1f, 0x1.2088ecp+0f, 0x1.661b00p-12f);
  vf r, scale;
  reduce_exp(negate(q), r, scale);
  const vf tail = fnma(exp_twice(r), scale, set1(1.0f));
  const vf signedTail = from_bits(ori(bits(tail), sign_bits(x)));
  return select(less(a, set1(1.0f)), fma(x, p, x), signedTail);
}

// ---- sine and cosine ------------------------------------------------------------------------------------------------

// x mod π/2 for a finite |x| ≥ 2¹⁹, exact to 2⁻⁶⁰: x·2/π in integers, of which only the bits around the point matter
// (Payne and Hanek 1983).
static inline double reduce_large_angle(float x, int32_t& quadrant) {
  // 2/π = 0.A2F9836E 4E441529 … (hexadecimal)
  static const uint32_t kTwoOverPi[7] = {0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0,
                                         0xdb629599, 0x3c439041, 0xfe5163ab};
  uint32_t word;
  __builtin_memcpy(&word, &x, 4);
  const uint64_t mantissa = (word & 0x7fffff) | 0x800000;
  const int first = (int)(word >> 23 & 0xff) - 150 - 2 + 32;  // x = mantissa·2ᵉ: bits of 2/π from weight 2¹⁻ᵉ on
  uint32_t window[3];
  for (int k = 0; k < 3; k++) {
    const int at = first + 32 * k, index = at / 32 - 1, shift = at % 32;
    const uint32_t high = index < 0 ? 0 : kTwoOverPi[index];
    window[k] = shift ? high << shift | kTwoOverPi[index + 1] >> (32 - shift) : high;
  }
  const uint64_t low = mantissa * window[2];
  const uint64_t middle = mantissa * window[1] + (low >> 32);
  const uint64_t top = (mantissa * window[0] << 32) + middle;  // quarter turns in units of 2⁻⁶², modulo 4
  const uint64_t nearest = (top + (1ull << 61)) >> 62;
  const double fraction = (double)(int64_t)(top - (nearest << 62)) * (0x1.921fb54442d18p+0 * 0x1p-62);
  const bool negative = word >> 31;
  quadrant = (int32_t)(negative ? -nearest : nearest) & 3;
  return negative ? -fraction : fraction;
}

// x = quadrant·π/2 + r. Doubles lane by lane: two parts of π/2 hold 86 bits, enough for |x| < 2¹⁹.
static inline void reduce_angle(vf x, vf& r, vi& quadrant) {
  alignas(64) float in[kLanes], remainder[kLanes];
  alignas(64) int32_t quarter[kLanes];
  store(in, x);
  for (int l = 0; l < kLanes; l++) {
    const double value = in[l], magic = 0x1.8p52;
    const double n = (value * 0x1.45f306dc9c883p-1 + magic) - magic;
    remainder[l] = (float)((value - n * 0x1.921fb544p+0) - n * 0x1.0b4611a626331p-34);
    const double bounded = __builtin_fabs(value) < 0x1p19 ? n : 0.0;
    quarter[l] = (int32_t)bounded;
  }
  for (int l = 0; l < kLanes; l++) {
    const float size = __builtin_fabsf(in[l]);
    if (size < 0x1p19f) continue;
    remainder[l] = size < __builtin_inff() ? (float)reduce_large_angle(in[l], quarter[l]) : __builtin_nanf("");
  }
  r = load(remainder);
  quadrant = loadi(quarter);
}

// sin(r + quadrant·π/2) for |r| ≤ π/4.
REPRISE_INLINE vf sine_of_quadrant(vf r, vi quadrant) {
  const vf u = mul(r, r), one = set1(1.0f);
  const vf odd_part = polynomial(u, set1(0x1.7c3068p-19f), -0x1.a0595ap-13f, 0x1.111174p-7f, -0x1.555556p-3f);
  const vf sine = fma(mul(r, u), odd_part, r);
  const vf cosine = polynomial(u, set1(0x1.99e80ep-16f), -0x1.6c0c28p-10f, 0x1.55554ap-5f, -0.5f, 1.0f);
  const vm odd = equal(to_float(andi(quadrant, seti(1))), one);
  return from_bits(xori(bits(select(odd, cosine, sine)), shl<30>(andi(quadrant, seti(2)))));
}

REPRISE_INLINE vf vsin(vf x) {
  vf r;
  vi quadrant;
  reduce_angle(x, r, quadrant);
  return sine_of_quadrant(r, quadrant);
}

REPRISE_INLINE vf vcos(vf x) {
  vf r;
  vi quadrant;
  reduce_angle(x, r, quadrant);
  return sine_of_quadrant(r, addi(quadrant, seti(1)));
}

// ---- power ----------------------------------------------------------------------------------------------------------

// log₂|x| in double, relative error 2⁻⁴⁵; −∞ at 0.
REPRISE_INLINE double log2_double(double x) {
  uint64_t word;
  __builtin_memcpy(&word, &x, 8);
  const uint64_t offset = 0x3fe6a09e667f3bcd;  // bits of √½
  const uint64_t shifted = (word & 0x7fffffffffffffff) + (0x3ff0000000000000 - offset);
  const double e = (double)((int32_t)(shifted >> 52) - 1023);
  word = (shifted & 0x000fffffffffffff) + offset;
  double m;
  __builtin_memcpy(&m, &word, 8);
  const double s = (m - 1.0) / (m + 1.0), u = s * s;
  double p = 1.0 / 15;  // artanh s = s + s³/3 + s⁵/5 + …
  p = p * u + 1.0 / 13;
  p = p * u + 1.0 / 11;
  p = p * u + 1.0 / 9;
  p = p * u + 1.0 / 7;
  p = p * u + 1.0 / 5;
  p = p * u + 1.0 / 3;
  const double log2m = (s * u * p + s) * 2.8853900817779268;
  const double size = __builtin_fabs(x);
  return size == 0.0 ? -__builtin_inf() : size < __builtin_inf() ? e + log2m : size;
}

// 2ˣ in double for any x but NaN, relative error 2⁻³⁴, rounded to float.
REPRISE_INLINE float exp2_double(double x) {
  x = x > 200.0 ? 200.0 : x;
  x = x > -200.0 ? x : -200.0;
  const double magic = 0x1.8p52, n = (x + magic) - magic, r = (x - n) * 0.6931471805599453;
  double p = 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  const uint64_t word = (uint64_t)(1023 + (int32_t)n) << 52;
  double scale;
  __builtin_memcpy(&scale, &word, 8);
  return (float)(p * scale);
}

// xʸ with the special cases of C's pow. Doubles lane by lane.
static inline vf vpow(vf x, vf y) {
  alignas(64) float base[kLanes], exponent[kLanes], result[kLanes];
  store(base, x);
  store(exponent, y);
  for (int l = 0; l < kLanes; l++) {
    const float b = base[l], p = exponent[l], size = __builtin_fabsf(p);
    const bool small = size < 0x1p24f;  // larger floats are even integers
    const int32_t whole = small ? (int32_t)p : 0;
    const bool integral = !small || (float)whole == p, odd = small && integral && (whole & 1);
    const bool negative = __builtin_signbit(b);
    float value = exp2_double(log2_double(b) * p);
    value = negative && odd ? -value : value;
    const bool undefined = (b < 0.0f && b > -__builtin_inff() && !integral) || b != b || p != p;
    value = undefined ? __builtin_nanf("") : value;
    const bool one = p == 0.0f || b == 1.0f || (b == -1.0f && size == __builtin_inff());
    result[l] = one ? 1.0f : value;
  }
  return load(result);
}

}  // namespace REPRISE_NS
