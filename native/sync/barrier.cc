#include "sync/barrier.h"

#include <vector>

#include "base/check.h"

namespace isolates {

Barrier::Barrier(size_t parties) : parties_(parties) { ISOLATES_CHECK(parties > 0); }

Barrier::Answer Barrier::Arrive(const std::shared_ptr<Arriving>& arriving) {
  WaitPlace* place = Prepare(arriving.get(), shared_from_this());
  Settlements settlements;
  auto state = state_.Acquire();
  arriving->index_ = state->line.size();
  arriving->generation_ = state->generation;
  if (!state->broken && state->line.size() + 1 < parties_) {
    state->line.Append(place);
    return Answer::kWaiting;
  }
  // One that is leaving at this moment cannot be claimed: then nobody passes.
  std::vector<Wait*> claimed;
  while (WaitPlace* other = state->line.first()) {
    if (WaitLine::Claim(other, &settlements)) {
      claimed.push_back(other->wait);
    } else {
      state->broken = true;
    }
  }
  const Outcome outcome = state->broken ? Outcome::kClosed : Outcome::kDone;
  for (Wait* wait : claimed) Decide(wait, outcome);
  EndAtOnce(arriving.get(), outcome);
  if (state->broken) return Answer::kBroken;
  ++state->generation;
  return Answer::kPassed;
}

void Barrier::TellBroken(State* state, Settlements* settlements) {
  while (WaitPlace* place = state->line.ClaimFirst(settlements)) Decide(place->wait, Outcome::kClosed);
}

void Barrier::Break() {
  Settlements settlements;
  auto state = state_.Acquire();
  state->broken = true;
  TellBroken(&*state, &settlements);
}

void Barrier::Reset() {
  Settlements settlements;
  auto state = state_.Acquire();
  TellBroken(&*state, &settlements);
  state->broken = false;
}

Barrier::Stats Barrier::stats() {
  auto state = state_.Acquire();
  return {parties_, state->line.size(), state->generation, state->broken};
}

void Barrier::Withdraw(WaitPlace* place) {
  Settlements settlements;
  auto state = state_.Acquire();
  if (place->line == nullptr) return;
  WaitLine::Remove(place);
  state->broken = true;
  TellBroken(&*state, &settlements);
}

}  // namespace isolates
