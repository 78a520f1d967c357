#include "engine/store_key.h"

#include <cstddef>
#include <cstdint>

#include "engine/v8_compat.h"

namespace isolates {

namespace {

// Bytes of UTF-8 that one unit of UTF-16 takes at most.
constexpr size_t kMostBytes = 3;

size_t Write(v8::Isolate* isolate, v8::Local<v8::String> text, char* to, size_t capacity) {
#if ISOLATES_V8_AT_LEAST(13, 6)
  return text->WriteUtf8V2(isolate, to, capacity, v8::String::WriteFlags::kNone);
#else
  return static_cast<size_t>(
      text->WriteUtf8(isolate, to, static_cast<int>(capacity), nullptr, v8::String::NO_NULL_TERMINATION));
#endif
}

// The three bytes at i are those of a surrogate, for which UTF-8 has no place.
bool IsSurrogate(std::string_view key, size_t i) {
  return static_cast<uint8_t>(key[i]) == 0xed && static_cast<uint8_t>(key[i + 1]) >= 0xa0;
}

}  // namespace

StoreKey::StoreKey(v8::Isolate* isolate, v8::Local<v8::String> text) {
  const size_t most = static_cast<size_t>(text->Length()) * kMostBytes;
  if (most <= short_.size()) {
    view_ = std::string_view(short_.data(), Write(isolate, text, short_.data(), short_.size()));
    return;
  }
  long_.resize(most);
  long_.resize(Write(isolate, text, long_.data(), most));
  view_ = long_;
}

v8::MaybeLocal<v8::String> StoreKey::ToString(v8::Isolate* isolate, std::string_view key) {
  size_t from = 0;
  v8::Local<v8::String> text;
  for (size_t i = 0; i < key.size(); ++i) {
    if (!IsSurrogate(key, i)) continue;
    const auto at = [&](size_t place) { return static_cast<uint8_t>(key[place]) & 0x3f; };
    const auto surrogate = static_cast<uint16_t>(0xd000 | at(i + 1) << 6 | at(i + 2));
    v8::Local<v8::String> before;
    v8::Local<v8::String> lone;
    if (!FromUtf8(isolate, key.substr(from, i - from)).ToLocal(&before) ||
        !v8::String::NewFromTwoByte(isolate, &surrogate, v8::NewStringType::kNormal, 1).ToLocal(&lone)) {
      return {};
    }
    const v8::Local<v8::String> added = v8::String::Concat(isolate, before, lone);
    text = text.IsEmpty() ? added : v8::String::Concat(isolate, text, added);
    from = i + kMostBytes;
  }
  v8::Local<v8::String> rest;
  if (!FromUtf8(isolate, key.substr(from)).ToLocal(&rest)) return {};
  return text.IsEmpty() ? rest : v8::String::Concat(isolate, text, rest);
}

}  // namespace isolates
