#include "engine.h"

#include <math.h>

#include "../../targets.h"
#include "executable.h"
#include "region.h"

namespace {

// Programs below this run on one worker; results do not depend on it. Measured with batch-1 matrix products: one core
// does 500 kflop in 12 µs and 1 Mflop in 25 µs, two do them in 7 and 12 µs, and 25 µs more when the second worker slept.
constexpr double kTeamFlops = 1e6;

void on_environment_close(void* state) {
  static_cast<EngineState*>(state)->stop(EngineState::Ending::kEnvironmentCloses);
}

}  // namespace

EngineState::EngineState(napi_env env, const KernelTable& table, int threads)
    : env_(env),
      table_(table),
      threads_(threads),
      pool_(threads, [](void* self) {
        napi_call_threadsafe_function(static_cast<EngineState*>(self)->wake_, nullptr, napi_tsfn_nonblocking);
      }, this) {}

std::shared_ptr<EngineState> EngineState::create(napi_env env, const KernelTable& table, int threads) {
  std::shared_ptr<EngineState> state(new EngineState(env, table, threads));
  napi_value name;
  napi_create_string_utf8(env, "reprise run", NAPI_AUTO_LENGTH, &name);
  // Calls may still be queued when the engine is gone, hence the weak pointer.
  auto* context = new std::weak_ptr<EngineState>(state);
  napi_create_threadsafe_function(
      env, nullptr, nullptr, name, 0, 1, nullptr,
      [](napi_env, void*, void* context) { delete static_cast<std::weak_ptr<EngineState>*>(context); }, context,
      [](napi_env env, napi_value, void* context, void*) {
        if (!env) return;
        if (auto state = static_cast<std::weak_ptr<EngineState>*>(context)->lock()) state->settle();
      },
      &state->wake_);
  napi_unref_threadsafe_function(env, state->wake_);
  napi_add_env_cleanup_hook(env, on_environment_close, state.get());
  return state;
}

int EngineState::team(double flops) const { return flops >= kTeamFlops ? threads_ : 1; }

std::shared_ptr<Memory> EngineState::scratch(size_t bytes) {
  std::shared_ptr<Memory> shared = scratch_.lock();
  if (shared && shared->bytes >= bytes) return shared;
  shared = Memory::create(bytes);
  if (shared) scratch_ = shared;
  return shared;
}

napi_value EngineState::run(std::shared_ptr<Program> program) {
  napi_value promise;
  napi_deferred deferred;
  if (napi_create_promise(env_, &deferred, &promise) != napi_ok) return nullptr;
  if (!pool_.submit(*program)) {
    napi_reject_deferred(env_, deferred, no_threads(env_));
    return promise;
  }
  // While a run is awaited the process stays; an idle engine never keeps it.
  if (unsettled_.empty()) napi_ref_threadsafe_function(env_, wake_);
  unsettled_.push_back({deferred, std::move(program), shared_from_this()});
  return promise;
}

napi_value EngineState::no_threads(napi_env env) {
  return make_error(env, "no-threads", "native engine: the system refused to start threads. Try fewer, or 1.");
}

void EngineState::settle() {
  napi_value undefined;
  napi_get_undefined(env_, &undefined);
  for (const uint64_t completed = pool_.completed(); settled_ < completed; settled_++) {
    Run run = std::move(unsettled_.front());
    unsettled_.pop_front();
    if (unsettled_.empty()) napi_unref_threadsafe_function(env_, wake_);
    napi_resolve_deferred(env_, run.promise, undefined);
  }
}

void EngineState::stop(Ending ending) {
  if (stopped_) return;
  stopped_ = true;
  const auto keep = weak_from_this().lock();  // the last run may hold the last reference
  pool_.stop();
  if (ending == Ending::kDisposed) {
    napi_remove_env_cleanup_hook(env_, on_environment_close, this);
    settle();
    for (const Run& run : unsettled_) {
      const char* why = "native engine: it was disposed before this run ended.";
      napi_reject_deferred(env_, run.promise, make_error(env_, "engine-disposed", why));
    }
  }
  unsettled_.clear();
  napi_release_threadsafe_function(wake_, napi_tsfn_abort);
}

// ---- the Engine class -----------------------------------------------------------------------------------------------

