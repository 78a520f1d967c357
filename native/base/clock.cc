#include "base/clock.h"

#include <algorithm>

#if defined(_WIN32)
#include <windows.h>
#else
#include <ctime>
#endif

namespace isolates {

namespace {

int64_t ReadThreadCpu() {
#if defined(_WIN32)
  FILETIME created, exited, kernel, user;
  if (!GetThreadTimes(GetCurrentThread(), &created, &exited, &kernel, &user)) return 0;
  auto ticks = [](const FILETIME& t) { return (int64_t{t.dwHighDateTime} << 32) | t.dwLowDateTime; };
  return (ticks(kernel) + ticks(user)) * 100;
#else
  timespec time{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) return 0;
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
#endif
}

}  // namespace

TimePoint DeadlineAfter(TimePoint now, double milliseconds) {
  constexpr double kCenturyInMilliseconds = 100.0 * 365 * 24 * 3600 * 1000;
  if (!(milliseconds > 0) || milliseconds > kCenturyInMilliseconds) return kNever;
  return now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(milliseconds));
}

int64_t ThreadCpuClock::Nanoseconds(TimePoint now) {
  thread_local TimePoint read_at{};
  thread_local int64_t cpu_then = 0;
  thread_local int64_t last = 0;
  const auto since = now - read_at;
  if (since < std::chrono::nanoseconds::zero() || since >= kResolution) {
    cpu_then = ReadThreadCpu();
    read_at = now;
    // An estimate may have run ahead of the real clock: never go back.
    last = std::max(last, cpu_then);
  } else {
    last = std::max(last, cpu_then + std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
  }
  return last;
}

}  // namespace isolates
