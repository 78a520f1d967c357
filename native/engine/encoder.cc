#include "engine/encoder.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "engine/object_kind.h"
#include "engine/stack_limit.h"
#include "engine/v8_compat.h"
#include "engine/value_string.h"

namespace isolates {

namespace {

// Below this many objects a scan of all is faster than hashing (V8 keeps identity hashes inside the objects).
constexpr size_t kScanAtMost = 16;
// An array this long is looked at closely before its holes are written one by one.
constexpr uint32_t kMaybeSparse = 1 << 16;

constexpr auto kOwnEnumerable =
    static_cast<v8::PropertyFilter>(v8::PropertyFilter::ONLY_ENUMERABLE | v8::PropertyFilter::SKIP_SYMBOLS);

}  // namespace

bool Encoder::EncodeScalar(v8::Local<v8::Value> value, Scalar* scalar) {
  if (value->IsNumber()) {
    scalar->kind = Scalar::Kind::kNumber;
    scalar->number = value.As<v8::Number>()->Value();
  } else if (value->IsUndefined()) {
    scalar->kind = Scalar::Kind::kUndefined;
  } else if (value->IsNull()) {
    scalar->kind = Scalar::Kind::kNull;
  } else if (value->IsBoolean()) {
    scalar->kind = value->IsTrue() ? Scalar::Kind::kTrue : Scalar::Kind::kFalse;
  } else {
    return false;
  }
  return true;
}

bool Encoder::SetTransfer(const std::vector<v8::Local<v8::Value>>& list) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (!list[i]->IsArrayBuffer() || !list[i].As<v8::ArrayBuffer>()->IsDetachable() ||
        list[i].As<v8::ArrayBuffer>()->WasDetached()) {
      failure_ = "a value that is not a transferable ArrayBuffer";
      At("[" + std::to_string(i) + "]");
      At("transfer");
      return false;
    }
    for (size_t before = 0; before < i; ++before) {
      if (list[before] != list[i]) continue;
      failure_ = "an ArrayBuffer listed twice";
      At("[" + std::to_string(i) + "]");
      At("transfer");
      return false;
    }
    transfer_.push_back(list[i].As<v8::ArrayBuffer>());
  }
  return true;
}

bool Encoder::Encode(v8::Local<v8::Value> value, Message* message) {
  if (transfer_.empty() && EncodeScalar(value, message)) return true;
  if (Plainly(value, message)) return !ended_;
  if (!Write(value)) return Fail();
  return Finish(message);
}

bool Encoder::EncodeAll(const std::vector<v8::Local<v8::Value>>& values, Message* message) {
  if (Plainly(v8::Array::New(isolate_, const_cast<v8::Local<v8::Value>*>(values.data()), values.size()), message)) {
    return !ended_;
  }
  WriteTag(Tag::kArray);
  bytes_.Varint(values.size());
  bytes_.Byte(0);
  // The decoder counts the array as an object, so it takes an index here too.
  seen_.push_back({v8::Local<v8::Object>(), 0});
  for (size_t i = 0; i < values.size(); ++i) {
    if (Write(values[i])) continue;
    if (!failure_.empty()) At("[" + std::to_string(i) + "]");
    return Fail();
  }
  WriteTag(Tag::kEnd);
  return Finish(message);
}

bool Encoder::Fail() {
  if (too_deep_) {
    isolate_->ThrowException(
        v8::Exception::RangeError(Literal(isolate_, "The value is nested too deeply to be copied")));
  }
  return false;
}

bool Encoder::Plainly(v8::Local<v8::Value> value, Message* message) {
  // That codec does not count.
  if (!transfer_.empty() || strictness_ == Strictness::kLenient || most_ != SIZE_MAX) return false;
  switch (realm_->plain().Encode(value, message)) {
    case PlainCodec::Encoded::kYes:
      return true;
    case PlainCodec::Encoded::kNotPlain:
      return false;
    case PlainCodec::Encoded::kTerminated:
      terminated_ = true;
      break;
    case PlainCodec::Encoded::kThrew:
      break;
  }
  ended_ = true;
  return true;
}

bool Encoder::Finish(Message* message) {
  realm_->plain().CountObjects(seen_.size());
  if (IsTooBig(0)) return false;
  // Nothing is detached before everything is encoded: a failure loses no buffer.
  for (const v8::Local<v8::ArrayBuffer>& buffer : transfer_) {
    if (detaches_ && buffer->Detach(v8::Local<v8::Value>()).IsNothing()) return false;
  }
  message->kind = Message::Kind::kEncoded;
  message->bytes = bytes_.Release();
  message->attachments = std::move(attachments_);
  message->moved_bytes = moved_bytes_;
  message->has_handles = has_handles_;
  return true;
}

bool Encoder::IsTooBig(size_t bytes) {
  if (bytes_.size() + moved_bytes_ + bytes <= most_) return false;
  // Its caller makes an error of what may be an error already.
  too_big_ = true;
  failure_ = std::to_string(most_);
  return true;
}

