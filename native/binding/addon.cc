#include <napi.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/allocated.h"
#include "base/library.h"
#include "base/thread_faults.h"
#include "binding/environment.h"
#include "binding/http_requests.h"
#include "binding/inspect_requests.h"
#include "binding/node_requests.h"
#include "binding/pool_requests.h"
#include "binding/remote_requests.h"
#include "binding/requests.h"
#include "binding/sockets.h"
#include "binding/v8_cast.h"
#include "engine/floor.h"
#include "engine/guest_library.h"
#include "engine/heap_faults.h"
#include "engine/heap_reserve.h"
#include "engine/isolate_control.h"
#include "engine/last_resort.h"
#include "engine/node_platform.h"
#include "engine/process.h"
#include "engine/shared_natives.h"
#include "engine/snapshot.h"
#include "engine/v8_flags.h"

namespace isolates {

namespace {

using Info = Napi::CallbackInfo;

IsolateBackend* ControlAt(const Info& info, size_t index) {
  return Environment::Of(info.Env())->Find(static_cast<uint64_t>(info[index].As<Napi::Number>().DoubleValue()));
}

std::shared_ptr<IsolateBackend> ControlBelowAt(const Info& info, size_t index) {
  const auto id = static_cast<uint64_t>(info[index].As<Napi::Number>().DoubleValue());
  return Environment::Of(info.Env())->FindBelow(id);
}

Napi::Value Numbers(Napi::Env env, const std::vector<double>& numbers) {
  std::vector<v8::Local<v8::Value>> elements;
  for (const double number : numbers) elements.push_back(ToV8(Napi::Number::New(env, number)));
  return {env, ToNapi(v8::Array::New(v8::Isolate::GetCurrent(), elements.data(), elements.size()))};
}

// () => whether nobody has given the guest runtime yet
Napi::Value NeedsGuestRuntime(const Info& info) { return Napi::Boolean::New(info.Env(), !Snapshot::IsPrepared()); }

// (guest runtime or undefined where it is known, Node runs from its snapshot, is the main thread, how V8 compiles again
// is the user's, how it compiles WebAssembly again is, deliver, makeFailure, fail): once per environment, before
// everything else.
void Initialize(const Info& info) {
  if (Environment::Of(info.Env()) != nullptr) {
    Napi::Error::New(info.Env(), "The addon is initialised already").ThrowAsJavaScriptException();
    return;
  }
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  if (!NodePlatform::Attach(isolate->GetCurrentContext()) || !CastsWork(info.Env(), isolate)) {
    Napi::Error::New(info.Env(), "isolates does not work in this JavaScript runtime: it needs Node.js")
        .ThrowAsJavaScriptException();
    return;
  }
  if (!Process::Get().timer.Start()) {
    Napi::Error::New(info.Env(),
                     "isolates needs a thread, and the system gives none: raise its limit (ulimit -u, or the pids of "
                     "the container)")
        .ThrowAsJavaScriptException();
    return;
  }
  KeepLibraryLoaded();
  LastResort::Install();
  KeepV8Flags(
      {.recompilation = info[3].As<Napi::Boolean>().Value(), .wasm_tiering = info[4].As<Napi::Boolean>().Value()});
  if (info[0].IsString()) {
    Snapshot::Prepare(info[0].As<Napi::String>().Utf8Value(), info[1].As<Napi::Boolean>().Value());
  }
  Environment::Create(info.Env(), info[2].As<Napi::Boolean>().Value(),
                      {info[5].As<Napi::Function>(), info[6].As<Napi::Function>(), info[7].As<Napi::Function>()});
}

// (more, count): after so many more threads, so many cannot be started. For tests.
void FailNextThreads(const Info& info) {
  FailThreads(info[0].As<Napi::Number>().Uint32Value(), info[1].As<Napi::Number>().Uint32Value());
}

// () => bytes. For tests.
Napi::Value TellAllocated(const Info& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(AllocatedBytes()));
}

// (count): V8 gives up on so many heaps while they are made. For tests.
void FailNextHeaps(const Info& info) { FailHeaps(info[0].As<Napi::Number>().Uint32Value()); }

// (0 | 1 | 2): the snapshot is not built, because V8 gives nothing (1) or never comes back (2). For tests.
void FailSnapshot(const Info& info) {
  Snapshot::FailBuilding(static_cast<Snapshot::Fault>(info[0].As<Napi::Number>().Uint32Value()));
}

// (directory): where the guest runtime's libraries are.
void LocateLibraries(const Info& info) { GuestLibrary::Locate(info[0].As<Napi::String>().Utf8Value()); }

// () => the ticket of the request that was begun last
Napi::Value LastTicket(const Info& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Environment::Of(info.Env())->last_ticket()));
}

