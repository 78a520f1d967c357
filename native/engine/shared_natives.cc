#include "engine/shared_natives.h"

#include <vector>

#include "base/check.h"
#include "engine/native_function.h"

namespace isolates {

namespace {

// (classes in the order of SharedObject::Kind, make error)
v8::Local<v8::Value> Register(Realm* realm, const Arguments& arguments) {
  const auto list = arguments[0].As<v8::Array>();
  std::vector<v8::Local<v8::Function>> classes;
  for (uint32_t i = 0; i < list->Length(); ++i) {
    classes.push_back(list->Get(realm->context(), i).ToLocalChecked().As<v8::Function>());
  }
  realm->Register(classes, arguments[1].As<v8::Function>());
  return {};
}

// (handle) => whether it stands for something already
v8::Local<v8::Value> IsAttached(Realm* realm, const Arguments& arguments) {
  return v8::Boolean::New(realm->isolate(), Realm::Unwrap(arguments[0]) != nullptr);
}

// (handle, held)
v8::Local<v8::Value> Hold(Realm* realm, const Arguments& arguments) {
  const SharedObject* shared = Realm::Unwrap(arguments[0]);
  ISOLATES_CHECK(shared != nullptr);
  realm->SetHeld(shared->target.get(), arguments[1]->IsTrue());
  return {};
}

// () => the number of the wait that began last
v8::Local<v8::Value> LastWait(Realm* realm, const Arguments&) {
  return v8::Number::New(realm->isolate(), static_cast<double>(realm->last_wait()));
}

// (wait, reason)
v8::Local<v8::Value> CancelWait(Realm* realm, const Arguments& arguments) {
  realm->Cancel(static_cast<uint64_t>(arguments[0].As<v8::Number>()->Value()), arguments[1]);
  return {};
}

}  // namespace

v8::Local<v8::Object> MakeSharedNatives(Realm* realm) {
  const v8::Local<v8::Object> natives = v8::Object::New(realm->isolate());
  const auto add = [&](const char* name, v8::Local<v8::Function> function) {
    natives->CreateDataProperty(realm->context(), Literal(realm->isolate(), name), function).Check();
  };
  add("Handle", realm->HandleClass());
  add("register", MakeNativeFunction<Register>(realm));
  add("isAttached", MakeNativeFunction<IsAttached>(realm));
  add("hold", MakeNativeFunction<Hold>(realm));
  add("lastWait", MakeNativeFunction<LastWait>(realm));
  add("cancelWait", MakeNativeFunction<CancelWait>(realm));
  AddPlainNatives(realm, natives);
  AddChannelNatives(realm, natives);
  AddStoreNatives(realm, natives);
  AddMutexNatives(realm, natives);
  AddSemaphoreNatives(realm, natives);
  AddEventNatives(realm, natives);
  AddBarrierNatives(realm, natives);
  return natives;
}

}  // namespace isolates
