#ifndef ISOLATES_ENGINE_PLAIN_CODEC_H_
#define ISOLATES_ENGINE_PLAIN_CODEC_H_

#include <v8.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/plain_object.h"
#include "engine/plain_text.h"
#include "engine/plain_values.h"
#include "value/message.h"
#include "value/value.h"

namespace isolates {

class Realm;

// Plain values as lib/shared/plain.ts writes and reads them: the JavaScript goes through the objects, this carries its
// lists of numbers and strings, and checks that the objects are what they looked like.
//
// Used by a realm that has exchanged some values already: compiling the JavaScript has to pay.
//
// Threads: that of the realm.
// Owns: references to the functions and lists of its realm.
class PlainCodec {
 public:
  explicit PlainCodec(Realm* realm) : realm_(realm) {}

  // The memory of the lists that JavaScript writes and reads.
  struct Lists {
    std::shared_ptr<v8::BackingStore> words;
    std::shared_ptr<v8::BackingStore> numbers;
  };
  static Lists ListsOf(v8::Local<v8::Int32Array> words, v8::Local<v8::Float64Array> numbers);

  // The functions and lists; null again when the realm is left.
  // False with an exception pending.
  bool SetWriter(v8::Local<v8::Function> encode, v8::Local<v8::Function> remember);
  void SetWriterLists(Lists lists) { writer_ = std::move(lists); }
  void SetReader(v8::Local<v8::Function> decode, v8::Local<v8::Function> reserve);
  void SetReaderLists(Lists lists) { reader_ = std::move(lists); }
  void Leave();

  // So many objects went through the other codec.
  void CountObjects(size_t objects) { seen_ += objects; }

  // kThrew: the value's own code did, the exception is pending.
  enum class Encoded : uint8_t { kYes, kNotPlain, kThrew, kTerminated };
  Encoded Encode(v8::Local<v8::Value> value, Message* message);
  // Empty with an exception pending.
  v8::MaybeLocal<v8::Value> Decode(const Message& message);

  // The same for immutable values. Those of a realm that has not exchanged much yet are not plain either, unless they
  // are known to be `large`.
  Encoded Encode(v8::Local<v8::Value> value, bool large, Value* result);
  // Frozen. False when it is not plain; an empty result means that an exception is pending.
  bool Decode(const Value& value, v8::MaybeLocal<v8::Value>* result, bool* made_mutable);
  // This object stands for a value.
  void Remember(v8::Local<v8::Object> object);

  const SampleObjects& samples() const { return samples_; }

 private:
  bool IsWorthwhile(v8::Local<v8::Value> value);
  // True when the functions are there.
  bool Load();
  // Calls the writer. kYes leaves the text, and what stands by itself in `longer`.
  Encoded Call(v8::Local<v8::Value> value, bool strict, v8::Local<v8::String>* text, v8::Local<v8::Array> longer);
  bool Write(v8::Local<v8::String> text, v8::Local<v8::Array> longer, Message* message);
  PlainLists WrittenLists() const;
  uint32_t LongerCount() const;
  // Has lists made that are long enough for the reader. False with an exception pending.
  bool Reserve(size_t words, size_t numbers);
  v8::MaybeLocal<v8::Value> Read(PlainLists lists, PlainStrings& strings, bool frozen);

  Realm* const realm_;
  v8::Global<v8::Function> encode_;
  v8::Global<v8::Function> decode_;
  v8::Global<v8::Function> reserve_;
  v8::Global<v8::Function> remember_;
  SampleObjects samples_;
  PlainShapeNumbers shapes_;
  PlainScratch scratch_;
  Lists writer_;
  Lists reader_;
  size_t seen_ = 0;
  // Values in a row that were not plain after all.
  size_t in_vain_ = 0;
  size_t skip_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PLAIN_CODEC_H_
