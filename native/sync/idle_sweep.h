#ifndef ISOLATES_SYNC_IDLE_SWEEP_H_
#define ISOLATES_SYNC_IDLE_SWEEP_H_

#include <chrono>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "sync/deadline_timer.h"

namespace isolates {

// Tells what was used a while ago to give back what it can do without. One timer for all, which stands still while
// nobody is waiting: adding a party takes a lock and no wake-up.
//
// Threads: any. Parties are told on the timer's thread, under no lock.
// Owns: nothing of its parties; those that are gone are forgotten.
// Lifetime: must outlive the timer's callbacks, as whatever lives as long as the process does.
class IdleSweep {
 public:
  class Party {
   public:
    virtual void OnIdle() = 0;

   protected:
    ~Party() = default;
  };

  // A party is told after once to twice the period.
  IdleSweep(DeadlineTimer* timer, std::chrono::milliseconds period) : timer_(timer), period_(period) {}

  // Once for each time it is added.
  void Add(std::weak_ptr<Party> party);

 private:
  struct State {
    std::vector<std::weak_ptr<Party>> young;  // added during this period
    std::vector<std::weak_ptr<Party>> old;    // added before
    bool scheduled = false;
  };

  void Schedule();
  void Sweep();

  DeadlineTimer* const timer_;
  const std::chrono::milliseconds period_;
  Guarded<State> state_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_IDLE_SWEEP_H_
