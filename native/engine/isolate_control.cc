#include "engine/isolate_control.h"

#include <map>
#include <thread>
#include <utility>

#include "base/check.h"
#include "engine/child_isolates.h"
#include "engine/completion.h"
#include "engine/heap_reserve.h"
#include "engine/inspection.h"
#include "engine/instruments.h"
#include "engine/isolate_run.h"
#include "engine/process.h"
#include "engine/snapshot.h"
#include "engine/v8_compat.h"
#include "engine/v8_flags.h"

namespace isolates {

namespace {

// A turn on a pool thread lasts at least this long before it makes room for another isolate that waits for a thread.
constexpr std::chrono::milliseconds kSlice{2};

// After so many tasks in one turn more are likely to come at any moment.
constexpr size_t kManyInARow = 4;

constexpr std::chrono::milliseconds kStatsPatience{100};

// So long a thread that has left an isolate is still sampled for its CPU profile. Threads of the pool end much later.
constexpr std::chrono::seconds kSampledOnward{1};

// A heap that takes no longer to give back than a thread takes to wake.
constexpr size_t kSmallHeap = size_t{8} << 20;

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

// Those that V8 cannot go on with, for as long as the process lasts.
Guarded<std::vector<std::shared_ptr<IsolateControl>>>& LostIsolates() {
  static auto* lost = new Guarded<std::vector<std::shared_ptr<IsolateControl>>>();
  return *lost;
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

// What is queued. Run by the holder of the turn with the heap locked, or refused when the isolate is closed.
struct IsolateControl::Task : SerialTask {
  virtual void Run(IsolateControl* control, const HeapLock& lock) = 0;
  virtual void Refuse(IsolateControl*) {}
};

struct IsolateControl::OperationTask final : Task {
  std::unique_ptr<Operation> operation;
  uint64_t ticket;
  TimeLimits limits;
  const TimePoint submitted = Clock::now();

  OperationTask(std::unique_ptr<Operation> operation, uint64_t ticket, const TimeLimits& limits)
      : operation(std::move(operation)), ticket(ticket), limits(limits) {}
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->NoteWait(submitted);
    control->RunAsync(lock, operation.get(), ticket, limits);
  }
  void Refuse(IsolateControl* control) override { control->Settle(ticket, control->Refusal()); }
};

struct IsolateControl::CloseTask final : Task {
  void Run(IsolateControl* control, const HeapLock&) override { control->closing_ = true; }
};

// Makes sure that somebody takes the turn, to run V8's tasks or to notice that the isolate was stopped. The tasks have
// their place in line like everything else: calls that come without a pause do not keep them waiting for ever.
struct IsolateControl::WakeTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override { control->RunForegroundTasks(lock); }
};

// The call was not running when its time was up or its caller left: perhaps its promise is being awaited.
struct IsolateControl::ExpireTask final : Task {
  uint64_t ticket;
  Interrupts::Cause cause;
  std::shared_ptr<std::atomic<bool>> came;  // null when nobody asks

  ExpireTask(uint64_t ticket, Interrupts::Cause cause, std::shared_ptr<std::atomic<bool>> came)
      : ticket(ticket), cause(cause), came(std::move(came)) {}
  void Run(IsolateControl* control, const HeapLock&) override {
    if (came != nullptr) came->store(true, std::memory_order_relaxed);
    control->Expire(ticket, cause, {});
  }
};

// Something that a promise of the guest waits for has happened.
struct IsolateControl::NewsTask final : Task {
  uint64_t wait;
  News news;

  NewsTask(uint64_t wait, News news) : wait(wait), news(news) {}
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->RunForNobody(lock, [this, &lock] { lock.heap().OnNews(wait, news); });
  }
};

// Isolates that the guest made have something for it.
struct IsolateControl::ChildrenTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->RunForNobody(lock, [control] { control->children_->Drain(); });
  }
};

void IsolateControl::PostFromChildren() { queue_.Post(std::make_unique<ChildrenTask>()); }

// It has not been used for a while. Later, if it is about to be used again, or if it is not known yet what can be given
// back.
struct IsolateControl::IdleTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->awaits_idleness_ = false;
    if (control->queue_.queued() == 0 && Snapshot::state() != Snapshot::State::kBuilding) {
      lock.heap().GiveBackIdleMemory();
    } else {
      control->AwaitIdleness();
    }
  }
};

void IsolateControl::AwaitIdleness() {
  if (!std::exchange(awaits_idleness_, true)) Process::Get().idle.Add(weak_from_this());
}

