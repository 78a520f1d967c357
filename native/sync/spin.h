#ifndef ISOLATES_SYNC_SPIN_H_
#define ISOLATES_SYNC_SPIN_H_

#include <atomic>
#include <chrono>
#include <thread>

#include "base/clock.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace isolates {

// Tells the core that the loop around it waits for another core.
inline void SpinPause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// How long to spin before parking. Waking a sleeping core costs tens of microseconds on virtual machines, so a short
// spin halves the latency of a conversation; but spinning for something that comes rarely only burns a core.
// The budget follows what happened: it returns to the full length when the wait would have ended within it, and
// halves each time the spin was in vain.
//
// The spin gives way again and again. The thread it waits for is often on this very core: systems wake a thread where
// its waker runs, and then it could not begin before the spin is over. But where others want the core for longer,
// giving way costs their whole turn, while a thread that is woken gets the core at once: then there is no spin for a
// while.
//
// Threads: any, without a lock; a lost update only makes one wait longer or shorter than it should be.
class SpinBudget {
 public:
  static constexpr std::chrono::nanoseconds kFull{80'000};
  static constexpr std::chrono::nanoseconds kLeast{1'000};

  // Spins until `ready()` or the budget is used up; returns the last answer of `ready()`.
  template <class Ready>
  bool Spin(const Ready& ready) {
    const int crowded = crowded_.load(std::memory_order_relaxed);
    if (crowded > 0) {
      crowded_.store(crowded - 1, std::memory_order_relaxed);
      return ready();
    }
    const auto budget = std::chrono::nanoseconds(budget_.load(std::memory_order_relaxed));
    if (budget < kLeast) return ready();
    const TimePoint start = Clock::now();
    TimePoint now = start;
    do {
      for (int i = 0; i < kPauses; ++i) {
        if (ready()) {
          Succeeded();
          return true;
        }
        SpinPause();
      }
      const TimePoint before = now;
      std::this_thread::yield();
      now = Clock::now();
      if (now - before > kFull) crowded_.store(kCrowdedFor, std::memory_order_relaxed);
    } while (now - start < budget);
    // It may have come while another thread, perhaps the one that brought it, had this core for longer than that.
    if (ready()) {
      Succeeded();
      return true;
    }
    budget_.store((budget / 2).count(), std::memory_order_relaxed);
    return false;
  }

  // To be told how long a park lasted: one shorter than a full spin shows that spinning pays again.
  void Parked(Clock::duration lasted) {
    if (lasted < 2 * kFull) Succeeded();
  }

 private:
  // About a microsecond.
  static constexpr int kPauses = 32;
  // Waits, after somebody else had the core for long.
  static constexpr int kCrowdedFor = 64;

  void Succeeded() { budget_.store(kFull.count(), std::memory_order_relaxed); }

  std::atomic<int64_t> budget_{kFull.count()};
  std::atomic<int> crowded_{0};
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_SPIN_H_
