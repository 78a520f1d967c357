#include <memory>
#include <utility>

#include "engine/realm.h"
#include "engine/v8_compat.h"
#include "engine/value_decoder.h"
#include "engine/value_string.h"

// The values that objects of a realm were made of. An object and the handle of its value refer to each other, so that
// they go together, when nobody has the object any more.
namespace isolates {

ShapeCache* Realm::shapes() {
  if (shapes_ == nullptr) LoadClasses();
  return shapes_.get();
}

v8::Local<v8::Private> Realm::MemoryKey() {
  if (memory_key_.IsEmpty()) memory_key_.Reset(isolate(), v8::Private::New(isolate(), Literal(isolate(), "value")));
  return memory_key_.Get(isolate());
}

void Realm::Remember(v8::Local<v8::Object> object, const Value& value) {
  Remember(object, std::make_shared<Value>(value));
}

void Realm::Remember(v8::Local<v8::Object> object, std::shared_ptr<Value> value) {
  v8::Local<v8::Object> handle;
  const v8::Local<v8::Private> key = MemoryKey();
  // An object that cannot be tied to its value is copied each time, like any other.
  if (!HandleClass()->NewInstance(context()).ToLocal(&handle)) return;
  if (!object->SetPrivate(context(), key, handle).FromMaybe(false)) return;
  if (!handle->SetPrivate(context(), key, object).FromMaybe(false)) return;
  Attach(handle, {SharedObject::kValue, std::move(value)});
  plain_.Remember(object);
}

std::shared_ptr<Value> Realm::Recall(v8::Local<v8::Value> value) {
  if (value->IsString()) {
    const Value* used = FindValue(value.As<v8::String>());
    return used == nullptr ? nullptr : std::make_shared<Value>(*used);
  }
  if (memory_key_.IsEmpty() || !value->IsObject() || value->IsProxy()) return nullptr;
  v8::Local<v8::Value> handle;
  if (!value.As<v8::Object>()->GetPrivate(context(), MemoryKey()).ToLocal(&handle)) return nullptr;
  const SharedObject* shared = Unwrap(handle);
  if (shared == nullptr || shared->kind != SharedObject::kValue) return nullptr;
  return std::static_pointer_cast<Value>(shared->target);
}

v8::MaybeLocal<v8::Value> Realm::Unpack(const std::shared_ptr<Value>& value) {
  const auto found = wrappers_.find(value.get());
  if (found != wrappers_.end()) {
    return found->second->handle.Get(isolate())->GetPrivate(context(), MemoryKey());
  }
  ValueDecoder decoder(this);
  v8::Local<v8::Value> made;
  if (!decoder.Decode(*value).ToLocal(&made)) return {};
  if ((value->IsArray() || value->IsObject()) && !decoder.made_mutable()) Remember(made.As<v8::Object>(), value);
  return made;
}

}  // namespace isolates
