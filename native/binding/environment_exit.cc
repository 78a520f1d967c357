#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include "binding/environment.h"
#include "engine/heap_reserve.h"
#include "engine/last_resort.h"
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
  HeapReserve::Get().Clear();
  HeapReserve::Get().Drain();
  if (process_ends) {
    Snapshot::Abandon();
  } else {
    Snapshot::Wait();
  }
  // Heaps of the reserve, and the snapshot's.
  if (LastResort::HasLost()) return false;
  // Isolates of workers that ended before they could be disposed.
  const TimePoint deadline = Clock::now() + kPatience;
  for (const std::shared_ptr<IsolateControl>& control : LiveIsolates()) {
    control->Stop(CloseKind::kExit);
    if (control->lost() || control->HeldByThisThread() || !control->WaitUntilClosed(deadline)) return false;
  }
  return true;
}

}  // namespace

void Environment::CountIn() { ++*LiveEnvironments().Acquire(); }

void Environment::Shutdown() {
  if (shut_down_) return;
  shut_down_ = true;
  inbox_.Close();
  console_flow_.Close();
  bool all_gone = true;
  for (const auto& [id, resident] : residents_) resident.control->Stop(CloseKind::kExit);
  const TimePoint deadline = Clock::now() + kPatience;
  for (const auto& [id, resident] : residents_) {
    IsolateBackend* control = resident.control.get();
    // A guest that called process.exit() through its host is below us on this very stack: it cannot be unwound.
    all_gone = all_gone && !control->lost() && !control->HeldByThisThread() && control->WaitUntilClosed(deadline);
  }
  last_found_ = {0, nullptr};
  residents_.clear();
  requests_.Clear();
  {
    const v8::HandleScope handles(isolate_);
    if (guest_ != nullptr) guest_->Leave();
    Leave();
    remote_.export_value.Reset();
    remote_.make_stream.Reset();
  }
  const bool last = --*LiveEnvironments().Acquire() == 0;
  if (last && all_gone) all_gone = DisposeRest(is_main_thread_);
  if (!all_gone && is_main_thread_) LeaveProcess();
  uv_prepare_stop(about_to_wait_);
  context_.Reset();
}

void Environment::LeaveProcess() {
  // Node has run every exit handler by now. What is left is V8's teardown, which would abort on the isolate that still
  // runs.
  std::fflush(nullptr);
  std::_Exit(exit_code_);
}

void Environment::Visit(IsolateBackend* control, const std::function<void(const IsolateBackend::Caller&)>& body) {
  IsolateBackend* const outer = sync_control_;
  ++sync_depth_;
  sync_control_ = control;
  // Nobody can tell the main thread to end while it is inside of a guest. But the isolate it waits for may itself wait
  // for its console output to be taken, or for an answer.
  if (!is_main_thread_) SetWatched(control);
  const std::function<bool()> give_up = [this, control] {
    TakeUrgent();
    control->host_calls().GiveUpReached();
    return !is_main_thread_ && IsTerminating();
  };
  body({&give_up, &give_up, nullptr, &remote_.wake});
  if (!is_main_thread_) SetWatched(outer);
  sync_control_ = outer;
  --sync_depth_;
}

void Environment::PerformHere(IsolateBackend* control, Operation* operation, const TimeLimits& limits,
                              Outcome* outcome) {
  Visit(control,
        [&](const IsolateBackend::Caller& caller) { control->PerformHere(operation, limits, caller, outcome); });
}

IsolateBackend::AtOnce Environment::PerformAtOnce(IsolateBackend* control, Operation* operation,
                                                  const TimeLimits& limits, Outcome* outcome,
                                                  v8::Local<v8::Promise>* promise) {
  uint64_t ticket = 0;
  auto state = IsolateBackend::AtOnce::kBusy;
  Visit(control, [&](const IsolateBackend::Caller& caller) {
    // No promise yet: this is called inside of the guest. Its outcome is not taken before this thread has left.
    const std::function<uint64_t()> open = [&] { return ticket = requests_.Reserve(control->id()); };
    state = control->PerformAtOnce(operation, limits, caller, open, outcome);
  });
  if (state == IsolateBackend::AtOnce::kPending) *promise = Begin(control->id(), ticket)->GetPromise();
  return state;
}

bool Environment::IsWaitingFor(uint64_t id) const {
  return sync_control_ != nullptr && sync_control_->has_thread() && sync_control_->id() == id;
}

void Environment::WakeWaiting() {
  if (const std::shared_ptr<Event> wake = *remote_.wake.Acquire()) wake->Set();
}

void Environment::SetWatched(IsolateBackend* control) {
  *watched_.Acquire() = control == nullptr ? std::weak_ptr<IsolateBackend>() : control->Self();
  if (control != nullptr && !watching_.exchange(true)) WatchForTermination();
}

void Environment::WatchForTermination() {
  // worker.terminate() stops the worker's own JavaScript, but knows nothing of the guest that its thread is in. One
  // look after another as long as each finds the thread in a guest; calls shorter than the interval cost nothing but
  // the first.
  Process::Get().timer.Schedule(Clock::now() + kWatchEvery, [self = shared_from_this()] {
    std::shared_ptr<IsolateBackend> guest = self->watched_.Acquire()->lock();
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
  if (self->IsTerminating()) self->sync_control_->Stop(CloseKind::kExit);
}

bool Environment::IsTerminating() {
  v8::Isolate::Scope host(isolate_);
  v8::HandleScope handles(isolate_);
  const v8::Local<v8::Context> entered_context = context();
  v8::Context::Scope entered(entered_context);
  v8::TryCatch caught(isolate_);
  // V8 tells of a termination only to JavaScript that runs: an empty batch is the shortest run.
  v8::Local<v8::Value> batch = v8::Array::New(isolate_);
  const auto deliver = ToV8(deliver_.Value()).As<v8::Function>();
  if (!deliver->Call(entered_context, v8::Undefined(isolate_), 1, &batch).IsEmpty() || !caught.HasTerminated()) {
    return false;
  }
  // Seen here, it would be forgotten.
  isolate_->TerminateExecution();
  return true;
}

}  // namespace isolates