void IsolateControl::OnIdle() { queue_.Post(std::make_unique<IdleTask>()); }

// An answer of the host's has come.
struct IsolateControl::AnswerTask final : Task {
  uint64_t call;
  HostCalls::Answer answer;

  AnswerTask(uint64_t call, HostCalls::Answer answer) : call(call), answer(std::move(answer)) {}
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->host_calls_.End(call);
    control->RunForNobody(lock, [this, &lock] { lock.heap().remote().OnAnswer(call, answer.kind, answer.value); });
  }
};

struct IsolateControl::DropTask final : Task {
  uint64_t number;

  explicit DropTask(uint64_t number) : number(number) {}
  void Run(IsolateControl*, const HeapLock& lock) override { lock.heap().remote().Drop(number); }
};

void IsolateControl::AnswerGuest(uint64_t call, HostCalls::Answer answer) {
  if (host_calls_.OnAnswer(call, &answer)) queue_.Post(std::make_unique<AnswerTask>(call, std::move(answer)));
}

void IsolateControl::DropReference(uint64_t number) { queue_.Post(std::make_unique<DropTask>(number)); }

// Timers of the guest are due.
struct IsolateControl::CallbacksTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override { control->RunCallbacks(lock); }
};

// It is a member of a pool.
struct IsolateControl::JoinTask final : Task {
  std::shared_ptr<TaskPool> pool;
  bool counts_bytes;

  JoinTask(std::shared_ptr<TaskPool> pool, bool counts_bytes) : pool(std::move(pool)), counts_bytes(counts_bytes) {}
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->pool_ = std::move(pool);
    control->pool_counts_bytes_ = counts_bytes;
    control->DoPoolTasks(lock);
  }
  void Refuse(IsolateControl* control) override { pool->Leave(control->id()); }
};

struct IsolateControl::WorkTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->work_posted_.store(false);
    control->DoPoolTasks(lock);
  }
};

// Something is to look into the isolate, and the guest may have nothing to do.
struct IsolateControl::InspectTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override { control->PerformInspections(lock); }
};

// No turn for a while: the thread that had the last one may end.
struct IsolateControl::RestTask final : Task {
  void Run(IsolateControl* control, const HeapLock&) override {
    control->awaits_rest_ = false;
    if (control->instruments_ != nullptr) control->instruments_->profiling().Rest();
  }
};

bool IsolateControl::Inspect(std::unique_ptr<Inspection>* inspection) {
  if (interrupts_.stopped() != CloseKind::kNone || !inspections_->Add(inspection)) return false;
  if (!queue_.Post(std::make_unique<InspectTask>())) RefuseInspections();
  // This object lives longer than the isolate, so the address is good whenever V8 gets round to calling.
  interrupts_.RequestCallback(Run::Inspect, this);
  return true;
}

void IsolateControl::EndInspected() {
  if (instruments_ == nullptr) return;
  CpuProfiling& profiling = instruments_->profiling();
  profiling.OnTurnEnded();
  if (awaits_rest_ || !profiling.is_sampling()) return;
  awaits_rest_ = true;
  Process::Get().timer.Schedule(Clock::now() + kSampledOnward, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->queue_.Post(std::make_unique<RestTask>());
  });
}

void IsolateControl::JoinPool(const std::shared_ptr<TaskPool>& pool, const TaskPool::Terms& terms) {
  pool->Join(shared_from_this(), terms);
  if (!queue_.Post(std::make_unique<JoinTask>(pool, terms.most_bytes != 0))) pool->Leave(id());
}

bool IsolateControl::WorkForPool() {
  // Never two in line: each would make room for the other, for ever.
  return work_posted_.exchange(true) || queue_.Post(std::make_unique<WorkTask>());
}

