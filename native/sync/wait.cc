#include "sync/wait.h"

#include <utility>

#include "base/check.h"

namespace isolates {

Wait::~Wait() {
  // A line would be left with a dangling pointer.
  for (const WaitPlace& place : places_) ISOLATES_CHECK(place.line == nullptr);
}

void Wait::Forget() {
  for (WaitPlace& place : places_) place.target->Withdraw(&place);
}

bool Wait::Cancel() {
  if (!Claim()) return false;
  Forget();
  outcome_.store(Outcome::kCancelled, std::memory_order_release);
  return true;
}

WaitPlace* WaitTarget::Prepare(Wait* wait, std::vector<std::shared_ptr<WaitTarget>> targets) {
  // Used twice, or owned by no shared_ptr: such a wait would never be settled.
  ISOLATES_CHECK(wait->places_.empty() && !wait->weak_from_this().expired());
  wait->places_ = std::vector<WaitPlace>(targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    wait->places_[i].wait = wait;
    wait->places_[i].target = std::move(targets[i]);
  }
  return wait->places_.data();
}

WaitPlace* WaitTarget::Prepare(Wait* wait, std::shared_ptr<WaitTarget> target) {
  std::vector<std::shared_ptr<WaitTarget>> targets;
  targets.push_back(std::move(target));
  return Prepare(wait, std::move(targets));
}

void WaitTarget::EndAtOnce(Wait* wait, Outcome outcome) {
  ISOLATES_CHECK(Claim(wait));
  Decide(wait, outcome);
}

void Settlements::Tell() {
  for (Kept& kept : kept_) {
    if (kept.claimed) {
      // The target that decided has taken it out of its own line; there may be others.
      if (kept.wait->places_.size() > 1) kept.wait->Forget();
      kept.wait->Settled();
    }
    kept.wait = nullptr;
  }
}

void WaitLine::Append(WaitPlace* place) {
  ISOLATES_CHECK(place->line == nullptr);
  if (place->wait->outcome() != Wait::Outcome::kPending) return;
  place->line = this;
  place->previous = last_;
  place->next = nullptr;
  (last_ == nullptr ? first_ : last_->next) = place;
  last_ = place;
  ++size_;
}

void WaitLine::Remove(WaitPlace* place) {
  WaitLine* line = place->line;
  if (line == nullptr) return;
  (place->previous == nullptr ? line->first_ : place->previous->next) = place->next;
  (place->next == nullptr ? line->last_ : place->next->previous) = place->previous;
  place->line = nullptr;
  --line->size_;
}

bool WaitLine::Claim(WaitPlace* place, Settlements* settlements) {
  Remove(place);
  // The pointer is good while its target's lock is held: the wait's destructor needs that lock to get past Forget.
  std::shared_ptr<Wait> wait = place->wait->weak_from_this().lock();
  if (wait == nullptr) return false;
  const bool claimed = wait->Claim();
  settlements->kept_.push_back({std::move(wait), claimed});
  return claimed;
}

WaitPlace* WaitLine::ClaimFirst(Settlements* settlements) {
  while (first_ != nullptr) {
    WaitPlace* place = first_;
    if (Claim(place, settlements)) return place;
  }
  return nullptr;
}

}  // namespace isolates
