// All kernels for one instruction set: compiled once per set of flags in targets.mjs and once per WebAssembly flavour.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++ 12's own AVX-512 header
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include "kernel.h"
#include "simd.h"

#include "amx_check.h"
#include "elementwise.h"
#include "embedding.h"
#include "gemm.h"
#include "optimizer.h"
#include "quantized.h"
#include "random.h"
#include "recurrent.h"
#include "reduce.h"
#include "rows.h"
#include "softmax.h"
#include "step.h"
#include "strided.h"
#include "vocabulary.h"

namespace REPRISE_NS {

// The typed kernels behind one function type.
template <class Args, void (*kernel)(const Args&, Context&)> static void run(const void* args, Context& context) {
  kernel(*(const Args*)args, context);
}
template <class Args, size_t (*scratch)(const Args&, int)> static size_t ask(const void* args, int threads) {
  return scratch(*(const Args*)args, threads);
}

#define REPRISE_SCRATCH_0(name, Name) nullptr
#define REPRISE_SCRATCH_1(name, Name) ask<Name##Args, scratch_##name>
#define REPRISE_ENTRY(name, Name, signature, hasScratch) \
  {#name, signature, run<Name##Args, kernel_##name>, REPRISE_SCRATCH_##hasScratch(name, Name)},
extern const KernelTable table;
const KernelTable table = {REPRISE_ISA, kMixed, refuse_tiles, {REPRISE_COMMANDS(REPRISE_ENTRY)}};

}  // namespace REPRISE_NS
