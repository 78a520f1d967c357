#ifndef ISOLATES_ENGINE_ISOLATE_BACKEND_H_
#define ISOLATES_ENGINE_ISOLATE_BACKEND_H_

#include <v8.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/guarded.h"
#include "engine/guest_limits.h"
#include "engine/host_calls.h"
#include "engine/operations.h"
#include "engine/outcome.h"
#include "engine/task_pool.h"
#include "engine/time_limits.h"
#include "sync/event.h"

namespace isolates {

class Inspection;
class Interrupts;

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
  int64_t waited_nanoseconds = 0;
  size_t channels = 0;
  size_t channel_bytes = 0;
  size_t store_bytes = 0;
  size_t value_bytes = 0;

  static constexpr size_t kNumbers = 14;
  // In the order of lib/native.ts, times in milliseconds.
  std::array<double, kNumbers> Numbers() const {
    return {static_cast<double>(heap_used),
            static_cast<double>(heap_total),
            static_cast<double>(heap_limit),
            static_cast<double>(external),
            static_cast<double>(cpu_nanoseconds) / 1e6,
            static_cast<double>(wall_nanoseconds) / 1e6,
            static_cast<double>(calls),
            static_cast<double>(errors),
            static_cast<double>(queued),
            static_cast<double>(waited_nanoseconds) / 1e6,
            static_cast<double>(channels),
            static_cast<double>(channel_bytes),
            static_cast<double>(store_bytes),
            static_cast<double>(value_bytes)};
  }
};

// What a host asks of an isolate, whatever it runs on: a heap of ours (IsolateControl), or a Node environment on a
// thread of its own. Answers go to the Sink it was made with.
//
// Threads: any.
// Lifetime: shared_ptr; calls of one that is gone do nothing, or return false.
class IsolateBackend {
 public:
  // Who performs an operation on a thread of its own.
  struct Caller {
    // Asked while it waits for its turn: whether it should not wait any longer.
    const std::function<bool()>* give_up = nullptr;
    // On a thread of Node's: whether that must end.
    const std::function<bool()>* thread_ends = nullptr;
    // Of the guest that this thread is in already; what stops that stops the operation as well.
    Interrupts* interrupts = nullptr;
    // On a thread of Node's that waits for another: who sets what is in here has `give_up` asked at once.
    Guarded<std::shared_ptr<Event>>* wake = nullptr;
  };
  enum class State : uint8_t { kIdle, kRunning, kClosed };
  enum class AtOnce : uint8_t {
    kBusy,     // somebody has the turn: nothing was done
    kEnded,    // there is an outcome
    kPending,  // a promise is awaited: its outcome goes to the sink
  };

  virtual ~IsolateBackend() = default;

  virtual uint64_t id() const = 0;
  virtual State state() const = 0;
  virtual std::shared_ptr<IsolateBackend> Self() = 0;

  // The outcome goes to the sink. False once the isolate is closed: nothing was queued. The limits count from the
  // moment the operation begins.
  virtual bool Submit(std::unique_ptr<Operation> operation, uint64_t ticket, const TimeLimits& limits) = 0;
  // The caller of that ticket has gone: stop it, wherever it is.
  virtual void Abort(uint64_t ticket) = 0;
  // While this thread waits: on it, or on the isolate's own. The wall time covers waiting for the turn, too. What
  // the operation is made of it may be taken from.
  virtual void PerformHere(Operation* operation, const TimeLimits& limits, const Caller& caller, Outcome* outcome) = 0;

  // On this thread if nobody has the turn now, without any waiting. `open` gives the ticket of a promise that has not
  // settled. Where only one thread can enter, others find it busy.
  virtual AtOnce PerformAtOnce(Operation*, const TimeLimits&, const Caller&, const std::function<uint64_t()>& /*open*/,
                               Outcome*) {
    return AtOnce::kBusy;
  }

  // From now on it does tasks of that pool whenever it is free.
  virtual void JoinPool(const std::shared_ptr<TaskPool>& pool, const TaskPool::Terms& terms) = 0;
  // Has it look for one. False once the isolate is closed.
  virtual bool WorkForPool() = 0;

  // Stops what runs, refuses what is queued, disposes. False when it was stopped before.
  virtual bool Stop(CloseKind kind) = 0;
  // Disposes when what is queued now is done, and all that goes on by itself. `may_be_here` allows to do it at once on
  // this thread, if that used the isolate last, nobody has the turn and the heap is small: true when it was so.
  virtual bool Close(bool may_be_here) = 0;
  virtual CloseKind stopped() const = 0;
  // False when the deadline passed before it was gone.
  virtual bool WaitUntilClosed(TimePoint deadline) = 0;
  // Its thread stands still for ever: it is told to be closed, but V8 must never be told to end.
  virtual bool lost() const = 0;
  virtual bool HeldByThisThread() const = 0;
  // Calls back on the thread that executes guest code now, in the midst of it. False when none does.
  virtual bool InterruptGuest(v8::InterruptCallback callback, void* data) = 0;
  // Performed as soon as its thread comes to a place between two of the guest's instructions, or in a turn of its own.
  // False, and the inspection is left as it is, once the isolate is closed.
  virtual bool Inspect(std::unique_ptr<Inspection>* inspection) = 0;

  // The guest's calls to its host.
  virtual HostCalls& host_calls() = 0;
  // The host's answer to one of them.
  virtual void AnswerGuest(uint64_t call, HostCalls::Answer answer) = 0;
  // The host does not need that value of the guest any more.
  virtual void DropReference(uint64_t number) = 0;

  // Whether it runs on a thread of its own, so that others answer its calls while they wait for it.
  virtual bool has_thread() const { return false; }

  virtual IsolateStats Stats() = 0;
  // What is known without asking V8, which takes no time.
  virtual IsolateStats KnownStats() const = 0;

  virtual const GuestLimits& guest_limits() const = 0;
  // As many calls as may be are without an answer.
  virtual bool IsFull() const { return false; }
  // For what it is asked without limits of its own.
  virtual TimeLimits time() const { return {}; }
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_ISOLATE_BACKEND_H_
