#include "engine/plain_text.h"

#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/realm.h"
#include "engine/v8_compat.h"
#include "value/value.h"

namespace isolates {

namespace {

// In place of length and kind of a long string: it is the next attachment.
constexpr uint32_t kSharedText = 0xffff'ffff;
// The same, and it is a value that has its object in this heap.
constexpr uint32_t kSharedValue = 0xffff'fffe;
// In a narrow text JavaScript cuts out the strings up to here itself (lib/shared/plain/format.ts: MOST_CUT), which is
// quicker than a call of V8's for each. V8 copies those; a longer piece would keep the whole text in memory.
constexpr size_t kMostCut = 12;
// In a text that is not narrow each string begins with one of these, and takes whole units of two bytes.
constexpr char16_t kNarrow = 0;
constexpr char16_t kWide = 1;

size_t PaddedSize(size_t bytes, size_t to) { return (bytes + to - 1) & ~(to - 1); }

template <class T>
T* Grow(std::vector<uint8_t>* bytes, size_t size) {
  const size_t begin = bytes->size();
  bytes->resize(begin + size);
  return reinterpret_cast<T*>(bytes->data() + begin);
}

bool IsNarrow(std::span<const char16_t> characters) {
  char16_t all = 0;
  for (const char16_t character : characters) all |= character;
  return all <= 0xff;
}

v8::MaybeLocal<v8::String> NewOneByte(v8::Isolate* isolate, const uint8_t* data, size_t length) {
  return v8::String::NewFromOneByte(isolate, data, v8::NewStringType::kNormal, static_cast<int>(length));
}

v8::MaybeLocal<v8::String> NewTwoByte(v8::Isolate* isolate, const char16_t* data, size_t length) {
  return v8::String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t*>(data), v8::NewStringType::kNormal,
                                    static_cast<int>(length));
}

// Reads the short strings one after another.
class ShortTexts {
 public:
  ShortTexts(v8::Isolate* isolate, const uint8_t* at, bool narrow) : isolate_(isolate), at_(at), narrow_(narrow) {}

  v8::MaybeLocal<v8::String> Next(size_t length) {
    if (narrow_) return OneByte(length, length);
    char16_t kind;
    std::memcpy(&kind, at_, sizeof(kind));
    at_ += sizeof(kind);
    if (kind == kNarrow) return OneByte(length, PaddedSize(length, sizeof(char16_t)));
    const auto* characters = reinterpret_cast<const char16_t*>(at_);
    at_ += length * sizeof(char16_t);
    return NewTwoByte(isolate_, characters, length);
  }

  void Skip(size_t length) { at_ += length; }
  const uint8_t* at() const { return at_; }

 private:
  v8::MaybeLocal<v8::String> OneByte(size_t length, size_t size) {
    const uint8_t* characters = at_;
    at_ += size;
    return NewOneByte(isolate_, characters, length);
  }

  v8::Isolate* const isolate_;
  const uint8_t* at_;
  const bool narrow_;
};

}  // namespace

uint32_t PlainTextWriter::WriteShort(v8::Local<v8::String> text, std::span<const int32_t> words) {
  std::vector<uint8_t>* bytes = &message_->bytes;
  const auto length = static_cast<size_t>(text->Length());
  if (text->IsOneByte()) {
    if (length != 0) WriteOneByte(isolate_, text, Grow<uint8_t>(bytes, length), static_cast<int>(length));
    return 1;
  }
  // One wide string makes the whole text wide; the others are not to arrive as such.
  std::vector<char16_t> characters(length);
  WriteTwoByte(isolate_, text, reinterpret_cast<uint16_t*>(characters.data()), static_cast<int>(length));
  const char16_t* at = characters.data();
  for (const int32_t word : words) {
    if ((word & PlainTag::kMask) != PlainTag::kText) continue;
    const auto count = static_cast<size_t>(word >> PlainTag::kBits);
    const bool narrow = IsNarrow({at, count});
    *Grow<char16_t>(bytes, sizeof(char16_t)) = narrow ? kNarrow : kWide;
    if (narrow) {
      auto* to = Grow<uint8_t>(bytes, PaddedSize(count, sizeof(char16_t)));
      for (size_t i = 0; i < count; ++i) to[i] = static_cast<uint8_t>(at[i]);
    } else {
      std::memcpy(Grow<char16_t>(bytes, count * sizeof(char16_t)), at, count * sizeof(char16_t));
    }
    at += count;
  }
  return 0;
}

