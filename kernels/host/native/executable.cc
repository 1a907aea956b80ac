#include "executable.h"

namespace {

struct Executable {
  std::shared_ptr<Program> program;  // null once disposed
  std::shared_ptr<EngineState> engine;
};

napi_value construct(napi_env env, napi_callback_info info) {
  Arguments<1> call(env, info);
  wrap<Executable>(env, call.self);
  return call.self;
}

// The executable a method was called on. Null when it cannot run, with the reason in `error`.
Executable* usable(napi_env env, napi_callback_info info, napi_value& error) {
  napi_value self;
  napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr);
  Executable* executable = unwrap<Executable>(env, self);
  if (!executable || !executable->program) {
    error = make_error(env, "invalid-executable", "native engine: this executable has been disposed.");
    return nullptr;
  }
  if (executable->engine->stopped()) {
    error = make_error(env, "engine-disposed", "native engine: it has been disposed.");
    return nullptr;
  }
  for (const auto& region : executable->program->regions) {
    if (!region->freed) continue;
    error = make_error(env, "invalid-region", "native engine: a region of this executable was freed.");
    return nullptr;
  }
  return executable;
}

napi_value run(napi_env env, napi_callback_info info) {
  napi_value error;
  Executable* executable = usable(env, info, error);
  if (executable) return executable->engine->run(executable->program);
  napi_value promise = nullptr;
  napi_deferred deferred;
  if (napi_create_promise(env, &deferred, &promise) == napi_ok) napi_reject_deferred(env, deferred, error);
  return promise;
}

napi_value run_sync(napi_env env, napi_callback_info info) {
  napi_value error;
  Executable* executable = usable(env, info, error);
  if (!executable) {
    napi_throw(env, error);
  } else if (executable->engine->busy()) {
    fail(env, "engine-busy", "native engine: runSync while an asynchronous run is under way; await it first.");
  } else if (!executable->engine->run_now(*executable->program)) {
    napi_throw(env, EngineState::no_threads(env));
  }
  return nullptr;
}

napi_value dispose(napi_env env, napi_callback_info info) {
  Arguments<1> call(env, info);
  Executable* executable = unwrap<Executable>(env, call.self);
  if (executable) executable->program.reset();
  return nullptr;
}

}  // namespace

napi_value create_executable(napi_env env, std::shared_ptr<EngineState> engine, std::shared_ptr<Program> program) {
  napi_value object = nullptr;
  napi_new_instance(env, referenced(env, Instance::of(env).executable_class), 0, nullptr, &object);
  Executable* executable = unwrap<Executable>(env, object);
  if (!executable) return nullptr;
  set_number(env, object, "scratchBytes", static_cast<double>(program->scratch_bytes));
  executable->program = std::move(program);
  executable->engine = std::move(engine);
  return object;
}

napi_value define_executable_class(napi_env env) {
  return define_class(env, "NativeExecutable", construct,
                      {method("run", run), method("runSync", run_sync), method("dispose", dispose)});
}
