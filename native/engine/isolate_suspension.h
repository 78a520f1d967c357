#ifndef ISOLATES_ENGINE_ISOLATE_SUSPENSION_H_
#define ISOLATES_ENGINE_ISOLATE_SUSPENSION_H_

#include "engine/isolate_run.h"

namespace isolates {

// While it exists, something looks into the isolate and the guest stands still: no limit of a call counts, and those
// that wait for a promise have as much more time afterwards. Stack-only, in the turn.
class IsolateControl::Suspension {
 public:
  explicit Suspension(IsolateControl* control);
  ~Suspension();
  Suspension(const Suspension&) = delete;
  Suspension& operator=(const Suspension&) = delete;

 private:
  IsolateControl* const control_;
  const TimePoint began_ = Clock::now();
  const int64_t cpu_began_ = ThreadCpu::Current().Nanoseconds();
  const Interrupts::Pause unaccounted_;
  const Interrupts::Suspension undue_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_ISOLATE_SUSPENSION_H_
