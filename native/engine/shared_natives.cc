#include "engine/shared_natives.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/native_function.h"
#include "engine/value_encoder.h"
#include "value/value_account.h"

namespace isolates {

namespace {

// (classes in the order of SharedObject::Kind, make error, Object.keys, Object.values, Object.freeze)
v8::Local<v8::Value> Register(Realm* realm, const Arguments& arguments) {
  const auto list = arguments[0].As<v8::Array>();
  std::vector<v8::Local<v8::Function>> classes;
  for (uint32_t i = 0; i < list->Length(); ++i) {
    classes.push_back(list->Get(realm->context(), i).ToLocalChecked().As<v8::Function>());
  }
  realm->Register(classes, arguments[1].As<v8::Function>());
  realm->UseShapes(std::make_unique<ShapeCache>(realm->isolate(), arguments[2].As<v8::Function>(),
                                                arguments[3].As<v8::Function>(), arguments[4].As<v8::Function>()));
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

// (value) => its immutable form
v8::Local<v8::Value> Share(Realm* realm, const Arguments& arguments) {
  Value value;
  if (realm->Recall(arguments[0]) != nullptr) return arguments[0];
  if (!ValueEncoder::EncodeOrThrow(realm, arguments[0], "value", &value)) return {};
  const uint64_t bytes = ValueAccount::BytesOfNew(value);
  const auto shared = std::make_shared<Value>(std::move(value));
  v8::Local<v8::Value> made;
  if (!realm->Unpack(shared).ToLocal(&made)) return {};
  // Strings V8 counts by itself.
  if (bytes != 0) realm->Tell(*shared, bytes);
  return made;
}

// (value) => whether it has an immutable form
v8::Local<v8::Value> IsShareable(Realm* realm, const Arguments& arguments) {
  v8::TryCatch quiet(realm->isolate());
  Value value;
  const bool shareable = ValueEncoder(realm).Encode(arguments[0], &value);
  if (quiet.HasTerminated()) {
    // V8 would forget it here.
    realm->isolate()->TerminateExecution();
    return {};
  }
  return v8::Boolean::New(realm->isolate(), shareable);
}

}  // namespace

v8::Local<v8::Object> MakeSharedNatives(Realm* realm) {
  const v8::Local<v8::Object> natives = v8::Object::New(realm->isolate());
  natives->CreateDataProperty(realm->context(), Literal(realm->isolate(), "Handle"), realm->HandleClass()).Check();
  AddNative<Register>(realm, natives, "register");
  AddNative<IsAttached>(realm, natives, "isAttached");
  AddNative<Hold>(realm, natives, "hold");
  AddNative<LastWait>(realm, natives, "lastWait");
  AddNative<CancelWait>(realm, natives, "cancelWait");
  AddPlainNatives(realm, natives);
  AddNative<Share>(realm, natives, "share");
  AddNative<IsShareable>(realm, natives, "isShareable");
  AddChannelNatives(realm, natives);
  AddStoreNatives(realm, natives);
  AddMutexNatives(realm, natives);
  AddSemaphoreNatives(realm, natives);
  AddEventNatives(realm, natives);
  AddBarrierNatives(realm, natives);
  return natives;
}

}  // namespace isolates
