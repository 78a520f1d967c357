#ifndef ISOLATES_SYNC_BARRIER_H_
#define ISOLATES_SYNC_BARRIER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/guarded.h"
#include "sync/wait.h"

namespace isolates {

// Lets a number of parties go on when all have arrived, again and again.
//
// A party that leaves before (cancelled, timed out or dead) breaks it, because the others would wait for ever: they and
// all who come are told so (kClosed, kBroken) until Reset().
//
// Threads: any.
// Owns: nothing; see Wait.
// Lifetime: shared_ptr; a wait keeps its barrier.
class Barrier final : public WaitTarget, public std::enable_shared_from_this<Barrier> {
 public:
  enum class Answer : uint8_t {
    kPassed,   // this was the last to arrive
    kWaiting,  // the wait has begun; it will be settled
    kBroken,
  };
  struct Stats {
    size_t parties;
    size_t waiting;
    uint64_t generation;  // how often all have passed
    bool broken;
  };
  class Arriving;

  static std::shared_ptr<Barrier> Make(size_t parties) { return std::shared_ptr<Barrier>(new Barrier(parties)); }

  Answer Arrive(const std::shared_ptr<Arriving>& arriving);
  void Break();
  // Who waits is told that the barrier is broken; those who come start anew.
  void Reset();

  Stats stats();

  void Withdraw(WaitPlace* place) override;

 private:
  struct State {
    uint64_t generation = 0;
    bool broken = false;
    WaitLine line;
  };

  explicit Barrier(size_t parties);

  static void TellBroken(State* state, Settlements* settlements);

  const size_t parties_;
  Guarded<State> state_;
};

// The wait for the others.
//
// Threads: the party's only, before Arrive and after it has ended; the barrier's in between.
class Barrier::Arriving : public Wait {
 public:
  Arriving() = default;
  ~Arriving() override { Forget(); }

  // How many had arrived before in this generation.
  size_t index() const { return index_; }
  uint64_t generation() const { return generation_; }

 private:
  friend class Barrier;

  size_t index_ = 0;
  uint64_t generation_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_BARRIER_H_
