// The only file but bf16.h and amx.h that knows an instruction set. It gives every other kernel file
//   vf            a hardware vector of kLanes floats        vi   the same number of 32-bit integers
//   vm            a lane mask
//   mul_wide      both halves of the products of unsigned integers
//   dot_pairs     sums of products of 16-bit and 8-bit integers, two in each lane
//   kLanes        4, 8 or 16                                kRegisters   vector registers: 16 or 32
//   REPRISE_NS    namespace of this build, so that several builds of the kernels live in one binary
// with the same meaning everywhere. fma() rounds once where the hardware can (all but the baseline and strict wasm).
#pragma once
#include <stddef.h>
#include <stdint.h>

#define REPRISE_INLINE static inline __attribute__((always_inline))

#if defined(__AMX_BF16__) && defined(__AVX512BF16__)
#include <immintrin.h>
#define REPRISE_NS amx
#define REPRISE_ISA "amx"
#elif defined(__AVX512BF16__)
#include <immintrin.h>
#define REPRISE_NS avx512bf16
#define REPRISE_ISA "avx512bf16"
#elif defined(__AVX512F__)
#include <immintrin.h>
#define REPRISE_NS avx512
#define REPRISE_ISA "avx512"
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define REPRISE_NS avx2
#define REPRISE_ISA "avx2"
#elif defined(__SSE2__)
#include <emmintrin.h>
#define REPRISE_NS sse2
#define REPRISE_ISA "sse2"
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#define REPRISE_NS neon
#define REPRISE_ISA "neon"
#elif defined(__wasm_relaxed_simd__)
#include <wasm_simd128.h>
#define REPRISE_NS relaxed
#define REPRISE_ISA "relaxed-simd"
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#define REPRISE_NS simd128
#define REPRISE_ISA "simd128"
#else
#define REPRISE_NS scalar
#define REPRISE_ISA "scalar"
#endif

