#include <cstdio>
#include <cstdlib>
#include <utility>

#include "binding/environment.h"
#include "engine/heap_reserve.h"
#include "engine/process.h"
#include "engine/snapshot.h"

// The ways out: an environment that ends, and one that is told to end while its thread is inside of a guest.
namespace isolates {

namespace {

// How long an isolate may take to stop. What V8 can interrupt at all, it interrupts within milliseconds.
constexpr std::chrono::seconds kPatience{2};
// How often a worker thread inside of a guest looks whether it was terminated.
constexpr std::chrono::milliseconds kWatchEvery{10};

Guarded<size_t>& LiveEnvironments() {
  static auto* count = new Guarded<size_t>(0);
  return *count;
}

// What the last environment leaves behind must be nothing: V8 aborts a process that ends with an isolate in it.
bool DisposeRest(bool process_ends) {
  HeapReserve::Get().Resize(0, [] {});
  HeapReserve::Get().Drain();
  if (process_ends) {
    Snapshot::Abandon();
  } else {
    Snapshot::Wait();
  }
  // Isolates of workers that ended before they could be disposed.
  const TimePoint deadline = Clock::now() + kPatience;
  for (const std::shared_ptr<IsolateControl>& control : LiveIsolates()) {
    control->Stop(CloseKind::kExit);
    if (control->HeldByThisThread() || !control->WaitUntilClosed(deadline)) return false;
  }
  return true;
}

}  // namespace

void Environment::CountIn() { ++*LiveEnvironments().Acquire(); }

void Environment::Shutdown() {
  if (shut_down_) return;
  shut_down_ = true;
  inbox_.Close();
  bool all_gone = true;
  for (const auto& [id, resident] : residents_) resident.control->Stop(CloseKind::kExit);
  const TimePoint deadline = Clock::now() + kPatience;
  for (const auto& [id, resident] : residents_) {
    IsolateControl* control = resident.control.get();
    // A guest that called process.exit() through its host is below us on this very stack: it cannot be unwound.
    all_gone = all_gone && !control->HeldByThisThread() && control->WaitUntilClosed(deadline);
  }
  residents_.clear();
  requests_.Clear();
  const bool last = --*LiveEnvironments().Acquire() == 0;
  if (last && all_gone) all_gone = DisposeRest(is_main_thread_);
  if (!all_gone && is_main_thread_) LeaveProcess();
  uv_prepare_stop(about_to_wait_);
  context_.Reset();
}

void Environment::LeaveProcess() {
  // Node has run every exit handler by now. What is left is V8's teardown, which would abort on the isolate that still runs.
  std::fflush(nullptr);
  std::_Exit(exit_code_);
}

Environment::SyncScope::SyncScope(Environment* environment, IsolateControl* control)
    : environment_(environment), outer_(environment->sync_control_) {
  ++environment_->sync_depth_;
  environment_->sync_control_ = control;
  // Nobody can tell the main thread to end while it is inside of a guest.
  if (!environment_->is_main_thread_) environment_->SetWatched(control);
}

Environment::SyncScope::~SyncScope() {
  --environment_->sync_depth_;
  environment_->sync_control_ = outer_;
  if (!environment_->is_main_thread_) environment_->SetWatched(outer_);
}

void Environment::SetWatched(IsolateControl* control) {
  *watched_.Acquire() = control == nullptr ? std::weak_ptr<IsolateControl>() : control->weak_from_this();
  if (control != nullptr && !watching_.exchange(true)) WatchForTermination();
}

void Environment::WatchForTermination() {
  // worker.terminate() stops the worker's own JavaScript, but knows nothing of the guest that its thread is in. One look after another
  // as long as each finds the thread in a guest; calls shorter than the interval cost nothing but the first.
  Process::Get().timer.Schedule(Clock::now() + kWatchEvery, [self = shared_from_this()] {
    std::shared_ptr<IsolateControl> guest = self->watched_.Acquire()->lock();
    if (guest == nullptr) {
      self->watching_.store(false);
      // It may have entered one since the look, and seen that somebody watches.
      guest = self->watched_.Acquire()->lock();
      if (guest == nullptr || self->watching_.exchange(true)) return;
    }
    // The guest keeps its environment alive, so the address is good whenever V8 gets round to calling.
    guest->InterruptGuest(CheckForTermination, self.get());
    self->WatchForTermination();
  });
}

void Environment::CheckForTermination(v8::Isolate*, void* data) {
  auto* self = static_cast<Environment*>(data);
  // V8 may call late: in a later execution, on another thread.
  if (std::this_thread::get_id() != self->thread_ || self->sync_control_ == nullptr) return;
  v8::Isolate::Scope host(self->isolate_);
  v8::HandleScope handles(self->isolate_);
  const v8::Local<v8::Context> context = self->context();
  v8::Context::Scope entered(context);
  v8::TryCatch caught(self->isolate_);
  // V8 tells of a termination only to JavaScript that runs: an empty batch is the shortest run.
  v8::Local<v8::Value> batch = v8::Array::New(self->isolate_);
  const v8::Local<v8::Value> deliver = ToV8(self->deliver_.Value());
  if (!deliver.As<v8::Function>()->Call(context, v8::Undefined(self->isolate_), 1, &batch).IsEmpty()) return;
  if (!caught.HasTerminated()) return;
  self->isolate_->TerminateExecution();
  self->sync_control_->Stop(CloseKind::kExit);
}

}  // namespace isolates
