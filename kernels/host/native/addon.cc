// The Node-API addon. `open(RepriseError)` returns
//   { Engine, builds: every instruction set compiled in, instructionSets: those this machine runs, mixed: those of them
//     that have products of bf16, all fastest first, refused: why some it has are not used, commands: 'name:signature …' }
// Instances in different threads of one process share nothing.
#include <string>

#include "../../targets.h"
#include "engine.h"
#include "executable.h"
#include "region.h"

namespace {

template <class Wanted> napi_value names(napi_env env, Wanted wanted) {
  napi_value list;
  uint32_t count = 0;
  napi_create_array(env, &list);
  each_target([&](Target target) { count += wanted(target); });
  each_target([&](Target target) {
    if (!wanted(target)) return;
    napi_value name;
    napi_create_string_utf8(env, target.table->isa, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, --count, name);
  });
  return list;
}

napi_value text_value(napi_env env, const std::string& text) {
  napi_value value;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

// 'amx: why', or an empty string.
napi_value refusals(napi_env env) {
  std::string text;
  each_target([&](Target target) {
    if (target.present && target.refused) text += std::string(target.table->isa) + ": " + target.refused;
  });
  return text_value(env, text);
}

napi_value commands(napi_env env) {
  std::string text;
#define REPRISE_NAME(name, Name, signature, scratch) text += #name ":" signature " ";
  REPRISE_COMMANDS(REPRISE_NAME)
#undef REPRISE_NAME
  return text_value(env, text);
}

napi_value open(napi_env env, napi_callback_info info) {
  Arguments<1> call(env, info);
  Instance& instance = Instance::of(env);
  napi_create_reference(env, call.value[0], 1, &instance.error_class);
  napi_create_reference(env, define_region_class(env), 1, &instance.region_class);
  napi_create_reference(env, define_executable_class(env), 1, &instance.executable_class);
  napi_value result;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "Engine", define_engine_class(env));
  napi_set_named_property(env, result, "builds", names(env, [](Target) { return true; }));
  napi_set_named_property(env, result, "instructionSets", names(env, [](Target target) { return target.supported(); }));
  napi_set_named_property(env, result, "mixed",
                          names(env, [](Target target) { return target.supported() && target.table->mixed; }));
  napi_set_named_property(env, result, "refused", refusals(env));
  napi_set_named_property(env, result, "commands", commands(env));
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_finalize drop = [](napi_env, void* data, void*) { delete static_cast<Instance*>(data); };
  napi_set_instance_data(env, new Instance{}, drop, nullptr);
  napi_value function;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, open, nullptr, &function);
  napi_set_named_property(env, exports, "open", function);
  return exports;
}
