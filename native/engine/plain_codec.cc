#include "engine/plain_codec.h"

#include <cstring>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/memory.h"
#include "engine/plain_text.h"
#include "engine/realm.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// Before so many objects have crossed, compiling the JavaScript does not pay.
constexpr size_t kEnoughObjects = 128;
// A realm whose values keep turning out not to be plain is left alone for a while.
constexpr size_t kMostInVain = 4;
// Immutable values of fewer bytes are made one by one; of this many they are worth it from the first on.
constexpr uint64_t kWorthReading = 2048;
constexpr uint64_t kWorthLoading = 1 << 16;
constexpr size_t kSkipped = 64;
// A value as large as this leaves lists and holes behind that are megabytes themselves.
constexpr uint64_t kWorthTidying = uint64_t{4} << 20;

// What the words of lib/shared/plain/writer.ts begin with: the lengths of the lists.
constexpr size_t kHeaderWords = 3;
// A list of this length that has become too large for what comes is made anew.
constexpr size_t kLarge = 131'072;

template <class T>
void Append(std::vector<uint8_t>* bytes, const T* from, size_t count) {
  const auto* begin = reinterpret_cast<const uint8_t*>(from);
  bytes->insert(bytes->end(), begin, begin + count * sizeof(T));
}

}  // namespace

bool PlainCodec::SetWriter(v8::Local<v8::Function> encode, v8::Local<v8::Function> remember) {
  encode_.Reset(realm_->isolate(), encode);
  remember_.Reset(realm_->isolate(), remember);
  return samples_.Make(realm_->isolate(), realm_->context());
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
  remember_.Reset();
  samples_.Clear();
  shapes_.Clear();
  writer_ = {};
  reader_ = {};
}

bool PlainCodec::Load() {
  // The lists of the reader are registered last: who was stopped in the midst of it begins again.
  const auto loaded = [this] { return reader_.words != nullptr; };
  if (!loaded()) realm_->LoadPlain();
  return loaded();
}

void PlainCodec::Remember(v8::Local<v8::Object> object) {
  v8::Isolate* isolate = realm_->isolate();
  // Without it the object is copied like any other.
  v8::TryCatch quiet(isolate);
  v8::Local<v8::Value> argument = object;
  if (Load() && !remember_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 1, &argument).IsEmpty())
    return;
  if (quiet.HasTerminated()) isolate->TerminateExecution();
}

PlainCodec::Encoded PlainCodec::Call(v8::Local<v8::Value> value, bool strict, v8::Local<v8::String>* text,
                                     v8::Local<v8::Array> longer) {
  v8::Isolate* isolate = realm_->isolate();
  v8::Local<v8::Value> answer;
  {
    v8::TryCatch caught(isolate);
    if (!Load()) return caught.HasTerminated() ? Encoded::kTerminated : Encoded::kNotPlain;
    v8::Local<v8::Value> arguments[] = {value, longer, v8::Boolean::New(isolate, strict)};
    if (!encode_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 3, arguments).ToLocal(&answer)) {
      if (caught.HasTerminated()) return Encoded::kTerminated;
      caught.ReThrow();
      return Encoded::kThrew;
    }
  }
  if (!answer->IsString()) {
    if (++in_vain_ == kMostInVain) {
      in_vain_ = 0;
      skip_ = kSkipped;
    }
    return Encoded::kNotPlain;
  }
  in_vain_ = 0;
  *text = answer.As<v8::String>();
  return Encoded::kYes;
}

bool PlainCodec::IsWorthwhile(v8::Local<v8::Value> value) {
  if (!value->IsObject() || seen_ < kEnoughObjects) return false;
  if (skip_ == 0) return true;
  --skip_;
  return false;
}

PlainCodec::Encoded PlainCodec::Encode(v8::Local<v8::Value> value, Message* message) {
  if (!IsWorthwhile(value)) return Encoded::kNotPlain;
  const v8::HandleScope handles(realm_->isolate());
  const v8::Local<v8::Array> longer = v8::Array::New(realm_->isolate());
  v8::Local<v8::String> text;
  const Encoded answer = Call(value, false, &text, longer);
  if (answer != Encoded::kYes) return answer;
  if (!Write(text, longer, message)) {
    *message = Message();
    return Encoded::kNotPlain;
  }
  message->kind = Message::Kind::kEncoded;
  message->plain = true;
  return Encoded::kYes;
}

PlainCodec::Encoded PlainCodec::Encode(v8::Local<v8::Value> value, bool large, Value* result) {
  if (!large && !IsWorthwhile(value)) return Encoded::kNotPlain;
  v8::Isolate* isolate = realm_->isolate();
  const v8::HandleScope handles(isolate);
  const v8::Local<v8::Array> longer = v8::Array::New(isolate);
  v8::Local<v8::String> text;
  const Encoded answer = Call(value, true, &text, longer);
  if (answer != Encoded::kYes) return answer;
  std::vector<Value> longer_values;
  for (uint32_t i = 0; i < LongerCount(); ++i) {
    v8::Local<v8::Value> each;
    if (!longer->Get(realm_->context(), i).ToLocal(&each)) return Encoded::kThrew;
    if (each->IsString()) {
      longer_values.push_back(ValueOf(isolate, each.As<v8::String>()));
    } else if (const std::shared_ptr<Value> known = realm_->Recall(each)) {
      longer_values.push_back(*known);
    } else {
      return Encoded::kNotPlain;
    }
  }
  *result = PlainToValue(WrittenLists(), std::move(longer_values), &shapes_, &scratch_).Make(isolate, text);
  if (result->weight() >= kWorthTidying) {
    // Encoding anything, the writer drops lists that have become too large.
    v8::Local<v8::String> unused;
    const Encoded tidied = Call(v8::Undefined(isolate), true, &unused, longer);
    if (tidied != Encoded::kYes) return tidied;
    ReturnFreeMemory();
  }
  return Encoded::kYes;
}

