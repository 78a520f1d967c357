#include "engine/plain_values.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "engine/plain_shapes.h"
#include "engine/plain_text.h"
#include "engine/realm.h"
#include "engine/v8_compat.h"
#include "engine/value_string.h"

namespace isolates {

namespace {

constexpr int32_t kWordLimit = 1 << 27;
// Strings up to here are looked for among those that came before.
constexpr size_t kShortText = 40;
constexpr size_t kRepeated = 1024;
// Values of fewer words are not worth a table.
constexpr size_t kManyWords = 64;

int32_t Word(int32_t tag, size_t more = 0) { return static_cast<int32_t>(more) << PlainTag::kBits | tag; }

size_t PlaceOf(uint64_t hash, size_t places) { return (hash * 0x9e3779b97f4a7c15u >> 40) & (places - 1); }

// Tells most short texts apart: its first and its last eight bytes. Those that it does not are made each time.
uint64_t EndsOf(Text text) {
  const size_t bytes = text.bytes();
  uint64_t first = 0;
  uint64_t last = 0;
  if (bytes >= sizeof(first)) {
    std::memcpy(&first, text.one(), sizeof(first));
    std::memcpy(&last, text.one() + bytes - sizeof(last), sizeof(last));
  } else {
    std::memcpy(&first, text.one(), bytes);
  }
  return first ^ std::rotl(last, 31) * 0xff51'afd7'ed55'8ccdu ^ bytes;
}

}  // namespace

const Shape* PlainShapeNumbers::ShapeOf(int64_t number) {
  const auto place = static_cast<size_t>(number);
  if (place >= shapes_.size()) shapes_.resize(place + 1);
  ShapeRef& shape = shapes_[place];
  if (!shape) {
    const std::vector<SourceText> keys = PlainShapes::KeysOf(number);
    std::vector<Text> texts;
    for (const SourceText& key : keys) texts.push_back(key.text());
    shape = Shape::Of(texts);
  }
  return shape.get();
}

int64_t PlainShapeNumbers::NumberOf(const Shape* shape) {
  if (shape->size() > PlainShapes::kMostKeys) return -1;
  const auto known = numbers_.find(shape->id());
  if (known != numbers_.end()) return known->second;
  std::vector<SourceText> keys;
  for (size_t i = 0; i < shape->size(); ++i) keys.emplace_back(shape->key(i).text());
  const int64_t number = PlainShapes::NumberOf(std::move(keys));
  if (numbers_.size() == kMostKnown) numbers_.clear();
  numbers_.emplace(shape->id(), number);
  return number;
}

void PlainShapeNumbers::Clear() {
  shapes_.clear();
  numbers_.clear();
}

void PlainScratch::Tidy() {
  // Its values are not to stay in memory for this.
  for (Value& value : repeated) value = Value();
  slots.clear();
  const auto limit = [](auto* list) {
    std::decay_t<decltype(*list)> empty;
    if (list->capacity() * sizeof(list->front()) > kMostKept) list->swap(empty);
  };
  limit(&narrow);
  limit(&wide);
  limit(&slots);
}

Value PlainToValue::Make(v8::Isolate* isolate, v8::Local<v8::String> text) {
  const auto length = static_cast<size_t>(text->Length());
  is_wide_ = !text->IsOneByte();
  if (is_wide_) {
    if (scratch_.wide.size() < length) scratch_.wide.resize(length);
    WriteTwoByte(isolate, text, reinterpret_cast<uint16_t*>(scratch_.wide.data()), static_cast<int>(length));
  } else if (length != 0) {
    if (scratch_.narrow.size() < length) scratch_.narrow.resize(length);
    WriteOneByte(isolate, text, scratch_.narrow.data(), static_cast<int>(length));
  }
  has_repeated_ = lists_.words.size() > kManyWords;
  if (has_repeated_) scratch_.repeated.resize(kRepeated);
  Value made = Read();
  scratch_.Tidy();
  return made;
}

Value PlainToValue::Read() {
  const int32_t word = lists_.words[word_++];
  const auto more = static_cast<size_t>(word >> PlainTag::kBits);
  switch (word & PlainTag::kMask) {
    case PlainTag::kNull:
      return Value::Null();
    case PlainTag::kFalse:
      return Value::Boolean(false);
    case PlainTag::kTrue:
      return Value::Boolean(true);
    case PlainTag::kInteger:
      return Value::Number(word >> PlainTag::kBits);
    case PlainTag::kNumber:
      return Value::Number(lists_.numbers[number_++]);
    case PlainTag::kText:
      return ReadText(more);
    case PlainTag::kLongText:
    case PlainTag::kShared:
      return longer_[next_longer_++];
    case PlainTag::kArray:
      for (size_t i = 0; i < more; ++i) scratch_.slots.push_back(Read());
      return Gather(more, [](std::span<Value> slots) { return Value::Array(slots); });
    case PlainTag::kObject: {
      const Shape* shape = shapes_->ShapeOf(static_cast<int64_t>(more));
      for (size_t i = 0; i < shape->size(); ++i) scratch_.slots.push_back(Read());
      return Gather(shape->size(), [shape](std::span<Value> slots) { return Value::Object(shape, slots); });
    }
    case PlainTag::kNumbers:
      return ReadNumbers(more);
    case PlainTag::kDate:
      return Value::Date(lists_.numbers[number_++]);
    case PlainTag::kKeyed:
      return ReadKeyed(more);
    default:
      return Value::Undefined();
  }
}

template <class Build>
Value PlainToValue::Gather(size_t count, Build build) {
  std::vector<Value>& slots = scratch_.slots;
  const size_t begin = slots.size() - count;
  Value made = build(std::span<Value>(slots).subspan(begin));
  slots.resize(begin);
  return made;
}

Value PlainToValue::ReadText(size_t length) {
  Text text;
  if (!is_wide_) {
    text = std::string_view(reinterpret_cast<const char*>(scratch_.narrow.data()) + character_, length);
  } else {
    const std::u16string_view wide(scratch_.wide.data() + character_, length);
    text = wide;
    if (std::ranges::all_of(wide, [](char16_t character) { return character <= 0xff; })) {
      // One wide string makes the whole text wide.
      uint8_t* characters;
      Value value = Value::NewOneByteString(length, &characters);
      std::ranges::copy(wide, characters);
      character_ += length;
      return value;
    }
  }
  character_ += length;
  if (!has_repeated_ || length > kShortText) return Value::String(text);
  // Names, states and tags come again and again: they are kept once.
  Value& known = scratch_.repeated[PlaceOf(EndsOf(text), kRepeated)];
  if (!known.IsString() || !(known.text() == text)) known = Value::String(text);
  return known;
}

Value PlainToValue::ReadNumbers(size_t length) {
  for (size_t i = 0; i < length; ++i) scratch_.slots.push_back(Value::Number(lists_.numbers[number_++]));
  return Gather(length, [](std::span<Value> slots) { return Value::Array(slots); });
}

Value PlainToValue::ReadKeyed(size_t length) {
  std::vector<Value> keys;
  keys.reserve(length);
  for (size_t i = 0; i < length; ++i) {
    keys.push_back(Read());
    scratch_.slots.push_back(Read());
  }
  const ShapeRef shape = Shape::Of(std::move(keys));
  return Gather(length, [&shape](std::span<Value> slots) { return Value::Object(shape.get(), slots); });
}

bool ValueToPlain::WriteNumber(double number) {
  if (number >= -kWordLimit && number < kWordLimit && number == std::trunc(number) &&
      !(number == 0 && std::signbit(number))) {
    const auto integer = static_cast<uint32_t>(static_cast<int32_t>(number));
    words_.push_back(static_cast<int32_t>(integer << PlainTag::kBits | PlainTag::kInteger));
    return true;
  }
  words_.push_back(Word(PlainTag::kNumber));
  numbers_.push_back(number);
  return true;
}

bool ValueToPlain::WriteText(const Value& text) {
  words_.push_back(Word(PlainTag::kLongText));
  if (known_.empty() && words_.size() > kManyWords) known_.resize(kRepeated);
  Known* known = nullptr;
  if (!known_.empty()) {
    known = &known_[PlaceOf(reinterpret_cast<uintptr_t>(text.node()) >> 4, kRepeated)];
    if (known->node == text.node()) {
      strings_.list.push_back(known->text);
      return true;
    }
  }
  v8::Local<v8::String> made;
  if (realm_->IsFull() || !StringOf(realm_->isolate(), text).ToLocal(&made)) return false;
  if (known != nullptr) *known = {text.node(), made};
  strings_.list.push_back(made);
  return true;
}

bool ValueToPlain::Write(const Value& value, int depth) {
  switch (value.kind()) {
    case ValueKind::kUndefined:
      words_.push_back(Word(PlainTag::kUndefined));
      return true;
    case ValueKind::kNull:
      words_.push_back(Word(PlainTag::kNull));
      return true;
    case ValueKind::kBoolean:
      words_.push_back(Word(value.boolean() ? PlainTag::kTrue : PlainTag::kFalse));
      return true;
    case ValueKind::kNumber:
      return WriteNumber(value.number());
    case ValueKind::kDate:
      made_mutable_ = true;
      words_.push_back(Word(PlainTag::kDate));
      numbers_.push_back(value.number());
      return true;
    case ValueKind::kOneByteString:
    case ValueKind::kTwoByteString:
      return WriteText(value);
    case ValueKind::kArray:
      if (depth == 0 || value.length() >= kWordLimit) return false;
      words_.push_back(Word(PlainTag::kArray, value.length()));
      return WriteSlots(value, depth - 1);
    case ValueKind::kObject:
      return depth != 0 && WriteObject(value, depth - 1);
    default:
      return false;
  }
}

bool ValueToPlain::WriteSlots(const Value& value, int depth) {
  for (size_t i = 0; i < value.length();) {
    for (const Value& slot : value.Run(i)) {
      if (!Write(slot, depth)) return false;
      ++i;
    }
  }
  return true;
}

bool ValueToPlain::WriteObject(const Value& value, int depth) {
  const Shape* shape = value.shape();
  const int64_t number = shapes_->NumberOf(shape);
  if (number >= 0) {
    words_.push_back(Word(PlainTag::kObject, static_cast<size_t>(number)));
    return WriteSlots(value, depth);
  }
  const size_t length = value.length();
  if (length >= kWordLimit) return false;
  words_.push_back(Word(PlainTag::kKeyed, length));
  for (size_t i = 0; i < length; ++i) {
    if (!WriteText(shape->key(i)) || !Write(value.at(i), depth)) return false;
  }
  return true;
}

}  // namespace isolates
