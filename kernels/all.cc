// All kernels for one instruction set: compiled once per set of flags in targets.mjs and once per WebAssembly flavour.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++ 12's own AVX-512 header
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include "kernel.h"
#include "simd.h"

#include "amx_check.h"
#include "recurrent.h"

// A page downloads the WebAssembly: what takes little of a training's time is compiled for size there.
#if defined(__wasm__)
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)
#endif
#include "elementwise.h"
#include "random.h"
#include "reduce.h"
#include "strided.h"
#if defined(__wasm__)
#pragma clang attribute pop
#endif

#include "embedding.h"
#include "optimizer.h"
#include "quantized.h"
#include "rows.h"
#include "softmax.h"
#include "step.h"
#include "vocabulary.h"

#if defined(__wasm__)
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)
#endif
#include "crf.h"
#if defined(__wasm__)
#pragma clang attribute pop
#endif

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
