#include "sync/idle_sweep.h"

#include <utility>

namespace isolates {

void IdleSweep::Add(std::weak_ptr<Party> party) {
  {
    auto state = state_.Acquire();
    state->young.push_back(std::move(party));
    if (std::exchange(state->scheduled, true)) return;
  }
  Schedule();
}

void IdleSweep::Schedule() {
  timer_->Schedule(Clock::now() + period_, [this] { Sweep(); });
}

void IdleSweep::Sweep() {
  std::vector<std::weak_ptr<Party>> due;
  bool more = false;
  {
    auto state = state_.Acquire();
    due = std::exchange(state->old, std::exchange(state->young, {}));
    more = !state->old.empty();
    state->scheduled = more;
  }
  if (more) Schedule();
  for (const std::weak_ptr<Party>& weak : due) {
    if (const std::shared_ptr<Party> party = weak.lock()) party->OnIdle();
  }
}

}  // namespace isolates