void IsolateControl::PostNews(uint64_t wait, News news) {
  if (news == News::kCallbacksDue) {
    queue_.Post(std::make_unique<CallbacksTask>());
  } else {
    queue_.Post(std::make_unique<NewsTask>(wait, news));
  }
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

void IsolateControl::Wake() { queue_.Post(std::make_unique<WakeTask>()); }

IsolateControl::State IsolateControl::state() const {
  if (interrupts_.stopped() != CloseKind::kNone) return State::kClosed;
  return HasUnanswered() ? State::kRunning : State::kIdle;
}

bool IsolateControl::Submit(std::unique_ptr<Operation> operation, uint64_t ticket, const TimeLimits& limits) {
  if (interrupts_.stopped() != CloseKind::kNone) return false;
  asked_.fetch_add(1, std::memory_order_relaxed);
  if (queue_.Post(std::make_unique<OperationTask>(std::move(operation), ticket, limits))) return true;
  answered_.fetch_add(1, std::memory_order_release);
  return false;
}

void IsolateControl::Abort(uint64_t ticket) {
  EndInTime(ticket, Interrupts::Cause::kAborted);
  const bool is_awaited = awaited_.Acquire()->contains(ticket);
  if (is_awaited) {
    ExpireAwaited(ticket, Interrupts::Cause::kAborted);
  } else {
    PostExpire(ticket, Interrupts::Cause::kAborted);
  }
}

void IsolateControl::PostExpire(uint64_t ticket, Interrupts::Cause cause, std::shared_ptr<std::atomic<bool>> came) {
  queue_.Post(std::make_unique<ExpireTask>(ticket, cause, std::move(came)));
}

bool IsolateControl::Stop(CloseKind kind) {
  if (!interrupts_.Stop(kind)) return false;
  Wake();
  if (running_.load() != 0) {
    // What V8 does not interrupt goes on; who called need not wait for it.
    Process::Get().timer.Schedule(Clock::now() + kOverdueAfter, [weak = weak_from_this()] {
      const auto self = weak.lock();
      const uint64_t running = self == nullptr ? 0 : self->running_.load();
      if (running != 0) self->AnswerRunning(running - 1, self->Refusal());
    });
  }
  return true;
}

bool IsolateControl::Close(bool may_be_here) {
  if (!may_be_here || last_user_.load(std::memory_order_relaxed) != std::this_thread::get_id() || !CloseHere()) {
    queue_.Post(std::make_unique<CloseTask>());
    return false;
  }
  return true;
}

bool IsolateControl::CloseHere() {
  const std::shared_ptr<IsolateControl> self = shared_from_this();
  SerialQueue::Turn turn(&queue_, kImmediately);
  if (turn.state() != SerialQueue::Turn::State::kEntered) return false;
  if (heap_ != nullptr) {
    const HeapLock lock(heap_.get());
    v8::HeapStatistics statistics;
    lock.isolate()->GetHeapStatistics(&statistics);
    if (statistics.total_heap_size() + heap_->allocator()->used() > kSmallHeap) return false;
  }
  const TimePoint began = Clock::now();
  closing_ = true;
  AfterTurn(&turn, began, ThreadCpuClock::Nanoseconds(began));
  return true;
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
  heap_ = HeapReserve::Get().Take(limits_);
  if (heap_ == nullptr) {
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
      if (!EnsureHeap()) {
        task->Refuse(this);
        continue;
      }
      lock.emplace(heap_.get());
      BeginInspected();
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

void IsolateControl::Teardown(SerialQueue::Turn* turn) {
  // Keeps the control over its own end: the queue below is the last that refers to it.
  const std::shared_ptr<IsolateControl> self = shared_from_this();
  const CloseKind kind = interrupts_.stopped();
  // 1. Nobody comes in any more; who waited for a turn goes away with an error.
  std::vector<std::unique_ptr<SerialTask>> left = turn->Close();
  // 2. No thread reaches the isolate to stop it.
  interrupts_.Detach();
  // 3. What the guest made is told to end, and not waited for: it may need its time.
  if (children_ != nullptr) children_->StopAll();
  // 4. Everybody who waits is told.
  for (const std::unique_ptr<SerialTask>& task : left) static_cast<Task*>(task.get())->Refuse(this);
  RefuseInspections();
  for (auto& [ticket, call] : pending_) {
    if (call.timer.has_value()) Process::Get().timer.Cancel(*call.timer);
    Settle(ticket, Refusal());
  }
  if (pool_ != nullptr) pool_->Leave(id());
  // 5. What holds on to objects of the heap goes under its lock, 6. and then the heap.
  if (heap_ != nullptr) {
    {
      const HeapLock lock(heap_.get());
      LeaveInspected();
      pending_.clear();
      functions_.Clear();
      if (children_ != nullptr) children_->Leave();
      heap_->LeaveSharing();
    }
    heap_.reset();
  }
  // 7. It is gone once all below it is: who is told so last of all need not think of those.
  if (children_ == nullptr) {
    Finish(kind);
  } else {
    children_->WhenAllGone([self, kind] { self->Finish(kind); });
  }
}

void IsolateControl::Finish(CloseKind kind) {
  GetRegistry().Acquire()->live.erase(id());
  if (family_.counted_in != nullptr) family_.counted_in->GiveBack();
  if (family_.memory_counted_in != nullptr) family_.memory_counted_in->GiveBack(limits_.memory);
  sink_->OnClosed(id(), kind);
  closed_.Set();
}

void IsolateControl::OnStandStill() {
  Process::Get().pool.LoseThread();
  Lose();
}

void IsolateControl::Lose() {
  // A guest that was lost inside of a call of its own is left once more for each call around that one.
  if (lost()) return;
  // As Teardown, without what needs the heap. The control is kept for ever, and so is its entry among the live ones:
  // the way out of the process must know that V8 cannot be ended.
  LostIsolates().Acquire()->push_back(shared_from_this());
  // The place that was left is inside of that one, and of this one as well. Its turn was on the part of the stack that
  // is gone; what waits for another comes from this guest only.
  if (const std::shared_ptr<IsolateControl> inner = Enter(nullptr)) {
    inner->turn_ = nullptr;
    inner->Lose();
  }
  interrupts_.Stop(CloseKind::kMemoryLimit);
  interrupts_.Abandon();
  run_ = nullptr;
  if (turn_ != nullptr) {
    for (const std::unique_ptr<SerialTask>& task : turn_->Close()) static_cast<Task*>(task.get())->Refuse(this);
  }
  RefuseInspections();
  if (instruments_ != nullptr) {
    // What samples this thread ends. What else looks into the heap stays as that does.
    instruments_->profiling().Clear();
    instruments_.release();
  }
  if (children_ != nullptr) children_->StopAll();
  for (auto& [ticket, call] : pending_) {
    if (call.timer.has_value()) Process::Get().timer.Cancel(*call.timer);
    Settle(ticket, Refusal());
  }
  if (const uint64_t running = running_.load(); running != 0) AnswerRunning(running - 1, Refusal());
  if (pool_ != nullptr) pool_->Leave(id());
  if (heap_ != nullptr) heap_->AbandonSharing();
  lost_.store(true, std::memory_order_release);
  // Its share of `maxIsolates` is not given back, since its memory is not.
  sink_->OnClosed(id(), interrupts_.stopped());
}

void IsolateControl::OnBackFromHost() {
  if (lost()) LastResort::Leave(this);
}

IsolateStats IsolateControl::Stats() {
  {
    // Asking V8 needs the turn. An isolate that is busy answers with what it last knew; one that has given all its
    // answers is about to end its turn.
    SerialQueue::Turn turn(&queue_, HasUnanswered() ? kImmediately : Clock::now() + kStatsPatience);
    const bool mine =
        turn.state() == SerialQueue::Turn::State::kEntered || turn.state() == SerialQueue::Turn::State::kNested;
    if (mine && heap_ != nullptr) {
      const HeapLock lock(heap_.get());
      NoteHeap();
    }
  }
  return KnownStats();
}

void IsolateControl::NoteHeap() {
  v8::HeapStatistics heap;
  heap_->isolate()->GetHeapStatistics(&heap);
  counters_.heap_used.store(heap.used_heap_size(), std::memory_order_relaxed);
  counters_.heap_total.store(heap.total_heap_size(), std::memory_order_relaxed);
  counters_.heap_limit.store(heap.heap_size_limit(), std::memory_order_relaxed);
  counters_.external.store(heap_->allocator()->used(), std::memory_order_relaxed);
  const Realm::KeptElsewhere kept = heap_->CountElsewhere();
  counters_.channels.store(kept.channels, std::memory_order_relaxed);
  counters_.channel_bytes.store(kept.channel_bytes, std::memory_order_relaxed);
  counters_.store_bytes.store(kept.store_bytes, std::memory_order_relaxed);
  counters_.value_bytes.store(static_cast<size_t>(heap_->value_bytes()), std::memory_order_relaxed);
}

IsolateStats IsolateControl::KnownStats() const {
  const auto read = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
  return {read(counters_.heap_used),
          read(counters_.heap_total),
          read(counters_.heap_limit),
          read(counters_.external),
          read(counters_.cpu_nanoseconds),
          read(counters_.wall_nanoseconds),
          read(counters_.calls),
          read(counters_.errors),
          queue_.queued(),
          read(counters_.waited_nanoseconds),
          read(counters_.channels),
          read(counters_.channel_bytes),
          read(counters_.store_bytes),
          read(counters_.value_bytes)};
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
