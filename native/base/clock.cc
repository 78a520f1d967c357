#include "base/clock.h"

#include <algorithm>

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>

#include <ctime>
#endif
#if defined(__APPLE__)
#include <mach/mach.h>
#endif

namespace isolates {

namespace {

#if defined(_WIN32)
int64_t ReadCpuOf(HANDLE thread) {
  FILETIME created, exited, kernel, user;
  if (!GetThreadTimes(thread, &created, &exited, &kernel, &user)) return 0;
  auto ticks = [](const FILETIME& t) { return (int64_t{t.dwHighDateTime} << 32) | t.dwLowDateTime; };
  return (ticks(kernel) + ticks(user)) * 100;
}
#else
int64_t ReadClock(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return 0;
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}
#endif

// What the calling thread is known by; never 0.
uintptr_t QueryThread() {
#if defined(_WIN32)
  return GetCurrentThreadId();
#elif defined(__APPLE__)
  return pthread_mach_thread_np(pthread_self());
#else
  clockid_t clock = CLOCK_THREAD_CPUTIME_ID;
  pthread_getcpuclockid(pthread_self(), &clock);
  return static_cast<uintptr_t>(clock);
#endif
}

int64_t ReadThreadCpu() {
#if defined(_WIN32)
  return ReadCpuOf(GetCurrentThread());
#else
  return ReadClock(CLOCK_THREAD_CPUTIME_ID);
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

ThreadCpu ThreadCpu::Current() {
  thread_local uintptr_t id = 0;
  if (id == 0) id = QueryThread();
  return ThreadCpu(id);
}

int64_t ThreadCpu::Nanoseconds() const {
#if defined(_WIN32)
  HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, static_cast<DWORD>(id_));
  if (thread == nullptr) return 0;
  const int64_t time = ReadCpuOf(thread);
  CloseHandle(thread);
  return time;
#elif defined(__APPLE__)
  thread_basic_info_data_t info;
  mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
  if (thread_info(static_cast<mach_port_t>(id_), THREAD_BASIC_INFO, reinterpret_cast<thread_info_t>(&info), &count) !=
      KERN_SUCCESS) {
    return 0;
  }
  const auto nanoseconds = [](const time_value_t& t) {
    return int64_t{t.seconds} * 1'000'000'000 + int64_t{t.microseconds} * 1000;
  };
  return nanoseconds(info.user_time) + nanoseconds(info.system_time);
#else
  return ReadClock(static_cast<clockid_t>(id_));
#endif
}

}  // namespace isolates
