// The Region class: a stretch of memory JavaScript holds. Executables that use it keep the memory alive.
#pragma once
#include <memory>

#include "engine.h"
#include "memory.h"
#include "node.h"

struct Region {
  std::shared_ptr<Memory> memory;  // null once freed
  std::shared_ptr<EngineState> engine;
};

napi_value define_region_class(napi_env env);
// Throws out-of-memory and returns null when there is not enough.
napi_value create_region(napi_env env, const std::shared_ptr<EngineState>& engine, size_t bytes);
// The Region behind a value, or null when the value is something else.
Region* region_of(napi_env env, napi_value value);
