#ifndef ISOLATES_SYNC_QUOTA_H_
#define ISOLATES_SYNC_QUOTA_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/guarded.h"

namespace isolates {

// How many of something may exist at once. Quotas form a tree: one that is taken of a quota is taken of all around it
// as well, so nobody gets more by asking further in.
//
// Threads: any.
// Lifetime: shared_ptr; keeps the quotas around it.
class Quota {
 public:
  explicit Quota(size_t most, std::shared_ptr<Quota> outer = nullptr) : most_(most), outer_(std::move(outer)) {}

  // False, with nothing taken, when this one or one around it has no more than less of it.
  bool Take(size_t amount = 1) {
    {
      auto taken = taken_.Acquire();
      if (amount > most_ || *taken > most_ - amount) return false;
      *taken += amount;
    }
    // One lock at a time: what was taken here is given back when it turns out to be too much further out.
    if (outer_ == nullptr || outer_->Take(amount)) return true;
    *taken_.Acquire() -= amount;
    return false;
  }

  void GiveBack(size_t amount = 1) {
    {
      auto taken = taken_.Acquire();
      ISOLATES_CHECK(*taken >= amount);
      *taken -= amount;
    }
    if (outer_ != nullptr) outer_->GiveBack(amount);
  }

  // What Take would allow if nothing were taken.
  size_t most() const { return outer_ == nullptr ? most_ : std::min(most_, outer_->most()); }

 private:
  const size_t most_;
  const std::shared_ptr<Quota> outer_;
  Guarded<size_t> taken_{0};
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_QUOTA_H_
