// The Executable class: a program JavaScript can run.
#pragma once
#include <memory>

#include "engine.h"
#include "program.h"

napi_value define_executable_class(napi_env env);
napi_value create_executable(napi_env env, std::shared_ptr<EngineState> engine, std::shared_ptr<Program> program);
