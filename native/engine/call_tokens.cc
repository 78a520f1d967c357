#include "engine/call_tokens.h"

#include <cmath>

#include "engine/v8_compat.h"

namespace isolates {

namespace {

// The internal fields of a token.
enum Field : uint8_t { kNumber, kWall, kCpu, kState, kFields };

double FieldOf(v8::Local<v8::Object> token, Field field) {
  return token->GetInternalField(field).As<v8::Value>().As<v8::Number>()->Value();
}

}  // namespace

struct CallTokens::Stopped {
  CallTokens* owner;
  v8::Global<v8::Object> token;
};

v8::MaybeLocal<v8::Object> CallTokens::Make(v8::Local<v8::Context> context, const TimeLimits& limits) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  if (shape_.IsEmpty()) {
    const v8::Local<v8::ObjectTemplate> shape = v8::ObjectTemplate::New(isolate);
    shape->SetInternalFieldCount(kFields);
    shape_.Reset(isolate, shape);
  }
  v8::Local<v8::Object> token;
  if (!shape_.Get(isolate)->NewInstance(context).ToLocal(&token)) return {};
  token->SetInternalField(kNumber, v8::Number::New(isolate, static_cast<double>(++last_)));
  token->SetInternalField(kWall, v8::Number::New(isolate, limits.wall));
  token->SetInternalField(kCpu, v8::Number::New(isolate, limits.cpu));
  SetState(isolate, token, State::kLive);
  for (const double limit : {limits.wall, limits.cpu}) {
    if (limit > 0 && std::isfinite(limit) && (least_ == 0 || limit < least_)) least_ = limit;
  }
  return token;
}

void CallTokens::SetState(v8::Isolate* isolate, v8::Local<v8::Object> token, State state) {
  token->SetInternalField(kState, v8::Integer::New(isolate, static_cast<int>(state)));
}

void CallTokens::Stop(v8::Isolate* isolate, v8::Local<v8::Object> token) {
  if (static_cast<State>(static_cast<int>(FieldOf(token, kState))) == State::kStopped) return;
  SetState(isolate, token, State::kStopped);
  auto* stopped = new Stopped{this, v8::Global<v8::Object>(isolate, token)};
  stopped->token.SetWeak(
      stopped,
      [](const v8::WeakCallbackInfo<Stopped>& info) {
        Stopped* gone = info.GetParameter();
        gone->token.Reset();
        gone->owner->stopped_.erase(gone);
        delete gone;
      },
      v8::WeakCallbackType::kParameter);
  stopped_.insert(stopped);
}

std::optional<CallTokens::Token> CallTokens::Read(v8::Local<v8::Value> value) {
  if (value.IsEmpty() || !value->IsObject()) return std::nullopt;
  const v8::Local<v8::Object> object = value.As<v8::Object>();
  if (object->InternalFieldCount() != kFields) return std::nullopt;
  return Token{object,
               static_cast<uint64_t>(FieldOf(object, kNumber)),
               {FieldOf(object, kWall), FieldOf(object, kCpu)},
               static_cast<State>(static_cast<int>(FieldOf(object, kState)))};
}

uint64_t CallTokens::RunningNumber(v8::Isolate* isolate) {
  const v8::Local<v8::Value> current = Current(isolate);
  return current->IsObject() ? static_cast<uint64_t>(FieldOf(current.As<v8::Object>(), kNumber)) : 0;
}

v8::Local<v8::Value> CallTokens::Current(v8::Isolate* isolate) {
#if ISOLATES_V8_AT_LEAST(14, 0)
  const v8::Local<v8::Data> data = isolate->GetContinuationPreservedEmbedderDataV2();
  if (!data->IsValue()) return v8::Undefined(isolate);
  return data.As<v8::Value>();
#elif ISOLATES_V8_AT_LEAST(12, 4)
  return isolate->GetContinuationPreservedEmbedderData();
#else
  return isolate->GetCurrentContext()->GetContinuationPreservedEmbedderData();
#endif
}

void CallTokens::SetCurrent(v8::Isolate* isolate, v8::Local<v8::Value> token) {
#if ISOLATES_V8_AT_LEAST(14, 0)
  isolate->SetContinuationPreservedEmbedderDataV2(token);
#elif ISOLATES_V8_AT_LEAST(12, 4)
  isolate->SetContinuationPreservedEmbedderData(token);
#else
  isolate->GetCurrentContext()->SetContinuationPreservedEmbedderData(token);
#endif
}

CallTokens::Scope::Scope(v8::Isolate* isolate, v8::Local<v8::Value> token)
    : isolate_(isolate), outer_(Current(isolate)) {
  SetCurrent(isolate, token);
}

CallTokens::Scope::~Scope() { SetCurrent(isolate_, outer_); }

void CallTokens::Leave() {
  for (Stopped* stopped : stopped_) {
    stopped->token.Reset();
    delete stopped;
  }
  stopped_.clear();
  shape_.Reset();
}

}  // namespace isolates