void PlainTextWriter::WriteLong(v8::Local<v8::String> text) {
  std::vector<uint8_t>* bytes = &message_->bytes;
  bytes->resize(PaddedSize(bytes->size(), sizeof(uint32_t)));
  if (std::shared_ptr<Value> shared = strings_->Share(isolate_, text)) {
    *Grow<uint32_t>(bytes, sizeof(uint32_t)) = kSharedText;
    message_->moved_bytes += shared->weight();
    message_->attachments.push_back(std::move(shared));
    return;
  }
  const bool one_byte = text->IsOneByte();
  const int length = text->Length();
  *Grow<uint32_t>(bytes, sizeof(uint32_t)) = static_cast<uint32_t>(length) << 1 | (one_byte ? 0 : 1);
  if (one_byte) {
    WriteOneByte(isolate_, text, Grow<uint8_t>(bytes, static_cast<size_t>(length)), length);
  } else {
    WriteTwoByte(isolate_, text, Grow<uint16_t>(bytes, static_cast<size_t>(length) * 2), length);
  }
}

void PlainTextWriter::WriteShared(std::shared_ptr<Value> value) {
  std::vector<uint8_t>* bytes = &message_->bytes;
  bytes->resize(PaddedSize(bytes->size(), sizeof(uint32_t)));
  *Grow<uint32_t>(bytes, sizeof(uint32_t)) = kSharedValue;
  message_->attachments.push_back(std::move(value));
}

PlainTexts ReadPlainTexts(Realm* realm, const Message& message, const PlainHeader& header,
                          std::span<const int32_t> words, PlainStrings* strings) {
  v8::Isolate* isolate = realm->isolate();
  const bool narrow = header.narrow != 0;
  const auto* const text = reinterpret_cast<const uint8_t*>(words.data() + words.size());
  ShortTexts short_texts(isolate, text, narrow);
  std::vector<v8::Local<v8::Value>>* const list = &strings->list;
  std::vector<size_t> long_places;
  for (const int32_t word : words) {
    const int32_t tag = word & PlainTag::kMask;
    if (tag == PlainTag::kLongText || tag == PlainTag::kShared) {
      long_places.push_back(list->size());
      list->emplace_back();
    } else if (tag == PlainTag::kText) {
      const auto length = static_cast<size_t>(word >> PlainTag::kBits);
      if (narrow && length <= kMostCut) {
        short_texts.Skip(length);
        continue;
      }
      v8::Local<v8::String> made;
      if (realm->IsFull()) return PlainTexts::kNoMemory;
      if (!short_texts.Next(length).ToLocal(&made)) return PlainTexts::kNoMemory;
      list->push_back(made);
    }
  }
  if (narrow) {
    v8::Local<v8::String> all;
    if (!NewOneByte(isolate, text, static_cast<size_t>(short_texts.at() - text)).ToLocal(&all)) {
      return PlainTexts::kNoMemory;
    }
    strings->text = all;
  }
  const uint8_t* const begin = message.bytes.data();
  size_t long_texts = 0;
  auto at = static_cast<size_t>(short_texts.at() - begin);
  for (const size_t long_place : long_places) {
    at = PaddedSize(at, sizeof(uint32_t));
    uint32_t head;
    std::memcpy(&head, begin + at, sizeof(head));
    at += sizeof(head);
    if (head == kSharedValue) {
      const auto value = std::static_pointer_cast<Value>(message.attachments[long_texts++]);
      if (!realm->Unpack(value).ToLocal(&(*list)[long_place])) return PlainTexts::kThrew;
      continue;
    }
    if (realm->IsFull()) return PlainTexts::kNoMemory;
    v8::MaybeLocal<v8::String> made;
    if (head == kSharedText) {
      made = StringOf(isolate, *std::static_pointer_cast<Value>(message.attachments[long_texts++]));
    } else {
      const size_t length = head >> 1;
      const bool one_byte = (head & 1) == 0;
      made = one_byte ? NewOneByte(isolate, begin + at, length)
                      : NewTwoByte(isolate, reinterpret_cast<const char16_t*>(begin + at), length);
      at += length << (one_byte ? 0 : 1);
    }
    v8::Local<v8::String> made_text;
    if (!made.ToLocal(&made_text)) return PlainTexts::kNoMemory;
    (*list)[long_place] = made_text;
  }
  return PlainTexts::kDone;
}

}  // namespace isolates
