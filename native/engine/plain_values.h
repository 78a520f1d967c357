#ifndef ISOLATES_ENGINE_PLAIN_VALUES_H_
#define ISOLATES_ENGINE_PLAIN_VALUES_H_

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/plain_text.h"
#include "value/shape.h"
#include "value/value.h"

namespace isolates {

// The numbers that PlainShapes gave to the shapes of values.
//
// Threads: that of the realm.
// Owns: a count of each shape it has met.
class PlainShapeNumbers {
 public:
  // Null for a number that nobody has.
  const Shape* ShapeOf(int64_t number);
  // Below 0 when the shape has no number, having too many keys, or there being none left.
  int64_t NumberOf(const Shape* shape);
  void Clear();

 private:
  // Tables come and go with shapes of their own.
  static constexpr size_t kMostKnown = 4096;

  std::vector<ShapeRef> shapes_;
  std::unordered_map<uint64_t, int64_t> numbers_;  // by the shape's id
};

// What a value is written as: see lib/shared/plain/format.ts.
struct PlainLists {
  std::span<const int32_t> words;
  std::span<const double> numbers;
};

// What PlainToValue needs meanwhile. Kept from one value to the next: getting such pieces of memory and giving them
// back each time makes malloc tidy up, which costs more than the small nodes between.
struct PlainScratch {
  // More than this is given back.
  static constexpr size_t kMostKept = size_t{256} << 10;

  void Tidy();

  std::vector<uint8_t> narrow;  // the text, in one of these
  std::vector<char16_t> wide;
  std::vector<Value> slots;
  std::vector<Value> repeated;  // short strings met before
};

// Makes a Value of what lib/shared/plain/writer.ts has written: without any call of V8's, but to copy the characters.
//
// Threads: the one that holds the isolate's lock.
class PlainToValue {
 public:
  // `longer` are the values of the strings that stand by themselves, and of what is shared.
  PlainToValue(PlainLists lists, std::vector<Value> longer, PlainShapeNumbers* shapes, PlainScratch* scratch)
      : lists_(lists), longer_(std::move(longer)), shapes_(shapes), scratch_(*scratch) {}

  Value Make(v8::Isolate* isolate, v8::Local<v8::String> text);

 private:
  Value Read();
  Value ReadText(size_t length);
  Value ReadNumbers(size_t length);
  Value ReadKeyed(size_t length);
  // The last `count` values that were read, as slots of one.
  template <class Build>
  Value Gather(size_t count, Build build);

  const PlainLists lists_;
  const std::vector<Value> longer_;
  PlainShapeNumbers* const shapes_;
  PlainScratch& scratch_;
  bool is_wide_ = false;
  bool has_repeated_ = false;
  size_t word_ = 0;
  size_t number_ = 0;
  size_t character_ = 0;
  size_t next_longer_ = 0;
};

// Writes a Value for lib/shared/plain/reader.ts.
//
// Threads: the one that holds the isolate's lock; to be used within one v8::HandleScope.
class ValueToPlain {
 public:
  ValueToPlain(Realm* realm, PlainShapeNumbers* shapes) : realm_(realm), shapes_(shapes) {}

  // False when there is something in it that is not plain, or no memory for a string.
  bool Write(const Value& value) { return Write(value, kDeepest); }
  PlainLists lists() const { return {words_, numbers_}; }
  PlainStrings& strings() { return strings_; }
  // Whether there was something that cannot be frozen.
  bool made_mutable() const { return made_mutable_; }

 private:
  static constexpr int kDeepest = 100;

  bool Write(const Value& value, int depth);
  bool WriteText(const Value& text);
  bool WriteSlots(const Value& value, int depth);
  bool WriteObject(const Value& value, int depth);
  bool WriteNumber(double number);

  Realm* const realm_;
  PlainShapeNumbers* const shapes_;
  std::vector<int32_t> words_;
  std::vector<double> numbers_;
  PlainStrings strings_;
  // Strings that came before, by the addresses of their nodes.
  struct Known {
    const ValueNode* node = nullptr;
    v8::Local<v8::Value> text;
  };
  std::vector<Known> known_;
  bool made_mutable_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PLAIN_VALUES_H_
