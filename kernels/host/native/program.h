// A program made ready to run: its words unpacked into the argument structs of the kernels, addresses resolved.
#pragma once
#include <stdint.h>
#include <memory>
#include <string>
#include <vector>

#include "../../kernel.h"
#include "memory.h"

struct Program {
  struct Command {
    KernelFunction run;
    const void* args;
  };

  std::vector<Command> commands;
  std::vector<uint64_t> arguments;  // eight bytes each; commands point into it
  std::vector<std::shared_ptr<Memory>> regions;
  std::shared_ptr<Memory> scratch;
  size_t scratch_bytes = 0;
  int team = 1;  // workers that run it
  bool mixed = false;  // its products round their operands to bf16

  // Reads `count` words (see src/engine/program.ts) for a team of this size. On failure returns null and sets `problem`.
  // Checked are opcodes, word counts, slots, and that the first element of a tensor lies within its region; extents are
  // the compiler's responsibility. `scratch` is left to the caller.
  static std::shared_ptr<Program> unpack(const KernelTable& table, const int32_t* words, size_t count,
                                         std::vector<std::shared_ptr<Memory>> regions, int team, std::string& problem);
};
