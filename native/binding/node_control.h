#ifndef ISOLATES_BINDING_NODE_CONTROL_H_
#define ISOLATES_BINDING_NODE_CONTROL_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "engine/interrupts.h"
#include "engine/isolate_backend.h"
#include "sync/deadline_timer.h"
#include "sync/event.h"
#include "sync/inbox.h"

namespace isolates {

class Environment;
class Inspections;

// What the thread of a Node environment is to do for its host.
struct NodeTask {
  enum class Kind : uint8_t {
    kOperation,
    kForget,  // nobody waits for that call any more
    kAnswer,  // of the host, to a call of the guest's
    kDrop,    // a reference
    kInspect,
    kClose,
  };
  Kind kind;
  uint64_t number = 0;  // ticket, call or reference
  double timeout = 0;
  std::unique_ptr<Operation> operation{};
  std::unique_ptr<HostCalls::Answer> answer{};
  std::shared_ptr<std::atomic<bool>> came{};  // set once it has been looked at
};

// An isolate that is a Node environment, as its host sees it: a thread of its own with an event loop, made by Node's
// own Worker. What is asked of it waits in an inbox until that thread has attached itself and takes it.
//
// Every call is in one list until it is answered, and whoever takes it out answers it: the thread, the timer when its
// time is up, the host that stops everything. So each is answered once, also when its thread never comes back.
//
// Of time limits it knows wall time only: the interface takes no other for it.
//
// Threads: any, except where a comment says "guest": those belong to the environment's own thread.
// Owns: what is asked; the calls that are not answered.
// Lifetime: shared_ptr; of the host's Environment until the thread is gone, of the guest's until it is cleaned up.
class NodeControl final : public IsolateBackend, public std::enable_shared_from_this<NodeControl> {
 public:
  struct Options {
    std::optional<std::string> name;  // none: isolate-<id>
    Message globals;                  // undefined: none
    Message boot;                     // see IsolateControl::Options
    size_t most_host_calls = HostCalls::kMostCalls;
    double timeout = 0;
    bool ends_on_error = false;
    size_t memory = 0;  // bytes that its buffers may take; 0 for any
  };

  static std::shared_ptr<NodeControl> Create(Options options, std::shared_ptr<Sink> sink);
  // Null when it is gone.
  static std::shared_ptr<NodeControl> Find(uint64_t id);
  ~NodeControl() override;

  uint64_t id() const override { return id_; }
  const std::string& name() const { return name_; }
  State state() const override;
  std::shared_ptr<IsolateBackend> Self() override { return shared_from_this(); }
  bool Submit(std::unique_ptr<Operation> operation, uint64_t ticket, const TimeLimits& limits) override;
  void Abort(uint64_t ticket) override { Expire(ticket, Interrupts::Cause::kAborted); }
  void PerformHere(Operation* operation, const TimeLimits& limits, const Caller& caller, Outcome* outcome) override;
  void JoinPool(const std::shared_ptr<TaskPool>& pool, const TaskPool::Terms& terms) override;
  bool WorkForPool() override;
  bool Stop(CloseKind kind) override;
  // It ends on its own thread.
  bool Close(bool may_be_here) override;
  CloseKind stopped() const override { return interrupts_.stopped(); }
  // Node ends and joins its threads itself.
  bool WaitUntilClosed(TimePoint) override { return true; }
  bool lost() const override { return false; }
  bool HeldByThisThread() const override { return false; }
  bool InterruptGuest(v8::InterruptCallback callback, void* data) override {
    return interrupts_.RequestCallback(callback, data);
  }
  bool Inspect(std::unique_ptr<Inspection>* inspection) override;
  HostCalls& host_calls() override { return host_calls_; }
  void AnswerGuest(uint64_t call, HostCalls::Answer answer) override;
  void DropReference(uint64_t number) override { Post({.kind = NodeTask::Kind::kDrop, .number = number}); }
  bool has_thread() const override { return true; }
  IsolateStats Stats() override { return KnownStats(); }
  IsolateStats KnownStats() const override;
  // It has none of these.
  const GuestLimits& guest_limits() const override { return guest_limits_; }

