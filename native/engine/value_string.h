#ifndef ISOLATES_ENGINE_VALUE_STRING_H_
#define ISOLATES_ENGINE_VALUE_STRING_H_

#include <v8.h>

#include <memory>

#include "value/value.h"

namespace isolates {

// From this many bytes on, a string in a heap uses the characters of its value in place: one copy for all isolates.
// Below it the bookkeeping of V8 costs more than copying.
inline constexpr size_t kExternalFrom = 4096;
// From this many characters on, a string that is sent is shared in the same way.
inline constexpr int kSharedFrom = 16 * 1024;

// A string value in a heap. Empty when it is longer than V8's strings can be, or there is no memory.
v8::MaybeLocal<v8::String> StringOf(v8::Isolate* isolate, const Value& value);

// The value whose characters a string uses in place; null for any other string. Good as long as the string is.
const Value* FindValue(v8::Local<v8::String> text);

// The string as a value: the one whose characters it uses, if it uses any.
Value ValueOf(v8::Isolate* isolate, v8::Local<v8::String> text);

// Long strings that a realm sends: their characters are copied out of the heap once, however often they are sent.
//
// Threads: that of the realm.
// Owns: the characters of the strings sent last, for as long as those live.
class SharedStrings {
 public:
  // Null for a string that is too short to be shared.
  std::shared_ptr<Value> Share(v8::Isolate* isolate, v8::Local<v8::String> text);
  void Leave();

 private:
  struct Slot {
    v8::Global<v8::String> text;  // weak
    Value value;
  };

  Slot slots_[8];
  size_t next_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_VALUE_STRING_H_
