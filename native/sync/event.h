#ifndef ISOLATES_SYNC_EVENT_H_
#define ISOLATES_SYNC_EVENT_H_

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/clock.h"
#include "sync/spin.h"

namespace isolates {

// Something that happens once and that threads can wait for.
//
// Threads: any. What was written before Set() is visible after a Wait that returned true (release/acquire).
// Lifetime: Set() touches the event until it returns, also after a waiter went on: share it by shared_ptr when the
// waiter may destroy it.
class Event {
 public:
  void Set() {
    // The flag changes under the lock, so that a waiter cannot park between its look at the flag and the notify.
    std::lock_guard<std::mutex> lock(mutex_);
    set_.store(true, std::memory_order_release);
    changed_.notify_all();
  }

  bool IsSet() const { return set_.load(std::memory_order_acquire); }

  // False when the deadline passed first.
  bool WaitUntil(TimePoint deadline) {
    static SpinBudget spin;
    if (spin.Spin([this] { return IsSet(); })) return true;
    const TimePoint parked_at = Clock::now();
    std::unique_lock<std::mutex> lock(mutex_);
    const auto ready = [this] { return IsSet(); };
    if (deadline == kNever) {
      changed_.wait(lock, ready);
    } else if (!changed_.wait_until(lock, deadline, ready)) {
      return false;
    }
    spin.Parked(Clock::now() - parked_at);
    return true;
  }

 private:
  std::atomic<bool> set_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_EVENT_H_
