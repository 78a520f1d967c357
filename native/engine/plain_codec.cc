#include "engine/plain_codec.h"

#include <cstring>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"
#include "engine/plain_object.h"
#include "engine/realm.h"
#include "engine/v8_compat.h"
#include "engine/value_string.h"
#include "value/plain_lists.h"

namespace isolates {

namespace {

// Before so many objects have crossed, compiling the JavaScript does not pay.
constexpr size_t kEnoughObjects = 128;
// A realm whose values keep turning out not to be plain is left alone for a while.
constexpr size_t kMostInVain = 4;
constexpr size_t kSkipped = 64;

constexpr size_t kMostShapes = 16'384;

struct Shapes {
  std::vector<std::vector<SourceText>> keys{{}};  // 0 is nobody's
  std::unordered_map<std::string, int64_t> numbers;
};

Guarded<Shapes>& GetShapes() {
  static auto* shapes = new Guarded<Shapes>();
  return *shapes;
}

}  // namespace

int64_t PlainShapes::NumberOf(std::vector<SourceText> keys) {
  std::string all;
  for (const SourceText& key : keys) {
    all += std::to_string(key.bytes()) + (key.one_byte() ? "/" : ":");
    all += key.data();
  }
  auto shapes = GetShapes().Acquire();
  const auto found = shapes->numbers.find(all);
  if (found != shapes->numbers.end()) return found->second;
  if (shapes->keys.size() == kMostShapes) return -1;
  const auto number = static_cast<int64_t>(shapes->keys.size());
  shapes->numbers.emplace(std::move(all), number);
  shapes->keys.push_back(std::move(keys));
  return number;
}

std::vector<SourceText> PlainShapes::KeysOf(int64_t number) {
  auto shapes = GetShapes().Acquire();
  if (number < 0 || static_cast<size_t>(number) >= shapes->keys.size()) return {};
  return shapes->keys[static_cast<size_t>(number)];
}

void PlainCodec::Register(v8::Local<v8::Function> encode, v8::Local<v8::Function> decode, v8::Local<v8::Array> texts,
                          v8::Local<v8::Array> objects) {
  v8::Isolate* isolate = realm_->isolate();
  encode_.Reset(isolate, encode);
  decode_.Reset(isolate, decode);
  texts_.Reset(isolate, texts);
  objects_.Reset(isolate, objects);
  samples_.Reset(isolate, MakeSampleArrays(isolate, realm_->context()));
}

void PlainCodec::SetWords(v8::Local<v8::Float64Array> words) { words_ = words->Buffer()->GetBackingStore(); }

void PlainCodec::Leave() {
  encode_.Reset();
  decode_.Reset();
  texts_.Reset();
  objects_.Reset();
  samples_.Reset();
  words_ = nullptr;
}

bool PlainCodec::Load() {
  if (encode_.IsEmpty()) realm_->LoadPlain();
  return !encode_.IsEmpty();
}

bool PlainCodec::CheckObjects(size_t count) {
  v8::Isolate* isolate = realm_->isolate();
  PlainObjects check(isolate, samples_.Get(isolate), count);
  return ForEach(realm_->context(), objects_.Get(isolate), count,
                 [&check](v8::Local<v8::Value> object) { return check.Accept(object); });
}

bool PlainCodec::WriteTexts(size_t count, Message* message) {
  v8::Isolate* isolate = realm_->isolate();
  return ForEach(realm_->context(), texts_.Get(isolate), count, [this, isolate, message](v8::Local<v8::Value> value) {
    if (!value->IsString()) return false;
    const v8::Local<v8::String> text = value.As<v8::String>();
    std::vector<uint8_t>* bytes = &message->bytes;
    if (std::shared_ptr<Value> shared = realm_->strings().Share(isolate, text)) {
      const size_t begin = bytes->size();
      bytes->resize(begin + sizeof(PlainText::kShared));
      std::memcpy(bytes->data() + begin, &PlainText::kShared, sizeof(PlainText::kShared));
      message->attachments.push_back(std::move(shared));
      return true;
    }
    const bool one_byte = text->IsOneByte();
    const int length = text->Length();
    const size_t size = static_cast<size_t>(length) << (one_byte ? 0 : 1);
    const size_t begin = bytes->size();
    bytes->resize(begin + sizeof(uint32_t) + PlainText::Padded(size));
    uint8_t* to = bytes->data() + begin;
    const uint32_t head = PlainText::HeadOf(static_cast<uint32_t>(length), one_byte);
    std::memcpy(to, &head, sizeof(head));
    to += sizeof(head);
    if (one_byte) {
      WriteOneByte(isolate, text, to, length);
    } else {
      WriteTwoByte(isolate, text, reinterpret_cast<uint16_t*>(to), length);
    }
    return true;
  });
}

PlainCodec::Encoded PlainCodec::Encode(v8::Local<v8::Value> value, Message* message) {
  if (!value->IsObject() || seen_ < kEnoughObjects) return Encoded::kNotPlain;
  if (skip_ > 0) {
    --skip_;
    return Encoded::kNotPlain;
  }
  v8::Isolate* isolate = realm_->isolate();
  const v8::HandleScope handles(isolate);
  v8::Local<v8::Value> plain;
  {
    v8::TryCatch caught(isolate);
    if (!Load()) return caught.HasTerminated() ? Encoded::kTerminated : Encoded::kNotPlain;
    if (!encode_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 1, &value).ToLocal(&plain)) {
      if (caught.HasTerminated()) return Encoded::kTerminated;
      caught.ReThrow();
      return Encoded::kThrew;
    }
  }
  const auto* words = static_cast<const double*>(words_->Data());
  if (!plain->IsTrue() || !CheckObjects(static_cast<size_t>(words[2]))) {
    if (++in_vain_ == kMostInVain) {
      in_vain_ = 0;
      skip_ = kSkipped;
    }
    return Encoded::kNotPlain;
  }
  in_vain_ = 0;
  const auto count = static_cast<size_t>(words[0]);
  const auto texts = static_cast<size_t>(words[1]);
  message->bytes.reserve(count * sizeof(double) + texts * 24);
  message->bytes.resize(count * sizeof(double));
  std::memcpy(message->bytes.data(), words, count * sizeof(double));
  if (!WriteTexts(texts, message)) {
    *message = Message();
    return Encoded::kNotPlain;
  }
  message->kind = Message::Kind::kEncoded;
  message->plain = true;
  return Encoded::kYes;
}

