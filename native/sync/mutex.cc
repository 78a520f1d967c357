#include "sync/mutex.h"

#include <utility>

#include "base/check.h"

namespace isolates {

Mutex::Locking::~Locking() {
  Forget();
  if (granted_ != nullptr) granted_->Return(holding_, died_);
}

bool Mutex::Locking::Take() { return std::exchange(granted_, nullptr) != nullptr; }

bool Mutex::Enter(State* state, uint64_t owner) {
  ISOLATES_CHECK(owner != 0);
  if (state->owner != 0) return false;
  state->owner = owner;
  ++state->holding;
  return true;
}

void Mutex::Grant(State* state, Locking* locking) {
  locking->granted_ = shared_from_this();
  locking->holding_ = state->holding;
  locking->died_ = std::exchange(state->died, false);
  Decide(locking, Outcome::kDone);
}

Mutex::Answer Mutex::TryLock(uint64_t owner, bool* owner_died) {
  auto state = state_.Acquire();
  if (state->owner == owner) return Answer::kReentry;
  if (!Enter(&*state, owner)) return Answer::kHeld;
  *owner_died = std::exchange(state->died, false);
  return Answer::kLocked;
}

Mutex::Answer Mutex::Lock(const std::shared_ptr<Locking>& locking) {
  WaitPlace* place = Prepare(locking.get(), shared_from_this());
  auto state = state_.Acquire();
  if (state->owner == locking->owner_) return Answer::kReentry;
  if (!Enter(&*state, locking->owner_)) {
    state->line.Append(place);
    return Answer::kWaiting;
  }
  ISOLATES_CHECK(Claim(locking.get()));
  Grant(&*state, locking.get());
  return Answer::kLocked;
}

// It never stands free while somebody waits, so nobody can get in between.
void Mutex::HandOn(State* state, Settlements* settlements) {
  state->owner = 0;
  WaitPlace* place = state->line.ClaimFirst(settlements);
  if (place == nullptr) return;
  auto* locking = static_cast<Locking*>(place->wait);
  Enter(state, locking->owner_);
  Grant(state, locking);
}

bool Mutex::Release(uint64_t owner, bool died) {
  Settlements settlements;
  auto state = state_.Acquire();
  if (owner == 0 || state->owner != owner) return false;
  if (died) state->died = true;
  HandOn(&*state, &settlements);
  return true;
}

// By a wait whose owner never learned that it had the mutex; it may have been abandoned meanwhile.
void Mutex::Return(uint64_t holding, bool died) {
  Settlements settlements;
  auto state = state_.Acquire();
  if (state->owner == 0 || state->holding != holding) return;
  if (died) state->died = true;
  HandOn(&*state, &settlements);
}

Mutex::Stats Mutex::stats() {
  auto state = state_.Acquire();
  return {state->owner, state->line.size()};
}

void Mutex::Withdraw(WaitPlace* place) {
  auto state = state_.Acquire();
  WaitLine::Remove(place);
}

}  // namespace isolates
