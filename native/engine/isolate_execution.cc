#include <thread>
#include <utility>

#include "engine/completion.h"
#include "engine/isolate_run.h"
#include "engine/process.h"
#include "engine/v8_compat.h"

// The life of one request inside of its isolate.
namespace isolates {

namespace {

// So long a thread does tasks of a pool before it makes room for another isolate that waits for one.
constexpr std::chrono::milliseconds kSlice{2};
constexpr std::chrono::milliseconds kStuckAfter{5};
// What a guest can fill meanwhile is tens of megabytes.
constexpr std::chrono::milliseconds kLookAtMemoryEvery{10};
// A call shorter than this has not filled much memory.
constexpr std::chrono::milliseconds kGrowsNoFaster{1};

}  // namespace

bool IsolateControl::AnswerRunning(uint64_t ticket, Outcome outcome) {
  uint64_t expected = ticket + 1;
  if (!running_.compare_exchange_strong(expected, 0)) return false;
  Deliver(ticket, std::move(outcome));
  return true;
}

bool IsolateControl::Execute(const HeapLock& lock, Operation* operation, RunKind kind, uint64_t number, Budget* budget,
                             Outcome* outcome, v8::Local<v8::Promise>* pending) {
  v8::Isolate* isolate = lock.isolate();
  Run run(this, lock, kind, number, budget);
  ++nests_;
  bool terminated = false;
  bool finished = true;
  const TimePoint began = limits_.memory == 0 ? TimePoint() : Clock::now();
  if (!run.dead_on_arrival()) {
    WatchMemory();
    run.Begin();
    {
      v8::TryCatch caught(isolate);
      finished = Evaluate(lock, &run, operation, &caught, outcome, pending);
      terminated = caught.HasTerminated() || isolate->IsExecutionTerminating();
    }
    run.End();
  }
  --nests_;
  Interrupts::Execution::End end = run.Finish(terminated);
  if (OutgrewMemory(lock, began)) {
    NoteHeap();
    interrupts_.Stop(CloseKind::kMemoryLimit);
    *outcome = Outcome::Failure(ErrorCode::kMemoryLimit);
    return true;
  }
  const bool is_over = finished && !run.dead_on_arrival();
  if (budget->token != 0) {
    // What it leaves behind.
    if (is_over && !run.answered()) {
      CallTokens::SetState(isolate, budget->carrier, CallTokens::State::kAnswered);
    } else if (is_over || end.cause != Interrupts::Cause::kNone) {
      lock.heap().tokens().Stop(isolate, budget->carrier);
    }
  }
  // A result that was complete before the stop came is a result.
  if (is_over || run.answered()) return true;
  if (end.cause != Interrupts::Cause::kNone) {
    NoteHeap();
    *outcome = CutOff(end.cause, budget->limits, std::move(end.stack));
  } else if (end.stopped || terminated || pending->IsEmpty()) {
    *outcome = Refusal();
  } else {
    return false;
  }
  return true;
}

void IsolateControl::WatchMemoryOnward() {
  watches_memory_.store(true, std::memory_order_relaxed);
  Process::Get().timer.Schedule(Clock::now() + kLookAtMemoryEvery, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    const bool passed = self->resident_mark_.IsPassed();
    if (passed) self->survey_due_.store(true, std::memory_order_relaxed);
    if (!self->interrupts_.IsExecuting()) {
      self->watches_memory_.store(false, std::memory_order_relaxed);
      return;
    }
    if (passed) self->interrupts_.RequestCallback(GuestHeap::OnSurvey, nullptr);
    self->WatchMemoryOnward();
  });
}

bool IsolateControl::OutgrewMemory(const HeapLock& lock, TimePoint began) {
  if (survey_due_.load(std::memory_order_relaxed)) {
    survey_due_.store(false, std::memory_order_relaxed);
    lock.heap().Survey();
  }
  const bool grew = limits_.memory != 0 && Clock::now() - began > kGrowsNoFaster && lock.heap().IsOverLimit();
  return grew || lock.heap().out_of_memory();
}

