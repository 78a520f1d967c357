#ifndef ISOLATES_ENGINE_NATIVE_FUNCTION_H_
#define ISOLATES_ENGINE_NATIVE_FUNCTION_H_

#include <v8.h>

#include "engine/realm.h"
#include "engine/v8_compat.h"

namespace isolates {

using Arguments = v8::FunctionCallbackInfo<v8::Value>;
// A function of a realm. An empty result is undefined, or the exception that is pending.
using NativeFunction = v8::Local<v8::Value> (*)(Realm* realm, const Arguments& arguments);

// Arguments are checked before they come here, but a guest may have broken what checks them: nothing is taken for what
// it need not be.
inline double NumberAt(const Arguments& arguments, int index) {
  return arguments[index]->IsNumber() ? arguments[index].As<v8::Number>()->Value() : 0;
}
inline v8::Local<v8::String> TextAt(const Arguments& arguments, int index) {
  if (arguments[index]->IsString()) return arguments[index].As<v8::String>();
  return v8::String::Empty(arguments.GetIsolate());
}
inline v8::Local<v8::Array> ListAt(const Arguments& arguments, int index) {
  if (arguments[index]->IsArray()) return arguments[index].As<v8::Array>();
  return v8::Array::New(arguments.GetIsolate());
}

// Whether a native function has been called by JavaScript that an interrupt has just ended: V8 throws the termination
// when the function returns, and refuses whatever it is asked until then.
inline bool IsEnding(const Arguments& arguments) { return arguments.GetIsolate()->IsExecutionTerminating(); }

template <NativeFunction function>
v8::Local<v8::Function> MakeNativeFunction(Realm* realm) {
  const auto callback = [](const Arguments& arguments) {
    if (IsEnding(arguments)) return;
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
