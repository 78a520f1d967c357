#ifndef ISOLATES_SYNC_SEMAPHORE_H_
#define ISOLATES_SYNC_SEMAPHORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/guarded.h"
#include "sync/wait.h"

namespace isolates {

// A number of permits. Who asks for many is not starved by those who ask for few: nobody gets past one who waits.
//
// Threads: any.
// Owns: nothing; see Wait.
// Lifetime: shared_ptr; a wait keeps its semaphore.
class Semaphore final : public WaitTarget, public std::enable_shared_from_this<Semaphore> {
 public:
  enum class Answer : uint8_t {
    kAcquired,
    kWaiting,  // the wait has begun; it will be settled
    kTooFew,   // for now
    kNever,    // more than there will ever be
  };
  struct Stats {
    uint64_t available;
    uint64_t limit;
    size_t waiting;
  };
  class Acquiring;

  // There are never more than `limit` permits.
  static std::shared_ptr<Semaphore> Make(uint64_t available, uint64_t limit) {
    return std::shared_ptr<Semaphore>(new Semaphore(available, limit));
  }

  // kAcquired, kTooFew or kNever.
  Answer TryAcquire(uint64_t permits);
  // kAcquired, kWaiting or kNever.
  Answer Acquire(const std::shared_ptr<Acquiring>& acquiring);
  // False, and nothing is released, when there would be more than the limit.
  bool Release(uint64_t permits);

  Stats stats();

  void Withdraw(WaitPlace* place) override;

 private:
  struct State {
    uint64_t available;
    WaitLine line;
  };

  Semaphore(uint64_t available, uint64_t limit);

  void Serve(State* state, Settlements* settlements);

  const uint64_t limit_;
  Guarded<State> state_;
};

// The wait for permits.
//
// Threads: the party's only, before Acquire and after it has ended; the semaphore's in between.
// Owns: the permits it was given until Take(); when it is destroyed with them, they go back.
class Semaphore::Acquiring : public Wait {
 public:
  explicit Acquiring(uint64_t permits) : permits_(permits) {}
  ~Acquiring() override;

  // True when the permits are the party's, which is to release them.
  bool Take();

 private:
  friend class Semaphore;

  const uint64_t permits_;
  std::shared_ptr<Semaphore> granted_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_SEMAPHORE_H_
