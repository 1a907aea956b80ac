// The WebAssembly side of the engine: unpacks programs and walks their commands. One unity module per flavour
// ({simd128, relaxed-simd} × {shared, plain memory}); imports nothing but its memory. TypeScript allocates all memory
// and has checked the program (src/engine/check-program.ts) before anything here sees it.
#include "all.cc"

// The compiler may call these. With bulk memory each is one instruction, not a call to itself.
extern "C" {
void* memcpy(void* to, const void* from, size_t bytes) { return __builtin_memcpy(to, from, bytes); }
void* memmove(void* to, const void* from, size_t bytes) { return __builtin_memmove(to, from, bytes); }
void* memset(void* to, int value, size_t bytes) { return __builtin_memset(to, value, bytes); }
}

// Waiting goes to sleep after about 20 µs so that a team larger than the free processors still moves. Nobody is notified:
// the sleep is short, and waking sleepers would cost every barrier a call. Only workers come here, never a page's main
// thread, because a team of one has no barriers.
//
// Never inline this. V8's baseline compiler (seen in Node 20, V8 11.3) widens the address of a wait to 64 bits and spills
// it into the 32-bit slot it came from, so the local declared before it on the frame becomes 0. Inlined into a barrier
// that was the awaited generation: the worker left early and its team hung. Here it is `spins`, which is not used again.
__attribute__((noinline)) void Context::pause(int spins) {
#if defined(__wasm_atomics__)
  static int32_t never = 0;
  constexpr int64_t kSleepNanoseconds = 20000;
  if (spins > 20000) __builtin_wasm_memory_atomic_wait32(&never, 0, kSleepNanoseconds);
#endif
}

namespace {

using REPRISE_NS::table;

// A program as it is run: this header, then per command its opcode and size followed by its argument slots.
struct alignas(64) Image {
  int32_t commands;
  char* scratch;  // set by the engine once it knows how much is needed
};

struct alignas(8) Command {
  int32_t opcode;
  int32_t bytes;  // of this header and the arguments
};

inline const Command* next(const Command* command) {
  return (const Command*)((const char*)command + command->bytes);
}

inline size_t argument_count(int32_t opcode) {
  const char* kind = table.entries[opcode].signature;
  size_t count = 0;
  while (kind[count]) count++;
  return count;
}

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(name)))

// FNV-1a over the names and signatures of all commands, so that the engine notices a module built from another manifest.
EXPORT("fingerprint") uint32_t fingerprint() {
  uint32_t hash = 0x811c9dc5u;
  for (const KernelEntry& entry : table.entries) {
    const char* const texts[] = {entry.name, entry.signature};
    for (const char* text : texts) {
      while (*text) hash = (hash ^ (uint32_t)*text++) * 0x01000193u;
    }
  }
  return hash;
}

// Bytes an image of these program words takes.
EXPORT("imageBytes") size_t image_bytes(const int32_t* words, int32_t count) {
  size_t bytes = sizeof(Image);
  for (int32_t at = 0; at < count; at += words[at + 1]) bytes += sizeof(Command) + 8 * argument_count(words[at]);
  return bytes;
}

// Fills `image` from program words, with slot k at addresses[k].
EXPORT("unpack") void unpack(const int32_t* words, int32_t count, const uint32_t* addresses, Image* image) {
  image->commands = 0;
  image->scratch = nullptr;
  Command* command = (Command*)(image + 1);
  for (int32_t at = 0; at < count; at += words[at + 1]) {
    const int32_t opcode = words[at];
    const int32_t* word = words + at + 2;
    int64_t* slot = (int64_t*)(command + 1);
    for (const char* kind = table.entries[opcode].signature; *kind; kind++, slot++) {
      if (*kind == 't') {
        *slot = word[0] < 0 ? 0 : (int64_t)(addresses[word[0]] + 4u * (uint32_t)word[1]);
        word += 2;
      } else {
        *slot = *kind == 'f' ? (int64_t)(uint32_t)*word : (int64_t)*word;
        word++;
      }
    }
    command->opcode = opcode;
    command->bytes = (int32_t)((char*)slot - (char*)command);
    command = (Command*)slot;
    image->commands++;
  }
}

// Largest scratch any command of the image needs with a team of this size, in bytes.
EXPORT("scratchBytes") size_t scratch_bytes(const Image* image, int32_t threads) {
  size_t most = 0;
  const Command* command = (const Command*)(image + 1);
  for (int32_t k = 0; k < image->commands; k++, command = next(command)) {
    const ScratchFunction scratch = table.entries[command->opcode].scratch;
    const size_t bytes = scratch ? scratch(command + 1, threads) : 0;
    if (bytes > most) most = bytes;
  }
  return most;
}

EXPORT("setScratch") void set_scratch(Image* image, char* scratch) { image->scratch = scratch; }

// What one worker of the team does; all workers call it with the same image and barrier.
EXPORT("run") void run(const Image* image, Barrier* team, int32_t thread, int32_t threads) {
  Context context{thread, threads, team, image->scratch};
  const Command* command = (const Command*)(image + 1);
  for (int32_t k = 0; k < image->commands; k++, command = next(command)) {
    if (k > 0) context.barrier();
    table.entries[command->opcode].run(command + 1, context);
  }
}