bool IsolateControl::Evaluate(const HeapLock& lock, Run* run, Operation* operation, v8::TryCatch* caught,
                              Outcome* outcome, v8::Local<v8::Promise>* pending) {
  v8::Isolate* isolate = lock.isolate();
  if (!lock.has_stack()) {
    const v8::Local<v8::Value> error = v8::Exception::RangeError(Literal(isolate, "Maximum call stack size exceeded"));
    return CompleteWithException(lock, error, {}, outcome);
  }
  v8::Local<v8::Value> value;
  if (!operation->Perform(lock, &functions_).ToLocal(&value)) {
    if (caught->HasTerminated() || !caught->HasCaught()) return false;
    const v8::Local<v8::Value> exception = caught->Exception();
    const v8::Local<v8::Message> message = caught->Message();
    caught->Reset();
    if (!run->PerformMicrotasks()) return false;
    if (nests_ == 1) ReportRejections(lock, {});
    if (isolate->IsExecutionTerminating() || caught->HasTerminated()) return false;
    return CompleteWithException(lock, exception, message, outcome);
  }
  if (!run->PerformMicrotasks()) return false;
  // The promise it gives is its caller's affair. What a call inside of a call leaves is looked at by the outer one.
  if (nests_ == 1) ReportRejections(lock, value);
  if (isolate->IsExecutionTerminating() || caught->HasTerminated()) return false;
  if (!value->IsPromise()) return CompleteWithValue(lock, value, operation->result, outcome);
  const v8::Local<v8::Promise> promise = value.As<v8::Promise>();
  switch (promise->State()) {
    case v8::Promise::kFulfilled:
      return CompleteWithValue(lock, promise->Result(), operation->result, outcome);
    case v8::Promise::kRejected:
      promise->MarkAsHandled();
      return CompleteWithException(lock, promise->Result(), {}, outcome);
    default:
      *pending = promise;
      return false;
  }
}

IsolateControl::Budget IsolateControl::BudgetOf(const TimeLimits& limits) {
  return {.limits = limits, .deadline = limits.wall > 0 ? DeadlineAfter(Clock::now(), limits.wall) : kNever};
}

void IsolateControl::PerformHere(Operation* operation, const TimeLimits& limits, const Caller& caller,
                                 Outcome* outcome) {
  const Budget budget = BudgetOf(limits);
  const bool waits = !HeldByThisThread() && state() == State::kRunning;
  const TimePoint asked = waits ? Clock::now() : TimePoint();
  SerialQueue::Turn turn(&queue_, budget.deadline, caller.give_up);
  if (waits && turn.state() == SerialQueue::Turn::State::kEntered) NoteWait(asked);
  switch (turn.state()) {
    case SerialQueue::Turn::State::kTimedOut:
      *outcome = CutOff(Interrupts::Cause::kTimeout, limits, {});
      return;
    case SerialQueue::Turn::State::kClosed:
      *outcome = Refusal();
      return;
    default:
      PerformInTurn(&turn, operation, budget, caller, nullptr, outcome);
  }
}

IsolateControl::AtOnce IsolateControl::PerformAtOnce(Operation* operation, const TimeLimits& limits,
                                                     const Caller& caller, const std::function<uint64_t()>& open,
                                                     Outcome* outcome) {
  // A nested turn could not wait for a promise.
  if (HeldByThisThread()) return AtOnce::kBusy;
  SerialQueue::Turn turn(&queue_, kImmediately);
  if (turn.state() == SerialQueue::Turn::State::kTimedOut) return AtOnce::kBusy;
  if (turn.state() == SerialQueue::Turn::State::kClosed) {
    *outcome = Refusal();
    return AtOnce::kEnded;
  }
  return PerformInTurn(&turn, operation, BudgetOf(limits), caller, &open, outcome) ? AtOnce::kEnded : AtOnce::kPending;
}

