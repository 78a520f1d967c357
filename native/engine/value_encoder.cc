#include "engine/value_encoder.h"

#include <algorithm>
#include <utility>

#include "engine/object_kind.h"
#include "engine/property_path.h"
#include "engine/stack_limit.h"
#include "engine/v8_compat.h"
#include "engine/value_string.h"

namespace isolates {

namespace {

constexpr auto kOwnEnumerable =
    static_cast<v8::PropertyFilter>(v8::PropertyFilter::ONLY_ENUMERABLE | v8::PropertyFilter::SKIP_SYMBOLS);
// Beyond this many objects in one value, those that are made of this many occur perhaps again and are kept in mind.
constexpr size_t kManyObjects = 1 << 15;
constexpr size_t kLargeObject = 64;
// From so many objects on it pays to have all of it encoded as what is plain.
constexpr size_t kLargeValue = 256;
// An array may claim any length without having elements.
constexpr uint32_t kReserveAtMost = 1 << 16;

}  // namespace

bool ValueEncoder::EncodeImmediate(v8::Local<v8::Value> value, Value* result) {
  if (value->IsNumber()) {
    *result = Value::Number(value.As<v8::Number>()->Value());
  } else if (value->IsUndefined()) {
    *result = Value::Undefined();
  } else if (value->IsNull()) {
    *result = Value::Null();
  } else if (value->IsBoolean()) {
    *result = Value::Boolean(value->IsTrue());
  } else {
    return false;
  }
  return true;
}

bool ValueEncoder::EncodePlain(Realm* realm, v8::Local<v8::Value> value, bool large, Value* result, bool* done) {
  switch (realm->plain().Encode(value, large, result)) {
    case PlainCodec::Encoded::kNotPlain:
      return false;
    case PlainCodec::Encoded::kYes:
      *done = true;
      return true;
    case PlainCodec::Encoded::kTerminated:
      // V8 would forget it here.
      realm->isolate()->TerminateExecution();
      break;
    case PlainCodec::Encoded::kThrew:
      break;
  }
  *done = false;
  return true;
}

bool ValueEncoder::EncodeOrThrow(Realm* realm, v8::Local<v8::Value> value, std::string_view root, Value* result,
                                 const void* store) {
  if (EncodeImmediate(value, result)) return true;
  if (const std::shared_ptr<Value> known = realm->Recall(value)) {
    *result = *known;
    return true;
  }
  if (!EncodeNew(realm, value, root, result, store)) return false;
  realm->OnMade(*result);
  return true;
}

bool ValueEncoder::EncodeNew(Realm* realm, v8::Local<v8::Value> value, std::string_view root, Value* result,
                             const void* store) {
  bool done = false;
  if (EncodePlain(realm, value, false, result, &done)) return done;
  for (const bool may_give_up : {true, false}) {
    ValueEncoder encoder(realm);
    encoder.store_ = store;
    if (may_give_up) encoder.GiveUpAt(kLargeValue);
    {
      v8::TryCatch caught(realm->isolate());
      const bool encoded = encoder.Encode(value, result);
      realm->plain().CountObjects(encoder.objects_);
      if (encoded) return true;
      if (caught.HasTerminated()) {
        // V8 would forget it here.
        realm->isolate()->TerminateExecution();
        return false;
      }
      if (caught.HasCaught()) {
        caught.ReThrow();
        return false;
      }
    }
    if (!encoder.is_large()) {
      realm->Throw(ErrorCode::kNotShareable, std::string(root) + encoder.path(), encoder.failure());
      return false;
    }
    if (EncodePlain(realm, value, true, result, &done)) return done;
  }
  return false;
}

bool ValueEncoder::Encode(v8::Local<v8::Value> value, Value* result) {
  // What the last value left behind, which may have changed by now.
  containers_.clear();
  seen_.clear();
  objects_ = 0;
  if (Write(value, result)) return true;
  if (too_deep_) {
    isolate_->ThrowException(
        v8::Exception::RangeError(Literal(isolate_, "The value is nested too deeply to be shared")));
  }
  return false;
}

std::string ValueEncoder::path() const {
  std::string path;
  for (auto segment = path_.rbegin(); segment != path_.rend(); ++segment) path += *segment;
  return path;
}

bool ValueEncoder::Refuse(std::string what) {
  failure_ = std::move(what);
  return false;
}

bool ValueEncoder::RefuseClass(v8::Local<v8::Object> object) {
  const std::string name = ToUtf8(isolate_, object->GetConstructorName());
  return Refuse(name == "Object" || name.empty() ? "an object of a class" : "a " + name);
}

bool ValueEncoder::Write(v8::Local<v8::Value> value, Value* result) {
  if (value->IsString()) {
    *result = ValueOf(isolate_, value.As<v8::String>());
    return true;
  }
  if (EncodeImmediate(value, result)) return true;
  if (value->IsObject()) return WriteObject(value.As<v8::Object>(), result);
  if (value->IsBigInt()) {
    *result = WriteBigInt(value.As<v8::BigInt>());
    return true;
  }
  return Refuse(value->IsSymbol() ? "a symbol" : "an internal value");
}

Value ValueEncoder::WriteBigInt(v8::Local<v8::BigInt> value) {
  int sign = 0;
  int count = value->WordCount();
  std::vector<uint64_t> words(static_cast<size_t>(count));
  value->ToWordsArray(&sign, &count, words.data());
  return Value::BigInt(sign != 0, words);
}

bool ValueEncoder::WriteObject(v8::Local<v8::Object> object, Value* result) {
  const bool is_record = IsOrdinary(object);
  if (!is_record && !object->IsArray()) return WriteExotic(object, result);
  if (StackLimit::IsNear()) {
    // Thrown once the stack is unwound.
    too_deep_ = true;
    return false;
  }
  if (std::ranges::find(containers_, object) != containers_.end()) return Refuse("a reference to what it is part of");
  if (const std::shared_ptr<Value> known = realm_->Recall(object)) {
    *result = *known;
    return true;
  }
  if (objects_ == most_objects_) {
    is_large_ = true;
    return false;
  }
  const size_t before = objects_++;
  if (!seen_.empty()) {
    const auto range = seen_.equal_range(object->GetIdentityHash());
    for (auto at = range.first; at != range.second; ++at) {
      if (at->second.first != object) continue;
      *result = at->second.second;
      return true;
    }
  }
  if (!IsPlain(object)) return RefuseClass(object);
  containers_.push_back(object);
  if (!(is_record ? WriteRecord(object, result) : WriteArray(object.As<v8::Array>(), result))) return false;
  containers_.pop_back();
  if (objects_ > kManyObjects && objects_ - before >= kLargeObject) {
    seen_.emplace(object->GetIdentityHash(), std::pair(object, *result));
  }
  return true;
}

bool ValueEncoder::IsPlain(v8::Local<v8::Object> object) {
  const bool is_array = object->IsArray();
  v8::Local<v8::Value>& known = is_array ? plain_array_ : plain_;
  const v8::Local<v8::Value> prototype = GetPrototype(object);
  if (!known.IsEmpty() && prototype == known) return true;
  if (is_array) {
    // Array.prototype is an array itself, of whatever context; what is derived from it is not.
    if (!prototype->IsArray()) return false;
  } else if (!prototype->IsNull()) {
    // Nothing stands above Object.prototype, of whatever context.
    if (prototype->IsProxy() || !GetPrototype(prototype.As<v8::Object>())->IsNull()) return false;
  }
  known = prototype;
  return true;
}

bool ValueEncoder::WriteRecord(v8::Local<v8::Object> object, Value* result) {
  v8::Local<v8::Array> names;
  v8::Local<v8::Array> values;
  ShapeCache* shapes = realm_->shapes();
  if (shapes == nullptr || !shapes->Split(context_, object, &names, &values)) return false;
  const uint32_t count = names->Length();
  if (values->Length() != count) return Refuse("an object that changes while it is read");
  std::vector<v8::Local<v8::String>> keys(count);
  std::vector<Value> slots(count);
  for (uint32_t i = 0; i < count; ++i) {
    v8::Local<v8::Value> key;
    v8::Local<v8::Value> value;
    if (!names->Get(context_, i).ToLocal(&key) || !values->Get(context_, i).ToLocal(&value)) return false;
    keys[i] = key.As<v8::String>();
    if (Write(value, &slots[i])) continue;
    if (!failure_.empty()) path_.push_back(PropertyPath(isolate_, key));
    return false;
  }
  *result = Value::Object(shapes->ShapeOf(keys).get(), slots);
  return true;
}

bool ValueEncoder::WriteArray(v8::Local<v8::Array> array, Value* result) {
  v8::Local<v8::Array> names;
  if (!array
           ->GetPropertyNames(context_, v8::KeyCollectionMode::kOwnOnly, kOwnEnumerable, v8::IndexFilter::kSkipIndices,
                              v8::KeyConversionMode::kConvertToString)
           .ToLocal(&names)) {
    return false;
  }
  if (names->Length() != 0) {
    v8::Local<v8::Value> key;
    if (!names->Get(context_, 0).ToLocal(&key)) return false;
    path_.push_back(PropertyPath(isolate_, key));
    return Refuse("a property of an array beside its elements");
  }
  const uint32_t length = array->Length();
  std::vector<Value> slots;
  slots.reserve(std::min(length, kReserveAtMost));
  for (uint32_t i = 0; i < length; ++i) {
    v8::Local<v8::Value> value;
    if (!array->Get(context_, i).ToLocal(&value)) return false;
    bool shareable = true;
    if (value->IsUndefined()) {
      const v8::Maybe<bool> there = array->HasOwnProperty(context_, i);
      if (there.IsNothing()) return false;
      shareable = there.FromJust() || Refuse("an empty place of an array");
    }
    if (shareable && Write(value, &slots.emplace_back())) continue;
    if (!failure_.empty()) path_.push_back("[" + std::to_string(i) + "]");
    return false;
  }
  *result = Value::Array(slots);
  return true;
}

bool ValueEncoder::WriteExotic(v8::Local<v8::Object> object, Value* result) {
  // A proxy first: nothing else may be asked of it without running its traps.
  if (object->IsProxy()) return Refuse("a Proxy");
  if (object->IsFunction()) return Refuse("a function");
  if (object->IsDate()) {
    *result = Value::Date(object.As<v8::Date>()->ValueOf());
    return true;
  }
  if (object->IsUint8Array()) {
    const auto view = object.As<v8::Uint8Array>();
    if (view->HasBuffer() && view->Buffer()->GetBackingStore()->IsShared())
      return Refuse("a Uint8Array of shared memory");
    uint8_t* bytes;
    const size_t length = view->ByteLength();
    *result = Value::NewBytes(length, &bytes);
    view->CopyContents(bytes, length);
    return true;
  }
  if (object->IsArrayBuffer()) {
    const auto buffer = object.As<v8::ArrayBuffer>();
    if (buffer->WasDetached()) return Refuse("a detached ArrayBuffer");
    // The store keeps the memory in place while it is read.
    const std::shared_ptr<v8::BackingStore> store = buffer->GetBackingStore();
    *result = Value::Bytes({static_cast<const uint8_t*>(store->Data()), buffer->ByteLength()});
    return true;
  }
  if (object->IsSharedArrayBuffer()) {
    *result = Value::Handle(kSharedMemoryTag, object.As<v8::SharedArrayBuffer>()->GetBackingStore());
    return true;
  }
  if (const SharedObject* shared = Realm::Unwrap(object)) {
    if (shared->target.get() == store_) return Refuse("the store that it is put into");
    *result = Value::Handle(static_cast<uint32_t>(shared->kind), shared->target);
    return true;
  }
  return RefuseClass(object);
}

}  // namespace isolates
