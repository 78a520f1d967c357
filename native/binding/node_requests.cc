#include "binding/node_requests.h"

#include <memory>
#include <utility>

#include "binding/environment.h"
#include "binding/host_encoder.h"
#include "binding/node_control.h"
#include "binding/v8_cast.h"
#include "engine/guest_remote.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

using Info = FastInfo;

bool IsGiven(const Info& info, int index) { return !info[index]->IsUndefined(); }

// (handle, name | undefined, globals | undefined, timeout, ends on error, boot | undefined, most host calls, memory
// limit in bytes) => id
v8::Local<v8::Value> CreateNode(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  NodeControl::Options options;
  if (IsGiven(info, 1)) options.name = ToUtf8(environment->isolate(), info[1].As<v8::String>());
  if (IsGiven(info, 2) && !HostEncoder(environment, 0, "globals").Encode(info[2], &options.globals)) return {};
  options.timeout = NumberAt(info, 3);
  options.ends_on_error = info[4]->IsTrue();
  if (IsGiven(info, 5) && !HostEncoder(environment, 0, "options").Encode(info[5], &options.boot)) return {};
  options.most_host_calls = static_cast<size_t>(NumberAt(info, 6));
  options.memory = static_cast<size_t>(NumberAt(info, 7));
  const auto control = NodeControl::Create(std::move(options), environment->shared_from_this());
  environment->Add(control, Napi::Object(env, ToNapi(info[0])));
  return v8::Number::New(environment->isolate(), static_cast<double>(control->id()));
}

// (id) => a buffer to hand over to its thread. It lives as long as what that thread was told: until it is on its way no
// more, or the heap that received it is gone.
v8::Local<v8::Value> MakeLifeline(Napi::Env, const Info& info) {
#if defined(V8_ENABLE_SANDBOX)
  (void)info;
  return {};
#else
  static char nothing = 0;
  auto* control = new std::weak_ptr<NodeControl>(NodeControl::Find(IntegerAt(info, 0)));
  const auto cut = [](void*, size_t, void* data) {
    const std::unique_ptr<std::weak_ptr<NodeControl>> weak(static_cast<std::weak_ptr<NodeControl>*>(data));
    if (const auto control = weak->lock()) control->OnLifelineCut();
  };
  return v8::ArrayBuffer::New(info.GetIsolate(), v8::ArrayBuffer::NewBackingStore(&nothing, 1, cut, control));
#endif
}

// (id, out of memory, by an error): its thread is gone.
v8::Local<v8::Value> NodeGone(Napi::Env, const Info& info) {
  const auto control = NodeControl::Find(IntegerAt(info, 0));
  const CloseKind kind = info[1]->IsTrue()   ? CloseKind::kMemoryLimit
                         : info[2]->IsTrue() ? CloseKind::kError
                                             : CloseKind::kExit;
  if (control != nullptr) control->OnThreadGone(kind);
  return {};
}

// (id) => whether this thread stands still until that isolate has answered
v8::Local<v8::Value> IsWaitingFor(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  return v8::Boolean::New(environment->isolate(), environment->IsWaitingFor(IntegerAt(info, 0)));
}

// (id, a function that imports as scripts of the host shall, where from) => what lib/guest/remote.ts is built on;
// undefined when the isolate was told to end
v8::Local<v8::Value> AttachNode(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  std::shared_ptr<NodeControl> control = NodeControl::Find(IntegerAt(info, 0));
  if (control == nullptr || environment->guest() != nullptr || !environment->BecomeGuest(std::move(control))) return {};
  environment->guest()->ImportAs(info[1].As<v8::Function>(), ToUtf8(environment->isolate(), info[2].As<v8::String>()));
  return MakeRemoteNatives(environment);
}

// (): begins.
v8::Local<v8::Value> StartNode(Napi::Env env, const Info&) {
  (void)Environment::Of(env)->guest()->Start();
  return {};
}

// (to stderr, is a line, text)
v8::Local<v8::Value> PrintNode(Napi::Env env, const Info& info) {
  const bool to_stderr = info[0]->IsTrue();
  const char* method = !info[1]->IsTrue() ? "write" : to_stderr ? "error" : "log";
  Environment::Of(env)->guest()->Print(to_stderr, method, info[2].As<v8::String>());
  return {};
}

// (was a rejection, error)
v8::Local<v8::Value> UncaughtNode(Napi::Env env, const Info& info) {
  Environment::Of(env)->guest()->ReportUncaught(info[0]->IsTrue() ? UncaughtKind::kRejection : UncaughtKind::kException,
                                                info[1]);
  return {};
}

}  // namespace

void ExportNodeRequests(Napi::Env env, Napi::Object exports) {
  const v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
  exports.Set("createNode", MakeFastFunction<CreateNode>(env, context));
  exports.Set("makeLifeline", MakeFastFunction<MakeLifeline>(env, context));
  exports.Set("nodeGone", MakeFastFunction<NodeGone>(env, context));
  exports.Set("isWaitingFor", MakeFastFunction<IsWaitingFor>(env, context));
  exports.Set("attachNode", MakeFastFunction<AttachNode>(env, context));
  exports.Set("startNode", MakeFastFunction<StartNode>(env, context));
  exports.Set("printNode", MakeFastFunction<PrintNode>(env, context));
  exports.Set("uncaughtNode", MakeFastFunction<UncaughtNode>(env, context));
}

}  // namespace isolates
