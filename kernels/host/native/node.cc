#include "node.h"

#include <stdarg.h>
#include <stdio.h>

Instance& Instance::of(napi_env env) {
  void* instance = nullptr;
  napi_get_instance_data(env, &instance);
  return *static_cast<Instance*>(instance);
}

napi_value referenced(napi_env env, napi_ref reference) {
  napi_value value = nullptr;
  napi_get_reference_value(env, reference, &value);
  return value;
}

napi_value make_error(napi_env env, const char* code, const char* message) {
  napi_value arguments[2], error = nullptr;
  napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &arguments[0]);
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &arguments[1]);
  napi_new_instance(env, referenced(env, Instance::of(env).error_class), 2, arguments, &error);
  return error;
}

napi_value fail(napi_env env, const char* code, const char* pattern, ...) {
  char message[512];
  va_list values;
  va_start(values, pattern);
  vsnprintf(message, sizeof message, pattern, values);
  va_end(values);
  napi_throw(env, make_error(env, code, message));
  return nullptr;
}

bool to_size(napi_env env, napi_value value, size_t& size) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  if (!(number >= 0 && number <= 9007199254740991.0)) return false;
  size = static_cast<size_t>(number);
  return static_cast<double>(size) == number;
}

void set_number(napi_env env, napi_value object, const char* name, double value) {
  napi_value number;
  napi_create_double(env, value, &number);
  napi_property_descriptor property = {name, nullptr, nullptr, nullptr, nullptr, number, napi_enumerable, nullptr};
  napi_define_properties(env, object, 1, &property);
}

napi_property_descriptor method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default, nullptr};
}

napi_value define_class(napi_env env, const char* name, napi_callback constructor,
                        std::initializer_list<napi_property_descriptor> methods) {
  napi_value defined = nullptr;
  napi_define_class(env, name, NAPI_AUTO_LENGTH, constructor, nullptr, methods.size(), methods.begin(), &defined);
  return defined;
}
