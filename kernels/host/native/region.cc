#include "region.h"

#include <string.h>

namespace {

constexpr napi_type_tag kRegionTag = {0x3a5c9e1d70b84f26, 0x9d41f07be2658c13};

napi_value construct(napi_env env, napi_callback_info info) {
  Arguments<1> call(env, info);
  wrap<Region>(env, call.self);
  napi_type_tag_object(env, call.self, &kRegionTag);
  return call.self;
}

// The region a method was called on, while it may be used.
Region* usable(napi_env env, napi_value self, const char* verb) {
  Region* region = unwrap<Region>(env, self);
  if (!region || !region->memory) {
    fail(env, "invalid-region", "native engine: cannot %s a region that was freed.", verb);
    return nullptr;
  }
  if (region->engine->stopped()) {
    fail(env, "engine-disposed", "native engine: it has been disposed.");
    return nullptr;
  }
  return region;
}

// Copies between a region and a typed array: (offset in elements, array).
napi_value transfer(napi_env env, napi_callback_info info, bool write) {
  const char* verb = write ? "write" : "read";
  Arguments<2> call(env, info);
  Region* region = usable(env, call.self, verb);
  if (!region) return nullptr;
  napi_typedarray_type type;
  size_t length;
  void* data;
  if (napi_get_typedarray_info(env, call.value[1], &type, &length, &data, nullptr, nullptr) != napi_ok ||
      (type != napi_float32_array && type != napi_int32_array && type != napi_uint32_array)) {
    return fail(env, "invalid-region",
                "native engine: to %s a region takes a Float32Array, Int32Array or Uint32Array.", verb);
  }
  const size_t elements = region->memory->bytes / 4;
  size_t offset;
  if (!to_size(env, call.value[0], offset) || offset > elements || length > elements - offset) {
    double given = 0;
    napi_get_value_double(env, call.value[0], &given);
    return fail(env, "invalid-region",
                "native engine: %s of %zu elements at %.15g does not fit a region of %zu elements.",
                verb, length, given, elements);
  }
  if (length == 0) return nullptr;
  char* place = region->memory->data + 4 * offset;
  if (write) memcpy(place, data, 4 * length);
  else memcpy(data, place, 4 * length);
  return nullptr;
}

napi_value write(napi_env env, napi_callback_info info) { return transfer(env, info, true); }
napi_value read(napi_env env, napi_callback_info info) { return transfer(env, info, false); }

napi_value release(napi_env env, napi_callback_info info) {
  Arguments<1> call(env, info);
  Region* region = unwrap<Region>(env, call.self);
  if (region && region->memory) {
    region->memory->freed = true;
    region->memory.reset();
  }
  return nullptr;
}

}  // namespace

Region* region_of(napi_env env, napi_value value) {
  bool ours = false;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object) return nullptr;
  if (napi_check_object_type_tag(env, value, &kRegionTag, &ours) != napi_ok || !ours) return nullptr;
  return unwrap<Region>(env, value);
}

napi_value create_region(napi_env env, const std::shared_ptr<EngineState>& engine, size_t bytes) {
  std::shared_ptr<Memory> memory = Memory::create(bytes);
  if (!memory) {
    return fail(env, "out-of-memory",
                "native engine: cannot allocate %zu bytes (%.3g GiB). Try a smaller batch or a smaller model.", bytes,
                bytes / 1073741824.0);
  }
  napi_value object = nullptr;
  napi_new_instance(env, referenced(env, Instance::of(env).region_class), 0, nullptr, &object);
  Region* region = unwrap<Region>(env, object);
  if (!region) return nullptr;
  region->memory = memory;
  region->engine = engine;
  set_number(env, object, "bytes", static_cast<double>(bytes));
  return object;
}

napi_value define_region_class(napi_env env) {
  return define_class(env, "NativeRegion", construct,
                      {method("write", write), method("read", read), method("free", release)});
}