bool IsolateControl::PerformInTurn(SerialQueue::Turn* turn, Operation* operation, Budget budget, const Caller& caller,
                                   const std::function<uint64_t()>* open, Outcome* outcome) {
  const TimePoint began = Clock::now();
  const int64_t cpu_began = ThreadCpuClock::Nanoseconds(began);
  asked_.fetch_add(1, std::memory_order_relaxed);
  bool answered = true;
  const bool entered = turn->state() == SerialQueue::Turn::State::kEntered;
  if (entered) last_user_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  auto* const outer_turn = std::exchange(turn_, entered ? turn : turn_);
  if (interrupts_.stopped() != CloseKind::kNone) {
    *outcome = Refusal();
  } else {
    const auto* const outer = std::exchange(thread_ends_, caller.thread_ends);
    const uint64_t number = next_local_number_++;
    std::optional<Interrupts::Sleep> calling;
    if (caller.interrupts != nullptr) {
      calling.emplace(caller.interrupts, [weak = weak_from_this(), number] {
        if (const auto self = weak.lock()) self->interrupts_.Interrupt(number, Interrupts::Cause::kAborted);
      });
    }
    const auto thread = caller.thread_ends != nullptr ? LastResort::Thread::kNodes : LastResort::Thread::kPool;
    const bool came_back = LastResort::Contain(this, thread, [&] {
      if (!EnsureHeap()) {
        *outcome = Refusal();
        return;
      }
      const HeapLock lock(heap_.get());
      if (entered) BeginInspected();
      v8::Local<v8::Promise> pending;
      if (Execute(lock, operation, RunKind::kCallOfThread, number, &budget, outcome, &pending)) return;
      if (open == nullptr) {
        *outcome = Outcome::Failure(ErrorCode::kPendingPromise);
        if (budget.token != 0) CallTokens::SetState(lock.isolate(), budget.carrier, CallTokens::State::kAnswered);
      } else {
        Await(lock, pending, (*open)(), budget, operation->result);
        answered = false;
      }
    });
    if (!came_back) {
      Lose();
      *outcome = Refusal();
    }
    calling.reset();
    thread_ends_ = outer;
  }
  turn_ = outer_turn;
  Add(&counters_.calls, 1);
  if (answered) {
    answered_.fetch_add(1, std::memory_order_release);
    if (!outcome->ok) counters_.errors.fetch_add(1, std::memory_order_relaxed);
  }
  if (failed_) interrupts_.Stop(CloseKind::kError);
  if (entered) AfterTurn(turn, began, cpu_began);
  return answered;
}

void IsolateControl::RunAsync(const HeapLock& lock, Operation* operation, uint64_t ticket, const TimeLimits& limits) {
  Outcome outcome;
  v8::Local<v8::Promise> pending;
  Add(&counters_.calls, 1);
  Budget budget = BudgetOf(limits);
  running_.store(ticket + 1);
  const bool final = Execute(lock, operation, RunKind::kCall, ticket, &budget, &outcome, &pending);
  const bool answered = running_.exchange(0) == 0;
  if (answered) {
    if (pool_ != nullptr) EndPoolTask(ticket);
    return;
  }
  if (final) {
    Settle(ticket, std::move(outcome));
  } else {
    Await(lock, pending, ticket, budget, operation->result);
  }
}

void IsolateControl::DoPoolTasks(const HeapLock& lock) {
  in_pool_tasks_ = true;
  const TimePoint slice_ends = Clock::now() + kSlice;
  while (interrupts_.stopped() == CloseKind::kNone && !failed_) {
    // A task would wait here while others of this pool may be free: whatever else is in line goes first.
    if (queue_.queued() != 0 || (Process::Get().pool.HasWaiting() && Clock::now() >= slice_ends)) {
      WorkForPool();
      break;
    }
    const std::optional<TaskPool::Task> task = pool_->Take(id());
    if (!task.has_value()) break;
    const v8::HandleScope handles(lock.isolate());
    asked_.fetch_add(1, std::memory_order_relaxed);
    RunAsync(lock, task->operation.get(), task->ticket, task->limits);
  }
  in_pool_tasks_ = false;
}

void IsolateControl::EndPoolTask(uint64_t ticket) {
  size_t bytes = 0;
  if (pool_counts_bytes_ && heap_ != nullptr && interrupts_.stopped() == CloseKind::kNone) {
    v8::HeapStatistics heap;
    heap_->isolate()->GetHeapStatistics(&heap);
    bytes = heap.used_heap_size() + heap_->allocator()->used();
  }
  const TaskPool::After after = pool_->Ended(id(), ticket, bytes);
  if (after.retired) sink_->OnRetired(id());
  if (after.goes_on && !in_pool_tasks_) WorkForPool();
}

void IsolateControl::Await(const HeapLock& lock, v8::Local<v8::Promise> promise, uint64_t ticket, const Budget& budget,
                           Operation::Result result) {
  v8::Isolate* isolate = lock.isolate();
  const v8::Local<v8::Context> context = lock.context();
  PendingCall call{ticket, budget, result, v8::Global<v8::Promise>(isolate, promise), {}, std::nullopt};
  call.budget.carrier.Clear();
  if (budget.token != 0) {
    call.token.Reset(isolate, budget.carrier);
    tickets_.emplace(budget.token, ticket);
  }
  if (budget.deadline != kNever) call.timer = ScheduleExpiry(ticket, budget.deadline);
  pending_.insert_or_assign(ticket, std::move(call));
  awaited_.Acquire()->insert(ticket);
  const v8::Local<v8::Value> data = v8::Number::New(isolate, static_cast<double>(ticket));
  v8::Local<v8::Function> settled;
  // V8's own `then`, not what the guest may have put in its place. Without memory for it the call ends with the
  // isolate.
  if (!v8::Function::New(context, OnSettled, data).ToLocal(&settled)) return;
  (void)promise->Then(context, settled, settled).IsEmpty();
}

