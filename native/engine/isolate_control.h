#ifndef ISOLATES_ENGINE_ISOLATE_CONTROL_H_
#define ISOLATES_ENGINE_ISOLATE_CONTROL_H_

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "engine/function_cache.h"
#include "engine/guest_heap.h"
#include "engine/interrupts.h"
#include "engine/last_resort.h"
#include "engine/operations.h"
#include "engine/outcome.h"
#include "sync/event.h"
#include "sync/idle_sweep.h"
#include "sync/serial_queue.h"
#include "sync/thread_pool.h"

namespace isolates {

struct IsolateStats {
  size_t heap_used = 0;
  size_t heap_total = 0;
  size_t heap_limit = 0;
  size_t external = 0;
  int64_t cpu_nanoseconds = 0;
  int64_t wall_nanoseconds = 0;
  uint64_t calls = 0;
  uint64_t errors = 0;
  size_t queued = 0;
};

// An isolate as seen from every thread: a queue of requests, the way to stop it, and what is known about it. The heap
// behind it is made by the first who has the turn, and gone once it is closed.
//
// Threads: any, except where a comment says "turn": those belong to the thread that has the queue's turn.
// Owns: the heap, the queue, promises that are waited for.
// Lifetime: shared_ptr; alive while somebody holds it, while a turn is scheduled and while its heap lives.
class IsolateControl final : public PoolJob,
                             public SerialQueue::Host,
                             public GuestHeap::Client,
                             public LastResort::Client,
                             public Mailbox,
                             public IdleSweep::Party,
                             public std::enable_shared_from_this<IsolateControl> {
 public:
  struct Options {
    std::optional<std::string> name;  // none: isolate-<id>
    GuestHeap::Limits limits;
    Message globals;
    double timeout = 0;          // milliseconds for whatever is nobody's call; 0 for none
    bool ends_on_error = false;  // an error that is nobody's ends the isolate
  };
  enum class State : uint8_t { kIdle, kRunning, kClosed };

  static std::shared_ptr<IsolateControl> Create(Options options, std::shared_ptr<Sink> sink);
  ~IsolateControl() override;

  uint64_t id() const { return identity_.id; }
  const std::string& name() const { return identity_.name; }
  State state() const;

  // The outcome goes to the sink. False once the isolate is closed: nothing was queued. `timeout` in milliseconds
  // counts from the moment the operation begins; 0 for none.
  bool Submit(std::unique_ptr<Operation> operation, uint64_t ticket, double timeout);
  // The caller of that ticket has gone: stop it, wherever it is.
  void Abort(uint64_t ticket);
  // On this thread, when it is its turn. The timeout covers the waiting too; `give_up` may end that earlier.
  void PerformHere(Operation* operation, double timeout, const std::function<bool()>* give_up, Outcome* outcome);

  // Stops what runs, refuses what is queued, disposes. False when it was stopped before.
  bool Stop(CloseKind kind);
  // Disposes when what is queued now is done, and all that goes on by itself.
  void Close();
  CloseKind stopped() const { return interrupts_.stopped(); }
  // False when the deadline passed before the heap was gone.
  bool WaitUntilClosed(TimePoint deadline) { return closed_.WaitUntil(deadline); }
  bool closed() const { return closed_.IsSet(); }
  // Its thread stands still for ever: it is told to be closed, but V8 must never be told to end.
  bool lost() const { return lost_.load(std::memory_order_acquire); }
  bool HeldByThisThread() const { return queue_.HeldByThisThread(); }
  // Calls back on the thread that executes guest code now, in the midst of it. False when none does.
  bool InterruptGuest(v8::InterruptCallback callback, void* data) {
    return interrupts_.RequestCallback(callback, data);
  }

  IsolateStats Stats();

 private:
  struct Task;
  struct OperationTask;
  struct CloseTask;
  struct WakeTask;
  struct ExpireTask;
  struct NewsTask;
  struct CallbacksTask;
  struct IdleTask;
  // A call whose promise has not settled; `timer` runs when it has a timeout.
  struct PendingCall {
    uint64_t ticket;
    double timeout;
    v8::Global<v8::Promise> promise;
    std::optional<DeadlineTimer::Key> timer;
  };

  IsolateControl(Options options, std::shared_ptr<Sink> sink);

  void RunOnPool() override;
  void ScheduleTurn() override;
  void OnPrint(ConsoleOutput output) override;
  void OnUncaught(v8::Local<v8::Value> exception, v8::Local<v8::Message> message) override;
  void OnLost() override;
  std::shared_ptr<Mailbox> ClientMailbox() override { return shared_from_this(); }
  Interrupts* ClientInterrupts() override { return &interrupts_; }
  bool IsOnNodeThread() const override { return give_up_ != nullptr; }
  bool NodeThreadEnds() override;
  void PostNews(uint64_t wait, News news) override;
  void OnCollected() override { AwaitIdleness(); }
  void OnIdle() override;

  // Any thread. Has somebody take the turn.
  void Wake();
  // Turn. False when the heap cannot be made; the isolate is stopped then.
  bool EnsureHeap();
  void RunTasks(SerialQueue::Turn* turn);
  // Turn. What is nobody's call, and bounded by the isolate's own timeout: V8's tasks, word that arrived for the guest.
  void RunForNobody(const HeapLock& lock, const std::function<void()>& body);
  double TimeoutForNobody() const;
  void RunForegroundTasks(const HeapLock& lock);
  // Turn. The callbacks of timers that are due.
  void RunCallbacks(const HeapLock& lock);
  void CallCallback(const HeapLock& lock, v8::Local<v8::Array> call);
  // Turn. Errors that are nobody's. They run guest code, under the caller's v8::TryCatch and execution; a termination
  // goes on after that.
  void Report(const HeapLock& lock, UncaughtKind kind, v8::Local<v8::Value> exception, v8::Local<v8::Message> message);
  void ReportRejections(const HeapLock& lock, v8::Local<v8::Value> except);
  void Deliver(UncaughtKind kind, Outcome outcome);
  // Turn. What close() waits for.
  bool HasWork() const;
  void CloseWhenIdle();
  // Turn. Gives memory back some time from now, unless that is about to happen already.
  void AwaitIdleness();
  void AfterTurn(SerialQueue::Turn* turn, TimePoint began, int64_t cpu_began);
  void Teardown(SerialQueue::Turn* turn);

  // Turn. True when the outcome is final; false when a promise is to be awaited, which is then `*pending`.
  bool Execute(const HeapLock& lock, Operation* operation, uint64_t number, double timeout, TimePoint deadline,
               Outcome* outcome, v8::Local<v8::Promise>* pending);
  bool Evaluate(const HeapLock& lock, Operation* operation, v8::TryCatch* caught, Outcome* outcome,
                v8::Local<v8::Promise>* pending);
  // Turn. After something that began then.
  bool OutgrewMemory(const HeapLock& lock, TimePoint began) const;
  // Turn.
  void RunAsync(const HeapLock& lock, Operation* operation, uint64_t ticket, double timeout);
  void Await(const HeapLock& lock, v8::Local<v8::Promise> promise, uint64_t ticket, double timeout);
  void Expire(uint64_t ticket, Interrupts::Cause cause);
  void EndPending(std::unordered_map<uint64_t, PendingCall>::iterator call);
  // Any thread. Has Expire called in the next turn, and `came` set by then.
  void PostExpire(uint64_t ticket, Interrupts::Cause cause, std::shared_ptr<std::atomic<bool>> came = nullptr);
  void Deliver(uint64_t ticket, Outcome outcome);
  Outcome Refusal() const;
  static Outcome TimedOut(double timeout, std::string stack);
  static void OnSettled(const v8::FunctionCallbackInfo<v8::Value>& arguments);
  DeadlineTimer::Key ScheduleTimeout(uint64_t ticket, TimePoint deadline);

  const GuestHeap::Identity identity_;
  const GuestHeap::Limits limits_;
  const double timeout_;
  const bool ends_on_error_;
  const std::shared_ptr<Sink> sink_;
  SerialQueue queue_;
  Interrupts interrupts_;
  Event closed_;
  std::atomic<bool> lost_{false};
  // Requests that have no outcome yet, whether queued, running or waiting for a promise.
  std::atomic<size_t> unanswered_{0};

  // Turn.
  Message initial_globals_;
  std::unique_ptr<GuestHeap> heap_;
  bool awaits_idleness_ = false;
  FunctionCache functions_;
  std::unordered_map<uint64_t, PendingCall> pending_;
  size_t patient_ = 0;  // of those: how many have more time than is usual here
  uint64_t next_local_number_;
  int nests_ = 0;  // calls in each other
  bool closing_ = false;
  bool failed_ = false;   // by an error that ends it
  bool cut_off_ = false;  // in the midst of reading an error
  // On a pool thread: its turn, and the call it is in.
  SerialQueue::Turn* pool_turn_ = nullptr;
  std::optional<uint64_t> running_;
  // On a thread of Node's, inside of PerformHere: what that was given.
  const std::function<bool()>* give_up_ = nullptr;

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
  };
  Counters counters_;
};

// Every isolate of the process that is not closed, in order of creation.
std::vector<std::shared_ptr<IsolateControl>> LiveIsolates();

}  // namespace isolates

#endif  // ISOLATES_ENGINE_ISOLATE_CONTROL_H_
