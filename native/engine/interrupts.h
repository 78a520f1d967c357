#ifndef ISOLATES_ENGINE_INTERRUPTS_H_
#define ISOLATES_ENGINE_INTERRUPTS_H_

#include <v8.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
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
  enum class Cause : uint8_t { kNone, kTimeout, kCpuTimeout, kAborted };
  class Execution;

  // Why an execution is to end, and the token (CallTokens) of the call whose code that was; 0 for nobody's.
  struct Verdict {
    Cause cause = Cause::kNone;
    uint64_t token = 0;
  };
  // Who knows whose code runs.
  class Judge {
   public:
    // On the thread that executes, in the midst of guest code. `due` is why that execution is to end, or kNone.
    virtual Verdict Review(v8::Isolate* isolate, uint64_t number, Cause due) = 0;

   protected:
    ~Judge() = default;
  };

  // Without a judge, what is told to end ends wherever it is.
  explicit Interrupts(Judge* judge) : judge_(judge) {}

  void Attach(v8::Isolate* isolate);
  // After this no thread touches the isolate through here.
  void Detach();
  // The same for an isolate that was left in the midst of executions.
  void Abandon();

  // Stops the execution with that number, now or, if it has not begun, as soon as it does.
  // False when it neither runs nor is to come as far as is known here: it may be pending, or over.
  void Interrupt(uint64_t number, Cause cause);
  // An interrupt lets the guest reach a place where its stack can be noted. Some of V8's own work (arithmetic on huge
  // bigints) has no such place: a little later, unless they are gone by then, this ends the execution without.
  static constexpr std::chrono::milliseconds kInsistAfter{3};
  static void InsistLater(std::weak_ptr<Interrupts> interrupts, uint64_t number);

  // Has the judge look at what runs, if that execution still does. False when it does not.
  bool RequestReview(uint64_t number);
  // A little later: ends it if the review has not come about, and the time is up of whoever it is charged to. When it
  // is not, answers when it will be.
  std::optional<TimePoint> InsistOnReview(uint64_t number);

  // How much CPU time that execution has left, in nanoseconds. Empty when it is over, or has no limit.
  struct CpuLeft {
    int64_t nanoseconds;
    bool rests;  // it waits, or does what is not on its account: CPU time does not pass now
  };
  std::optional<CpuLeft> LeftOf(uint64_t number);

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

  // While it exists, the thread does what is on nobody's account here: the host's JavaScript, another isolate's.
  class Pause {
   public:
    explicit Pause(Interrupts* interrupts);
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    Interrupts* const interrupts_;
  };

  // While it exists, what is charged to somebody has no deadline.
  class Suspension {
   public:
    explicit Suspension(Interrupts* interrupts) : interrupts_(interrupts) {
      ++interrupts_->state_.Acquire()->suspended;
    }
    ~Suspension() { --interrupts_->state_.Acquire()->suspended; }
    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;

   private:
    Interrupts* const interrupts_;
  };

  // The number of what executes innermost; 0 for nothing.
  uint64_t Innermost();

  // On the thread that executes, in native code: true when something was told to end, which then ends before the guest
  // goes on.
  bool EndHere(v8::Isolate* isolate);
  // The same, but the guest goes on to where V8 looks for it.
  bool AskAgain(v8::Isolate* isolate);

  bool IsExecuting() { return state_.Acquire()->innermost != nullptr; }

  // Has V8 call back on the thread that executes now, between two of its instructions. False when nothing executes.
  bool RequestCallback(v8::InterruptCallback callback, void* data);

 private:
  static void InsistLater(std::weak_ptr<Interrupts> interrupts, uint64_t number, int more);
  // Ends the execution. False when its thread has hardly been on a CPU since it was told to end, and deserves to be
  // asked again, but for the last time.
  bool Insist(uint64_t number, bool at_last);
  // On the thread that executes, in the midst of guest code: has it judged, and ends it.
  static void Look(v8::Isolate* isolate, void* interrupts);
  // Notes where the guest is, and ends it.
  void TerminateHere(v8::Isolate* isolate);

  struct Early {
    uint64_t number;
    Cause cause;
  };
  struct State {
    v8::Isolate* isolate = nullptr;
    Execution* innermost = nullptr;
    std::vector<Early> early;
    std::shared_ptr<const std::function<void()>> wake;
    size_t accounts = 0;  // executions with a limit on CPU time
    int suspended = 0;
  };

  // Under the lock. False when no such execution is going on.
  bool InterruptIn(State* state, uint64_t number, Cause cause);

  // Under the lock.
  void CountCauses(const State& state);

  Judge* const judge_;
  Guarded<State> state_;
  std::atomic<bool> has_accounts_{false};
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
    std::string stack;   // where the guest was, for a timeout
    uint64_t token = 0;  // whose code it was, where the judge has said so
  };
  End Finish(v8::Isolate* isolate, bool terminated);

  // It has limits: what its thread uses will be asked for.
  void NoteThread();
  // From now on CPU time is on somebody's account, who has so much left.
  void OpenAccount(int64_t nanoseconds);
  // What was used since; 0 when there was none.
  int64_t CloseAccount();
  // Whose it is, and when their time is up: decides where V8 cannot be asked whose code runs.
  void SetPayer(uint64_t token, TimePoint deadline);

  // Whoever it is charged to has so much more time.
  void Delay(std::chrono::nanoseconds time);

  // What was cut off belonged to another call than that one, and this goes on. False when it must end.
  bool GoOn(v8::Isolate* isolate, uint64_t token);

  // True when it was stopped before it began: nothing may run then, only Finish.
  bool dead_on_arrival() const { return dead_on_arrival_; }

 private:
  friend class Interrupts;
  Interrupts* const interrupts_;
  const uint64_t number_;
  Execution* outer_ = nullptr;
  // Under the lock of interrupts_.
  Cause cause_ = Cause::kNone;
  uint64_t token_ = 0;
  std::string stack_;
  std::optional<ThreadCpu> thread_;  // its own, where it has limits
  int64_t cpu_when_told_ = 0;
  bool review_due_ = false;
  TimePoint deadline_ = kNever;
  uint64_t payer_ = 0;
  bool has_account_ = false;
  int64_t account_began_ = 0;
  int64_t account_limit_ = 0;
  int64_t paused_at_ = -1;  // below 0: it is not
  bool dead_on_arrival_ = false;
  bool finished_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_INTERRUPTS_H_
