#ifndef ISOLATES_SYNC_EVENT_H_
#define ISOLATES_SYNC_EVENT_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
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
    // Only for one that is parked, or about to be, a lock and a wake-up are needed.
    if (state_.exchange(State::kSet, std::memory_order_acq_rel) != State::kAwaited) return;
    // Once this has the lock, who said so under it is really waiting. Notified under it, it would only wait for that.
    mutex_.lock();
    mutex_.unlock();
    changed_.notify_all();
  }

  bool IsSet() const { return state_.load(std::memory_order_acquire) == State::kSet; }

  // False when the deadline passed first.
  bool WaitUntil(TimePoint deadline) {
    if (deadline == kImmediately) return IsSet();
    static SpinBudget spin;
    if (spin.Spin([this] { return IsSet(); })) return true;
    const TimePoint parked_at = Clock::now();
    std::unique_lock<std::mutex> lock(mutex_);
    State expected = State::kUnset;
    state_.compare_exchange_strong(expected, State::kAwaited, std::memory_order_acq_rel);
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
  enum class State : uint8_t { kUnset, kAwaited, kSet };

  std::atomic<State> state_{State::kUnset};
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_EVENT_H_
