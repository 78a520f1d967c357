#ifndef ISOLATES_BASE_CLOCK_H_
#define ISOLATES_BASE_CLOCK_H_

#include <chrono>
#include <cstdint>
#include <limits>

namespace isolates {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline constexpr TimePoint kNever = TimePoint::max();
// As a deadline: do not wait at all.
inline constexpr TimePoint kImmediately = TimePoint::min();

// The moment `milliseconds` from `now`; kNever for zero, negative or unrepresentably long times.
TimePoint DeadlineAfter(TimePoint now, double milliseconds);

// CPU time of the calling thread, in nanoseconds.
//
// The system call behind it costs over half a microsecond on virtual machines, as much as a whole call
// into a guest. So it is made at most once in kResolution of wall time; in between, the thread is taken to have been
// running, which is wrong by at most kResolution whenever it was not.
//
// Threads: any; the state is thread-local.
class ThreadCpuClock {
 public:
  static constexpr std::chrono::nanoseconds kResolution{200'000};

  static int64_t Nanoseconds(TimePoint now);
};

// A thread whose CPU time can be read exactly, which costs a system call.
//
// Threads: any, while the thread that it names lives.
class ThreadCpu {
 public:
  static ThreadCpu Current();

  // 0 where the system does not tell.
  int64_t Nanoseconds() const;

 private:
  explicit ThreadCpu(uintptr_t id) : id_(id) {}

  // A clock, a port or a thread's number: what the system knows it by.
  uintptr_t id_;
};

}  // namespace isolates

#endif  // ISOLATES_BASE_CLOCK_H_
