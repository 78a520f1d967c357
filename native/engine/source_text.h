#ifndef ISOLATES_ENGINE_SOURCE_TEXT_H_
#define ISOLATES_ENGINE_SOURCE_TEXT_H_

#include <v8.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/v8_compat.h"
#include "value/text.h"

namespace isolates {

// A JavaScript string outside of any heap, exactly as it was (lone surrogates included): source text on its way to a
// guest.
//
// Threads: any; immutable.
class SourceText {
 public:
  SourceText() = default;
  SourceText(v8::Isolate* isolate, v8::Local<v8::String> text) : one_byte_(text->IsOneByte()) {
    const int length = text->Length();
    if (one_byte_) {
      data_.resize(static_cast<size_t>(length));
      WriteOneByte(isolate, text, reinterpret_cast<uint8_t*>(data_.data()), length);
    } else {
      data_.resize(static_cast<size_t>(length) * 2);
      WriteTwoByte(isolate, text, reinterpret_cast<uint16_t*>(data_.data()), length);
    }
  }

  explicit SourceText(Text text)
      : one_byte_(!text.two_byte()), data_(static_cast<const char*>(text.data()), text.bytes()) {}

  bool empty() const { return data_.empty(); }
  size_t bytes() const { return data_.size(); }
  bool one_byte() const { return one_byte_; }
  const std::string& data() const { return data_; }
  Text text() const {
    if (one_byte_) return data_;
    return std::u16string_view(reinterpret_cast<const char16_t*>(data_.data()), data_.size() / 2);
  }

  // Empty when the text is longer than V8's strings can be.
  v8::MaybeLocal<v8::String> ToV8(v8::Isolate* isolate) const {
    if (one_byte_) {
      return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(data_.data()),
                                        v8::NewStringType::kNormal, static_cast<int>(data_.size()));
    }
    return v8::String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t*>(data_.data()),
                                      v8::NewStringType::kNormal, static_cast<int>(data_.size() / 2));
  }

 private:
  bool one_byte_ = true;
  std::string data_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_SOURCE_TEXT_H_
