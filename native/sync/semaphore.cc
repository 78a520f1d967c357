#include "sync/semaphore.h"

#include <utility>

#include "base/check.h"

namespace isolates {

Semaphore::Acquiring::~Acquiring() {
  Forget();
  if (granted_ != nullptr) granted_->Release(permits_);
}

bool Semaphore::Acquiring::Take() { return std::exchange(granted_, nullptr) != nullptr; }

Semaphore::Semaphore(uint64_t available, uint64_t limit) : limit_(limit), state_(State{available, {}}) {
  ISOLATES_CHECK(available <= limit);
}

Semaphore::Answer Semaphore::TryAcquire(uint64_t permits) {
  if (permits > limit_) return Answer::kNever;
  auto state = state_.Acquire();
  if (!state->line.empty() || state->available < permits) return Answer::kTooFew;
  state->available -= permits;
  return Answer::kAcquired;
}

Semaphore::Answer Semaphore::Acquire(const std::shared_ptr<Acquiring>& acquiring) {
  if (acquiring->permits_ > limit_) return Answer::kNever;
  WaitPlace* place = Prepare(acquiring.get(), shared_from_this());
  auto state = state_.Acquire();
  if (!state->line.empty() || state->available < acquiring->permits_) {
    state->line.Append(place);
    return Answer::kWaiting;
  }
  state->available -= acquiring->permits_;
  ISOLATES_CHECK(Claim(acquiring.get()));
  acquiring->granted_ = shared_from_this();
  Decide(acquiring.get(), Outcome::kDone);
  return Answer::kAcquired;
}

void Semaphore::Serve(State* state, Settlements* settlements) {
  while (WaitPlace* place = state->line.first()) {
    auto* acquiring = static_cast<Acquiring*>(place->wait);
    if (state->available < acquiring->permits_) return;
    if (!WaitLine::Claim(place, settlements)) continue;
    state->available -= acquiring->permits_;
    acquiring->granted_ = shared_from_this();
    Decide(acquiring, Outcome::kDone);
  }
}

bool Semaphore::Release(uint64_t permits) {
  Settlements settlements;
  auto state = state_.Acquire();
  if (permits > limit_ - state->available) return false;
  state->available += permits;
  Serve(&*state, &settlements);
  return true;
}

Semaphore::Stats Semaphore::stats() {
  auto state = state_.Acquire();
  return {state->available, limit_, state->line.size()};
}

void Semaphore::Withdraw(WaitPlace* place) {
  Settlements settlements;
  auto state = state_.Acquire();
  WaitLine::Remove(place);
  // There may be enough for whoever stood behind it.
  Serve(&*state, &settlements);
}

}  // namespace isolates
