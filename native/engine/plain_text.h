#ifndef ISOLATES_ENGINE_PLAIN_TEXT_H_
#define ISOLATES_ENGINE_PLAIN_TEXT_H_

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/value_string.h"
#include "value/message.h"

namespace isolates {

class Realm;

// The tags of lib/shared/plain/format.ts.
struct PlainTag {
  static constexpr int kBits = 4;
  static constexpr int32_t kMask = (1 << kBits) - 1;
  static constexpr int32_t kUndefined = 0;
  static constexpr int32_t kNull = 1;
  static constexpr int32_t kFalse = 2;
  static constexpr int32_t kTrue = 3;
  static constexpr int32_t kInteger = 4;
  static constexpr int32_t kNumber = 5;
  static constexpr int32_t kText = 6;
  static constexpr int32_t kLongText = 7;
  static constexpr int32_t kArray = 8;
  static constexpr int32_t kObject = 9;
  static constexpr int32_t kNumbers = 10;
  static constexpr int32_t kDate = 11;
  static constexpr int32_t kKeyed = 12;
  static constexpr int32_t kShared = 13;
};

// What a plain message begins with. Then come the numbers, the words, the text of the short strings, and the long ones.
struct PlainHeader {
  uint64_t words;
  uint64_t numbers;
  uint32_t longer;  // long strings, and what is shared
  // 1: the text is all of one-byte characters; 0: each string in it says what it is.
  uint32_t narrow;
};

// The strings of a plain message: `text` holds the short ones one behind the other, as the words tell.
//
// Threads: the one that holds the isolate's lock.
class PlainTextWriter {
 public:
  PlainTextWriter(v8::Isolate* isolate, SharedStrings* strings, Message* message)
      : isolate_(isolate), strings_(strings), message_(message) {}

  // Answers PlainHeader::narrow.
  uint32_t WriteShort(v8::Local<v8::String> text, std::span<const int32_t> words);
  void WriteLong(v8::Local<v8::String> text);
  void WriteShared(std::shared_ptr<Value> value);

 private:
  v8::Isolate* const isolate_;
  SharedStrings* const strings_;
  Message* const message_;
};

// kThrew: something that is shared could not be made, and an exception is pending.
enum class PlainTexts : uint8_t { kDone, kNoMemory, kThrew };

// What the reader makes the strings of a value from: those that stand by themselves, and what is shared, in the order
// of the words; and the text that it cuts all others out of, if there is one.
struct PlainStrings {
  std::vector<v8::Local<v8::Value>> list;
  v8::Local<v8::String> text;
};

// Makes the strings of a plain message.
PlainTexts ReadPlainTexts(Realm* realm, const Message& message, const PlainHeader& header,
                          std::span<const int32_t> words, PlainStrings* strings);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PLAIN_TEXT_H_
