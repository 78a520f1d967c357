#include "binding/remote_requests.h"

#include <utility>

#include "binding/environment.h"
#include "binding/host_encoder.h"
#include "binding/v8_cast.h"

namespace isolates {

namespace {

using Info = FastInfo;

// (export value, make stream)
v8::Local<v8::Value> ConnectRemote(Napi::Env env, const Info& info) {
  Environment::Of(env)->ConnectRemote(info[0].As<v8::Function>(), info[1].As<v8::Function>());
  return {};
}

// (id, call, kind, value)
v8::Local<v8::Value> Answer(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  const uint64_t id = IntegerAt(info, 0);
  HostCalls::Answer answer;
  answer.kind = static_cast<int>(info[2].As<v8::Number>()->Value());
  if (!Encoder::EncodeScalar(info[3], &answer.value) &&
      !HostEncoder(environment, id, "result").EncodeAnswer(info[3], &answer.value)) {
    return {};
  }
  // After that: a getter of the value may have ended the isolate.
  IsolateBackend* control = environment->Find(id);
  if (control != nullptr) control->AnswerGuest(IntegerAt(info, 1), std::move(answer));
  return {};
}

// (id, number)
v8::Local<v8::Value> DropReference(Napi::Env env, const Info& info) {
  IsolateBackend* control = Environment::Of(env)->Find(IntegerAt(info, 0));
  if (control != nullptr) control->DropReference(IntegerAt(info, 1));
  return {};
}

}  // namespace

void ExportRemoteRequests(Napi::Env env, Napi::Object exports) {
  const v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
  exports.Set("connectRemote", MakeFastFunction<ConnectRemote>(env, context));
  exports.Set("answer", MakeFastFunction<Answer>(env, context));
  exports.Set("dropReference", MakeFastFunction<DropReference>(env, context));
}

}  // namespace isolates
