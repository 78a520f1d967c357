#include "engine/isolate_control.h"

#include <map>
#include <utility>

#include "base/check.h"
#include "engine/child_isolates.h"
#include "engine/heap_reserve.h"
#include "engine/inspection.h"
#include "engine/instruments.h"
#include "engine/isolate_task.h"
#include "engine/process.h"
#include "engine/v8_flags.h"

namespace isolates {

namespace {

// A turn on a pool thread lasts at least this long before it makes room for another isolate that waits for a thread.
constexpr std::chrono::milliseconds kSlice{2};

// After so many tasks in one turn more are likely to come at any moment.
constexpr size_t kManyInARow = 4;

// Numbers of executions that have no ticket. Tickets are JavaScript integers, so they stay below.
constexpr uint64_t kLocalNumbers = uint64_t{1} << 62;

using Registry = std::map<uint64_t, std::weak_ptr<IsolateControl>>;

struct Registered {
  Registry live;
  uint64_t next_id = 1;
};

Guarded<Registered>& GetRegistry() {
  static auto* registry = new Guarded<Registered>();
  return *registry;
}

}  // namespace

uint64_t NextIsolateId() { return GetRegistry().Acquire()->next_id++; }

std::vector<std::shared_ptr<IsolateControl>> LiveIsolates() {
  std::vector<std::shared_ptr<IsolateControl>> live;
  auto registry = GetRegistry().Acquire();
  for (const auto& [id, weak] : registry->live) {
    if (std::shared_ptr<IsolateControl> control = weak.lock()) live.push_back(std::move(control));
  }
  return live;
}

std::shared_ptr<IsolateControl> IsolateControl::Create(Options options, std::shared_ptr<Sink> sink) {
  SetV8Flags();
  std::shared_ptr<IsolateControl> control(new IsolateControl(std::move(options), std::move(sink)));
  GetRegistry().Acquire()->live.emplace(control->id(), control);
  return control;
}

IsolateControl::IsolateControl(Options options, std::shared_ptr<Sink> sink)
    : identity_([&options] {
        const uint64_t id = NextIsolateId();
        return GuestHeap::Identity{id, options.name.value_or("isolate-" + std::to_string(id))};
      }()),
      limits_(options.limits),
      time_(options.time),
      guest_(options.guest),
      ends_on_error_(options.ends_on_error),
      family_(std::move(options.family)),
      sink_(std::move(sink)),
      host_calls_(identity_.id, sink_, options.guest.host_calls),
      queue_(this),
      inspections_(std::make_unique<Inspections>()),
      initial_globals_(std::move(options.globals)),
      boot_(std::move(options.boot)),
      next_local_number_(kLocalNumbers) {}

IsolateControl::~IsolateControl() {
  // Whoever made it stops it: the heap goes in Teardown, never here on a thread that happens to let go last.
  ISOLATES_CHECK(heap_ == nullptr);
  GetRegistry().Acquire()->live.erase(id());
}

IsolateControl::State IsolateControl::state() const {
  if (interrupts_.stopped() != CloseKind::kNone) return State::kClosed;
  return HasUnanswered() ? State::kRunning : State::kIdle;
}

void IsolateControl::ScheduleTurn() { Process::Get().pool.Submit(shared_from_this()); }

void IsolateControl::RunOnPool() {
  SerialQueue::Turn turn(&queue_);
  last_user_.store({}, std::memory_order_relaxed);
  const TimePoint began = Clock::now();
  const int64_t cpu_began = ThreadCpuClock::Nanoseconds(began);
  {
    turn_ = &turn;
    if (!LastResort::Contain(this, LastResort::Thread::kPool, [&] { RunTasks(&turn); })) Lose();
    turn_ = nullptr;
  }
  AfterTurn(&turn, began, cpu_began);
}

bool IsolateControl::EnsureHeap() {
  if (heap_ != nullptr) return true;
  if (!HeapReserve::Get().Take(limits_, &heap_)) {
    interrupts_.Stop(CloseKind::kMemoryLimit);
    return false;
  }
  heap_->Assign(identity_, this);
  interrupts_.Attach(heap_->isolate());
  AwaitIdleness();
  const std::weak_ptr<IsolateControl> weak = weak_from_this();
  heap_->tasks().SetWake([weak] {
    if (const auto self = weak.lock()) self->Wake();
  });
  if (boot_.kind == Message::Kind::kEncoded) {
    const Message boot = std::move(boot_);
    const HeapLock lock(heap_.get());
    v8::TryCatch caught(lock.isolate());
    if (!heap_->remote().Boot(boot)) return FailToStart(lock, &caught);
  }
  if (initial_globals_.kind == Message::Kind::kEncoded) {
    const Message globals = std::move(initial_globals_);
    const HeapLock lock(heap_.get());
    v8::TryCatch caught(lock.isolate());
    if (DefineGlobals(lock, globals).IsNothing()) return FailToStart(lock, &caught);
  }
  return true;
}

bool IsolateControl::FailToStart(const HeapLock& lock, v8::TryCatch* caught) {
  if (heap_->out_of_memory() || !caught->HasCaught() || caught->HasTerminated()) {
    interrupts_.Stop(CloseKind::kMemoryLimit);
    return false;
  }
  // Such as too little of the thread's stack: it is told like any error that is nobody's.
  const v8::Local<v8::Value> exception = caught->Exception();
  const v8::Local<v8::Message> message = caught->Message();
  caught->Reset();
  Report(lock, UncaughtKind::kException, exception, message);
  interrupts_.Stop(CloseKind::kError);
  return false;
}

void IsolateControl::RunTasks(SerialQueue::Turn* turn) {
  std::optional<HeapLock> lock;
  const TimePoint slice_ends = Clock::now() + kSlice;
  const bool may_look = Process::Get().cores > 1;
  for (size_t done = 0;; ++done) {
    std::unique_ptr<SerialTask> next = turn->Next();
    if (next == nullptr && may_look && done >= kManyInARow) next = turn->NextSoon();
    if (next == nullptr) break;
    auto* task = static_cast<Task*>(next.get());
    if (interrupts_.stopped() != CloseKind::kNone) {
      task->Refuse(this);
      continue;
    }
    if (!lock.has_value()) {
      // Where it is found when V8 gives up on the heap: nothing on this stack is destroyed then.
      first_of_turn_ = std::move(next);
      if (EnsureHeap()) {
        lock.emplace(heap_.get());
        BeginInspected();
      }
      next = std::move(first_of_turn_);
      if (!lock.has_value()) {
        task->Refuse(this);
        continue;
      }
    }
    {
      // What a task leaves behind in handles goes with it.
      const v8::HandleScope handles(lock->isolate());
      task->Run(this, *lock);
    }
    if (failed_) interrupts_.Stop(CloseKind::kError);
    if (Process::Get().pool.HasWaiting() && Clock::now() >= slice_ends) break;
  }
  if (lock.has_value() && interrupts_.stopped() == CloseKind::kNone) {
    RunForegroundTasks(*lock);
    if (failed_) interrupts_.Stop(CloseKind::kError);
  }
}

void IsolateControl::AfterTurn(SerialQueue::Turn* turn, TimePoint began, int64_t cpu_began) {
  if (lost()) return;
  EndInspected();
  if (queue_.queued() == 0) interrupts_.ForgetEarly();
  if (heap_ != nullptr && heap_->out_of_memory()) interrupts_.Stop(CloseKind::kMemoryLimit);
  const TimePoint now = Clock::now();
  Add(&counters_.wall_nanoseconds, std::chrono::duration_cast<std::chrono::nanoseconds>(now - began).count());
  Add(&counters_.cpu_nanoseconds, ThreadCpuClock::Nanoseconds(now) - cpu_began);
  CloseWhenIdle();
  if (interrupts_.stopped() != CloseKind::kNone) Teardown(turn);
}

void IsolateControl::Finish(CloseKind kind) {
  GetRegistry().Acquire()->live.erase(id());
  if (family_.counted_in != nullptr) family_.counted_in->GiveBack();
  if (family_.memory_counted_in != nullptr) family_.memory_counted_in->GiveBack(limits_.memory);
  sink_->OnClosed(id(), kind);
  closed_.Set();
}

void IsolateControl::OnPrint(ConsoleOutput output) {
  output.name = name();
  if (guest_.console != SIZE_MAX) {
    if (printed_ > guest_.console) return;
    printed_ += output.text.bytes();
    if (printed_ > guest_.console) {
      const std::string note = name() + " has printed its maxConsoleOutput of " + std::to_string(guest_.console) +
                               " bytes: nothing of what follows is shown\n";
      output = {"error", true, SourceText(std::string_view(note)), name()};
    }
  }
  {
    // On the host's own thread its JavaScript prints.
    const Interrupts::Pause pause(&interrupts_);
    sink_->OnPrint(id(), std::move(output), [this] { return interrupts_.Pending(); });
  }
  OnBackFromHost();
}

void IsolateControl::Settle(uint64_t ticket, Outcome outcome) {
  if (pool_ != nullptr) EndPoolTask(ticket);
  Deliver(ticket, std::move(outcome));
}

void IsolateControl::Deliver(uint64_t ticket, Outcome outcome) {
  // Also on the thread of the timer, for a call that cannot be stopped.
  if (!outcome.ok) counters_.errors.fetch_add(1, std::memory_order_relaxed);
  outcome.isolate_id = id();
  answered_.fetch_add(1, std::memory_order_release);
  sink_->OnOutcome(ticket, std::move(outcome));
}

bool IsolateControl::NodeThreadEnds() {
  if (!(*thread_ends_)()) return false;
  interrupts_.Stop(CloseKind::kExit);
  return true;
}

Outcome IsolateControl::CutOff(Interrupts::Cause cause, const TimeLimits& limits, std::string stack) {
  if (cause == Interrupts::Cause::kAborted) return Outcome::Failure(ErrorCode::kAborted);
  if (cause == Interrupts::Cause::kTimeout) return Outcome::TimedOut(limits.wall, std::move(stack));
  Outcome outcome = Outcome::TimedOut(limits.cpu, std::move(stack));
  outcome.code = ErrorCode::kCpuTimeout;
  return outcome;
}

Outcome IsolateControl::Refusal() const {
  const CloseKind kind = interrupts_.stopped();
  return Outcome::Failure(kind == CloseKind::kMemoryLimit ? ErrorCode::kMemoryLimit : ErrorCode::kIsolateClosed);
}

}  // namespace isolates
