// Small conveniences over Node-API, shared by the files of this addon.
//
// While a worker thread of JavaScript is being terminated its code still runs, but every call into JavaScript fails: no
// object can be unwrapped or made. Callbacks then return null, whatever else they would have done.
#pragma once
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdint.h>
#include <initializer_list>

// What one instance of the addon (one per thread of JavaScript) remembers.
struct Instance {
  napi_ref error_class, region_class, executable_class;
  static Instance& of(napi_env env);
};

// Makes a RepriseError; fail() throws it and returns null, so that `return fail(…)` ends a callback.
napi_value make_error(napi_env env, const char* code, const char* message);
napi_value fail(napi_env env, const char* code, const char* pattern, ...) __attribute__((format(printf, 3, 4)));

napi_value referenced(napi_env env, napi_ref reference);

// Arguments of a callback, missing ones undefined; `self` is the object a method was called on.
template <size_t Count> struct Arguments {
  napi_value self, value[Count];
  Arguments(napi_env env, napi_callback_info info) {
    size_t count = Count;
    napi_get_cb_info(env, info, &count, value, &self, nullptr);
  }
};

// The C++ object behind a JavaScript object of one of our classes, or null. Node checks the class of `this` before a
// method runs.
template <class Wrapped> Wrapped* unwrap(napi_env env, napi_value object) {
  void* wrapped = nullptr;
  napi_unwrap(env, object, &wrapped);
  return static_cast<Wrapped*>(wrapped);
}

// Wraps a new Wrapped in `object`, deleted when JavaScript drops it. Null on failure.
template <class Wrapped> Wrapped* wrap(napi_env env, napi_value object) {
  Wrapped* wrapped = new Wrapped;
  const napi_finalize drop = [](napi_env, void* data, void*) { delete static_cast<Wrapped*>(data); };
  if (napi_wrap(env, object, wrapped, drop, nullptr, nullptr) == napi_ok) return wrapped;
  delete wrapped;
  return nullptr;
}

// A non-negative integer a double holds exactly; false for anything else.
bool to_size(napi_env env, napi_value value, size_t& size);

void set_number(napi_env env, napi_value object, const char* name, double value);

napi_property_descriptor method(const char* name, napi_callback callback);
napi_value define_class(napi_env env, const char* name, napi_callback constructor,
                        std::initializer_list<napi_property_descriptor> methods);
