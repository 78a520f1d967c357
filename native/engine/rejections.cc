#include "engine/rejections.h"

namespace isolates {

void Rejections::Add(v8::Isolate* isolate, v8::Local<v8::Promise> promise) {
  const v8::HandleScope handles(isolate);
  if (promises_.IsEmpty()) promises_.Reset(isolate, v8::Array::New(isolate));
  // Not by Set: the guest may have put a setter there.
  const v8::Local<v8::Array> promises = promises_.Get(isolate);
  if (promises->CreateDataProperty(isolate->GetCurrentContext(), count_, promise).FromMaybe(false)) ++count_;
}

v8::Local<v8::Array> Rejections::Take(v8::Isolate* isolate) {
  const v8::Local<v8::Array> promises = promises_.IsEmpty() ? v8::Array::New(isolate) : promises_.Get(isolate);
  Clear();
  return promises;
}

void Rejections::Clear() {
  promises_.Reset();
  count_ = 0;
}

}  // namespace isolates
