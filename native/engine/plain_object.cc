#include "engine/plain_object.h"

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

v8::Local<v8::Array> MakeSampleArrays(v8::Isolate* isolate, v8::Local<v8::Context> context) {
  constexpr std::string_view kSource = "[[1],[1.5],[{}],[,1],[,1.5],[,{}]]";
  const v8::Local<v8::Script> script = v8::Script::Compile(context, Literal(isolate, kSource)).ToLocalChecked();
  return script->Run(context).ToLocalChecked().As<v8::Array>();
}

PlainObjects::PlainObjects(v8::Isolate* isolate, v8::Local<v8::Array> samples, size_t count) {
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  // Read anew each time: a collection may have moved them.
  for (uint32_t i = 0; i < samples->Length(); ++i) {
    v8::Local<v8::Value> sample;
    if (samples->Get(context, i).ToLocal(&sample)) array_maps_.push_back(MapOf(sample));
  }
  size_t size = 8;
  while (size < 2 * count) size *= 2;
  seen_.resize(size);
  mask_ = size - 1;
}

bool PlainObjects::IsNew(Address object) {
  for (size_t at = (object >> 3) * 0x9e3779b97f4a7c15u >> 20 & mask_;; at = (at + 1) & mask_) {
    if (seen_[at] == 0) {
      seen_[at] = object;
      return true;
    }
    if (seen_[at] == object) return false;
  }
}

bool PlainObjects::Accept(v8::Local<v8::Value> value) {
  if (!value->IsObject() || !IsNew(AddressOf(value))) return false;
  const v8::Local<v8::Object> object = value.As<v8::Object>();
  if (IsOrdinary(object)) return true;
  const Address map = MapOf(value);
  for (const Address known : array_maps_) {
    if (known == map) return true;
  }
  return value->IsDate();
}

}  // namespace isolates
