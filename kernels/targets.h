// What a native host needs to know about processors: which builds of the kernels there are, which of them this machine
// can run, how to wait politely, how to treat denormals. Compiled with baseline flags only.
#pragma once
#include "kernel.h"

// REPRISE_TARGETS(X): X(name, runs here) for every build in kernels/targets.mjs, slowest first. __builtin_cpu_supports
// also asks whether the operating system saves the registers.
#if defined(__x86_64__)
#include <immintrin.h>
#define REPRISE_TARGETS(X)                                                               \
  X(sse2, true)                                                                          \
  X(avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))               \
  X(avx512, __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&   \
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && \
                __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#elif defined(__aarch64__)
#define REPRISE_TARGETS(X) X(neon, true)
#else
#define REPRISE_TARGETS(X) X(scalar, true)
#endif

#define REPRISE_DECLARE_TABLE(name, runs) \
  namespace name {                        \
  extern const KernelTable table;         \
  }
REPRISE_TARGETS(REPRISE_DECLARE_TABLE)
#undef REPRISE_DECLARE_TABLE

struct Target {
  const KernelTable* table;
  bool supported;
};

// Calls visit(Target) for every build, slowest first.
template <class Visit> inline void each_target(Visit visit) {
#define REPRISE_VISIT(name, runs) visit(Target{&name::table, (runs)});
  REPRISE_TARGETS(REPRISE_VISIT)
#undef REPRISE_VISIT
}

// Tells the processor that this thread is spinning.
static inline void relax_processor() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("isb" ::: "memory");  // yield is a no-op on most cores
#endif
}

// While alive, denormal numbers count as zero on this thread: some processors take a hundred cycles for each.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#elif defined(__aarch64__)
  FlushDenormals() {
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(before_));
    __asm__ __volatile__("msr fpcr, %0" ::"r"(before_ | (uint64_t{1} << 24)));
  }
  ~FlushDenormals() { __asm__ __volatile__("msr fpcr, %0" ::"r"(before_)); }

 private:
  uint64_t before_;
#endif
};