PlainLists PlainCodec::WrittenLists() const {
  const auto* lengths = static_cast<const int32_t*>(writer_.words->Data());
  return {{lengths + kHeaderWords, static_cast<size_t>(lengths[0]) - kHeaderWords},
          {static_cast<const double*>(writer_.numbers->Data()), static_cast<size_t>(lengths[1])}};
}

uint32_t PlainCodec::LongerCount() const {
  return static_cast<uint32_t>(static_cast<const int32_t*>(writer_.words->Data())[2]);
}

bool PlainCodec::Write(v8::Local<v8::String> text, v8::Local<v8::Array> longer, Message* message) {
  const PlainLists lists = WrittenLists();
  PlainHeader header{lists.words.size(), lists.numbers.size(), LongerCount(), 1};
  std::vector<uint8_t>* bytes = &message->bytes;
  bytes->reserve(sizeof(header) + lists.numbers.size_bytes() + lists.words.size_bytes() +
                 static_cast<size_t>(text->Length()));
  Append(bytes, &header, 1);
  Append(bytes, lists.numbers.data(), lists.numbers.size());
  Append(bytes, lists.words.data(), lists.words.size());
  PlainTextWriter writer(realm_->isolate(), &realm_->strings(), message);
  header.narrow = writer.WriteShort(text, lists.words);
  std::memcpy(bytes->data(), &header, sizeof(header));
  for (uint32_t i = 0; i < header.longer; ++i) {
    v8::Local<v8::Value> each;
    if (!longer->Get(realm_->context(), i).ToLocal(&each)) return false;
    if (each->IsString()) {
      writer.WriteLong(each.As<v8::String>());
    } else if (std::shared_ptr<Value> known = realm_->Recall(each)) {
      writer.WriteShared(std::move(known));
    } else {
      return false;
    }
  }
  return true;
}

bool PlainCodec::Reserve(size_t words, size_t numbers) {
  const size_t most_words = reader_.words->ByteLength() / sizeof(int32_t);
  const size_t most_numbers = reader_.numbers->ByteLength() / sizeof(double);
  if (words <= most_words && most_words <= kLarge && numbers <= most_numbers && most_numbers <= kLarge) return true;
  v8::Isolate* isolate = realm_->isolate();
  v8::Local<v8::Value> lengths[] = {v8::Number::New(isolate, static_cast<double>(words)),
                                    v8::Number::New(isolate, static_cast<double>(numbers))};
  return !reserve_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 2, lengths).IsEmpty();
}

v8::MaybeLocal<v8::Value> PlainCodec::Read(PlainLists lists, PlainStrings& strings, bool frozen) {
  v8::Isolate* isolate = realm_->isolate();
  if (!Reserve(lists.words.size(), lists.numbers.size())) return {};
  v8::Local<v8::Value> text = v8::Undefined(isolate);
  if (!strings.text.IsEmpty()) text = strings.text;
  v8::Local<v8::Value> arguments[] = {text, v8::Array::New(isolate, strings.list.data(), strings.list.size()),
                                      v8::Boolean::New(isolate, frozen)};
  if (!lists.numbers.empty()) {
    std::memcpy(reader_.numbers->Data(), lists.numbers.data(), lists.numbers.size_bytes());
  }
  std::memcpy(reader_.words->Data(), lists.words.data(), lists.words.size_bytes());
  return decode_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 3, arguments);
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
  const auto* words = reinterpret_cast<const int32_t*>(numbers + header.numbers);
  const PlainLists lists{{words, static_cast<size_t>(header.words)}, {numbers, static_cast<size_t>(header.numbers)}};
  PlainStrings strings;
  switch (ReadPlainTexts(realm_, message, header, lists.words, &strings)) {
    case PlainTexts::kNoMemory:
      return refuse("There is no memory for a string of the message");
    case PlainTexts::kThrew:
      return {};
    case PlainTexts::kDone:
      break;
  }
  v8::Local<v8::Value> value;
  if (!Read(lists, strings, false).ToLocal(&value)) return {};
  return handles.Escape(value);
}

bool PlainCodec::Decode(const Value& value, v8::MaybeLocal<v8::Value>* result, bool* made_mutable) {
  const uint64_t weight = value.weight();
  if (weight < kWorthReading || (seen_ < kEnoughObjects && weight < kWorthLoading)) return false;
  v8::EscapableHandleScope handles(realm_->isolate());
  ValueToPlain plain(realm_, &shapes_);
  if (!plain.Write(value)) return false;
  {
    v8::TryCatch caught(realm_->isolate());
    if (!Load()) {
      if (caught.HasTerminated()) realm_->isolate()->TerminateExecution();
      return false;
    }
  }
  *made_mutable = plain.made_mutable();
  v8::Local<v8::Value> made;
  if (Read(plain.lists(), plain.strings(), true).ToLocal(&made)) *result = handles.Escape(made);
  return true;
}

}  // namespace isolates