  // The host's word that the thread is gone; `kind` is why, where nobody has told it to end.
  void OnThreadGone(CloseKind kind);

  // Any thread: what the thread was told is gone, and nobody there will read it. Where it has not attached itself, it
  // never will, which the host's loop is yet to learn from Node, and a host that waits does not.
  void OnLifelineCut() { cut_off_.store(true, std::memory_order_relaxed); }

  // Guest. False when it was told to end before it began.
  bool Attach(std::shared_ptr<Environment> guest);
  // Guest: the environment goes, and what it has not answered will never be.
  void Detach();
  Inbox<NodeTask>& tasks() { return tasks_; }
  // Guest.
  Inspections& inspections() { return *inspections_; }
  // Guest. False when nobody waits for it any more.
  bool Begin(uint64_t ticket);
  // Guest: the call that is running from now on; kNobody for none.
  static constexpr uint64_t kNobody = ~uint64_t{0};
  void set_executing(uint64_t ticket) { executing_.store(ticket, std::memory_order_relaxed); }
  // Guest. The call waits for a promise from now on, for at most so many milliseconds.
  void Await(uint64_t ticket, double timeout);
  // Has the execution with that number stopped then.
  DeadlineTimer::Key ScheduleTimeout(uint64_t number, TimePoint deadline);
  // False when it was answered before.
  bool Answer(uint64_t ticket, Outcome outcome);
  Outcome Refusal() const;

  Interrupts& interrupts() { return interrupts_; }
  Sink& sink() { return *sink_; }
  const Options& options() const { return options_; }
  // Guest. What Stats() tells.
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
  Counters& counters() { return counters_; }

 private:
  // For a thread that waits.
  struct Reply {
    Outcome outcome;
    Event done;
    // What the thread sleeps on at the moment: set after `done`.
    Guarded<std::shared_ptr<Event>> wake;
  };
  struct Call {
    double timeout;
    std::shared_ptr<Reply> reply;  // null: the sink is told
    std::optional<DeadlineTimer::Key> timer{};
  };
  struct Calls {
    std::unordered_map<uint64_t, Call> open;
    bool refused = false;  // no more are taken
  };

  NodeControl(Options options, std::shared_ptr<Sink> sink);
  void Post(NodeTask task);
  bool Submit(std::unique_ptr<Operation> operation, uint64_t ticket, double timeout, std::shared_ptr<Reply> reply);
  // Has an execution stopped for its timeout.
  void TimeOut(uint64_t number);
  // Answers a call for whose answer nobody waits any longer, and stops it.
  void Expire(uint64_t ticket, Interrupts::Cause cause);
  // Ends the isolate when its loop does not come back to the look at `came`.
  void Watch(std::shared_ptr<std::atomic<bool>> came);
  void Answer(Call call, uint64_t ticket, Outcome outcome);
  void RefuseAll();
  // Its thread ended before it could attach itself.
  bool IsStillborn() const {
    return cut_off_.load(std::memory_order_relaxed) && !attached_.load(std::memory_order_relaxed);
  }
  // True when it may take another task of its pool.
  bool EndPoolTask(uint64_t ticket);

  const uint64_t id_;
  const std::string name_;
  const Options options_;
  const std::shared_ptr<Sink> sink_;
  HostCalls host_calls_;
  Interrupts interrupts_{nullptr};
  const GuestLimits guest_limits_;
  Inbox<NodeTask> tasks_;
  const std::unique_ptr<Inspections> inspections_;
  Guarded<Calls> calls_;
  std::atomic<size_t> unanswered_{0};
  std::atomic<bool> closing_{false};
  std::atomic<bool> attached_{false};
  std::atomic<bool> cut_off_{false};
  std::atomic<uint64_t> executing_{kNobody};
  std::atomic<uint64_t> next_local_;
  // Null before Attach and after Detach. To be ended only under this lock: it cannot go meanwhile.
  Guarded<std::shared_ptr<Environment>> guest_;
  Guarded<std::shared_ptr<TaskPool>> pool_;  // null when it does tasks of none
  Counters counters_;
};

}  // namespace isolates

#endif  // ISOLATES_BINDING_NODE_CONTROL_H_
