#ifndef ISOLATES_SYNC_WAIT_H_
#define ISOLATES_SYNC_WAIT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "sync/event.h"

namespace isolates {

class Settlements;
class Wait;
class WaitLine;
class WaitTarget;

// Where one wait stands in the line of one target; `line` and the links belong to the target's lock.
struct WaitPlace {
  Wait* wait = nullptr;
  std::shared_ptr<WaitTarget> target;
  WaitLine* line = nullptr;
  WaitPlace* previous = nullptr;
  WaitPlace* next = nullptr;
};

// One wait of one party, used once: it ends in exactly one way. Whoever ends it has to claim it first (one atomic
// word), so it may stand in the lines of several targets and is served by one of them only.
//
// Threads: outcome() from any; Cancel from any, once the call that began the wait has returned. Settled() is called by
// the thread that decided, under no lock, at most once; not at all when the target could answer at once, or when
// Cancel won.
// Owns: its targets, for as long as it lives.
// Lifetime: shared_ptr only. A target knows its waits by bare pointers, and the destructor of each derived wait takes
// them out of every line (Forget): so letting go of the last reference is the same as cancelling. A class that holds
// what was delivered hands it back in its destructor if nobody took it.
class Wait : public std::enable_shared_from_this<Wait> {
 public:
  // kClaimed: whoever ends the wait is at it.
  enum class Outcome : uint8_t { kPending, kClaimed, kDone, kClosed, kCancelled };

  Wait() = default;
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  virtual ~Wait();

  // What the target wrote into the wait is visible to who sees kDone or kClosed (release/acquire).
  Outcome outcome() const { return outcome_.load(std::memory_order_acquire); }

  // True when this ended the wait: Settled() will not be called. False when it has ended otherwise: then Settled() has
  // been called or is about to be.
  bool Cancel();

 protected:
  virtual void Settled() = 0;

  // Leaves all lines. To be called first in the destructor of a class whose members a target touches.
  void Forget();

 private:
  friend class Settlements;
  friend class WaitLine;
  friend class WaitTarget;

  bool Claim() {
    Outcome expected = Outcome::kPending;
    return outcome_.compare_exchange_strong(expected, Outcome::kClaimed, std::memory_order_acq_rel);
  }

  std::atomic<Outcome> outcome_{Outcome::kPending};
  // Complete before the first line is joined: others walk over it from then on.
  std::vector<WaitPlace> places_;
};

// Something that can be waited for, with its own lock: a channel, a mutex, a key of a store.
class WaitTarget {
 public:
  // Takes a place out of its line, if it still stands there, and what the wait brought with it out of the target.
  // Called under no lock.
  virtual void Withdraw(WaitPlace* place) = 0;

 protected:
  using Outcome = Wait::Outcome;

  ~WaitTarget() = default;

  // Gives the wait a place for each target, in their order; it stands in no line yet. Needs no lock.
  static WaitPlace* Prepare(Wait* wait, std::vector<std::shared_ptr<WaitTarget>> targets);
  static WaitPlace* Prepare(Wait* wait, std::shared_ptr<WaitTarget> target);

  static size_t IndexOf(const WaitPlace* place) { return static_cast<size_t>(place - place->wait->places_.data()); }
  static bool Claim(Wait* wait) { return wait->Claim(); }
  // Ends a claimed wait. It is told by the Settlements that took part in claiming it, if one did.
  static void Decide(Wait* wait, Outcome outcome) { wait->outcome_.store(outcome, std::memory_order_release); }
  // For a wait that stands in no line and is not told, because its party has the answer already.
  static void EndAtOnce(Wait* wait, Outcome outcome);
  // For a wait that is answered at once while it may stand in other lines.
  static void Forget(Wait* wait) { wait->Forget(); }
};

// Waits that were decided under a lock and are told when it is free: to be declared before the lock is taken. Keeps
// the others that were looked at until then, because the end of a wait takes the lock.
//
// Threads: stack-only, one.
class Settlements {
 public:
  Settlements() = default;
  Settlements(const Settlements&) = delete;
  Settlements& operator=(const Settlements&) = delete;
  ~Settlements() {
    if (!kept_.empty()) Tell();
  }

 private:
  friend class WaitLine;

  struct Kept {
    std::shared_ptr<Wait> wait;
    bool claimed;
  };

  void Tell();

  std::vector<Kept> kept_;
};

// Waits in order of arrival.
//
// Threads: under the lock of the target it is part of.
// Owns: nothing; see Wait.
class WaitLine {
 public:
  bool empty() const { return first_ == nullptr; }
  size_t size() const { return size_; }
  WaitPlace* first() const { return first_; }

  // A wait that has ended meanwhile, through another target, joins no line.
  void Append(WaitPlace* place);
  // Nothing happens to a place that stands in no line.
  static void Remove(WaitPlace* place);

  // Takes the place out of its line and claims the wait, which is then for the caller to decide. False when the wait
  // has ended otherwise or its last owner is letting go of it.
  static bool Claim(WaitPlace* place, Settlements* settlements);
  // The same with the first that can be claimed; null when there is none.
  WaitPlace* ClaimFirst(Settlements* settlements);

 private:
  WaitPlace* first_ = nullptr;
  WaitPlace* last_ = nullptr;
  size_t size_ = 0;
};

// A wait whose party is a thread that blocks.
template <class Base>
class Blocking final : public Base {
 public:
  using Base::Base;

  // To be called when the target answered that the wait has begun. False when the deadline passed first: then the wait
  // is cancelled.
  bool Await(TimePoint deadline) {
    if (settled_.WaitUntil(deadline)) return true;
    if (this->Cancel()) return false;
    // Decided in the last moment: whoever decided is between its lock and Settled().
    return settled_.WaitUntil(kNever);
  }

  // Without an end to the wait itself. False when the deadline passed first.
  bool WaitUntil(TimePoint deadline) { return settled_.WaitUntil(deadline); }

  // From another thread: cancels the wait and wakes who blocks in it. Nothing happens when it has ended.
  void GiveUp() {
    if (this->Cancel()) settled_.Set();
  }

 private:
  void Settled() override { settled_.Set(); }

  Event settled_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_WAIT_H_
