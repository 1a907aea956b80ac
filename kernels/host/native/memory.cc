#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

namespace {
constexpr size_t kLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;
}  // namespace

std::shared_ptr<Memory> Memory::create(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return nullptr;
  const size_t rounded = bytes < kLine ? kLine : (bytes + kLine - 1) / kLine * kLine;
  if (rounded < kHugePage) {
    void* data = nullptr;
    if (posix_memalign(&data, kLine, rounded) != 0) return nullptr;
    memset(data, 0, rounded);
    return std::make_shared<Memory>(static_cast<char*>(data), bytes, data, 0);
  }
  const size_t mapped = rounded + kHugePage;  // address space only: pages come when they are touched
  void* mapping = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return nullptr;
  const size_t address = reinterpret_cast<size_t>(mapping);
  char* data = static_cast<char*>(mapping) + ((kHugePage - address % kHugePage) % kHugePage);
#ifdef MADV_HUGEPAGE
  madvise(data, rounded, MADV_HUGEPAGE);
#endif
  return std::make_shared<Memory>(data, bytes, mapping, mapped);
}

Memory::~Memory() {
  if (mapped_) munmap(mapping_, mapped_);
  else free(mapping_);
}
