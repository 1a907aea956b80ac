// What a kernel sees. Kernels own no memory, start no threads, throw nothing and call no library function.
//
// A program is run by `threads` workers that all walk the same list of commands; every kernel is called once by every
// worker and divides its work by `thread`. The host puts a barrier between commands. Inside a kernel `barrier()` waits
// for the other workers; all workers must reach it the same number of times. Results must not depend on `threads`:
// divide outputs, never sums (or sum over stretches of fixed size).
#pragma once
#include "generated/commands.h"

// This header is compiled once per instruction set into one binary. What it defines must leave no symbol behind, or the
// linker might keep the copy with the widest instructions for everyone; hence always_inline (and static in commands.h).
#define REPRISE_ALWAYS_INLINE inline __attribute__((always_inline))

// WebAssembly is one binary for one instruction set, and a page downloads it: what every kernel does once is a call there.
#if defined(__wasm__)
#define REPRISE_ONCE __attribute__((noinline))
#else
#define REPRISE_ONCE REPRISE_ALWAYS_INLINE
#endif

// Shared state of the barrier; one per team of workers, on its own cache line.
struct alignas(64) Barrier {
  int32_t arrived;
  int32_t generation;
  int32_t pad[14];
};

struct Context {
  int thread;    // 0 … threads−1
  int threads;   // size of the team
  Barrier* team;
  char* scratch; // shared by the team, 64-byte aligned, at least what the kernel's scratch function asked for
  bool mixed = false;  // products may round their operands to bf16, see bf16.h

  // The same for commands whose products stay float32 in programs of either precision.
  REPRISE_ALWAYS_INLINE Context in_float32() const {
    Context c = *this;
    c.mixed = false;
    return c;
  }

  // Waits until all workers of the team are here. Sequentially consistent; spins, then lets the host's pause help.
  REPRISE_ONCE void barrier() {
    if (threads == 1) return;
    const int32_t generation = __atomic_load_n(&team->generation, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_ACQ_REL) == threads) {
      __atomic_store_n(&team->arrived, 0, __ATOMIC_RELAXED);
      __atomic_store_n(&team->generation, generation + 1, __ATOMIC_RELEASE);
    } else {
      int spins = 0;
      while (__atomic_load_n(&team->generation, __ATOMIC_ACQUIRE) == generation) pause(spins < 1 << 30 ? spins++ : spins);
    }
  }

  // The part [begin, end) of `count` items this worker does, in multiples of `grain`.
  REPRISE_ONCE void share(int64_t count, int64_t grain, int64_t& begin, int64_t& end) const {
    const int64_t blocks = (count + grain - 1) / grain;
    begin = blocks * thread / threads * grain;
    end = blocks * (thread + 1) / threads * grain;
    if (end > count) end = count;
    if (begin > end) begin = end;
  }

  // Defined by the host (native: processor pause, then yield; wasm: atomic wait): called while spinning.
  static void pause(int spins);
};

// Each command `name` of the manifest has
//   void kernel_name(const NameArgs& a, Context& c)
// and, when the manifest says `scratch: true`,
//   size_t scratch_name(const NameArgs& a, int threads)     bytes of shared scratch
// defined in one of the family files, inside the namespace of the instruction set it is compiled for.
using KernelFunction = void (*)(const void* args, Context& context);
using ScratchFunction = size_t (*)(const void* args, int threads);

struct KernelEntry {
  const char* name;
  const char* signature;
  KernelFunction run;
  ScratchFunction scratch;  // null when the command needs none
};

// All kernels compiled for one instruction set, in opcode order.
struct KernelTable {
  const char* isa;
  bool mixed;              // it has products of bf16
  const char* (*refuse)(); // why this machine should not use it although it has the instructions; null when it may
  KernelEntry entries[kCommandCount];
};
