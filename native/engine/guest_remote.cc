#include "engine/guest_remote.h"

#include "engine/decoder.h"
#include "engine/host_calls.h"
#include "engine/realm.h"
#include "engine/v8_compat.h"

namespace isolates {

void GuestRemote::Register(v8::Local<v8::Function> receive, v8::Local<v8::Function> wrap,
                           v8::Local<v8::Function> boot) {
  receive_.Reset(realm_->isolate(), receive);
  wrap_.Reset(realm_->isolate(), wrap);
  boot_.Reset(realm_->isolate(), boot);
}

bool GuestRemote::Load() {
  if (receive_.IsEmpty()) load_(realm_);
  return !receive_.IsEmpty();
}

bool GuestRemote::Boot(const Message& data) {
  v8::Local<v8::Value> decoded;
  if (!Decoder::Decode(realm_, data).ToLocal(&decoded) || !Load()) return false;
  v8::Isolate* isolate = realm_->isolate();
  return !boot_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 1, &decoded).IsEmpty();
}

void GuestRemote::OnAnswer(uint64_t call, int kind, const Message& value) {
  const auto payer = payers_.find(call);
  if (payer != payers_.end()) {
    realm_->ChargeTo(payer->second);
    payers_.erase(payer);
  }
  if (receive_.IsEmpty()) return;
  v8::Isolate* isolate = realm_->isolate();
  v8::TryCatch caught(isolate);
  v8::Local<v8::Value> decoded;
  if (!Decoder::Decode(realm_, value).ToLocal(&decoded)) {
    if (caught.HasTerminated() || !caught.HasCaught()) {
      // V8 would forget it here.
      if (caught.HasTerminated()) isolate->TerminateExecution();
      return;
    }
    // There is no room for the answer: that is what the caller is told.
    decoded = caught.Exception();
    kind = 0;
    caught.Reset();
  }
  v8::Local<v8::Value> arguments[] = {v8::Number::New(isolate, static_cast<double>(call)),
                                      v8::Integer::New(isolate, kind), decoded};
  (void)receive_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 3, arguments).IsEmpty();
  if (caught.HasTerminated()) isolate->TerminateExecution();
}

v8::MaybeLocal<v8::Value> GuestRemote::Callable(v8::Local<v8::Object> handle) {
  const SharedObject* shared = Realm::Unwrap(handle);
  if (shared == nullptr || shared->kind != SharedObject::kHostFunction || !Load()) return {};
  v8::Isolate* isolate = realm_->isolate();
  const auto* function = static_cast<const HostFunction*>(shared->target.get());
  v8::Local<v8::String> name;
  if (!FromUtf8(isolate, function->name()).ToLocal(&name)) return {};
  v8::Local<v8::Value> arguments[] = {handle, v8::Boolean::New(isolate, function->blocks()), name};
  return wrap_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 3, arguments);
}

uint64_t GuestRemote::Keep(v8::Local<v8::Value> value) {
  kept_[++last_kept_].Reset(realm_->isolate(), value);
  return last_kept_;
}

v8::MaybeLocal<v8::Value> GuestRemote::Find(uint64_t number) {
  const auto found = kept_.find(number);
  if (found == kept_.end()) return {};
  return found->second.Get(realm_->isolate());
}

void GuestRemote::Leave() {
  receive_.Reset();
  wrap_.Reset();
  boot_.Reset();
  kept_.clear();
}

double DescribeReference(uint64_t number, v8::Local<v8::Value> value) {
  // The types of lib/reference.ts, in its order.
  using Test = bool (v8::Value::*)() const;
  static constexpr Test kTests[] = {&v8::Value::IsUndefined, &v8::Value::IsFunction, &v8::Value::IsBoolean,
                                    &v8::Value::IsNumber,    &v8::Value::IsBigInt,   &v8::Value::IsString,
                                    &v8::Value::IsSymbol};
  uint64_t type = 0;
  while (type < 7 && !((*value)->*kTests[type])()) ++type;
  return static_cast<double>(number * 8 + type);
}

}  // namespace isolates