bool Encoder::Write(v8::Local<v8::Value> value) {
  if (most_ != SIZE_MAX && IsTooBig(value->IsString() ? static_cast<size_t>(value.As<v8::String>()->Length()) : 0)) {
    return false;
  }
  if (value->IsString()) {
    WriteString(value.As<v8::String>());
  } else if (value->IsNumber()) {
    WriteNumber(value.As<v8::Number>()->Value());
  } else if (value->IsObject()) {
    return WriteObject(value.As<v8::Object>());
  } else if (value->IsUndefined()) {
    WriteTag(Tag::kUndefined);
  } else if (value->IsNull()) {
    WriteTag(Tag::kNull);
  } else if (value->IsBoolean()) {
    WriteTag(value->IsTrue() ? Tag::kTrue : Tag::kFalse);
  } else if (value->IsBigInt()) {
    WriteTag(Tag::kBigInt);
    WriteBigInt(value.As<v8::BigInt>());
  } else {
    // Takes an index as an object would: see kDescribed.
    if (strictness_ == Strictness::kLenient) seen_.push_back({v8::Local<v8::Object>(), 0});
    return Refuse(value->IsSymbol() ? "a symbol" : "an internal value");
  }
  return true;
}

void Encoder::WriteNumber(double value) {
  const auto integer = static_cast<int32_t>(value >= -2147483648.0 && value <= 2147483647.0 ? value : 0.5);
  if (integer == value && !(value == 0 && std::signbit(value))) {
    WriteTag(Tag::kInt32);
    bytes_.Varint((static_cast<uint32_t>(integer) << 1) ^ static_cast<uint32_t>(integer >> 31));
  } else {
    WriteTag(Tag::kDouble);
    bytes_.Double(value);
  }
}

void Encoder::WriteBigInt(v8::Local<v8::BigInt> value) {
  int sign = 0;
  int count = value->WordCount();
  bytes_.Varint(static_cast<uint64_t>(count));
  std::vector<uint64_t> words(static_cast<size_t>(count));
  value->ToWordsArray(&sign, &count, words.data());
  bytes_.Byte(static_cast<uint8_t>(sign));
  bytes_.Raw(words.data(), words.size() * sizeof(uint64_t));
}

void Encoder::WriteString(v8::Local<v8::String> value) {
  const int length = value->Length();
  if (std::shared_ptr<Value> shared = realm_->strings().Share(isolate_, value)) {
    moved_bytes_ += shared->weight();
    WriteAttachment(Tag::kSharedString, std::move(shared));
  } else if (value->IsOneByte()) {
    WriteTag(Tag::kOneByteString);
    bytes_.Varint(static_cast<uint64_t>(length));
    if (length > 0) WriteOneByte(isolate_, value, bytes_.Grow(static_cast<size_t>(length)), length);
  } else {
    WriteTag(Tag::kTwoByteString);
    bytes_.Varint(static_cast<uint64_t>(length) * 2);
    bytes_.Align(2);
    auto* to = reinterpret_cast<uint16_t*>(bytes_.Grow(static_cast<size_t>(length) * 2));
    WriteTwoByte(isolate_, value, to, length);
  }
}

int64_t Encoder::Recall(v8::Local<v8::Object> object) {
  const size_t count = seen_.size();
  if (count <= kScanAtMost) {
    for (size_t i = 0; i < count; ++i) {
      if (!seen_[i].object.IsEmpty() && seen_[i].object == object) return static_cast<int64_t>(i);
    }
    if (count == kScanAtMost) {
      for (size_t i = 0; i < count; ++i) {
        if (!seen_[i].object.IsEmpty()) seen_by_hash_.emplace(seen_[i].object->GetIdentityHash(), i);
      }
    }
  } else {
    const auto range = seen_by_hash_.equal_range(object->GetIdentityHash());
    for (auto at = range.first; at != range.second; ++at) {
      if (seen_[at->second].object == object) return static_cast<int64_t>(at->second);
    }
  }
  if (count >= kScanAtMost) seen_by_hash_.emplace(object->GetIdentityHash(), count);
  seen_.push_back({object, 0});
  return -1;
}

bool Encoder::WriteObject(v8::Local<v8::Object> object) {
  const int64_t before = Recall(object);
  if (before < 0) return WriteNewObject(object);
  const Seen& seen = seen_[static_cast<size_t>(before)];
  if (seen.shared_flag_at != 0) bytes_.at(seen.shared_flag_at) = 1;
  WriteTag(Tag::kBackReference);
  bytes_.Varint(static_cast<uint64_t>(before));
  return true;
}

bool Encoder::WriteNewObject(v8::Local<v8::Object> object) {
  if (StackLimit::IsNear()) {
    // Thrown once the stack is unwound.
    too_deep_ = true;
    return false;
  }
  if (const std::shared_ptr<Value> known = realm_->Recall(object)) {
    WriteTag(Tag::kShared);
    bytes_.Byte(static_cast<uint8_t>(SharedObject::kValue));
    bytes_.Varint(attachments_.size());
    attachments_.push_back(known);
    return true;
  }
  if (IsOrdinary(object)) {
    WriteTag(Tag::kObject);
    return WriteProperties(object, v8::IndexFilter::kIncludeIndices);
  }
  if (object->IsArray()) return WriteArray(object.As<v8::Array>());
  return WriteExotic(object);
}