namespace REPRISE_NS {

#if defined(__AVX512F__)
constexpr int kLanes = 16, kRegisters = 32;
using vf = __m512;
using vi = __m512i;
using vm = __mmask16;
REPRISE_INLINE vm tail_mask(int64_t n) { return (vm)((1u << n) - 1u); }
REPRISE_INLINE vf load(const float* p) { return _mm512_loadu_ps(p); }
REPRISE_INLINE vf load_n(const float* p, int64_t n) { return _mm512_maskz_loadu_ps(tail_mask(n), p); }
REPRISE_INLINE void store(float* p, vf v) { _mm512_storeu_ps(p, v); }
REPRISE_INLINE void store_n(float* p, vf v, int64_t n) { _mm512_mask_storeu_ps(p, tail_mask(n), v); }
REPRISE_INLINE vf set1(float x) { return _mm512_set1_ps(x); }
REPRISE_INLINE vf add(vf a, vf b) { return _mm512_add_ps(a, b); }
REPRISE_INLINE vf sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
REPRISE_INLINE vf mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
REPRISE_INLINE vf div(vf a, vf b) { return _mm512_div_ps(a, b); }
REPRISE_INLINE vf fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
REPRISE_INLINE vf fnma(vf a, vf b, vf c) { return _mm512_fnmadd_ps(a, b, c); }
REPRISE_INLINE vf vmin(vf a, vf b) { return _mm512_min_ps(a, b); }
REPRISE_INLINE vf vmax(vf a, vf b) { return _mm512_max_ps(a, b); }
REPRISE_INLINE vf vsqrt(vf a) { return _mm512_sqrt_ps(a); }
REPRISE_INLINE vf round_even(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
REPRISE_INLINE vm less(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
REPRISE_INLINE vm less_equal(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
REPRISE_INLINE vm equal(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
REPRISE_INLINE vf select(vm m, vf yes, vf no) { return _mm512_mask_blend_ps(m, no, yes); }
REPRISE_INLINE vi seti(int32_t x) { return _mm512_set1_epi32(x); }
REPRISE_INLINE vi addi(vi a, vi b) { return _mm512_add_epi32(a, b); }
REPRISE_INLINE vi subi(vi a, vi b) { return _mm512_sub_epi32(a, b); }
REPRISE_INLINE vi andi(vi a, vi b) { return _mm512_and_si512(a, b); }
REPRISE_INLINE vi ori(vi a, vi b) { return _mm512_or_si512(a, b); }
REPRISE_INLINE vi xori(vi a, vi b) { return _mm512_xor_si512(a, b); }
template <int S> REPRISE_INLINE vi shl(vi a) { return _mm512_slli_epi32(a, S); }
template <int S> REPRISE_INLINE vi shr(vi a) { return _mm512_srli_epi32(a, S); }
REPRISE_INLINE vi loadi(const int32_t* p) { return _mm512_loadu_si512(p); }
REPRISE_INLINE void storei(int32_t* p, vi v) { _mm512_storeu_si512(p, v); }
REPRISE_INLINE vi bits(vf a) { return _mm512_castps_si512(a); }
REPRISE_INLINE vf from_bits(vi a) { return _mm512_castsi512_ps(a); }
REPRISE_INLINE vi to_int(vf a) { return _mm512_cvtps_epi32(a); }
REPRISE_INLINE vf to_float(vi a) { return _mm512_cvtepi32_ps(a); }
REPRISE_INLINE void mul_wide(vi a, vi b, vi& low, vi& high) {
  const vi even = _mm512_mul_epu32(a, b), odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
  low = _mm512_mask_mov_epi32(even, 0xaaaa, _mm512_slli_epi64(odd, 32));
  high = _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xaaaa, odd);
}
// sum + the products of pairs: for each lane x·w over two neighbouring 16-bit numbers of x and 8-bit ones of w.
REPRISE_INLINE vi dot_pairs(vi sum, vi x, const int8_t* w) {
  const vi wide = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i*)w));
#if defined(__AVX512VNNI__)
  return _mm512_dpwssd_epi32(sum, x, wide);
#else
  return _mm512_add_epi32(sum, _mm512_madd_epi16(x, wide));
#endif
}

#elif defined(__AVX2__) && defined(__FMA__)
constexpr int kLanes = 8, kRegisters = 16;
using vf = __m256;
using vi = __m256i;
using vm = __m256;
REPRISE_INLINE __m256i tail_mask(int64_t n) {
  alignas(32) static const int32_t kOnes[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
  return _mm256_loadu_si256((const __m256i*)(kOnes + 8 - n));
}
REPRISE_INLINE vf load(const float* p) { return _mm256_loadu_ps(p); }
REPRISE_INLINE vf load_n(const float* p, int64_t n) { return _mm256_maskload_ps(p, tail_mask(n)); }
REPRISE_INLINE void store(float* p, vf v) { _mm256_storeu_ps(p, v); }
REPRISE_INLINE void store_n(float* p, vf v, int64_t n) { _mm256_maskstore_ps(p, tail_mask(n), v); }
REPRISE_INLINE vf set1(float x) { return _mm256_set1_ps(x); }
REPRISE_INLINE vf add(vf a, vf b) { return _mm256_add_ps(a, b); }
REPRISE_INLINE vf sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
REPRISE_INLINE vf mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
REPRISE_INLINE vf div(vf a, vf b) { return _mm256_div_ps(a, b); }
REPRISE_INLINE vf fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
REPRISE_INLINE vf fnma(vf a, vf b, vf c) { return _mm256_fnmadd_ps(a, b, c); }
REPRISE_INLINE vf vmin(vf a, vf b) { return _mm256_min_ps(a, b); }
REPRISE_INLINE vf vmax(vf a, vf b) { return _mm256_max_ps(a, b); }
REPRISE_INLINE vf vsqrt(vf a) { return _mm256_sqrt_ps(a); }
REPRISE_INLINE vf round_even(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
REPRISE_INLINE vm less(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
REPRISE_INLINE vm less_equal(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
REPRISE_INLINE vm equal(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
REPRISE_INLINE vf select(vm m, vf yes, vf no) { return _mm256_blendv_ps(no, yes, m); }
REPRISE_INLINE vi seti(int32_t x) { return _mm256_set1_epi32(x); }
REPRISE_INLINE vi addi(vi a, vi b) { return _mm256_add_epi32(a, b); }
REPRISE_INLINE vi subi(vi a, vi b) { return _mm256_sub_epi32(a, b); }
REPRISE_INLINE vi andi(vi a, vi b) { return _mm256_and_si256(a, b); }
REPRISE_INLINE vi ori(vi a, vi b) { return _mm256_or_si256(a, b); }
REPRISE_INLINE vi xori(vi a, vi b) { return _mm256_xor_si256(a, b); }
template <int S> REPRISE_INLINE vi shl(vi a) { return _mm256_slli_epi32(a, S); }
template <int S> REPRISE_INLINE vi shr(vi a) { return _mm256_srli_epi32(a, S); }
REPRISE_INLINE vi loadi(const int32_t* p) { return _mm256_loadu_si256((const __m256i*)p); }
REPRISE_INLINE void storei(int32_t* p, vi v) { _mm256_storeu_si256((__m256i*)p, v); }
REPRISE_INLINE vi bits(vf a) { return _mm256_castps_si256(a); }
REPRISE_INLINE vf from_bits(vi a) { return _mm256_castsi256_ps(a); }
REPRISE_INLINE vi to_int(vf a) { return _mm256_cvtps_epi32(a); }
REPRISE_INLINE vf to_float(vi a) { return _mm256_cvtepi32_ps(a); }
REPRISE_INLINE void mul_wide(vi a, vi b, vi& low, vi& high) {
  const vi even = _mm256_mul_epu32(a, b), odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
  low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
  high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}
REPRISE_INLINE vi dot_pairs(vi sum, vi x, const int8_t* w) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(x, _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)w))));
}

#elif defined(__SSE2__)
constexpr int kLanes = 4, kRegisters = 16;
using vf = __m128;
using vi = __m128i;
using vm = __m128;
REPRISE_INLINE vf load(const float* p) { return _mm_loadu_ps(p); }
REPRISE_INLINE void store(float* p, vf v) { _mm_storeu_ps(p, v); }
REPRISE_INLINE vf set1(float x) { return _mm_set1_ps(x); }
REPRISE_INLINE vf add(vf a, vf b) { return _mm_add_ps(a, b); }
REPRISE_INLINE vf sub(vf a, vf b) { return _mm_sub_ps(a, b); }
REPRISE_INLINE vf mul(vf a, vf b) { return _mm_mul_ps(a, b); }
REPRISE_INLINE vf div(vf a, vf b) { return _mm_div_ps(a, b); }
REPRISE_INLINE vf fma(vf a, vf b, vf c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
REPRISE_INLINE vf fnma(vf a, vf b, vf c) { return _mm_sub_ps(c, _mm_mul_ps(a, b)); }
REPRISE_INLINE vf vmin(vf a, vf b) { return _mm_min_ps(a, b); }
REPRISE_INLINE vf vmax(vf a, vf b) { return _mm_max_ps(a, b); }
REPRISE_INLINE vf vsqrt(vf a) { return _mm_sqrt_ps(a); }
REPRISE_INLINE vf round_even(vf a) { return _mm_cvtepi32_ps(_mm_cvtps_epi32(a)); }  // |a| < 2³¹
REPRISE_INLINE vm less(vf a, vf b) { return _mm_cmplt_ps(a, b); }
REPRISE_INLINE vm less_equal(vf a, vf b) { return _mm_cmple_ps(a, b); }
REPRISE_INLINE vm equal(vf a, vf b) { return _mm_cmpeq_ps(a, b); }
REPRISE_INLINE vf select(vm m, vf yes, vf no) { return _mm_or_ps(_mm_and_ps(m, yes), _mm_andnot_ps(m, no)); }
REPRISE_INLINE vi seti(int32_t x) { return _mm_set1_epi32(x); }
REPRISE_INLINE vi addi(vi a, vi b) { return _mm_add_epi32(a, b); }
REPRISE_INLINE vi subi(vi a, vi b) { return _mm_sub_epi32(a, b); }
REPRISE_INLINE vi andi(vi a, vi b) { return _mm_and_si128(a, b); }
REPRISE_INLINE vi ori(vi a, vi b) { return _mm_or_si128(a, b); }
REPRISE_INLINE vi xori(vi a, vi b) { return _mm_xor_si128(a, b); }
template <int S> REPRISE_INLINE vi shl(vi a) { return _mm_slli_epi32(a, S); }
template <int S> REPRISE_INLINE vi shr(vi a) { return _mm_srli_epi32(a, S); }
REPRISE_INLINE vi loadi(const int32_t* p) { return _mm_loadu_si128((const __m128i*)p); }
REPRISE_INLINE void storei(int32_t* p, vi v) { _mm_storeu_si128((__m128i*)p, v); }
REPRISE_INLINE vi bits(vf a) { return _mm_castps_si128(a); }
REPRISE_INLINE vf from_bits(vi a) { return _mm_castsi128_ps(a); }
REPRISE_INLINE vi to_int(vf a) { return _mm_cvtps_epi32(a); }
REPRISE_INLINE vf to_float(vi a) { return _mm_cvtepi32_ps(a); }
REPRISE_INLINE void mul_wide(vi a, vi b, vi& low, vi& high) {
  const vi even = _mm_mul_epu32(a, b), odd = _mm_mul_epu32(_mm_srli_epi64(a, 32), _mm_srli_epi64(b, 32));
  const vi first = _mm_set_epi32(0, -1, 0, -1);
  low = _mm_or_si128(_mm_and_si128(even, first), _mm_slli_epi64(odd, 32));
  high = _mm_or_si128(_mm_srli_epi64(even, 32), _mm_andnot_si128(first, odd));
}
REPRISE_INLINE vi dot_pairs(vi sum, vi x, const int8_t* w) {
  const vi bytes = _mm_loadl_epi64((const __m128i*)w);
  return _mm_add_epi32(sum, _mm_madd_epi16(x, _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8)));
}

#elif defined(__ARM_NEON) && defined(__aarch64__)
constexpr int kLanes = 4, kRegisters = 32;
using vf = float32x4_t;
using vi = int32x4_t;
using vm = uint32x4_t;
REPRISE_INLINE vf load(const float* p) { return vld1q_f32(p); }
REPRISE_INLINE void store(float* p, vf v) { vst1q_f32(p, v); }
REPRISE_INLINE vf set1(float x) { return vdupq_n_f32(x); }
REPRISE_INLINE vf add(vf a, vf b) { return vaddq_f32(a, b); }
REPRISE_INLINE vf sub(vf a, vf b) { return vsubq_f32(a, b); }
REPRISE_INLINE vf mul(vf a, vf b) { return vmulq_f32(a, b); }
REPRISE_INLINE vf div(vf a, vf b) { return vdivq_f32(a, b); }
REPRISE_INLINE vf fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
REPRISE_INLINE vf fnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
REPRISE_INLINE vm less(vf a, vf b) { return vcltq_f32(a, b); }
REPRISE_INLINE vm less_equal(vf a, vf b) { return vcleq_f32(a, b); }
REPRISE_INLINE vm equal(vf a, vf b) { return vceqq_f32(a, b); }
REPRISE_INLINE vf select(vm m, vf yes, vf no) { return vbslq_f32(m, yes, no); }
REPRISE_INLINE vf vmin(vf a, vf b) { return select(less(a, b), a, b); }  // second operand when unordered, as on x86
REPRISE_INLINE vf vmax(vf a, vf b) { return select(less(b, a), a, b); }
REPRISE_INLINE vf vsqrt(vf a) { return vsqrtq_f32(a); }
REPRISE_INLINE vf round_even(vf a) { return vrndnq_f32(a); }
REPRISE_INLINE vi seti(int32_t x) { return vdupq_n_s32(x); }
REPRISE_INLINE vi addi(vi a, vi b) { return vaddq_s32(a, b); }
REPRISE_INLINE vi subi(vi a, vi b) { return vsubq_s32(a, b); }
REPRISE_INLINE vi andi(vi a, vi b) { return vandq_s32(a, b); }
REPRISE_INLINE vi ori(vi a, vi b) { return vorrq_s32(a, b); }
REPRISE_INLINE vi xori(vi a, vi b) { return veorq_s32(a, b); }
template <int S> REPRISE_INLINE vi shl(vi a) { return vshlq_n_s32(a, S); }
template <int S> REPRISE_INLINE vi shr(vi a) { return vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), S)); }
REPRISE_INLINE vi loadi(const int32_t* p) { return vld1q_s32(p); }
REPRISE_INLINE void storei(int32_t* p, vi v) { vst1q_s32(p, v); }
REPRISE_INLINE vi bits(vf a) { return vreinterpretq_s32_f32(a); }
REPRISE_INLINE vf from_bits(vi a) { return vreinterpretq_f32_s32(a); }
REPRISE_INLINE vi to_int(vf a) { return vcvtnq_s32_f32(a); }
REPRISE_INLINE vf to_float(vi a) { return vcvtq_f32_s32(a); }
REPRISE_INLINE void mul_wide(vi a, vi b, vi& low, vi& high) {
  const uint32x4_t x = vreinterpretq_u32_s32(a), y = vreinterpretq_u32_s32(b);
  const uint64x2_t p = vmull_u32(vget_low_u32(x), vget_low_u32(y)), q = vmull_high_u32(x, y);
  low = vreinterpretq_s32_u32(vuzp1q_u32(vreinterpretq_u32_u64(p), vreinterpretq_u32_u64(q)));
  high = vreinterpretq_s32_u32(vuzp2q_u32(vreinterpretq_u32_u64(p), vreinterpretq_u32_u64(q)));
}
REPRISE_INLINE vi dot_pairs(vi sum, vi x, const int8_t* w) {
  const int16x8_t a = vreinterpretq_s16_s32(x), b = vmovl_s8(vld1_s8(w));
  return vaddq_s32(sum, vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b)));
}

