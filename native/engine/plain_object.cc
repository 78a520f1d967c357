#include "engine/plain_object.h"

#include <bit>
#include <string_view>

#include "engine/object_kind.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

using v8::internal::Address;
using v8::internal::Internals;

Address AddressOf(v8::Local<v8::Value> value) { return *reinterpret_cast<Address*>(*value); }

// What V8 calls the map: it says all about an object but its values.
Address MapOf(v8::Local<v8::Value> value) { return Internals::ReadRawField<Address>(AddressOf(value), 0); }

}  // namespace

bool SampleObjects::Make(v8::Isolate* isolate, v8::Local<v8::Context> context) {
  constexpr std::string_view kSource = "[[1],[1.5],[{}],[,1],[,1.5],[,{}],[1],[1.5],[{}],[,1],[,1.5],[,{}]]";
  v8::Local<v8::Script> script;
  v8::Local<v8::Value> all;
  if (!v8::Script::Compile(context, Literal(isolate, kSource)).ToLocal(&script)) return false;
  if (!script->Run(context).ToLocal(&all)) return false;
  v8::Local<v8::Value> sample;
  for (uint32_t i = 0; i < kArrays; ++i) {
    if (!all.As<v8::Array>()->Get(context, i).ToLocal(&sample)) return false;
    const bool is_frozen = i >= kArrays / 2;
    if (is_frozen && sample.As<v8::Array>()->SetIntegrityLevel(context, v8::IntegrityLevel::kFrozen).IsNothing()) {
      return false;
    }
    samples_[i].Reset(isolate, sample);
  }
  if (!v8::Date::New(context, 0).ToLocal(&sample)) return false;
  samples_[kArrays].Reset(isolate, sample);
  return true;
}

void SampleObjects::Clear() {
  for (auto& sample : samples_) sample.Reset();
}

bool SampleObjects::IsLike(v8::Isolate* isolate, v8::Local<v8::Value> object) const {
  const Address map = MapOf(object);
  // Read anew each time: a collection may have moved them.
  for (const auto& sample : samples_) {
    if (MapOf(sample.Get(isolate)) == map) return true;
  }
  return false;
}

PlainObjects::PlainObjects(v8::Isolate* isolate, const SampleObjects* samples, size_t count)
    : isolate_(isolate), samples_(samples) {
  if (2 * count <= kFew) return;
  many_.resize(std::bit_ceil(2 * count));
  seen_ = many_;
}

bool PlainObjects::IsNew(Address object) {
  const size_t mask = seen_.size() - 1;
  for (size_t at = (object >> 3) * 0x9e3779b97f4a7c15u >> 20 & mask;; at = (at + 1) & mask) {
    if (seen_[at] == 0) {
      seen_[at] = object;
      return true;
    }
    if (seen_[at] == object) return false;
  }
}

bool PlainObjects::Accept(v8::Local<v8::Value> value) {
  if (!value->IsObject() || !IsNew(AddressOf(value))) return false;
  return IsOrdinary(value.As<v8::Object>()) || samples_->IsLike(isolate_, value);
}

}  // namespace isolates
