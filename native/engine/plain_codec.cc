#include "engine/plain_codec.h"

#include <cstring>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/guarded.h"
#include "engine/plain_text.h"
#include "engine/realm.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// Before so many objects have crossed, compiling the JavaScript does not pay.
constexpr size_t kEnoughObjects = 128;
// A realm whose values keep turning out not to be plain is left alone for a while.
constexpr size_t kMostInVain = 4;
constexpr size_t kSkipped = 64;

// What the words of lib/shared/plain/writer.ts begin with: the lengths of the lists.
constexpr size_t kHeaderWords = 3;
// A list of this length that has become too large for what comes is made anew.
constexpr size_t kLarge = 131'072;
constexpr size_t kMostShapes = 16'384;

struct Shapes {
  std::vector<std::vector<SourceText>> keys{{}};  // 0 is nobody's
  std::unordered_map<std::string, int64_t> numbers;
};

Guarded<Shapes>& GetShapes() {
  static auto* shapes = new Guarded<Shapes>();
  return *shapes;
}

template <class T>
void Append(std::vector<uint8_t>* bytes, const T* from, size_t count) {
  const auto* begin = reinterpret_cast<const uint8_t*>(from);
  bytes->insert(bytes->end(), begin, begin + count * sizeof(T));
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

void PlainCodec::SetWriter(v8::Local<v8::Function> encode) {
  encode_.Reset(realm_->isolate(), encode);
  samples_.Make(realm_->isolate(), realm_->context());
}

void PlainCodec::SetReader(v8::Local<v8::Function> decode, v8::Local<v8::Function> reserve) {
  decode_.Reset(realm_->isolate(), decode);
  reserve_.Reset(realm_->isolate(), reserve);
}

PlainCodec::Lists PlainCodec::ListsOf(v8::Local<v8::Int32Array> words, v8::Local<v8::Float64Array> numbers) {
  return {words->Buffer()->GetBackingStore(), numbers->Buffer()->GetBackingStore()};
}

void PlainCodec::Leave() {
  encode_.Reset();
  decode_.Reset();
  reserve_.Reset();
  samples_.Clear();
  writer_ = {};
  reader_ = {};
}

bool PlainCodec::Load() {
  if (encode_.IsEmpty()) realm_->LoadPlain();
  return !encode_.IsEmpty();
}

PlainCodec::Encoded PlainCodec::Encode(v8::Local<v8::Value> value, Message* message) {
  if (!value->IsObject() || seen_ < kEnoughObjects) return Encoded::kNotPlain;
  if (skip_ > 0) {
    --skip_;
    return Encoded::kNotPlain;
  }
  v8::Isolate* isolate = realm_->isolate();
  const v8::HandleScope handles(isolate);
  v8::Local<v8::Value> text;
  const v8::Local<v8::Array> long_texts = v8::Array::New(isolate);
  {
    v8::TryCatch caught(isolate);
    if (!Load()) return caught.HasTerminated() ? Encoded::kTerminated : Encoded::kNotPlain;
    v8::Local<v8::Value> arguments[] = {value, long_texts};
    if (!encode_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 2, arguments).ToLocal(&text)) {
      if (caught.HasTerminated()) return Encoded::kTerminated;
      caught.ReThrow();
      return Encoded::kThrew;
    }
  }
  if (!text->IsString()) {
    if (++in_vain_ == kMostInVain) {
      in_vain_ = 0;
      skip_ = kSkipped;
    }
    return Encoded::kNotPlain;
  }
  in_vain_ = 0;
  if (!Write(text.As<v8::String>(), long_texts, message)) {
    *message = Message();
    return Encoded::kNotPlain;
  }
  message->kind = Message::Kind::kEncoded;
  message->plain = true;
  return Encoded::kYes;
}

bool PlainCodec::Write(v8::Local<v8::String> text, v8::Local<v8::Array> long_texts, Message* message) {
  const auto* lengths = static_cast<const int32_t*>(writer_.words->Data());
  const auto at = [lengths](size_t i) { return static_cast<size_t>(lengths[i]); };
  const std::span<const int32_t> words(lengths + kHeaderWords, at(0) - kHeaderWords);
  PlainHeader header{words.size(), at(1), static_cast<uint32_t>(at(2)), 1};
  std::vector<uint8_t>* bytes = &message->bytes;
  bytes->reserve(sizeof(header) + header.numbers * sizeof(double) + words.size_bytes() +
                 static_cast<size_t>(text->Length()));
  Append(bytes, &header, 1);
  Append(bytes, static_cast<const double*>(writer_.numbers->Data()), header.numbers);
  Append(bytes, words.data(), words.size());
  PlainTextWriter writer(realm_->isolate(), &realm_->strings(), message);
  header.narrow = writer.WriteShort(text, words);
  std::memcpy(bytes->data(), &header, sizeof(header));
  for (uint32_t i = 0; i < header.long_texts; ++i) {
    v8::Local<v8::Value> each;
    if (!long_texts->Get(realm_->context(), i).ToLocal(&each) || !each->IsString()) return false;
    writer.WriteLong(each.As<v8::String>());
  }
  return true;
}

bool PlainCodec::Reserve(const PlainHeader& header) {
  const size_t words = reader_.words->ByteLength() / sizeof(int32_t);
  const size_t numbers = reader_.numbers->ByteLength() / sizeof(double);
  if (header.words <= words && words <= kLarge && header.numbers <= numbers && numbers <= kLarge) return true;
  v8::Isolate* isolate = realm_->isolate();
  v8::Local<v8::Value> lengths[] = {v8::Number::New(isolate, static_cast<double>(header.words)),
                                    v8::Number::New(isolate, static_cast<double>(header.numbers))};
  return !reserve_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 2, lengths).IsEmpty();
}

v8::MaybeLocal<v8::Value> PlainCodec::Decode(const Message& message) {
  v8::Isolate* isolate = realm_->isolate();
  v8::EscapableHandleScope handles(isolate);
  const auto refuse = [isolate](std::string_view why) -> v8::MaybeLocal<v8::Value> {
    isolate->ThrowException(v8::Exception::RangeError(Literal(isolate, why)));
    return {};
  };
  if (!Load()) return refuse("There is no memory to read the message");
  PlainHeader header;
  ISOLATES_CHECK(message.bytes.size() >= sizeof(header));
  std::memcpy(&header, message.bytes.data(), sizeof(header));
  const auto* numbers = reinterpret_cast<const double*>(message.bytes.data() + sizeof(header));
  const std::span<const int32_t> words(reinterpret_cast<const int32_t*>(numbers + header.numbers),
                                       static_cast<size_t>(header.words));
  if (!Reserve(header)) return {};
  std::vector<v8::Local<v8::Value>> strings;
  if (!ReadPlainTexts(isolate, message, header, words, &strings)) {
    return refuse("There is no memory for a string of the message");
  }
  v8::Local<v8::Value> texts = v8::Array::New(isolate, strings.data(), strings.size());
  if (header.numbers != 0) std::memcpy(reader_.numbers->Data(), numbers, header.numbers * sizeof(double));
  std::memcpy(reader_.words->Data(), words.data(), words.size_bytes());
  v8::Local<v8::Value> value;
  if (!decode_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 1, &texts).ToLocal(&value)) return {};
  return handles.Escape(value);
}

}  // namespace isolates