#elif defined(__wasm_simd128__)
constexpr int kLanes = 4, kRegisters = 16;
using vf = v128_t;
using vi = v128_t;
using vm = v128_t;
REPRISE_INLINE vf load(const float* p) { return wasm_v128_load(p); }
REPRISE_INLINE void store(float* p, vf v) { wasm_v128_store(p, v); }
REPRISE_INLINE vf set1(float x) { return wasm_f32x4_splat(x); }
REPRISE_INLINE vf add(vf a, vf b) { return wasm_f32x4_add(a, b); }
REPRISE_INLINE vf sub(vf a, vf b) { return wasm_f32x4_sub(a, b); }
REPRISE_INLINE vf mul(vf a, vf b) { return wasm_f32x4_mul(a, b); }
REPRISE_INLINE vf div(vf a, vf b) { return wasm_f32x4_div(a, b); }
#if defined(__wasm_relaxed_simd__)
REPRISE_INLINE vf fma(vf a, vf b, vf c) { return wasm_f32x4_relaxed_madd(a, b, c); }
REPRISE_INLINE vf fnma(vf a, vf b, vf c) { return wasm_f32x4_relaxed_nmadd(a, b, c); }
#else
REPRISE_INLINE vf fma(vf a, vf b, vf c) { return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); }
REPRISE_INLINE vf fnma(vf a, vf b, vf c) { return wasm_f32x4_sub(c, wasm_f32x4_mul(a, b)); }
#endif
REPRISE_INLINE vf vmin(vf a, vf b) { return wasm_f32x4_pmin(b, a); }  // second operand when unordered, as on x86
REPRISE_INLINE vf vmax(vf a, vf b) { return wasm_f32x4_pmax(b, a); }
REPRISE_INLINE vf vsqrt(vf a) { return wasm_f32x4_sqrt(a); }
REPRISE_INLINE vf round_even(vf a) { return wasm_f32x4_nearest(a); }
REPRISE_INLINE vm less(vf a, vf b) { return wasm_f32x4_lt(a, b); }
REPRISE_INLINE vm less_equal(vf a, vf b) { return wasm_f32x4_le(a, b); }
REPRISE_INLINE vm equal(vf a, vf b) { return wasm_f32x4_eq(a, b); }
REPRISE_INLINE vf select(vm m, vf yes, vf no) { return wasm_v128_bitselect(yes, no, m); }
REPRISE_INLINE vi seti(int32_t x) { return wasm_i32x4_splat(x); }
REPRISE_INLINE vi addi(vi a, vi b) { return wasm_i32x4_add(a, b); }
REPRISE_INLINE vi subi(vi a, vi b) { return wasm_i32x4_sub(a, b); }
REPRISE_INLINE vi andi(vi a, vi b) { return wasm_v128_and(a, b); }
REPRISE_INLINE vi ori(vi a, vi b) { return wasm_v128_or(a, b); }
REPRISE_INLINE vi xori(vi a, vi b) { return wasm_v128_xor(a, b); }
template <int S> REPRISE_INLINE vi shl(vi a) { return wasm_i32x4_shl(a, S); }
template <int S> REPRISE_INLINE vi shr(vi a) { return wasm_u32x4_shr(a, S); }
REPRISE_INLINE vi loadi(const int32_t* p) { return wasm_v128_load(p); }
REPRISE_INLINE void storei(int32_t* p, vi v) { wasm_v128_store(p, v); }
REPRISE_INLINE vi bits(vf a) { return a; }
REPRISE_INLINE vf from_bits(vi a) { return a; }
REPRISE_INLINE vi to_int(vf a) { return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(a)); }
REPRISE_INLINE vf to_float(vi a) { return wasm_f32x4_convert_i32x4(a); }
REPRISE_INLINE void mul_wide(vi a, vi b, vi& low, vi& high) {
  const vi p = wasm_u64x2_extmul_low_u32x4(a, b), q = wasm_u64x2_extmul_high_u32x4(a, b);
  low = wasm_i32x4_shuffle(p, q, 0, 2, 4, 6);
  high = wasm_i32x4_shuffle(p, q, 1, 3, 5, 7);
}
REPRISE_INLINE vi dot_pairs(vi sum, vi x, const int8_t* w) {
  return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(x, wasm_i16x8_load8x8(w)));
}

