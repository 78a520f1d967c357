#include "engine/value_string.h"

#include <iterator>
#include <unordered_set>
#include <utility>

#include "base/guarded.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// The resources that are ours, among those of Node and of other addons: V8 tells only that a string has one.
using Registry = Guarded<std::unordered_set<const void*>>;

Registry& Resources() {
  static auto& resources = *new Registry;
  return resources;
}

// Holds the string's own node only, not what it is part of. V8 deletes it in the midst of a collection or at the end of
// the isolate; freeing characters is all that may come of that.
template <class Base, class Character>
class ValueResource final : public Base {
 public:
  explicit ValueResource(Value value) : value_(std::move(value)) {
    Resources().Acquire()->insert(static_cast<const v8::String::ExternalStringResourceBase*>(this));
  }
  ~ValueResource() override {
    Resources().Acquire()->erase(static_cast<const v8::String::ExternalStringResourceBase*>(this));
  }

  const Character* data() const override { return static_cast<const Character*>(value_.text().data()); }
  size_t length() const override { return value_.length(); }
  const Value& value() const { return value_; }

 private:
  const Value value_;
};

using OneByteResource = ValueResource<v8::String::ExternalOneByteStringResource, char>;
using TwoByteResource = ValueResource<v8::String::ExternalStringResource, uint16_t>;

// False when V8 does not let it.
bool UseCharacters(v8::Isolate* isolate, v8::Local<v8::String> text, const Value& value) {
  if (value.text().two_byte()) {
    auto* resource = new TwoByteResource(value);
    if (MakeExternal(isolate, text, resource)) return true;
    delete resource;
    return false;
  }
  auto* resource = new OneByteResource(value);
  if (MakeExternal(isolate, text, resource)) return true;
  delete resource;
  return false;
}

}  // namespace

v8::MaybeLocal<v8::String> StringOf(v8::Isolate* isolate, const Value& value) {
  const Text text = value.text();
  if (text.length() > static_cast<size_t>(v8::String::kMaxLength)) return {};
  const auto length = static_cast<int>(text.length());
  if (text.bytes() < kExternalFrom) {
    if (text.two_byte()) {
      return v8::String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t*>(text.two()),
                                        v8::NewStringType::kNormal, length);
    }
    return v8::String::NewFromOneByte(isolate, text.one(), v8::NewStringType::kNormal, length);
  }
  // V8 takes the resource over only when it makes the string.
  if (text.two_byte()) {
    auto* resource = new TwoByteResource(value);
    const v8::MaybeLocal<v8::String> made = v8::String::NewExternalTwoByte(isolate, resource);
    if (made.IsEmpty()) delete resource;
    return made;
  }
  auto* resource = new OneByteResource(value);
  const v8::MaybeLocal<v8::String> made = v8::String::NewExternalOneByte(isolate, resource);
  if (made.IsEmpty()) delete resource;
  return made;
}

const Value* FindValue(v8::Local<v8::String> text) {
  if (static_cast<size_t>(text->Length()) * sizeof(char16_t) < kExternalFrom) return nullptr;
  v8::String::Encoding encoding;
  const v8::String::ExternalStringResourceBase* resource = text->GetExternalStringResourceBase(&encoding);
  if (resource == nullptr || !Resources().Acquire()->contains(resource)) return nullptr;
  return encoding == v8::String::ONE_BYTE_ENCODING ? &static_cast<const OneByteResource*>(resource)->value()
                                                   : &static_cast<const TwoByteResource*>(resource)->value();
}

Value ValueOf(v8::Isolate* isolate, v8::Local<v8::String> text) {
  if (const Value* used = FindValue(text)) return *used;
  const int length = text->Length();
  if (text->IsOneByte()) {
    uint8_t* characters;
    Value value = Value::NewOneByteString(static_cast<size_t>(length), &characters);
    WriteOneByte(isolate, text, characters, length);
    return value;
  }
  char16_t* characters;
  Value value = Value::NewTwoByteString(static_cast<size_t>(length), &characters);
  WriteTwoByte(isolate, text, reinterpret_cast<uint16_t*>(characters), length);
  return value;
}

std::shared_ptr<Value> SharedStrings::Share(v8::Isolate* isolate, v8::Local<v8::String> text) {
  if (text->Length() < kSharedFrom) return nullptr;
  if (const Value* used = FindValue(text)) return std::make_shared<Value>(*used);
  // The characters of others, of Node's own long strings for one, stay where they are.
  v8::String::Encoding encoding;
  const bool is_external = text->GetExternalStringResourceBase(&encoding) != nullptr;
  Slot* slot = nullptr;
  for (Slot& each : slots_) {
    if (!each.text.IsEmpty() && each.text == text) slot = &each;
  }
  auto value = std::make_shared<Value>(slot == nullptr ? ValueOf(isolate, text) : slot->value);
  // The sender's own string goes over to the characters of the value. V8 does not let it while the string is young:
  // then they are remembered.
  if (!is_external && UseCharacters(isolate, text, *value)) {
    if (slot != nullptr) *slot = {};
  } else if (slot == nullptr) {
    slot = &slots_[next_++ % std::size(slots_)];
    slot->value = *value;
    slot->text.Reset(isolate, text);
    slot->text.SetWeak(
        slot,
        [](const v8::WeakCallbackInfo<Slot>& info) {
          info.GetParameter()->text.Reset();
          info.GetParameter()->value = Value();
        },
        v8::WeakCallbackType::kParameter);
  }
  return value;
}

void SharedStrings::Leave() {
  for (Slot& slot : slots_) slot = {};
}

}  // namespace isolates
