#include "program.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

namespace {

std::string format(const char* pattern, ...) {
  char text[256];
  va_list values;
  va_start(values, pattern);
  vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

// Words of a command's arguments.
size_t width(const char* signature) {
  size_t words = 0;
  for (; *signature; signature++) words += *signature == 't' ? 2 : 1;
  return words;
}

}  // namespace

std::shared_ptr<Program> Program::unpack(const KernelTable& table, const int32_t* words, size_t count,
                                         std::vector<std::shared_ptr<Memory>> regions, int team, std::string& problem) {
  auto program = std::make_shared<Program>();
  program->regions = std::move(regions);
  program->team = team;
  std::vector<const KernelEntry*> entries;
  std::vector<size_t> starts;
  for (size_t at = 0; at < count;) {
    const size_t index = entries.size();
    const int32_t opcode = words[at];
    if (opcode < 0 || opcode >= kCommandCount) {
      problem = format("command %zu has opcode %d; known are 0 … %d", index, opcode, kCommandCount - 1);
      return nullptr;
    }
    const KernelEntry& entry = table.entries[opcode];
    const size_t expected = 2 + width(entry.signature);
    const size_t left = count - at;
    if (left < expected || words[at + 1] != static_cast<int32_t>(expected)) {
      problem = format("command %zu (%s): expected %zu words, got %d with %zu left", index, entry.name, expected,
                       left > 1 ? words[at + 1] : 0, left);
      return nullptr;
    }
    entries.push_back(&entry);
    starts.push_back(program->arguments.size());
    const int32_t* word = words + at + 2;
    for (const char* kind = entry.signature; *kind; kind++) {
      uint64_t value = 0;
      if (*kind == 't') {
        const int32_t slot = word[0], offset = word[1];
        word += 2;
        if (slot != -1) {
          if (slot < 0 || static_cast<size_t>(slot) >= program->regions.size()) {
            problem = format("command %zu (%s), argument %d: slot %d, but there are %zu regions", index, entry.name,
                             static_cast<int>(kind - entry.signature), slot, program->regions.size());
            return nullptr;
          }
          const Memory& memory = *program->regions[slot];
          if (offset < 0 || static_cast<size_t>(offset) >= (memory.bytes < 4 ? 1 : memory.bytes / 4)) {
            problem = format("command %zu (%s), argument %d: offset %d lies outside region %d of %zu elements", index,
                             entry.name, static_cast<int>(kind - entry.signature), offset, slot, memory.bytes / 4);
            return nullptr;
          }
          value = reinterpret_cast<uint64_t>(memory.data + 4 * static_cast<size_t>(offset));
        }
      } else if (*kind == 'i') {
        value = static_cast<uint64_t>(static_cast<int64_t>(*word++));
      } else {
        memcpy(&value, word++, sizeof(float));
      }
      program->arguments.push_back(value);
    }
    at += expected;
  }
  for (size_t k = 0; k < entries.size(); k++) {
    const void* args = program->arguments.data() + starts[k];
    program->commands.push_back({entries[k]->run, args});
    const size_t scratch = entries[k]->scratch ? entries[k]->scratch(args, team) : 0;
    if (scratch > program->scratch_bytes) program->scratch_bytes = scratch;
  }
  return program;
}