#else
// Four plain floats: for processors nobody has written a section for yet.
constexpr int kLanes = 4, kRegisters = 16;
typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
typedef int32_t vm __attribute__((vector_size(16)));
REPRISE_INLINE vf load(const float* p) { return vf{p[0], p[1], p[2], p[3]}; }
REPRISE_INLINE void store(float* p, vf v) { for (int l = 0; l < 4; l++) p[l] = v[l]; }
REPRISE_INLINE vf set1(float x) { return vf{x, x, x, x}; }
REPRISE_INLINE vf add(vf a, vf b) { return a + b; }
REPRISE_INLINE vf sub(vf a, vf b) { return a - b; }
REPRISE_INLINE vf mul(vf a, vf b) { return a * b; }
REPRISE_INLINE vf div(vf a, vf b) { return a / b; }
REPRISE_INLINE vf fma(vf a, vf b, vf c) { return a * b + c; }
REPRISE_INLINE vf fnma(vf a, vf b, vf c) { return c - a * b; }
REPRISE_INLINE vm less(vf a, vf b) { return a < b; }
REPRISE_INLINE vm less_equal(vf a, vf b) { return a <= b; }
REPRISE_INLINE vm equal(vf a, vf b) { return a == b; }
REPRISE_INLINE vi bits(vf a) { return (vi)a; }
REPRISE_INLINE vf from_bits(vi a) { return (vf)a; }
REPRISE_INLINE vf select(vm m, vf yes, vf no) { return (vf)((m & (vi)yes) | (~m & (vi)no)); }
REPRISE_INLINE vf vmin(vf a, vf b) { return select(a < b, a, b); }
REPRISE_INLINE vf vmax(vf a, vf b) { return select(b < a, a, b); }
REPRISE_INLINE vf vsqrt(vf a) { for (int l = 0; l < 4; l++) a[l] = __builtin_sqrtf(a[l]); return a; }
REPRISE_INLINE vi to_int(vf a) { vi r; for (int l = 0; l < 4; l++) r[l] = (int32_t)__builtin_rintf(a[l]); return r; }
REPRISE_INLINE vf to_float(vi a) { return vf{(float)a[0], (float)a[1], (float)a[2], (float)a[3]}; }
REPRISE_INLINE vf round_even(vf a) { return to_float(to_int(a)); }
REPRISE_INLINE vi seti(int32_t x) { return vi{x, x, x, x}; }
REPRISE_INLINE vi addi(vi a, vi b) { return a + b; }
REPRISE_INLINE vi subi(vi a, vi b) { return a - b; }
REPRISE_INLINE vi andi(vi a, vi b) { return a & b; }
REPRISE_INLINE vi ori(vi a, vi b) { return a | b; }
REPRISE_INLINE vi xori(vi a, vi b) { return a ^ b; }
template <int S> REPRISE_INLINE vi shl(vi a) { return a << S; }
template <int S> REPRISE_INLINE vi shr(vi a) { typedef uint32_t vu __attribute__((vector_size(16))); return (vi)((vu)a >> S); }
REPRISE_INLINE vi loadi(const int32_t* p) { return vi{p[0], p[1], p[2], p[3]}; }
REPRISE_INLINE void storei(int32_t* p, vi v) { for (int l = 0; l < 4; l++) p[l] = v[l]; }
REPRISE_INLINE void mul_wide(vi a, vi b, vi& low, vi& high) {
  for (int l = 0; l < 4; l++) {
    const uint64_t product = (uint64_t)(uint32_t)a[l] * (uint32_t)b[l];
    low[l] = (int32_t)product, high[l] = (int32_t)(product >> 32);
  }
}
REPRISE_INLINE vi dot_pairs(vi sum, vi x, const int8_t* w) {
  for (int l = 0; l < 4; l++) sum[l] += (int16_t)x[l] * w[2 * l] + (x[l] >> 16) * w[2 * l + 1];
  return sum;
}
#endif

