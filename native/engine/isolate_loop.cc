#include <algorithm>
#include <utility>
#include <vector>

#include "engine/child_isolates.h"
#include "engine/completion.h"
#include "engine/guest_handlers.h"
#include "engine/isolate_run.h"
#include "engine/process.h"

// What runs in an isolate though nobody calls: timers, V8's tasks, what promises wait for; and what becomes of errors
// that are nobody's.
namespace isolates {

namespace {

// So long callbacks that are due go on one after another before whatever else is in line has its turn.
constexpr std::chrono::milliseconds kRound{2};

}  // namespace

void IsolateControl::RunForNobody(const HeapLock& lock, const std::function<void()>& body) {
  v8::Isolate* isolate = lock.isolate();
  Run run(this, lock, RunKind::kNobodys, Interrupts::NextNobodys(), nullptr);
  ++nests_;
  bool terminated = false;
  const TimePoint began = limits_.memory != 0 ? Clock::now() : TimePoint();
  if (!run.dead_on_arrival()) {
    WatchMemory();
    run.Begin();
    {
      v8::TryCatch caught(isolate);
      body();
      if (caught.HasCaught() && !caught.HasTerminated()) {
        const v8::Local<v8::Value> exception = caught.Exception();
        const v8::Local<v8::Message> message = caught.Message();
        caught.Reset();
        ReportException(lock, exception, message);
      }
      run.PerformMicrotasks();
      ReportRejections(lock, {});
      const bool cut_off = std::exchange(cut_off_, false);
      terminated = cut_off || caught.HasTerminated() || isolate->IsExecutionTerminating();
    }
    run.End();
  }
  --nests_;
  Interrupts::Execution::End end = run.Finish(terminated);
  if (OutgrewMemory(lock, began)) {
    NoteHeap();
    interrupts_.Stop(CloseKind::kMemoryLimit);
    return;
  }
  if (end.cause == Interrupts::Cause::kNone || interrupts_.stopped() != CloseKind::kNone) return;
  NoteHeap();
  if (PendingWith(end.token) != nullptr) {
    Expire(tickets_.at(end.token), end.cause, std::move(end.stack));
  } else if (terminated && end.cause != Interrupts::Cause::kAborted && (end.token == 0 || run.cut_is_told())) {
    // Not when the time was up just as it was done. Where the guest was in the midst of V8's own work, nobody has said
    // whose limits those were.
    const TimeLimits& limits = run.cut_limits().any() ? run.cut_limits() : time_;
    Deliver(UncaughtKind::kException, CutOff(end.cause, limits, std::move(end.stack)));
  }
}

void IsolateControl::RunCallbacks(const HeapLock& lock) {
  const TimePoint round_ends = Clock::now() + kRound;
  EventLoop& loop = lock.heap().loop();
  loop.BeginRound();
  bool goes_on = true;
  while (goes_on) {
    const v8::HandleScope handles(lock.isolate());
    bool asked = false;
    RunForNobody(lock, [&] {
      v8::Local<v8::Value> taken;
      asked = loop.Take().ToLocal(&taken);
      goes_on = asked && taken->IsArray();
      if (goes_on) CallCallback(lock, taken.As<v8::Array>());
    });
    if (interrupts_.stopped() != CloseKind::kNone || failed_) return;
    // Cut off before it was known what is due: to be asked again.
    if (!asked || (goes_on && Clock::now() >= round_ends)) {
      loop.Post();
      return;
    }
  }
}

void IsolateControl::CallCallback(const HeapLock& lock, v8::Local<v8::Array> call) {
  const v8::Local<v8::Context> context = lock.context();
  std::vector<v8::Local<v8::Value>> values(call->Length());
  for (uint32_t i = 0; i < values.size(); ++i) {
    if (!call->Get(context, i).ToLocal(&values[i])) return;
  }
  // The first is the token of the call that has set it up, or undefined.
  const std::optional<CallTokens::Token> token = CallTokens::Read(values[0]);
  if (token.has_value()) {
    // A call that was stopped takes its timers along.
    if (token->state == CallTokens::State::kStopped) {
      lock.heap().loop().Drop();
      return;
    }
    ChargeTo(token->number);
  }
  const CallTokens::Scope scope(lock.isolate(), values[0]);
  // As in browsers, its `this` is the global object.
  (void)values[1]
      .As<v8::Function>()
      ->Call(context, context->Global(), static_cast<int>(values.size() - 2), values.data() + 2)
      .IsEmpty();
}

void IsolateControl::RunForegroundTasks(const HeapLock& lock) {
  // Each by itself: one that is cut off takes none of the others along. At least once, for what calls left behind.
  size_t waiting = lock.heap().tasks().waiting();
  do {
    const v8::HandleScope handles(lock.isolate());
    RunForNobody(lock, [&] {
      const bool runs = lock.heap().tasks().waiting() != 0;
      lock.heap().tasks().RunNext();
      // What ends such a task is caught by the task.
      if (runs && interrupts_.Pending()) cut_off_ = true;
    });
  } while (waiting-- > 1 && interrupts_.stopped() == CloseKind::kNone && !failed_);
  // Who posted these saw others in front of them, and woke nobody.
  if (lock.heap().tasks().waiting() != 0) Wake();
}

void IsolateControl::ReportRejections(const HeapLock& lock, v8::Local<v8::Value> except) {
  v8::Isolate* isolate = lock.isolate();
  Rejections& rejections = lock.heap().rejections();
  while (!rejections.empty() && !isolate->IsExecutionTerminating()) {
    const v8::HandleScope handles(isolate);
    const v8::Local<v8::Array> promises = rejections.Take(isolate);
    for (uint32_t i = 0; i < promises->Length(); ++i) {
      const v8::HandleScope inner(isolate);
      v8::Local<v8::Value> rejected;
      if (!promises->Get(lock.context(), i).ToLocal(&rejected)) return;
      const v8::Local<v8::Promise> promise = rejected.As<v8::Promise>();
      if (promise == except || promise->HasHandler()) continue;
      ReportRejection(lock, promise);
      if (isolate->IsExecutionTerminating()) return;
    }
    // Copying an error runs the guest's getters, and those what they like.
    isolate->PerformMicrotaskCheckpoint();
  }
}

void IsolateControl::OnUncaught(v8::Local<v8::Value> exception, v8::Local<v8::Message> message) {
  const HeapLock lock(heap_.get());
  ReportException(lock, exception, message);
}

void IsolateControl::ReportException(const HeapLock& lock, v8::Local<v8::Value> exception,
                                     v8::Local<v8::Message> message) {
  if (HandledByGuest(lock, [&] { return GuestHandlers::HandleException(lock.context(), exception, message); })) return;
  Report(lock, UncaughtKind::kException, exception, message);
}

void IsolateControl::ReportRejection(const HeapLock& lock, v8::Local<v8::Promise> promise) {
  if (HandledByGuest(lock, [&] { return GuestHandlers::HandleRejection(lock.context(), promise); })) return;
  Report(lock, UncaughtKind::kRejection, promise->Result(), {});
}

bool IsolateControl::HandledByGuest(const HeapLock& lock, const std::function<bool()>& handle) {
  v8::TryCatch caught(lock.isolate());
  const bool handled = handle();
  if (!caught.HasCaught()) return handled;
  if (caught.HasTerminated()) {
    // Cut off, it is part of what is cut off.
    cut_off_ = true;
    lock.isolate()->TerminateExecution();
    return true;
  }
  const v8::Local<v8::Value> exception = caught.Exception();
  const v8::Local<v8::Message> message = caught.Message();
  caught.Reset();
  Report(lock, UncaughtKind::kException, exception, message);
  return cut_off_;
}

void IsolateControl::Report(const HeapLock& lock, UncaughtKind kind, v8::Local<v8::Value> exception,
                            v8::Local<v8::Message> message) {
  Outcome outcome;
  // Cut off, it is part of what is cut off.
  if (!CompleteWithException(lock, exception, message, &outcome)) {
    cut_off_ = true;
    lock.isolate()->TerminateExecution();
    return;
  }
  Deliver(kind, std::move(outcome));
}

void IsolateControl::Deliver(UncaughtKind kind, Outcome outcome) {
  {
    const Interrupts::Pause pause(&interrupts_);
    sink_->OnUncaught(id(), kind, std::move(outcome), [this] { return interrupts_.Pending(); });
  }
  OnBackFromHost();
  if (ends_on_error_) failed_ = true;
}

bool IsolateControl::HasWork() const {
  if (queue_.queued() != 0) return true;
  if (heap_ == nullptr) return false;
  if (heap_->loop().IsHeld() || heap_->tasks().waiting() != 0) return true;
  // WebAssembly that compiles will come back with a task.
  if (heap_->isolate()->HasPendingBackgroundTasks()) return true;
  // A promise of which nothing is known that could settle it is lost, and its call with it.
  const bool waits = heap_->waits() != 0 || (children_ != nullptr && children_->HasRequests());
  return (!pending_.empty() && waits) || host_calls_.open() != 0;
}

void IsolateControl::CloseWhenIdle() {
  if (closing_ && interrupts_.stopped() == CloseKind::kNone && !HasWork()) interrupts_.Stop(CloseKind::kClose);
}

}  // namespace isolates
