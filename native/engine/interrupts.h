#ifndef ISOLATES_ENGINE_INTERRUPTS_H_
#define ISOLATES_ENGINE_INTERRUPTS_H_

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "engine/outcome.h"

namespace isolates {

// Stops what runs in an isolate: one execution (its time is up, its caller gave up) or all of it.
//
// V8 can only terminate "whatever runs now", forgets that on an idle isolate, and may do it late. So each execution has
// a number, an interrupt names the one it means, and a termination that comes too late for it is taken back before the
// next begins. Stopping everything is sticky.
//
// Threads: Interrupt, Stop and the observers from any; Attach, Detach and Execution by the holder of the turn.
class Interrupts {
 public:
  // kCutOff: the time of a call is up that may be waiting for it.
  enum class Cause : uint8_t { kNone, kTimeout, kAborted, kCutOff };
  class Execution;

  void Attach(v8::Isolate* isolate);
  // After this no thread touches the isolate through here.
  void Detach();
  // The same for an isolate that was left in the midst of executions.
  void Abandon();

  // Stops the execution with that number, now or, if it has not begun, as soon as it does.
  // False when it neither runs nor is to come as far as is known here: it may be pending, or over.
  void Interrupt(uint64_t number, Cause cause);
  // A timeout lets the guest reach a place where its stack can be noted. Some of V8's own work (arithmetic on huge
  // bigints) has no such place: to be called a little later, this ends the execution without.
  void Insist(uint64_t number);

  // A number for an execution that is nobody's call.
  static uint64_t NextNobodys();

  // Forgets interrupts of executions that never came; only right when none is queued.
  void ForgetEarly();

  // The first call decides the kind; false for later ones.
  bool Stop(CloseKind kind);
  CloseKind stopped() const { return stopped_.load(std::memory_order_acquire); }

  // True when what executes now was told to end: native code that waits should return.
  bool Pending();
  // A hint without the lock; never false when Pending() is true for the thread that executes.
  bool MayBePending() const { return stopped() != CloseKind::kNone || has_causes_.load(std::memory_order_acquire); }

  // While it exists, the executing thread waits in native code: `wake` is called, from any thread and under no lock,
  // when it should return because something was told to end.
  class Sleep {
   public:
    Sleep(Interrupts* interrupts, std::function<void()> wake);
    ~Sleep();
    Sleep(const Sleep&) = delete;
    Sleep& operator=(const Sleep&) = delete;

   private:
    Interrupts* const interrupts_;
    std::shared_ptr<const std::function<void()>> outer_;
  };

  // Stops what is going on now if it is nobody's call, and answers with its number; 0 when it is somebody's.
  uint64_t CutOffNobodys();

  // On the thread that executes, in native code: true when something was told to end, which then ends before the guest
  // goes on.
  bool EndHere(v8::Isolate* isolate);
  // The same, but the guest goes on to where V8 looks for it.
  bool AskAgain(v8::Isolate* isolate);

  bool IsExecuting() { return state_.Acquire()->innermost != nullptr; }

  // Has V8 call back on the thread that executes now, between two of its instructions. False when nothing executes.
  bool RequestCallback(v8::InterruptCallback callback, void* data);

 private:
  // On the thread that executes, in the midst of guest code: notes where that is, and ends it.
  static void TerminateHere(v8::Isolate* isolate, void* interrupts);

  struct Early {
    uint64_t number;
    Cause cause;
  };
  struct State {
    v8::Isolate* isolate = nullptr;
    Execution* innermost = nullptr;
    std::vector<Early> early;
    std::shared_ptr<const std::function<void()>> wake;
  };

  // Under the lock. False when no such execution is going on.
  bool InterruptIn(State* state, uint64_t number, Cause cause);

  Guarded<State> state_;
  std::atomic<bool> has_early_{false};
  std::atomic<bool> has_causes_{false};
  std::atomic<CloseKind> stopped_{CloseKind::kNone};
};

// While it exists, guest code may run. Stack-only; executions nest when a guest calls its host and the host calls back.
class Interrupts::Execution {
 public:
  Execution(Interrupts* interrupts, uint64_t number);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // Why it must not go on, or kNone. Takes every termination back that was meant for this execution, so that V8 can be
  // used again; microtasks it left behind are dropped with it.
  struct End {
    bool stopped;  // the whole isolate, or an execution around this one
    Cause cause;
    std::string stack;  // where the guest was, for a timeout
  };
  End Finish(v8::Isolate* isolate, bool terminated);

  // True when it was stopped before it began: nothing may run then, only Finish.
  bool dead_on_arrival() const { return dead_on_arrival_; }

 private:
  friend class Interrupts;
  Interrupts* const interrupts_;
  const uint64_t number_;
  Execution* outer_ = nullptr;
  Cause cause_ = Cause::kNone;  // with stack_ under the lock of interrupts_
  std::string stack_;
  bool dead_on_arrival_ = false;
  bool finished_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_INTERRUPTS_H_