// Partial vectors where the hardware has no masked loads: lanes from n on read as zero and are not written. They are rare
// and long: a call each, so that the loops around them stay short (a fifth of the WebAssembly was copies of them).
#if !defined(__AVX512F__) && !(defined(__AVX2__) && defined(__FMA__))
static __attribute__((noinline)) vf load_n(const float* p, int64_t n) {
  alignas(16) float lanes[4] = {0, 0, 0, 0};
  for (int64_t l = 0; l < n; l++) lanes[l] = p[l];
  return load(lanes);
}
static __attribute__((noinline)) void store_n(float* p, vf v, int64_t n) {
  alignas(16) float lanes[4];
  store(lanes, v);
  for (int64_t l = 0; l < n; l++) p[l] = lanes[l];
}
#endif

// Asks for the cache line at p, soon to be read or written. Any address will do.
REPRISE_INLINE void prefetch(const float* p) { __builtin_prefetch(p, 0, 3); }
REPRISE_INLINE void prefetch_write(float* p) { __builtin_prefetch(p, 1, 3); }

REPRISE_INLINE vf zero() { return set1(0.0f); }
REPRISE_INLINE vf negate(vf a) { return from_bits(xori(bits(a), seti((int32_t)0x80000000))); }
REPRISE_INLINE vf vabs(vf a) { return from_bits(andi(bits(a), seti(0x7fffffff))); }

