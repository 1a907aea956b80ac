// Memory of regions and scratch: zero-filled and 64-byte aligned; large stretches sit on huge pages where the system
// has them, and go back to it as soon as they are freed.
#pragma once
#include <stddef.h>
#include <memory>

class Memory {
 public:
  // Null when there is not enough memory.
  static std::shared_ptr<Memory> create(size_t bytes);
  Memory(char* data, size_t bytes, void* mapping, size_t mapped)
      : data(data), bytes(bytes), mapping_(mapping), mapped_(mapped) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  char* const data;
  const size_t bytes;
  bool freed = false;  // its owner has given it up; programs still refer to it

 private:
  void* mapping_;
  size_t mapped_;  // 0: from the heap
};