// (id, ticket, reason): the caller of that request does not wait any more.
void Abort(const Info& info) {
  const auto ticket = static_cast<uint64_t>(info[1].As<Napi::Number>().DoubleValue());
  IsolateBackend* control = ControlAt(info, 0);
  if (control != nullptr) control->Abort(ticket);
  Environment::Of(info.Env())->Abandon(ticket, ToV8(info[2]));
}

// (id)
void Terminate(const Info& info) {
  const std::shared_ptr<IsolateBackend> control = ControlBelowAt(info, 0);
  if (control == nullptr) return;
  Environment::Of(info.Env())->BeginClosing(control->id());
  control->Stop(CloseKind::kTerminate);
}

// (id)
void Close(const Info& info) {
  IsolateBackend* control = ControlAt(info, 0);
  if (control == nullptr) return;
  Environment::Of(info.Env())->Close(control);
}

// (id) => how it was told to end, or undefined
Napi::Value Stopped(const Info& info) {
  IsolateBackend* control = ControlAt(info, 0);
  if (control == nullptr || control->stopped() == CloseKind::kNone) return info.Env().Undefined();
  return Napi::String::New(info.Env(), CloseText(control->stopped()));
}

// ()
void TakeUrgent(const Info& info) { Environment::Of(info.Env())->TakeUrgent(); }

// (id) => 0 idle, 1 running, 2 closed
Napi::Value State(const Info& info) {
  const std::shared_ptr<IsolateBackend> control = ControlBelowAt(info, 0);
  const auto state = control == nullptr ? IsolateBackend::State::kClosed : control->state();
  return Napi::Number::New(info.Env(), static_cast<int>(state));
}

// () => id, name and parent's id, in turns, of those that guests made, in order of creation
Napi::Value Nested(const Info& info) {
  const Napi::Array list = Napi::Array::New(info.Env());
  for (const std::shared_ptr<IsolateControl>& control : Environment::Of(info.Env())->Nested()) {
    list.Set(list.Length(), static_cast<double>(control->id()));
    list.Set(list.Length(), control->name());
    list.Set(list.Length(), static_cast<double>(control->parent()));
  }
  return list;
}

// (id, without asking V8) => the numbers of IsolateStats; undefined once closed
Napi::Value Stats(const Info& info) {
  const std::shared_ptr<IsolateBackend> control = ControlBelowAt(info, 0);
  const bool known = info[1].ToBoolean().Value();
  if (control == nullptr) return info.Env().Undefined();
  // One that is gone is known a little longer, for the errors of its calls.
  const bool gone =
      control->state() == IsolateBackend::State::kClosed && (control->lost() || control->WaitUntilClosed(kImmediately));
  if (gone && !known) return info.Env().Undefined();
  const std::array<double, IsolateStats::kNumbers> numbers =
      (known ? control->KnownStats() : control->Stats()).Numbers();
  return Numbers(info.Env(), {numbers.begin(), numbers.end()});
}

// () => isolates of the process, threads that run them, and what of their figures can be added up, as of when it was
// known last
Napi::Value ProcessStats(const Info& info) {
  std::vector<double> numbers(IsolateStats::kNumbers);
  for (const std::shared_ptr<IsolateControl>& control : LiveIsolates()) {
    if (control->state() == IsolateControl::State::kClosed) continue;
    const IsolateStats each = control->KnownStats();
    const auto all = each.Numbers();
    numbers[0] += 1;
    numbers[1] += all[0];
    numbers[2] += all[3];
    for (size_t i = 4; i < all.size(); ++i) numbers[i - 1] += all[i];
  }
  numbers.back() = static_cast<double>(Process::Get().pool.threads());
  return Numbers(info.Env(), numbers);
}

// => what lib/shared is built on
Napi::Value SharedNatives(const Info& info) {
  return {info.Env(), ToNapi(MakeSharedNatives(Environment::Of(info.Env())))};
}

