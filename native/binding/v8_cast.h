#ifndef ISOLATES_BINDING_V8_CAST_H_
#define ISOLATES_BINDING_V8_CAST_H_

#include <napi.h>
#include <v8.h>

#include <cstring>

// The one place where Node-API and V8 meet: a napi_value is a v8::Local in every Node this addon is built for (it is
// built per Node version). It saves a second codec beside the one for guests. Checked when the addon loads.
namespace isolates {

inline v8::Local<v8::Value> ToV8(napi_value value) {
  static_assert(sizeof(v8::Local<v8::Value>) == sizeof(napi_value));
  v8::Local<v8::Value> local;
  std::memcpy(static_cast<void*>(&local), &value, sizeof(value));
  return local;
}

inline napi_value ToNapi(v8::Local<v8::Value> local) {
  napi_value value;
  std::memcpy(&value, static_cast<void*>(&local), sizeof(value));
  return value;
}

// True when a value made by Node-API reads the same through V8 and the other way round.
inline bool CastsWork(Napi::Env env, v8::Isolate* isolate) {
  const v8::Local<v8::Value> seen = ToV8(Napi::Number::New(env, 42.5));
  double back = 0;
  return seen->IsNumber() && seen.As<v8::Number>()->Value() == 42.5 &&
         napi_get_value_double(env, ToNapi(v8::Number::New(isolate, 17.25)), &back) == napi_ok && back == 17.25;
}

}  // namespace isolates

#endif  // ISOLATES_BINDING_V8_CAST_H_
