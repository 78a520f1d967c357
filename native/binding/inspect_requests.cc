#include "binding/inspect_requests.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "binding/environment.h"
#include "binding/v8_cast.h"
#include "engine/inspection.h"
#include "engine/inspector_agent.h"
#include "engine/inspector_requests.h"
#include "engine/profile_requests.h"

namespace isolates {

namespace {

using Info = FastInfo;

// Of the isolate with the id at 0. A promise for the outcome, or undefined when that is closed.
template <class Request, class... Arguments>
v8::Local<v8::Value> Ask(Napi::Env env, const Info& info, Arguments... arguments) {
  Environment* environment = Environment::Of(env);
  const auto id = IntegerAt(info, 0);
  const std::shared_ptr<IsolateBackend> control = environment->FindBelow(id);
  if (control == nullptr) return {};
  const Environment::Begun request = environment->Begin(id);
  std::unique_ptr<Inspection> inspection = std::make_unique<Request>(
      Inspection::Asker{environment->shared_from_this(), request.ticket}, std::forward<Arguments>(arguments)...);
  if (!control->Inspect(&inspection)) {
    environment->TakeBack(request.ticket);
    return {};
  }
  return request.promise->GetPromise();
}

// (id, interval in microseconds) => promise of a number | undefined
v8::Local<v8::Value> BeginCpuProfile(Napi::Env env, const Info& info) {
  return Ask<StartCpuProfile>(env, info, static_cast<int>(NumberAt(info, 1)));
}

// (id, number) => promise of buffers | undefined
v8::Local<v8::Value> EndCpuProfile(Napi::Env env, const Info& info) {
  return Ask<StopCpuProfile>(env, info, IntegerAt(info, 1));
}

// (id, internals, numeric values) => promise of buffers | undefined
v8::Local<v8::Value> HeapSnapshot(Napi::Env env, const Info& info) {
  return Ask<TakeHeapSnapshot>(env, info, TakeHeapSnapshot::Options{info[1]->IsTrue(), info[2]->IsTrue()});
}

std::string TextAt(const Info& info, int index) {
  return ToUtf8(v8::Isolate::GetCurrent(), info[index].As<v8::String>());
}

std::atomic<uint64_t> last_session{0};

// () => a number for a new session; 0 where there is no inspector
v8::Local<v8::Value> NewSession(Napi::Env, const Info&) {
  const uint64_t number = InspectorAgent::IsAvailable() ? last_session.fetch_add(1) + 1 : 0;
  return v8::Number::New(v8::Isolate::GetCurrent(), static_cast<double>(number));
}

// (id, session, name) => promise | undefined
v8::Local<v8::Value> Connect(Napi::Env env, const Info& info) {
  return Ask<ConnectInspector>(env, info, IntegerAt(info, 1), TextAt(info, 2), IntegerAt(info, 0));
}

// Nobody waits for it. False when the isolate is closed.
template <class Request, class... Arguments>
v8::Local<v8::Value> Tell(Napi::Env env, const Info& info, Arguments... arguments) {
  const auto control = Environment::Of(env)->FindBelow(IntegerAt(info, 0));
  std::unique_ptr<Inspection> inspection =
      std::make_unique<Request>(Inspection::Asker{}, IntegerAt(info, 1), std::move(arguments)...);
  return v8::Boolean::New(v8::Isolate::GetCurrent(), control != nullptr && control->Inspect(&inspection));
}

// (id, session, message) => whether it was sent
v8::Local<v8::Value> Dispatch(Napi::Env env, const Info& info) {
  return Tell<DispatchToInspector>(env, info, TextAt(info, 2));
}

// (id, session) => whether it was sent
v8::Local<v8::Value> Disconnect(Napi::Env env, const Info& info) { return Tell<DisconnectInspector>(env, info); }

}  // namespace

void ExportInspectRequests(Napi::Env env, Napi::Object exports) {
  const v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
  exports.Set("startCpuProfile", MakeFastFunction<BeginCpuProfile>(env, context));
  exports.Set("stopCpuProfile", MakeFastFunction<EndCpuProfile>(env, context));
  exports.Set("heapSnapshot", MakeFastFunction<HeapSnapshot>(env, context));
  exports.Set("newInspectorSession", MakeFastFunction<NewSession>(env, context));
  exports.Set("connectInspector", MakeFastFunction<Connect>(env, context));
  exports.Set("dispatchToInspector", MakeFastFunction<Dispatch>(env, context));
  exports.Set("disconnectInspector", MakeFastFunction<Disconnect>(env, context));
}

}  // namespace isolates
