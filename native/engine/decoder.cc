#include "engine/decoder.h"

#include <cstdint>

#include "engine/stack_limit.h"
#include "engine/v8_compat.h"
#include "engine/value_string.h"

namespace isolates {

Decoder::Decoder(Realm* realm, const Message& message)
    : realm_(realm),
      isolate_(realm->isolate()),
      context_(realm->context()),
      allocator_(realm->allocator()),
      message_(message),
      bytes_(message.bytes.data(), message.bytes.size()) {}

v8::Local<v8::Value> Decoder::DecodeScalar(v8::Isolate* isolate, const Scalar& scalar) {
  switch (scalar.kind) {
    case Scalar::Kind::kNull:
      return v8::Null(isolate);
    case Scalar::Kind::kFalse:
      return v8::False(isolate);
    case Scalar::Kind::kTrue:
      return v8::True(isolate);
    case Scalar::Kind::kNumber:
      return v8::Number::New(isolate, scalar.number);
    default:
      return v8::Undefined(isolate);
  }
}

v8::MaybeLocal<v8::Value> Decoder::Decode() {
  if (message_.kind != Message::Kind::kEncoded) return DecodeScalar(isolate_, message_);
  if (message_.plain) return realm_->plain().Decode(message_);
  const v8::MaybeLocal<v8::Value> value = Read();
  realm_->plain().CountObjects(objects_.size());
  if (too_deep_) return Refused("The value is nested too deeply to be copied");
  if (full_) return Refused("There is no memory for the value");
  return value;
}

v8::MaybeLocal<v8::Value> Decoder::Refused(std::string_view why) {
  isolate_->ThrowException(v8::Exception::RangeError(Literal(isolate_, why)));
  return {};
}

v8::MaybeLocal<v8::Value> Decoder::Damaged() { return Refused("The message is damaged"); }

v8::MaybeLocal<v8::Value> Decoder::Read() {
  const Tag tag = ReadTag();
  if (!bytes_.ok()) return Damaged();
  switch (tag) {
    case Tag::kUndefined:
      return v8::Undefined(isolate_);
    case Tag::kNull:
      return v8::Null(isolate_);
    case Tag::kFalse:
      return v8::False(isolate_);
    case Tag::kTrue:
      return v8::True(isolate_);
    case Tag::kInt32: {
      const auto zigzag = static_cast<uint32_t>(bytes_.Varint());
      return v8::Integer::New(isolate_, static_cast<int32_t>((zigzag >> 1) ^ (0u - (zigzag & 1))));
    }
    case Tag::kDouble:
      return v8::Number::New(isolate_, bytes_.Double());
    case Tag::kBigInt: {
      v8::Local<v8::BigInt> value;
      if (!ReadBigInt().ToLocal(&value)) return {};
      return value;
    }
    case Tag::kOneByteString:
    case Tag::kTwoByteString:
    case Tag::kSharedString: {
      if (realm_->IsFull()) {
        full_ = true;
        return {};
      }
      v8::Local<v8::String> value;
      if (!ReadString(tag).ToLocal(&value)) return {};
      return value;
    }
    case Tag::kBackReference: {
      const uint64_t index = bytes_.Varint();
      if (!bytes_.ok() || index >= objects_.size() || objects_[index].IsEmpty()) return Damaged();
      return objects_[index];
    }
    default:
      too_deep_ = too_deep_ || StackLimit::IsNear();
      full_ = full_ || realm_->IsFull();
      if (too_deep_ || full_) return {};
      return ReadObject(tag);
  }
}

v8::MaybeLocal<v8::Value> Decoder::ReadObject(Tag tag) {
  switch (tag) {
    case Tag::kObject: {
      const v8::Local<v8::Object> object = v8::Object::New(isolate_);
      Remember(object);
      if (!ReadProperties(object)) return {};
      return object;
    }
    case Tag::kArray:
      return ReadArray();
    case Tag::kSparseArray:
      return ReadSparseArray();
    case Tag::kDate: {
      v8::Local<v8::Value> date;
      if (!v8::Date::New(context_, bytes_.Double()).ToLocal(&date)) return {};
      return Remember(date);
    }
    case Tag::kRegExp:
      return ReadRegExp();
    case Tag::kMap:
      return ReadMap();
    case Tag::kSet:
      return ReadSet();
    case Tag::kBooleanObject:
      return Remember(v8::BooleanObject::New(isolate_, bytes_.Byte() != 0));
    case Tag::kNumberObject:
      return Remember(v8::NumberObject::New(isolate_, bytes_.Double()));
    case Tag::kStringObject: {
      v8::Local<v8::String> text;
      if (!ReadString(ReadTag()).ToLocal(&text)) return {};
      return Remember(v8::StringObject::New(isolate_, text));
    }
    case Tag::kBigIntObject: {
      v8::Local<v8::BigInt> value;
      if (!ReadBigInt().ToLocal(&value)) return {};
      return Remember(value->ToObject(context_).ToLocalChecked());
    }
    case Tag::kError:
      return ReadError();
    case Tag::kDescribed: {
      v8::Local<v8::String> text;
      if (!ReadUtf8().ToLocal(&text)) return {};
      return Remember(text);
    }
    case Tag::kArrayBuffer:
      return ReadArrayBuffer();
    case Tag::kArrayBufferBlock:
    case Tag::kMovedArrayBuffer:
    case Tag::kSharedArrayBuffer:
    case Tag::kWasmModule:
      return ReadAttachment(tag);
    case Tag::kShared:
      return ReadShared();
    case Tag::kReference:
      return ReadReference();
    case Tag::kView:
      return ReadView();
    default:
      return Damaged();
  }
}

v8::MaybeLocal<v8::String> Decoder::ReadUtf8() {
  const std::string_view text = bytes_.String();
  v8::Local<v8::String> value;
  if (!bytes_.ok() || !FromUtf8(isolate_, text).ToLocal(&value)) {
    Damaged();
    return {};
  }
  return value;
}

v8::MaybeLocal<v8::String> Decoder::ReadString(Tag tag) {
  if (tag == Tag::kSharedString) {
    const uint64_t index = bytes_.Varint();
    v8::MaybeLocal<v8::String> shared;
    if (bytes_.ok() && index < message_.attachments.size()) {
      shared = StringOf(isolate_, *std::static_pointer_cast<Value>(message_.attachments[index]));
    }
    if (shared.IsEmpty()) Damaged();
    return shared;
  }
  const uint64_t size = bytes_.Varint();
  if (tag == Tag::kTwoByteString) bytes_.Align(2);
  const uint8_t* data = bytes_.Raw(size);
  v8::MaybeLocal<v8::String> text;
  if (data != nullptr && tag == Tag::kOneByteString && size <= v8::String::kMaxLength) {
    text = v8::String::NewFromOneByte(isolate_, data, v8::NewStringType::kNormal, static_cast<int>(size));
  } else if (data != nullptr && tag == Tag::kTwoByteString && size / 2 <= v8::String::kMaxLength) {
    text = v8::String::NewFromTwoByte(isolate_, reinterpret_cast<const uint16_t*>(data), v8::NewStringType::kNormal,
                                      static_cast<int>(size / 2));
  }
  if (text.IsEmpty()) Damaged();
  return text;
}

v8::MaybeLocal<v8::BigInt> Decoder::ReadBigInt() {
  const uint64_t count = bytes_.Count(sizeof(uint64_t));
  const int sign = bytes_.Byte();
  const uint8_t* data = bytes_.Raw(count * sizeof(uint64_t));
  if (data == nullptr) {
    Damaged();
    return {};
  }
  std::vector<uint64_t> words(count);
  if (count != 0) std::memcpy(words.data(), data, count * sizeof(uint64_t));
  return v8::BigInt::NewFromWords(context_, sign, static_cast<int>(count), words.data());
}

v8::MaybeLocal<v8::Value> Decoder::ReadKey(Tag tag) {
  if (tag == Tag::kInt32) {
    const auto zigzag = static_cast<uint32_t>(bytes_.Varint());
    return v8::Integer::NewFromUnsigned(isolate_, zigzag >> 1);
  }
  if (tag == Tag::kDouble) return v8::Number::New(isolate_, bytes_.Double());
  if (tag != Tag::kOneByteString) {
    v8::Local<v8::String> text;
    if (tag != Tag::kTwoByteString && tag != Tag::kSharedString) return Damaged();
    if (!ReadString(tag).ToLocal(&text)) return {};
    return text;
  }
  const std::string_view text = bytes_.String();
  if (!bytes_.ok()) return Damaged();
  const size_t mixed =
      text.empty() ? 0 : text.size() * 7 + static_cast<uint8_t>(text.front()) * 3 + static_cast<uint8_t>(text.back());
  KnownKey& known = keys_[mixed % keys_.size()];
  if (known.key.IsEmpty() || known.text != text) {
    v8::Local<v8::String> key;
    if (!v8::String::NewFromOneByte(isolate_, reinterpret_cast<const uint8_t*>(text.data()),
                                    v8::NewStringType::kInternalized, static_cast<int>(text.size()))
             .ToLocal(&key)) {
      return {};
    }
    known = {text, key};
  }
  return known.key;
}

bool Decoder::ReadProperties(v8::Local<v8::Object> object) {
  for (;;) {
    const Tag tag = ReadTag();
    if (!bytes_.ok()) {
      Damaged();
      return false;
    }
    if (tag == Tag::kEnd) return true;
    v8::Local<v8::Value> key;
    v8::Local<v8::Value> value;
    if (!ReadKey(tag).ToLocal(&key) || !Read().ToLocal(&value)) return false;
    // Defined, not assigned: a `__proto__` in a message is a name like any other.
    if (key->IsUint32()) {
      if (object->CreateDataProperty(context_, key.As<v8::Uint32>()->Value(), value).IsNothing()) return false;
    } else {
      v8::Local<v8::Name> name;
      if (key->IsName()) {
        name = key.As<v8::Name>();
      } else {
        v8::Local<v8::String> text;
        if (!key->ToString(context_).ToLocal(&text)) return false;
        name = text;
      }
      if (object->CreateDataProperty(context_, name, value).IsNothing()) return false;
    }
  }
}

v8::MaybeLocal<v8::Value> Decoder::ReadArray() {
  const uint64_t length = bytes_.Count(1);
  const bool shared = bytes_.Byte() != 0;
  if (!bytes_.ok() || length > INT32_MAX) return Damaged();
  const size_t index = objects_.size();
  v8::Local<v8::Array> array;
  if (shared) {
    // Something inside refers to the array itself, so it must be there before its elements.
    array = v8::Array::New(isolate_, static_cast<int>(length));
    Remember(array);
    for (uint32_t i = 0; i < length; ++i) {
      v8::Local<v8::Value> value;
      if (bytes_.Peek() == static_cast<uint8_t>(Tag::kHole)) {
        bytes_.Byte();
        continue;
      }
      if (!Read().ToLocal(&value)) return {};
      if (array->CreateDataProperty(context_, i, value).IsNothing()) return {};
    }
  } else {
    objects_.emplace_back();
    std::vector<v8::Local<v8::Value>> values;
    values.reserve(length);
    std::vector<uint32_t> holes;
    for (uint32_t i = 0; i < length; ++i) {
      v8::Local<v8::Value> value;
      if (bytes_.Peek() == static_cast<uint8_t>(Tag::kHole)) {
        bytes_.Byte();
        holes.push_back(i);
        value = v8::Undefined(isolate_);
      } else if (!Read().ToLocal(&value)) {
        return {};
      }
      values.push_back(value);
    }
    array = v8::Array::New(isolate_, values.data(), values.size());
    objects_[index] = array;
    for (const uint32_t hole : holes) {
      if (array->Delete(context_, hole).IsNothing()) return {};
    }
  }
  if (!ReadProperties(array)) return {};
  return array;
}

v8::MaybeLocal<v8::Value> Decoder::ReadSparseArray() {
  const uint64_t length = bytes_.Varint();
  if (!bytes_.ok() || length > UINT32_MAX) return Damaged();
  const v8::Local<v8::Array> array = v8::Array::New(isolate_, 0);
  Remember(array);
  if (!ReadProperties(array)) return {};
  if (array->Set(context_, Literal(isolate_, "length"), v8::Number::New(isolate_, static_cast<double>(length)))
          .IsNothing()) {
    return {};
  }
  return array;
}

v8::MaybeLocal<v8::Value> Decoder::ReadMap() {
  v8::Local<v8::Map> map = v8::Map::New(isolate_);
  Remember(map);
  while (bytes_.Peek() != static_cast<uint8_t>(Tag::kEnd)) {
    v8::Local<v8::Value> key;
    v8::Local<v8::Value> value;
    if (!Read().ToLocal(&key) || !Read().ToLocal(&value)) return {};
    if (map->Set(context_, key, value).IsEmpty()) return {};
  }
  bytes_.Byte();
  return map;
}

v8::MaybeLocal<v8::Value> Decoder::ReadSet() {
  v8::Local<v8::Set> set = v8::Set::New(isolate_);
  Remember(set);
  while (bytes_.Peek() != static_cast<uint8_t>(Tag::kEnd)) {
    v8::Local<v8::Value> value;
    if (!Read().ToLocal(&value)) return {};
    if (set->Add(context_, value).IsEmpty()) return {};
  }
  bytes_.Byte();
  return set;
}

}  // namespace isolates
