#ifndef ISOLATES_ENGINE_NATIVE_FUNCTION_H_
#define ISOLATES_ENGINE_NATIVE_FUNCTION_H_

#include <v8.h>

#include "engine/realm.h"
#include "engine/v8_compat.h"

namespace isolates {

using Arguments = v8::FunctionCallbackInfo<v8::Value>;
// A function of a realm. An empty result is undefined, or the exception that is pending.
using NativeFunction = v8::Local<v8::Value> (*)(Realm* realm, const Arguments& arguments);

template <NativeFunction function>
v8::Local<v8::Function> MakeNativeFunction(Realm* realm) {
  const auto callback = [](const Arguments& arguments) {
    auto* called_in = static_cast<Realm*>(ExternalPointer(arguments.Data()));
    const v8::Local<v8::Value> result = function(called_in, arguments);
    if (!result.IsEmpty()) arguments.GetReturnValue().Set(result);
    called_in->EndIfTold();
  };
  return v8::Function::New(realm->context(), callback, NewExternal(realm->isolate(), realm), 0,
                           v8::ConstructorBehavior::kThrow)
      .ToLocalChecked();
}

template <NativeFunction function>
void AddNative(Realm* realm, v8::Local<v8::Object> natives, const char* name) {
  natives->CreateDataProperty(realm->context(), Literal(realm->isolate(), name), MakeNativeFunction<function>(realm))
      .Check();
}

}  // namespace isolates

#endif  // ISOLATES_ENGINE_NATIVE_FUNCTION_H_