v8::MaybeLocal<v8::Value> PlainCodec::Decode(const Message& message) {
  v8::Isolate* isolate = realm_->isolate();
  v8::EscapableHandleScope handles(isolate);
  const auto refuse = [isolate](std::string_view why) -> v8::MaybeLocal<v8::Value> {
    isolate->ThrowException(v8::Exception::RangeError(Literal(isolate, why)));
    return {};
  };
  if (!Load()) return refuse("There is no memory to read the message");
  PlainReader reader(message.bytes.data(), message.bytes.size(), message.attachments.size());
  if (!reader.ok()) return refuse("The message is damaged");
  const size_t count = reader.words();
  std::vector<v8::Local<v8::Value>> strings(reader.texts());
  size_t attachment = 0;
  for (v8::Local<v8::Value>& string : strings) {
    PlainText text;
    if (!reader.NextText(&text)) return refuse("The message is damaged");
    v8::Local<v8::String> made;
    if (text.shared) {
      if (!StringOf(isolate, *std::static_pointer_cast<Value>(message.attachments[attachment++])).ToLocal(&made)) {
        return refuse("There is no memory for a string of the message");
      }
    } else {
      const int length = static_cast<int>(text.length);
      const v8::MaybeLocal<v8::String> copied =
          text.one_byte ? v8::String::NewFromOneByte(isolate, text.data, v8::NewStringType::kNormal, length)
                        : v8::String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t*>(text.data),
                                                     v8::NewStringType::kNormal, length);
      if (!copied.ToLocal(&made)) return refuse("There is no memory for a string of the message");
    }
    string = made;
  }
  v8::Local<v8::Value> arguments[] = {v8::Array::New(isolate, strings.data(), strings.size()), v8::Undefined(isolate)};
  if (words_->ByteLength() < count * sizeof(double)) {
    std::unique_ptr<v8::BackingStore> longer =
        realm_->allocator()->NewStore(message.bytes.data(), count * sizeof(double));
    if (longer == nullptr) return refuse("There is no memory to read the message");
    const v8::Local<v8::ArrayBuffer> buffer = v8::ArrayBuffer::New(isolate, std::move(longer));
    const v8::Local<v8::Float64Array> list = v8::Float64Array::New(buffer, 0, count);
    SetWords(list);
    arguments[1] = list;
  } else {
    std::memcpy(words_->Data(), message.bytes.data(), count * sizeof(double));
  }
  v8::Local<v8::Value> value;
  if (!decode_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 2, arguments).ToLocal(&value)) {
    return {};
  }
  return handles.Escape(value);
}

}  // namespace isolates