DeadlineTimer::Key IsolateControl::ScheduleExpiry(uint64_t ticket, TimePoint deadline) {
  return Process::Get().timer.Schedule(deadline, [weak = weak_from_this(), ticket] {
    if (const auto self = weak.lock()) self->ExpireAwaited(ticket, Interrupts::Cause::kTimeout);
  });
}

void IsolateControl::OnSettled(const v8::FunctionCallbackInfo<v8::Value>& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  auto* control = static_cast<IsolateControl*>(GuestHeap::Of(isolate)->client());
  const auto ticket = static_cast<uint64_t>(arguments.Data().As<v8::Number>()->Value());
  const auto found = control->pending_.find(ticket);
  // Gone when its time was up or its caller left.
  if (found == control->pending_.end()) return;
  const v8::Local<v8::Promise> promise = found->second.promise.Get(isolate);
  const Operation::Result result = found->second.result;
  const TimeLimits limits = found->second.budget.limits;
  const HeapLock lock(control->heap_.get());
  // Getters of the result run on its account.
  std::optional<CallTokens::Scope> scope;
  if (found->second.budget.token != 0) scope.emplace(isolate, found->second.token.Get(isolate));
  Outcome outcome;
  const bool completed = promise->State() == v8::Promise::kFulfilled
                             ? CompleteWithValue(lock, promise->Result(), result, &outcome)
                             : CompleteWithException(lock, promise->Result(), {}, &outcome);
  // Those may have taken too long.
  const auto still = control->pending_.find(ticket);
  if (still == control->pending_.end()) return;
  if (!completed) {
    // Cut off while its result was read. Who cut it off answers for it.
    if (control->interrupts_.stopped() != CloseKind::kNone) return;
    if (still->second.budget.token != 0) return;
    outcome = CutOff(Interrupts::Cause::kTimeout, limits.any() ? limits : control->time_, {});
  }
  control->EndPending(still, completed ? CallTokens::State::kAnswered : CallTokens::State::kStopped);
  control->Settle(ticket, std::move(outcome));
}

void IsolateControl::EndPending(std::unordered_map<uint64_t, PendingCall>::iterator call, CallTokens::State state) {
  PendingCall& ended = call->second;
  if (ended.timer.has_value()) Process::Get().timer.Cancel(*ended.timer);
  if (ended.budget.token != 0) {
    v8::Isolate* isolate = heap_->isolate();
    const v8::HandleScope handles(isolate);
    const v8::Local<v8::Object> token = ended.token.Get(isolate);
    if (state == CallTokens::State::kStopped) {
      heap_->tokens().Stop(isolate, token);
    } else {
      CallTokens::SetState(isolate, token, state);
    }
    tickets_.erase(ended.budget.token);
  }
  awaited_.Acquire()->erase(call->first);
  pending_.erase(call);
}

void IsolateControl::ExpireAwaited(uint64_t ticket, Interrupts::Cause cause) {
  if (cause == Interrupts::Cause::kAborted) aborted_.Acquire()->insert(ticket);
  const auto came = std::make_shared<std::atomic<bool>>(false);
  PostExpire(ticket, cause, came);
  // What its promise waited for may have come, and be going on without an end. Or it waits behind something else: then
  // it is answered in the midst of that.
  Process::Get().timer.Schedule(Clock::now() + kStuckAfter, [weak = weak_from_this(), came] {
    const auto stuck = weak.lock();
    if (stuck == nullptr || came->load(std::memory_order_relaxed)) return;
    const uint64_t number = stuck->interrupts_.Innermost();
    if (number != 0 && stuck->interrupts_.RequestReview(number)) stuck->InsistOnReview(number);
  });
}

void IsolateControl::Expire(uint64_t ticket, Interrupts::Cause cause, std::string stack) {
  if (cause == Interrupts::Cause::kAborted) aborted_.Acquire()->erase(ticket);
  const auto found = pending_.find(ticket);
  if (found == pending_.end()) return;
  const TimeLimits limits = found->second.budget.limits;
  EndPending(found, CallTokens::State::kStopped);
  Settle(ticket, CutOff(cause, limits, std::move(stack)));
}

}  // namespace isolates
