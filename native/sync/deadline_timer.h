#ifndef ISOLATES_SYNC_DEADLINE_TIMER_H_
#define ISOLATES_SYNC_DEADLINE_TIMER_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"

namespace isolates {

// Runs callbacks at given moments, on one thread of its own.
//
// Threads: any. Callbacks run on the timer's thread, one after another and under no lock: they must be short, and must
// tell by themselves whether what they refer to is still there (a cancelled callback may be running already).
// Owns: the callbacks until they ran or were cancelled; its thread (detached: never destroy a timer that was used).
class DeadlineTimer {
 public:
  using Callback = std::function<void()>;
  // Moments are not unique, so the order of arrival is part of the key.
  using Key = std::pair<TimePoint, uint64_t>;

  explicit DeadlineTimer(std::string name) : name_(std::move(name)) {}

  // Starts the thread, as the first callback does where nobody has done it before, and ends the process where it cannot
  // be. False when the system gives none.
  bool Start();
  Key Schedule(TimePoint when, Callback callback);
  void Cancel(const Key& key);

 private:
  struct State {
    std::map<Key, Callback> pending;
    uint64_t next = 0;
    bool started = false;
    // When the thread looks again at the latest; nothing that is pending is due before.
    TimePoint wakes_at = TimePoint::min();
  };

  bool Start(State* state);
  void ThreadMain();

  const std::string name_;
  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_DEADLINE_TIMER_H_