namespace {

struct Engine {
  std::shared_ptr<EngineState> state;
};

// new Engine(isa, threads): `isa` is one of instructionSets().
napi_value construct(napi_env env, napi_callback_info info) {
  Arguments<2> call(env, info);
  char isa[32] = "";
  napi_get_value_string_utf8(env, call.value[0], isa, sizeof isa, nullptr);
  size_t threads;
  if (!to_size(env, call.value[1], threads) || threads < 1 || threads > 256) {
    return fail(env, "option", "native engine: threads must be an integer from 1 to 256.");
  }
  const KernelTable* table = nullptr;
  each_target([&](Target target) {
    if (target.supported() && std::string(target.table->isa) == isa) table = target.table;
  });
  if (!table) return fail(env, "isa-unavailable", "native engine: this machine cannot run \"%s\".", isa);
  Engine* engine = wrap<Engine>(env, call.self);
  if (engine) engine->state = EngineState::create(env, *table, static_cast<int>(threads));
  return call.self;
}

EngineState* running(napi_env env, napi_value self) {
  Engine* engine = unwrap<Engine>(env, self);
  if (engine && !engine->state->stopped()) return engine->state.get();
  fail(env, "engine-disposed", "native engine: it has been disposed.");
  return nullptr;
}

// allocate(bytes): Region
napi_value allocate(napi_env env, napi_callback_info info) {
  Arguments<1> call(env, info);
  EngineState* state = running(env, call.self);
  if (!state) return nullptr;
  size_t bytes;
  if (!to_size(env, call.value[0], bytes)) {
    return fail(env, "invalid-region", "native engine: a region needs a whole number of bytes.");
  }
  return create_region(env, state->shared_from_this(), bytes);
}

// load(words, flops, regions, mixed): Executable
napi_value load(napi_env env, napi_callback_info info) {
  Arguments<4> call(env, info);
  EngineState* state = running(env, call.self);
  if (!state) return nullptr;
  napi_typedarray_type type;
  size_t count;
  void* words;
  double flops = 0;
  uint32_t slots = 0;
  if (napi_get_typedarray_info(env, call.value[0], &type, &count, &words, nullptr, nullptr) != napi_ok ||
      type != napi_int32_array || napi_get_value_double(env, call.value[1], &flops) != napi_ok ||
      napi_get_array_length(env, call.value[2], &slots) != napi_ok) {
    return fail(env, "invalid-program", "native engine: load takes an Int32Array, a number and an array of regions.");
  }
  std::vector<std::shared_ptr<Memory>> regions;
  for (uint32_t slot = 0; slot < slots; slot++) {
    napi_value value;
    napi_get_element(env, call.value[2], slot, &value);
    Region* region = region_of(env, value);
    if (!region || !region->memory || region->engine.get() != state) {
      return fail(env, "invalid-region", "native engine: slot %u holds no region of this engine.", slot);
    }
    regions.push_back(region->memory);
  }
  std::string problem;
  std::shared_ptr<Program> program = Program::unpack(state->table(), static_cast<const int32_t*>(words), count,
                                                     std::move(regions), state->team(flops), problem);
  if (!program) return fail(env, "invalid-program", "native engine: %s.", problem.c_str());
  bool mixed = false;
  napi_get_value_bool(env, call.value[3], &mixed);
  program->mixed = mixed && state->table().mixed;
  if (program->scratch_bytes > 0) {
    program->scratch = state->scratch(program->scratch_bytes);
    if (!program->scratch) {
      return fail(env, "out-of-memory",
                  "native engine: cannot allocate %zu bytes of scratch memory. Try a smaller batch or a smaller model.",
                  program->scratch_bytes);
    }
  }
  return create_executable(env, state->shared_from_this(), std::move(program));
}

napi_value dispose(napi_env env, napi_callback_info info) {
  Arguments<1> call(env, info);
  Engine* engine = unwrap<Engine>(env, call.self);
  if (engine) engine->state->stop(EngineState::Ending::kDisposed);
  return nullptr;
}

}  // namespace

napi_value define_engine_class(napi_env env) {
  return define_class(env, "NativeEngine", construct,
                      {method("allocate", allocate), method("load", load), method("dispose", dispose)});
}
