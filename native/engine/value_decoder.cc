#include "engine/value_decoder.h"

#include <memory>
#include <utility>

#include "engine/buffer_allocator.h"
#include "engine/stack_limit.h"
#include "engine/v8_compat.h"
#include "engine/value_encoder.h"
#include "engine/value_string.h"

namespace isolates {

v8::MaybeLocal<v8::Value> ValueDecoder::Decode(const Value& value) {
  if (value.IsArray() || value.IsObject()) {
    v8::MaybeLocal<v8::Value> quickly;
    bool made_mutable = false;
    if (realm_->plain().Decode(value, &quickly, &made_mutable)) {
      made_mutable_ = made_mutable_ || made_mutable;
      return quickly;
    }
  }
  const v8::MaybeLocal<v8::Value> decoded = Read(value);
  if (too_deep_) return Refused("The value is nested too deeply to be read");
  if (full_) return Refused("There is no memory for the value");
  return decoded;
}

v8::MaybeLocal<v8::Value> ValueDecoder::Refused(std::string_view why) {
  isolate_->ThrowException(v8::Exception::RangeError(Literal(isolate_, why)));
  return {};
}

v8::MaybeLocal<v8::Value> ValueDecoder::Read(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kUndefined:
      return v8::Undefined(isolate_);
    case ValueKind::kNull:
      return v8::Null(isolate_);
    case ValueKind::kBoolean:
      return v8::Boolean::New(isolate_, value.boolean());
    case ValueKind::kNumber:
      return v8::Number::New(isolate_, value.number());
    case ValueKind::kDate:
      made_mutable_ = true;
      return v8::Date::New(context_, value.number());
    case ValueKind::kBigInt: {
      v8::Local<v8::BigInt> made;
      const auto words = value.words();
      if (!v8::BigInt::NewFromWords(context_, value.negative() ? 1 : 0, static_cast<int>(words.size()), words.data())
               .ToLocal(&made)) {
        return {};
      }
      return made;
    }
    case ValueKind::kOneByteString:
    case ValueKind::kTwoByteString: {
      if (realm_->IsFull()) {
        full_ = true;
        return {};
      }
      v8::Local<v8::String> made;
      if (!StringOf(isolate_, value).ToLocal(&made)) return Refused("The text is too long");
      return made;
    }
    case ValueKind::kBytes:
      return ReadBytes(value);
    case ValueKind::kHandle:
      return ReadHandle(value);
    default:
      break;
  }
  too_deep_ = too_deep_ || StackLimit::IsNear();
  full_ = full_ || realm_->IsFull();
  if (too_deep_ || full_) return {};
  return value.IsArray() ? ReadArray(value) : ReadRecord(value);
}

bool ValueDecoder::ReadSlots(const Value& value, std::vector<v8::Local<v8::Value>>* slots) {
  const size_t length = value.length();
  slots->reserve(length);
  for (size_t i = 0; i < length;) {
    for (const Value& slot : value.Run(i)) {
      v8::Local<v8::Value> read;
      if (!Read(slot).ToLocal(&read)) return false;
      slots->push_back(read);
      ++i;
    }
  }
  return true;
}

v8::MaybeLocal<v8::Value> ValueDecoder::ReadArray(const Value& value) {
  std::vector<v8::Local<v8::Value>> slots;
  if (!ReadSlots(value, &slots)) return {};
  const v8::Local<v8::Array> array = v8::Array::New(isolate_, slots.data(), slots.size());
  if (!array->SetIntegrityLevel(context_, v8::IntegrityLevel::kFrozen).FromMaybe(false)) return {};
  return array;
}

v8::MaybeLocal<v8::Value> ValueDecoder::ReadRecord(const Value& value) {
  std::vector<v8::Local<v8::Value>> slots;
  v8::Local<v8::Object> record;
  ShapeCache* shapes = realm_->shapes();
  if (shapes == nullptr || !ReadSlots(value, &slots)) return {};
  if (!shapes->Make(context_, value.shape(), &slots).ToLocal(&record)) return {};
  return record;
}

v8::MaybeLocal<v8::Value> ValueDecoder::ReadBytes(const Value& value) {
  made_mutable_ = true;
  const auto bytes = value.bytes();
  std::unique_ptr<v8::BackingStore> store = realm_->allocator()->NewStore(isolate_, bytes.data(), bytes.size());
  if (store == nullptr) return Refused("Array buffer allocation failed");
  return v8::Uint8Array::New(v8::ArrayBuffer::New(isolate_, std::move(store)), 0, bytes.size());
}

v8::MaybeLocal<v8::Value> ValueDecoder::ReadHandle(const Value& value) {
  if (value.tag() == kSharedMemoryTag) {
    auto store = std::static_pointer_cast<v8::BackingStore>(value.target());
    realm_->OnForeignStore(store);
    return v8::SharedArrayBuffer::New(isolate_, std::move(store));
  }
  v8::Local<v8::Object> handle;
  if (!realm_->Wrap({static_cast<SharedObject::Kind>(value.tag()), value.target()}).ToLocal(&handle)) return {};
  return handle;
}

}  // namespace isolates