// Numbers below `smallest` become zero where nobody can tell the processor to flush denormal ones, which is WebAssembly: some
// processors take a hundred cycles for each. Elsewhere the host has set the processor (targets.h), and this is nothing.
#if defined(__wasm__)
REPRISE_INLINE vf flush(vf x, float smallest = 0x1p-126f) { return select(less(vabs(x), set1(smallest)), zero(), x); }
#else
REPRISE_INLINE vf flush(vf x, float = 0.0f) { return x; }
#endif

// 2ⁿ for integral n in −126 … 127.
REPRISE_INLINE vf pow2(vf n) { return from_bits(shl<23>(addi(to_int(n), seti(127)))); }

// A sum whose order of additions is the same on every instruction set: element e goes to lane e % 16 of sixteen running
// sums, which are added in a fixed tree at the end.
struct Sum16 {
  static constexpr int kParts = 16 / kLanes;
  vf part[kParts];
  REPRISE_INLINE Sum16 make() {
    Sum16 s;
    for (int k = 0; k < kParts; k++) s.part[k] = zero();
    return s;
  }
  // Adds sixteen values given as kParts vectors.
  template <class F> inline __attribute__((always_inline)) void add16(F value) {
    for (int k = 0; k < kParts; k++) part[k] = add(part[k], value(k));
  }
  inline float total() const {
    alignas(64) float lanes[16];
    for (int k = 0; k < kParts; k++) store(lanes + k * kLanes, part[k]);
    for (int width = 8; width > 0; width >>= 1)
      for (int l = 0; l < width; l++) lanes[l] += lanes[l + width];
    return lanes[0];
  }
};

}  // namespace REPRISE_NS
