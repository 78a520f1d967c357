#ifndef ISOLATES_ENGINE_PLAIN_CODEC_H_
#define ISOLATES_ENGINE_PLAIN_CODEC_H_

#include <v8.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/plain_object.h"
#include "engine/plain_text.h"
#include "engine/source_text.h"
#include "value/message.h"

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
  void SetWriter(v8::Local<v8::Function> encode);
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
  const SampleArrays& samples() const { return samples_; }

 private:
  // True when the functions are there.
  bool Load();
  bool Write(v8::Local<v8::String> text, v8::Local<v8::Array> long_texts, Message* message);
  // Has lists made that are long enough for the reader. False with an exception pending.
  bool Reserve(const PlainHeader& header);

  Realm* const realm_;
  v8::Global<v8::Function> encode_;
  v8::Global<v8::Function> decode_;
  v8::Global<v8::Function> reserve_;
  SampleArrays samples_;
  Lists writer_;
  Lists reader_;
  size_t seen_ = 0;
  // Values in a row that were not plain after all.
  size_t in_vain_ = 0;
  size_t skip_ = 0;
};

// Lists of keys, numbered for the whole process.
//
// Threads: any.
class PlainShapes {
 public:
  // Below 0 when there are too many.
  static int64_t NumberOf(std::vector<SourceText> keys);
  // Empty for a number that nobody has.
  static std::vector<SourceText> KeysOf(int64_t number);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PLAIN_CODEC_H_
