#ifndef ISOLATES_ENGINE_ISOLATE_CONTROL_H_
#define ISOLATES_ENGINE_ISOLATE_CONTROL_H_

#include <v8.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "engine/function_cache.h"
#include "engine/guest_heap.h"
#include "engine/host_calls.h"
#include "engine/interrupts.h"
#include "engine/isolate_backend.h"
#include "engine/last_resort.h"
#include "engine/operations.h"
#include "engine/outcome.h"
#include "engine/time_limits.h"
#include "sync/event.h"
#include "sync/idle_sweep.h"
#include "sync/quota.h"
#include "sync/serial_queue.h"
#include "sync/thread_pool.h"

namespace isolates {

class ChildIsolates;
class Inspections;
class Instruments;

// An isolate as seen from every thread: a queue of requests, the way to stop it, and what is known about it. The heap
// behind it is made by the first who has the turn, and gone once it is closed.
//
// Threads: any, except where a comment says "turn": those belong to the thread that has the queue's turn.
// Owns: the heap, the queue, promises that are waited for; the isolates that its guest made, which end with it.
// Lifetime: shared_ptr; alive while somebody holds it, while a turn is scheduled and while its heap lives.
class IsolateControl final : public IsolateBackend,
                             public PoolJob,
                             public SerialQueue::Host,
                             public GuestHeap::Client,
                             public LastResort::Client,
                             public Mailbox,
                             public IdleSweep::Party,
                             public Interrupts::Judge,
                             public std::enable_shared_from_this<IsolateControl> {
 public:
  // Where it stands in the tree of isolates that guests make.
  struct Family {
    uint64_t parent = 0;                // 0: a Node environment made it
    std::shared_ptr<Quota> own;         // what its guest's isolates count in, and theirs
    std::shared_ptr<Quota> counted_in;  // what it counts in itself; null when a Node environment made it
    // The same for the bytes of their memory limits; null while no isolate above has one.
    std::shared_ptr<Quota> own_memory;
    std::shared_ptr<Quota> memory_counted_in;
  };
  struct Options {
    std::optional<std::string> name;  // none: isolate-<id>
    GuestHeap::Limits limits;
    Message globals;
    // What the guest runtime is told before anything runs; undefined for nothing.
    Message boot;
    GuestLimits guest{.host_calls = HostCalls::kMostCalls};
    // For whatever is nobody's call, and at most for all that runs in isolates its guest makes.
    TimeLimits time;
    bool ends_on_error = false;  // an error that is nobody's ends the isolate
    Family family;
  };
  static std::shared_ptr<IsolateControl> Create(Options options, std::shared_ptr<Sink> sink);
  ~IsolateControl() override;

  uint64_t id() const override { return identity_.id; }
  const std::string& name() const { return identity_.name; }
  State state() const override;

  // The outcome goes to the sink. False once the isolate is closed: nothing was queued. The limits count from the
  // moment the operation begins.
  bool Submit(std::unique_ptr<Operation> operation, uint64_t ticket, const TimeLimits& limits) override;
  // The caller of that ticket has gone: stop it, wherever it is.
  void Abort(uint64_t ticket) override;
  // On this thread, when it is its turn. The wall time covers the waiting too.
  void PerformHere(Operation* operation, const TimeLimits& limits, const Caller& caller, Outcome* outcome) override;
  AtOnce PerformAtOnce(Operation* operation, const TimeLimits& limits, const Caller& caller,
                       const std::function<uint64_t()>& open, Outcome* outcome) override;

  void JoinPool(const std::shared_ptr<TaskPool>& pool, const TaskPool::Terms& terms) override;
  bool WorkForPool() override;

  // Stops what runs, refuses what is queued, disposes. False when it was stopped before.
  bool Stop(CloseKind kind) override;
  bool Close(bool may_be_here) override;
  CloseKind stopped() const override { return interrupts_.stopped(); }
  // False when the deadline passed before the heap was gone.
  bool WaitUntilClosed(TimePoint deadline) override { return closed_.WaitUntil(deadline); }
  std::shared_ptr<IsolateBackend> Self() override { return shared_from_this(); }
  bool closed() const { return closed_.IsSet(); }
  // V8 cannot go on with it: it is told to be closed, but its heap stays, and V8 must never be told to end.
  bool lost() const override { return lost_.load(std::memory_order_acquire); }
  bool HeldByThisThread() const override { return queue_.HeldByThisThread(); }
  // Calls back on the thread that executes guest code now, in the midst of it. False when none does.
  bool InterruptGuest(v8::InterruptCallback callback, void* data) override;
  bool Inspect(std::unique_ptr<Inspection>* inspection) override;

  // The guest's calls to its host.
  HostCalls& host_calls() override { return host_calls_; }
  // The host's answer to one of them.
  void AnswerGuest(uint64_t call, HostCalls::Answer answer) override;
  // The host does not need that value of the guest any more.
  void DropReference(uint64_t number) override;

  IsolateStats Stats() override;
  // What is known without asking V8, which takes no time.
  IsolateStats KnownStats() const override;

  uint64_t parent() const { return family_.parent; }
  const std::shared_ptr<Quota>& quota() const { return family_.own; }
  const std::shared_ptr<Quota>& memory_quota() const { return family_.own_memory; }
  size_t memory_limit() const { return limits_.memory; }
  const GuestLimits& guest_limits() const override { return guest_; }
  // As many calls as may be are without an answer.
  bool IsFull() const override {
    // First what is answered: what is asked meanwhile may only make it fuller.
    const size_t answered = answered_.load(std::memory_order_acquire);
    return asked_.load(std::memory_order_relaxed) - answered >= guest_.queue;
  }
  TimeLimits time() const override { return time_; }
  // Turn. The isolates that the guest makes.
  ChildIsolates& children();
  // Something came from one of them: has it handed to the guest in the next turn.
  void PostFromChildren();
  // What one of them printed, and an error there that is nobody's, go where those of the guest itself go.
  void PassOn(ConsoleOutput output, const std::function<bool()>& give_up);
  void PassOn(UncaughtKind kind, Outcome failure, const std::function<bool()>& give_up);
  // Turn. The child that this thread is about to be in, on behalf of the guest, or that it was in before; null for
  // none.
  std::shared_ptr<IsolateControl> Enter(std::shared_ptr<IsolateControl> child);

 private:
  struct Task;
  struct OperationTask;
  struct CloseTask;
  struct WakeTask;
  struct ExpireTask;
  struct NewsTask;
  struct ChildrenTask;
  struct IdleTask;
  struct AnswerTask;
  struct DropTask;
  struct CallbacksTask;
  struct JoinTask;
  struct WorkTask;
  struct InspectTask;
  struct RestTask;
  // What a call may still use, from its beginning to its end.
  struct Budget {
    TimeLimits limits;
    TimePoint deadline = kNever;
    int64_t cpu_used = 0;             // nanoseconds, as of the last turn that was on its account
    uint64_t token = 0;               // 0 while it has no limit
    v8::Local<v8::Object> carrier{};  // the token itself; valid while the call runs
  };
  // A call whose promise has not settled; `timer` runs when it has a timeout.
  struct PendingCall {
    uint64_t ticket;
    Budget budget;
    Operation::Result result;
    v8::Global<v8::Promise> promise;
    v8::Global<v8::Object> token;
    std::optional<DeadlineTimer::Key> timer;
  };
  enum class RunKind : uint8_t { kCall, kCallOfThread, kNobodys };
  class Run;
  class Suspension;

  IsolateControl(Options options, std::shared_ptr<Sink> sink);

  void RunOnPool() override;
  void ScheduleTurn() override;
  void OnPrint(ConsoleOutput output) override;
  void OnUncaught(v8::Local<v8::Value> exception, v8::Local<v8::Message> message) override;
  v8::Isolate* ContainedIsolate() const override { return heap_ == nullptr ? nullptr : heap_->ContainedIsolate(); }
  bool IsCollecting() const override { return heap_ != nullptr && heap_->collecting(); }
  void OnStandStill() override;
  void OnBackFromHost() override;
  std::shared_ptr<Mailbox> ClientMailbox() override { return shared_from_this(); }
  Interrupts* ClientInterrupts() override { return &interrupts_; }
  HostCalls* ClientHostCalls() override { return &host_calls_; }
  const GuestLimits& ClientLimits() const override { return guest_; }
  ResidentMark* ClientResidentMark() override { return &resident_mark_; }
  bool IsOnNodeThread() const override { return thread_ends_ != nullptr; }
  bool NodeThreadEnds() override;
  Interrupts::Verdict Review(v8::Isolate* isolate, uint64_t number, Interrupts::Cause due) override;
  void ChargeTo(uint64_t token) override;
  void PostNews(uint64_t wait, News news) override;
  void OnCollected() override { AwaitIdleness(); }
  void OnIdle() override;

  // Any thread. Has somebody take the turn.
  void Wake();
  // False when somebody has the turn, or the heap is too large to be given back here.
  bool CloseHere();
  // Turn. False when the heap cannot be made; the isolate is stopped then.
  bool EnsureHeap();
  // Turn. Stops an isolate whose first steps did not succeed, with why.
  bool FailToStart(const HeapLock& lock, v8::TryCatch* caught);
  void RunTasks(SerialQueue::Turn* turn);
  // Turn. Gives memory back some time from now, unless that is about to happen already.
  void AwaitIdleness();
  // Turn. What is nobody's call, and bounded by the isolate's own timeout: V8's tasks, word that arrived for the guest.
  void RunForNobody(const HeapLock& lock, const std::function<void()>& body);
  void RunForegroundTasks(const HeapLock& lock);
  // Turn. The callbacks of timers that are due.
  void RunCallbacks(const HeapLock& lock);
  void CallCallback(const HeapLock& lock, v8::Local<v8::Array> call);
  // Turn. Errors that are nobody's. They run guest code, under the caller's v8::TryCatch and execution; a termination
  // goes on after that.
  void ReportException(const HeapLock& lock, v8::Local<v8::Value> exception, v8::Local<v8::Message> message);
  void ReportRejection(const HeapLock& lock, v8::Local<v8::Promise> promise);
  // The guest's own handler comes first. With what that one throws, the host is told, and of the error as well.
  bool HandledByGuest(const HeapLock& lock, const std::function<bool()>& handle);
  void Report(const HeapLock& lock, UncaughtKind kind, v8::Local<v8::Value> exception, v8::Local<v8::Message> message);
  void ReportRejections(const HeapLock& lock, v8::Local<v8::Value> except);
  void Deliver(UncaughtKind kind, Outcome outcome);
  // Turn. What close() waits for.
  bool HasWork() const;
  void CloseWhenIdle();
  void AfterTurn(SerialQueue::Turn* turn, TimePoint began, int64_t cpu_began);
  void Teardown(SerialQueue::Turn* turn);
  // The isolate and all below it are gone.
  void Finish(CloseKind kind);
  // Turn. V8 cannot go on with this isolate, nor with the one that its guest was in: both are lost.
  void Lose();

  // Turn, and in the midst of the guest.
  void PerformInspections(const HeapLock& lock);
  // Turn: it begins, with the heap locked, and ends.
  void BeginInspected();
  void EndInspected();
  // Turn, and with the heap locked when there is one: nothing looks into it any more.
  void LeaveInspected();
  // The same for an isolate that is lost.
  void AbandonInspected();
  // Any thread.
  void RefuseInspections();

  // Turn. Does tasks of the pool until there is none, or something else is in line.
  void DoPoolTasks(const HeapLock& lock);
  void EndPoolTask(uint64_t ticket);
  // Turn, on a thread that came itself. False when a promise is awaited under the ticket that `open` gave; without
  // `open` none is.
  bool PerformInTurn(SerialQueue::Turn* turn, Operation* operation, Budget budget, const Caller& caller,
                     const std::function<uint64_t()>* open, Outcome* outcome);
  // Of a call that begins now.
  static Budget BudgetOf(const TimeLimits& limits);
  // Turn. True when the outcome is final; false when a promise is to be awaited, which is then `*pending`.
  bool Execute(const HeapLock& lock, Operation* operation, RunKind kind, uint64_t number, Budget* budget,
               Outcome* outcome, v8::Local<v8::Promise>* pending);
  bool Evaluate(const HeapLock& lock, Run* run, Operation* operation, v8::TryCatch* caught, Outcome* outcome,
                v8::Local<v8::Promise>* pending);
  // Turn.
  void NoteHeap();
  // Turn. A call that was asked for then begins.
  void NoteWait(TimePoint asked) {
    counters_.waited_nanoseconds.store(counters_.waited_nanoseconds.load(std::memory_order_relaxed) +
                                           std::chrono::nanoseconds(Clock::now() - asked).count(),
                                       std::memory_order_relaxed);
  }
  // Turn, before the guest runs: what it may keep outside of its heap is looked after, for as long as it runs.
  void WatchMemory() {
    if (limits_.memory != 0 && !watches_memory_.load(std::memory_order_relaxed)) WatchMemoryOnward();
  }
  void WatchMemoryOnward();
  // Turn. After something that began then.
  bool OutgrewMemory(const HeapLock& lock, TimePoint began);
  // Turn.
  void RunAsync(const HeapLock& lock, Operation* operation, uint64_t ticket, const TimeLimits& limits);
  void Await(const HeapLock& lock, v8::Local<v8::Promise> promise, uint64_t ticket, const Budget& budget,
             Operation::Result result);
  // Turn. The pending call with that token, or none.
  PendingCall* PendingWith(uint64_t token);
  void Expire(uint64_t ticket, Interrupts::Cause cause, std::string stack);
  // Any thread. The same for a call whose promise is awaited, also when the guest never comes back from what it goes on
  // with.
  void ExpireAwaited(uint64_t ticket, Interrupts::Cause cause);
  void EndPending(std::unordered_map<uint64_t, PendingCall>::iterator call, CallTokens::State state);
  // Any thread. Has Expire called in the next turn, and `came` set by then.
  void PostExpire(uint64_t ticket, Interrupts::Cause cause, std::shared_ptr<std::atomic<bool>> came = nullptr);
  // Turn. A call has ended, and with it the task of a pool that it was.
  void Settle(uint64_t ticket, Outcome outcome);
  // Any thread.
  void Deliver(uint64_t ticket, Outcome outcome);
  // Whether a request has no outcome yet: queued, running or waiting for a promise.
  bool HasUnanswered() const {
    return answered_.load(std::memory_order_acquire) != asked_.load(std::memory_order_relaxed);
  }
  Outcome Refusal() const;
  static Outcome CutOff(Interrupts::Cause cause, const TimeLimits& limits, std::string stack);
  static void OnSettled(const v8::FunctionCallbackInfo<v8::Value>& arguments);
  // Has that call, whose promise is awaited, ended then.
  DeadlineTimer::Key ScheduleExpiry(uint64_t ticket, TimePoint deadline);
  // Has that execution, whose limits those are, ended then.
  DeadlineTimer::Key ScheduleTimeout(uint64_t number, const TimeLimits& limits, TimePoint deadline);
  // Looks at the CPU time of that execution after `nanoseconds`, which it has left, and again until none is.
  DeadlineTimer::Key ScheduleCpuTimeout(uint64_t number, const TimeLimits& limits, int64_t nanoseconds);
  DeadlineTimer::Key ScheduleReview(uint64_t number, TimePoint moment);
  // Any thread. Ends that execution now, or a little later where V8 sees to it late.
  void EndInTime(uint64_t number, Interrupts::Cause cause);
  // The same, and answers its caller all the same when it does not end.
  void EndOrAnswer(uint64_t number, Interrupts::Cause cause, const TimeLimits& limits);
  void InsistOnReview(uint64_t number);
  void InsistOnReview(uint64_t number, TimePoint moment);
  // Any thread. How long a call that was told to end may take to do so before it is answered all the same.
  static constexpr std::chrono::seconds kOverdueAfter{1};
  // Answers the call that runs, if it is that one and nobody has; it may go on for long.
  bool AnswerRunning(uint64_t ticket, Outcome outcome);

  const GuestHeap::Identity identity_;
  const GuestHeap::Limits limits_;
  const TimeLimits time_;
  const GuestLimits guest_;
  const bool ends_on_error_;
  const Family family_;
  const std::shared_ptr<Sink> sink_;
  HostCalls host_calls_;
  SerialQueue queue_;
  Interrupts interrupts_{this};
  const std::unique_ptr<Inspections> inspections_;
  Event closed_;
  std::atomic<bool> lost_{false};
  // Requests so far, and those of them that have their outcome. Two counters, far from each other: who asks and who
  // answers are two cores.
  alignas(64) std::atomic<size_t> asked_{0};
  alignas(64) std::atomic<size_t> answered_{0};
  // The thread that did something in it on its own stack; none when that was one of the pool.
  std::atomic<std::thread::id> last_user_{};
  // The call that runs on a pool thread; 0 while none does, and once it was answered without waiting for its end.
  std::atomic<uint64_t> running_{0};
  ResidentMark resident_mark_;
  std::atomic<bool> watches_memory_{false};
  std::atomic<bool> survey_due_{false};
  // The child that the thread with the turn is in.
  Guarded<std::shared_ptr<IsolateControl>> inside_;

  // Turn.
  Message initial_globals_;
  Message boot_;
  std::unique_ptr<GuestHeap> heap_;
  bool awaits_idleness_ = false;
  size_t printed_ = 0;  // bytes
  FunctionCache functions_;
  std::unordered_map<uint64_t, PendingCall> pending_;
  // The tickets of these, for everybody.
  Guarded<std::unordered_set<uint64_t>> awaited_;
  // Of those, whose callers have gone, until that has come about.
  Guarded<std::unordered_set<uint64_t>> aborted_;
  std::unordered_map<uint64_t, uint64_t> tickets_;  // of those by their tokens
  Run* run_ = nullptr;                              // the innermost
  uint64_t next_local_number_;
  int nests_ = 0;  // calls in each other
  bool closing_ = false;
  bool failed_ = false;   // by an error that ends it
  bool cut_off_ = false;  // in the midst of reading an error
  SerialQueue::Turn* turn_ = nullptr;
  std::unique_ptr<SerialTask> first_of_turn_;  // while the heap is made and locked for it
  // On a thread of Node's, inside of PerformHere: what that was given.
  const std::function<bool()>* thread_ends_ = nullptr;
  std::shared_ptr<ChildIsolates> children_;  // null while the guest has made none
  std::shared_ptr<TaskPool> pool_;           // null when it does tasks of none
  bool pool_counts_bytes_ = false;
  bool in_pool_tasks_ = false;
  std::unique_ptr<Instruments> instruments_;  // null while nothing has looked into it
  bool awaits_rest_ = false;
  std::atomic<bool> work_posted_{false};  // any thread

  // Only the holder of the turn writes, so a load and a store do for an increment.
  template <class Number, class Amount>
  static void Add(std::atomic<Number>* counter, Amount amount) {
    counter->store(counter->load(std::memory_order_relaxed) + static_cast<Number>(amount), std::memory_order_relaxed);
  }
  struct Counters {
    std::atomic<size_t> heap_used{0};
    std::atomic<size_t> heap_total{0};
    std::atomic<size_t> heap_limit{0};
    std::atomic<size_t> external{0};
    std::atomic<int64_t> cpu_nanoseconds{0};
    std::atomic<int64_t> wall_nanoseconds{0};
    std::atomic<uint64_t> calls{0};
    std::atomic<uint64_t> errors{0};
    std::atomic<int64_t> waited_nanoseconds{0};
    std::atomic<size_t> channels{0};
    std::atomic<size_t> channel_bytes{0};
    std::atomic<size_t> store_bytes{0};
    std::atomic<size_t> value_bytes{0};
  };
  Counters counters_;
};

// An id that no isolate of this process has had.
uint64_t NextIsolateId();

// Every isolate of the process that is not closed, in order of creation.
std::vector<std::shared_ptr<IsolateControl>> LiveIsolates();
// Of these the one with that id, and what it, or what those that it made, made.
std::vector<std::shared_ptr<IsolateControl>> Subtree(uint64_t id);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_ISOLATE_CONTROL_H_
