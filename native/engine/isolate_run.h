#ifndef ISOLATES_ENGINE_ISOLATE_RUN_H_
#define ISOLATES_ENGINE_ISOLATE_RUN_H_

#include <optional>
#include <string>

#include "engine/isolate_control.h"

namespace isolates {

// What one execution runs: somebody's call, or what is nobody's; whose account that is on, and the timers that watch
// over it. Stack-only, in the turn; runs nest as executions do.
class IsolateControl::Run {
 public:
  // `own` is the budget of the call; null for what is nobody's.
  Run(IsolateControl* control, const HeapLock& lock, RunKind kind, uint64_t number, Budget* own);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  uint64_t number() const { return number_; }
  bool dead_on_arrival() const { return execution_.dead_on_arrival(); }
  // Guest code runs from now on, until End.
  void Begin();
  void End();
  Interrupts::Execution::End Finish(bool terminated) { return execution_.Finish(lock_.isolate(), terminated); }

  // Microtasks; what is cut off of another call takes this one along no more. False when this one is to end.
  bool PerformMicrotasks();
  // What runs is on the account of the call with that token.
  void ChargeTo(uint64_t token);
  // The turn's thread, in the midst of guest code.
  Interrupts::Verdict Review(Interrupts::Cause due);

  // What V8 calls in the midst of guest code when something is to look into the isolate.
  static void Inspect(v8::Isolate* isolate, void* control);
  // Time stands still for it, in between and as if it had for so long.
  void Freeze();
  void Thaw(std::chrono::nanoseconds wall, int64_t cpu_nanoseconds);
  Run* outer() const { return outer_; }

  // The caller has been answered, before the run was over.
  bool answered() const { return answered_; }
  // Of what was cut off: its limits, and whether anybody should hear of it.
  const TimeLimits& cut_limits() const { return cut_limits_; }
  bool cut_is_told() const { return cut_is_told_; }

 private:
  void WatchCpu(const TimeLimits& limits, int64_t used);
  void Charge();
  void AnswerEarly(Interrupts::Cause cause);
  // Whether it has used up its limits in this run alone.
  Interrupts::Cause CauseOf(const TimeLimits& limits) const;
  Interrupts::Verdict Cut(Interrupts::Cause cause, uint64_t token, const TimeLimits& limits, bool silently);

  IsolateControl* const control_;
  const HeapLock& lock_;
  const RunKind kind_;
  const uint64_t number_;
  Budget* const own_;
  Run* const outer_;
  Interrupts::Execution execution_;
  std::optional<CallTokens::Scope> scope_;
  std::optional<DeadlineTimer::Key> wall_timer_;
  std::optional<DeadlineTimer::Key> cpu_timer_;
  std::optional<DeadlineTimer::Key> watch_;
  TimePoint began_;
  int64_t cpu_began_ = 0;
  uint64_t payer_ = 0;
  int looks_ = 0;
  bool is_watched_ = false;  // there are limits
  bool answered_ = false;
  TimeLimits cut_limits_;
  bool cut_is_told_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_ISOLATE_RUN_H_