// (count, memory limit in bytes) => a promise, resolved when as many spare heaps are there
Napi::Value Prewarm(const Info& info) {
  Environment* environment = Environment::Of(info.Env());
  const Environment::Begun request = environment->Begin(0);
  GuestHeap::Limits limits;
  limits.memory = static_cast<size_t>(info[1].As<Napi::Number>().DoubleValue());
  HeapReserve::Get().Resize(limits, info[0].As<Napi::Number>().Uint32Value(),
                            [sink = environment->shared_from_this(), ticket = request.ticket] {
                              Outcome outcome;
                              outcome.ok = true;
                              sink->OnOutcome(ticket, std::move(outcome));
                            });
  return {info.Env(), ToNapi(request.promise->GetPromise())};
}

// Hands over now what has arrived.
void Drain(const Info& info) { Environment::Of(info.Env())->DrainAll(); }

// (code): what the process will exit with.
void SetExitCode(const Info& info) {
  Environment::Of(info.Env())->set_exit_code(info[0].As<Napi::Number>().Int32Value());
}

// => 'unavailable' | 'building' | 'ready' | 'failed'
Napi::Value SnapshotState(const Info& info) {
  static constexpr const char* kNames[] = {"unavailable", "building", "ready", "failed"};
  return Napi::String::New(info.Env(), kNames[static_cast<int>(Snapshot::state())]);
}

// (count) => nanoseconds each for the least V8 can do: an isolate and a context, one script, and disposal
Napi::Value FloorStartup(const Info& info) {
  const uint32_t count = info[0].As<Napi::Number>().Uint32Value();
  std::vector<double> samples(count);
  for (double& sample : samples) sample = static_cast<double>(MeasureStartup());
  return Numbers(info.Env(), samples);
}

Napi::Object Load(Napi::Env env, Napi::Object exports) {
  exports.Set("needsGuestRuntime", Napi::Function::New<NeedsGuestRuntime>(env, "needsGuestRuntime"));
  exports.Set("initialize", Napi::Function::New<Initialize>(env, "initialize"));
  exports.Set("failHeaps", Napi::Function::New<FailNextHeaps>(env, "failHeaps"));
  exports.Set("allocatedBytes", Napi::Function::New<TellAllocated>(env, "allocatedBytes"));
  exports.Set("failSnapshot", Napi::Function::New<FailSnapshot>(env, "failSnapshot"));
  exports.Set("failThreads", Napi::Function::New<FailNextThreads>(env, "failThreads"));
  exports.Set("locateLibraries", Napi::Function::New<LocateLibraries>(env, "locateLibraries"));
  exports.Set("lastTicket", Napi::Function::New<LastTicket>(env, "lastTicket"));
  exports.Set("abort", Napi::Function::New<Abort>(env, "abort"));
  exports.Set("terminate", Napi::Function::New<Terminate>(env, "terminate"));
  exports.Set("close", Napi::Function::New<Close>(env, "close"));
  exports.Set("stopped", Napi::Function::New<Stopped>(env, "stopped"));
  exports.Set("takeUrgent", Napi::Function::New<TakeUrgent>(env, "takeUrgent"));
  exports.Set("state", Napi::Function::New<State>(env, "state"));
  exports.Set("nested", Napi::Function::New<Nested>(env, "nested"));
  exports.Set("stats", Napi::Function::New<Stats>(env, "stats"));
  exports.Set("processStats", Napi::Function::New<ProcessStats>(env, "processStats"));
  exports.Set("prewarm", Napi::Function::New<Prewarm>(env, "prewarm"));
  exports.Set("drain", Napi::Function::New<Drain>(env, "drain"));
  exports.Set("setExitCode", Napi::Function::New<SetExitCode>(env, "setExitCode"));
  exports.Set("snapshotState", Napi::Function::New<SnapshotState>(env, "snapshotState"));
  exports.Set("floorStartup", Napi::Function::New<FloorStartup>(env, "floorStartup"));
  exports.Set("shared", Napi::Function::New<SharedNatives>(env, "shared"));
  ExportRequests(env, exports);
  ExportRemoteRequests(env, exports);
  ExportSockets(env, exports);
  ExportHttpRequests(env, exports);
  ExportNodeRequests(env, exports);
  ExportPoolRequests(env, exports);
  ExportInspectRequests(env, exports);
  return exports;
}

}  // namespace

}  // namespace isolates

static Napi::Object LoadIsolates(Napi::Env env, Napi::Object exports) { return isolates::Load(env, exports); }

NODE_API_MODULE(isolates, LoadIsolates)
