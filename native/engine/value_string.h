#ifndef ISOLATES_ENGINE_VALUE_STRING_H_
#define ISOLATES_ENGINE_VALUE_STRING_H_

#include <v8.h>

#include "value/value.h"

namespace isolates {

// From this many bytes on, a string in a heap uses the characters of its value in place: one copy for all isolates.
// Below it the bookkeeping of V8 costs more than copying.
inline constexpr size_t kExternalFrom = 4096;

// A string value in a heap. Empty when it is longer than V8's strings can be, or there is no memory.
v8::MaybeLocal<v8::String> StringOf(v8::Isolate* isolate, const Value& value);

// The string as a value: the one whose characters it uses, if it uses any.
Value ValueOf(v8::Isolate* isolate, v8::Local<v8::String> text);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_VALUE_STRING_H_
