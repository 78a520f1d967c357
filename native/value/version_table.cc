#include "value/version_table.h"

#include <algorithm>

namespace isolates {

VersionTable::Slot VersionTable::Take() {
  if (free_.empty()) {
    const size_t size = chunks_.empty() ? kFirstChunk : std::min(chunks_.back()->size() * 2, kLargestChunk);
    const auto chunk = static_cast<uint32_t>(chunks_.size());
    chunks_.push_back(std::make_shared<VersionChunk>(size));
    // From the end, so that the first is taken first.
    for (auto index = static_cast<uint32_t>(size); index-- > 0;) free_.push_back({chunk, index});
  }
  const Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

void VersionTable::Free(Slot slot) {
  Bump(slot);
  free_.push_back(slot);
}

}  // namespace isolates
