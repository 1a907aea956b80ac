// What a native host needs to know about processors: which builds of the kernels there are, which of them this machine
// can run, how to wait politely, how to treat denormals. Compiled with baseline flags only.
#pragma once
#include "kernel.h"

// REPRISE_TARGETS(X): X(name, runs here) for every build in kernels/targets.mjs, slowest first. __builtin_cpu_supports
// also asks whether the operating system saves the registers.
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

static inline bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// bf16 products, and the integer ones (VNNI) that every processor with them has. Compilers differ in the names they know
// for newer features.
static inline bool has_avx512_bf16() {
  unsigned a, b, c, d;
  return has_avx512() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c >> 11 & 1) &&
         __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
}

// Tiles, their bf16 products, an operating system that saves them, and its permission, which holds for the whole process.
static inline bool has_amx() {
#if defined(__linux__)
  unsigned a, b, c, d, low, high;
  if (!has_avx512_bf16() || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d >> 24 & 1) || !(d >> 22 & 1)) return false;
  __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  constexpr unsigned kTileStates = 3u << 17;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return (low & kTileStates) == kTileStates && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

#define REPRISE_TARGETS(X)                                                    \
  X(sse2, true)                                                               \
  X(avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))    \
  X(avx512, has_avx512())                                                     \
  X(avx512bf16, has_avx512_bf16())                                            \
  X(amx, has_amx())
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
  bool present;         // the machine has the instructions
  const char* refused;  // why they are not used all the same, or null

  bool supported() const { return present && !refused; }
};

// Calls visit(Target) for every build, slowest first.
template <class Visit> inline void each_target(Visit visit) {
#define REPRISE_VISIT(name, runs)                                            \
  {                                                                          \
    static const bool present = (runs);                                      \
    static const char* const refused = present ? name::table.refuse() : nullptr; \
    visit(Target{&name::table, present, refused});                           \
  }
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