bool Encoder::WriteProperties(v8::Local<v8::Object> object, v8::IndexFilter indices) {
  v8::Local<v8::Array> keys;
  if (!object
           ->GetPropertyNames(context_, v8::KeyCollectionMode::kOwnOnly, kOwnEnumerable, indices,
                              v8::KeyConversionMode::kKeepNumbers)
           .ToLocal(&keys)) {
    return false;
  }
  const uint32_t count = keys->Length();
  for (uint32_t i = 0; i < count; ++i) {
    v8::Local<v8::Value> key;
    v8::Local<v8::Value> value;
    if (!keys->Get(context_, i).ToLocal(&key)) return false;
    if (!Read(object, key, &value)) {
      if (strictness_ == Strictness::kLenient && !terminated_) continue;
      return false;
    }
    if (value->IsUndefined()) {
      // A getter that ran before may have deleted it.
      const v8::Maybe<bool> there = key->IsName() ? object->HasOwnProperty(context_, key.As<v8::Name>())
                                                  : object->HasOwnProperty(context_, key.As<v8::Uint32>()->Value());
      if (there.IsNothing()) return false;
      if (!there.FromJust()) continue;
    }
    if (strictness_ == Strictness::kLenient && value->IsFunction()) continue;
    if (key->IsString()) {
      WriteString(key.As<v8::String>());
    } else {
      WriteNumber(key.As<v8::Number>()->Value());
    }
    if (Write(value)) continue;
    if (!failure_.empty()) At(key);
    return false;
  }
  WriteTag(Tag::kEnd);
  return true;
}

bool Encoder::Read(v8::Local<v8::Object> object, v8::Local<v8::Value> key, v8::Local<v8::Value>* value) {
  if (strictness_ == Strictness::kStrict) return object->Get(context_, key).ToLocal(value);
  // What a getter throws while an error is reported must not replace that error.
  v8::TryCatch quiet(isolate_);
  if (object->Get(context_, key).ToLocal(value)) return true;
  terminated_ = terminated_ || quiet.HasTerminated();
  return false;
}

bool Encoder::WriteArray(v8::Local<v8::Array> array) {
  const uint32_t length = array->Length();
  if (length >= kMaybeSparse) {
    v8::Local<v8::Array> keys;
    if (!array->GetOwnPropertyNames(context_, kOwnEnumerable, v8::KeyConversionMode::kKeepNumbers).ToLocal(&keys)) {
      return false;
    }
    if (keys->Length() < length / 4) {
      WriteTag(Tag::kSparseArray);
      bytes_.Varint(length);
      return WriteProperties(array, v8::IndexFilter::kIncludeIndices);
    }
  }
  WriteTag(Tag::kArray);
  bytes_.Varint(length);
  seen_.back().shared_flag_at = bytes_.size();
  bytes_.Byte(0);
  for (uint32_t i = 0; i < length; ++i) {
    v8::Local<v8::Value> value;
    if (!array->Get(context_, i).ToLocal(&value)) return false;
    if (value->IsUndefined()) {
      const v8::Maybe<bool> there = array->HasOwnProperty(context_, i);
      if (there.IsNothing()) return false;
      if (!there.FromJust()) {
        WriteTag(Tag::kHole);
        continue;
      }
    }
    if (Write(value)) continue;
    if (!failure_.empty()) At("[" + std::to_string(i) + "]");
    return false;
  }
  return WriteProperties(array, v8::IndexFilter::kSkipIndices);
}

std::string Encoder::path() const {
  std::string path;
  for (auto segment = path_.rbegin(); segment != path_.rend(); ++segment) path += *segment;
  return path;
}

bool Encoder::WriteExport(v8::Local<v8::Object> object, const std::function<std::string()>& what) {
  if (!exporter_ || strictness_ == Strictness::kLenient) return Refuse(what());
  Export exported = exporter_(object);
  switch (exported.kind) {
    case Export::Kind::kHostFunction:
      WriteTag(Tag::kShared);
      bytes_.Byte(static_cast<uint8_t>(SharedObject::kHostFunction));
      bytes_.Varint(attachments_.size());
      attachments_.push_back(std::move(exported.function));
      return true;
    case Export::Kind::kReference:
      WriteTag(Tag::kReference);
      bytes_.Varint(exported.reference);
      return true;
    case Export::Kind::kThrew:
      return false;
    default:
      return Refuse(what());
  }
}

bool Encoder::Refuse(std::string what) {
  if (strictness_ == Strictness::kLenient) {
    WriteTag(Tag::kDescribed);
    bytes_.String("[" + what + "]");
    return true;
  }
  failure_ = std::move(what);
  return false;
}

}  // namespace isolates
