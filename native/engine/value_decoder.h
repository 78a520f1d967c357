#ifndef ISOLATES_ENGINE_VALUE_DECODER_H_
#define ISOLATES_ENGINE_VALUE_DECODER_H_

#include <v8.h>

#include <string_view>
#include <vector>

#include "engine/realm.h"
#include "value/value.h"

namespace isolates {

// Makes the value of a heap that a Value stands for: frozen all through, but for dates and bytes, which JavaScript
// cannot freeze: each reader has to get its own of those.
//
// Threads: the one that holds the isolate's lock. One decoder may make many values, one after the other.
// Runs no user code, but for the constructors of shared objects.
class ValueDecoder {
 public:
  explicit ValueDecoder(Realm* realm) : realm_(realm), isolate_(realm->isolate()), context_(realm->context()) {}

  // Empty with an exception pending when it cannot be made (no memory, no stack left).
  v8::MaybeLocal<v8::Value> Decode(const Value& value);
  // Whether there was something in what has been decoded that each reader needs for itself.
  bool made_mutable() const { return made_mutable_; }

  static v8::MaybeLocal<v8::Value> Decode(Realm* realm, const Value& value) {
    return ValueDecoder(realm).Decode(value);
  }

 private:
  v8::MaybeLocal<v8::Value> Read(const Value& value);
  v8::MaybeLocal<v8::Value> ReadArray(const Value& value);
  v8::MaybeLocal<v8::Value> ReadRecord(const Value& value);
  v8::MaybeLocal<v8::Value> ReadBytes(const Value& value);
  v8::MaybeLocal<v8::Value> ReadHandle(const Value& value);
  bool ReadSlots(const Value& value, std::vector<v8::Local<v8::Value>>* slots);
  // Throws; returns nothing for the caller to return.
  v8::MaybeLocal<v8::Value> Refused(std::string_view why);

  Realm* const realm_;
  v8::Isolate* const isolate_;
  const v8::Local<v8::Context> context_;
  bool made_mutable_ = false;
  // Why it was given up, which is thrown once the stack is unwound.
  bool too_deep_ = false;
  bool full_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_VALUE_DECODER_H_
