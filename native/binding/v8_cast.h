#ifndef ISOLATES_BINDING_V8_CAST_H_
#define ISOLATES_BINDING_V8_CAST_H_

#include <napi.h>
#include <v8.h>

#include <cstdint>
#include <cstring>

#include "engine/v8_compat.h"

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

// A function that JavaScript calls without the two layers of Node-API in between, which take as long as all the rest
// of a short request. An empty result is undefined, or the exception that is pending.
using FastInfo = v8::FunctionCallbackInfo<v8::Value>;
using FastFunction = v8::Local<v8::Value> (*)(Napi::Env env, const FastInfo& info);

// Arguments, which the library has validated.
inline double NumberAt(const FastInfo& info, int index) { return info[index].As<v8::Number>()->Value(); }
inline uint64_t IntegerAt(const FastInfo& info, int index) { return static_cast<uint64_t>(NumberAt(info, index)); }

template <FastFunction function>
Napi::Value MakeFastFunction(Napi::Env env, v8::Local<v8::Context> context) {
  const auto callback = [](const FastInfo& info) {
    const Napi::Env caller(static_cast<napi_env>(ExternalPointer(info.Data())));
    const v8::Local<v8::Value> result = function(caller, info);
    if (!result.IsEmpty()) info.GetReturnValue().Set(result);
  };
  const v8::Local<v8::Value> data = NewExternal(v8::Isolate::GetCurrent(), static_cast<napi_env>(env));
  const v8::Local<v8::Function> made =
      v8::Function::New(context, callback, data, 0, v8::ConstructorBehavior::kThrow).ToLocalChecked();
  return {env, ToNapi(made)};
}

}  // namespace isolates

#endif  // ISOLATES_BINDING_V8_CAST_H_
