#ifndef ISOLATES_ENGINE_VALUE_ENCODER_H_
#define ISOLATES_ENGINE_VALUE_ENCODER_H_

#include <v8.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/realm.h"
#include "value/value.h"

namespace isolates {

// Handles in values are tagged by their SharedObject::Kind, and with this for the memory of a SharedArrayBuffer.
inline constexpr uint32_t kSharedMemoryTag = 0xff;

// Makes an immutable Value of one value of a heap: primitives, strings, bytes, dates, arrays, plain objects, and what
// is shared by identity. Everything else has no immutable form and is refused.
//
// Threads: the one that holds the isolate's lock. One encoder may make many values, one after the other.
// Runs user code (getters): call it where user code may run, with a v8::TryCatch around.
class ValueEncoder {
 public:
  explicit ValueEncoder(Realm* realm) : realm_(realm), isolate_(realm->isolate()), context_(realm->context()) {}

  // False when the value cannot be shared (failure() is not empty) or when an exception is pending.
  bool Encode(v8::Local<v8::Value> value, Value* result);

  // Why it cannot, as `a function`; and where, as a path from the root: `.list[3].fn`.
  const std::string& failure() const { return failure_; }
  std::string path() const;

  // From so many objects on Encode answers false and is_large() true: then there are quicker ways.
  void GiveUpAt(size_t objects) { most_objects_ = objects; }
  bool is_large() const { return is_large_; }

  // Undefined, null, booleans and numbers, which need no encoder. False for everything else.
  static bool EncodeImmediate(v8::Local<v8::Value> value, Value* result);
  // The value for this store, if for any, which must not be in it: it would keep itself for ever. False with an
  // exception pending: NotShareableError, whose path begins with `root`, or what a getter threw.
  static bool EncodeOrThrow(Realm* realm, v8::Local<v8::Value> value, std::string_view root, Value* result,
                            const void* store = nullptr);

 private:
  static bool EncodeNew(Realm* realm, v8::Local<v8::Value> value, std::string_view root, Value* result,
                        const void* store);
  // True when it has answered: with the value, or (`done` false) with an exception pending.
  static bool EncodePlain(Realm* realm, v8::Local<v8::Value> value, bool large, Value* result, bool* done);
  bool Write(v8::Local<v8::Value> value, Value* result);
  bool WriteObject(v8::Local<v8::Object> object, Value* result);
  bool WriteRecord(v8::Local<v8::Object> object, Value* result);
  bool WriteArray(v8::Local<v8::Array> array, Value* result);
  bool WriteExotic(v8::Local<v8::Object> object, Value* result);
  Value WriteBigInt(v8::Local<v8::BigInt> value);
  // Whether an object has no class of its own, and an array none but Array.
  bool IsPlain(v8::Local<v8::Object> object);
  bool Refuse(std::string what);
  bool RefuseClass(v8::Local<v8::Object> object);

  Realm* const realm_;
  v8::Isolate* const isolate_;
  const v8::Local<v8::Context> context_;
  std::vector<v8::Local<v8::Object>> containers_;  // from the root to where the encoder is
  // The larger objects encoded before, once there are many: one that occurs in many places is encoded once, or a few
  // objects could stand for more than there is memory for.
  std::unordered_multimap<int, std::pair<v8::Local<v8::Object>, Value>> seen_;
  size_t objects_ = 0;
  size_t most_objects_ = ~size_t{0};
  bool is_large_ = false;
  const void* store_ = nullptr;
  v8::Local<v8::Value> plain_;        // a prototype that was found to be that of plain objects
  v8::Local<v8::Value> plain_array_;  // and of plain arrays
  bool too_deep_ = false;
  std::string failure_;
  std::vector<std::string> path_;  // innermost first, filled while failing
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_VALUE_ENCODER_H_
