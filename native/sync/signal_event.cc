#include "sync/signal_event.h"

#include <utility>

#include "base/check.h"

namespace isolates {

SignalEvent::Passing::~Passing() {
  Forget();
  if (granted_ != nullptr && granted_->kind() == Kind::kAuto) granted_->Set();
}

bool SignalEvent::Passing::Take() { return std::exchange(granted_, nullptr) != nullptr; }

void SignalEvent::Grant(Passing* passing) {
  passing->granted_ = shared_from_this();
  Decide(passing, Outcome::kDone);
}

void SignalEvent::Set() {
  Settlements settlements;
  auto state = state_.Acquire();
  while (WaitPlace* place = state->line.ClaimFirst(&settlements)) {
    Grant(static_cast<Passing*>(place->wait));
    if (kind_ == Kind::kAuto) return;
  }
  state->set = true;
}

void SignalEvent::Reset() { state_.Acquire()->set = false; }

bool SignalEvent::TryPass() {
  auto state = state_.Acquire();
  const bool set = state->set;
  if (kind_ == Kind::kAuto) state->set = false;
  return set;
}

SignalEvent::Answer SignalEvent::Pass(const std::shared_ptr<Passing>& passing) {
  WaitPlace* place = Prepare(passing.get(), shared_from_this());
  auto state = state_.Acquire();
  if (!state->set) {
    state->line.Append(place);
    return Answer::kWaiting;
  }
  if (kind_ == Kind::kAuto) state->set = false;
  ISOLATES_CHECK(Claim(passing.get()));
  Grant(passing.get());
  return Answer::kPassed;
}

SignalEvent::Stats SignalEvent::stats() {
  auto state = state_.Acquire();
  return {state->set, state->line.size()};
}

void SignalEvent::Withdraw(WaitPlace* place) {
  auto state = state_.Acquire();
  WaitLine::Remove(place);
}

}  // namespace isolates
