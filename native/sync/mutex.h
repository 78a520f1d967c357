#ifndef ISOLATES_SYNC_MUTEX_H_
#define ISOLATES_SYNC_MUTEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/guarded.h"
#include "sync/wait.h"

namespace isolates {

// Mutual exclusion between owners, which are numbers (never 0) and not threads: an isolate that waits for an answer
// holds a mutex on no thread at all. It is handed from owner to owner in order of arrival.
//
// An owner that dies is abandoned: the next one is told that what the mutex guards may be half done.
//
// Threads: any.
// Owns: nothing; see Wait.
// Lifetime: shared_ptr; a wait keeps its mutex.
class Mutex final : public WaitTarget, public std::enable_shared_from_this<Mutex> {
 public:
  enum class Answer : uint8_t {
    kLocked,
    kWaiting,  // the wait has begun; it will be settled
    kHeld,     // by another owner
    kReentry,  // by this owner already: waiting would never end
  };
  struct Stats {
    uint64_t owner;  // 0: nobody
    size_t waiting;
  };
  class Locking;

  static std::shared_ptr<Mutex> Make() { return std::shared_ptr<Mutex>(new Mutex); }

  // kLocked, kHeld or kReentry.
  Answer TryLock(uint64_t owner, bool* owner_died);
  // kLocked, kWaiting or kReentry.
  Answer Lock(const std::shared_ptr<Locking>& locking);
  // False when this owner does not hold it.
  bool Unlock(uint64_t owner) { return Release(owner, false); }
  // The same for an owner that is dead. Its waits end when they are let go of.
  bool Abandon(uint64_t owner) { return Release(owner, true); }

  Stats stats();

  void Withdraw(WaitPlace* place) override;

 private:
  struct State {
    uint64_t owner = 0;
    // Tells one holding of an owner from its next.
    uint64_t holding = 0;
    // The next to lock is to be told.
    bool died = false;
    WaitLine line;
  };

  Mutex() = default;

  bool Release(uint64_t owner, bool died);
  void Return(uint64_t holding, bool died);
  // Under the lock.
  bool Enter(State* state, uint64_t owner);
  void Grant(State* state, Locking* locking);
  void HandOn(State* state, Settlements* settlements);

  Guarded<State> state_;
};

// The wait of an owner.
//
// Threads: the party's only, before Lock and after it has ended; the mutex's in between.
// Owns: the lock it was given until Take(); when it is destroyed with that, it unlocks. That is for parties that die,
// for it may take a moment longer, and until then the owner is refused as re-entering: a living one takes and unlocks.
class Mutex::Locking : public Wait {
 public:
  explicit Locking(uint64_t owner) : owner_(owner) {}
  ~Locking() override;

  // True when the mutex is the owner's. Then `owner_died()` says whether the one before died holding it.
  bool Take();
  bool owner_died() const { return died_; }

 private:
  friend class Mutex;

  const uint64_t owner_;
  std::shared_ptr<Mutex> granted_;
  uint64_t holding_ = 0;
  bool died_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_MUTEX_H_
