#ifndef ISOLATES_ENGINE_DECODER_H_
#define ISOLATES_ENGINE_DECODER_H_

#include <v8.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/buffer_allocator.h"
#include "engine/realm.h"
#include "value/bytes.h"
#include "value/message.h"

namespace isolates {

// Makes the value of a Message in a realm. Bytes that no Encoder wrote end in an exception, never in a wrong access.
//
// Threads: the one that holds the isolate's lock. One decoder reads one message.
// Runs no user code.
class Decoder {
 public:
  Decoder(Realm* realm, const Message& message);

  // The value of a message, whatever its kind.
  static v8::MaybeLocal<v8::Value> Decode(Realm* realm, const Message& message) {
    if (message.kind != Scalar::Kind::kEncoded) return DecodeScalar(realm->isolate(), message);
    return Decoder(realm, message).Decode();
  }

  // Empty with a pending exception when the value cannot be made (no memory, no stack left, damaged bytes).
  v8::MaybeLocal<v8::Value> Decode();

  static v8::Local<v8::Value> DecodeScalar(v8::Isolate* isolate, const Scalar& scalar);

 private:
  v8::MaybeLocal<v8::Value> Read();
  v8::MaybeLocal<v8::Value> ReadObject(Tag tag);
  v8::MaybeLocal<v8::String> ReadString(Tag tag);
  v8::MaybeLocal<v8::BigInt> ReadBigInt();
  v8::MaybeLocal<v8::Value> ReadArray();
  v8::MaybeLocal<v8::Value> ReadSparseArray();
  v8::MaybeLocal<v8::Value> ReadMap();
  v8::MaybeLocal<v8::Value> ReadSet();
  v8::MaybeLocal<v8::Value> ReadRegExp();
  v8::MaybeLocal<v8::Value> ReadError();
  v8::MaybeLocal<v8::Value> ReadArrayBuffer();
  v8::MaybeLocal<v8::Value> ReadAttachment(Tag tag);
  v8::MaybeLocal<v8::Value> ReadShared();
  v8::MaybeLocal<v8::Value> ReadReference();
  v8::MaybeLocal<v8::Value> ReadView();
  bool ReadProperties(v8::Local<v8::Object> object);
  v8::MaybeLocal<v8::Value> ReadKey(Tag tag);
  v8::MaybeLocal<v8::String> ReadUtf8();
  bool Define(v8::Local<v8::Object> object, std::string_view name, v8::Local<v8::Value> value);

  v8::Local<v8::Value> Remember(v8::Local<v8::Value> value) {
    objects_.push_back(value);
    return value;
  }
  Tag ReadTag() { return static_cast<Tag>(bytes_.Byte()); }
  // Throws; returns nothing for the caller to return.
  v8::MaybeLocal<v8::Value> Damaged();
  v8::MaybeLocal<v8::Value> Refused(std::string_view why);

  // Records repeat their keys: the last ones are kept, so that most need no look-up in V8's string table.
  struct KnownKey {
    std::string_view text;
    v8::Local<v8::String> key;
  };

  Realm* const realm_;
  v8::Isolate* const isolate_;
  const v8::Local<v8::Context> context_;
  BufferAllocator* const allocator_;
  const Message& message_;
  ByteReader bytes_;
  // Why it was given up, which is thrown once the stack is unwound.
  bool too_deep_ = false;
  bool full_ = false;
  std::vector<v8::Local<v8::Value>> objects_;
  std::array<KnownKey, 32> keys_{};
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_DECODER_H_
