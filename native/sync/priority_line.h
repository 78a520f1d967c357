#ifndef ISOLATES_SYNC_PRIORITY_LINE_H_
#define ISOLATES_SYNC_PRIORITY_LINE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace isolates {

// Items that wait for their turn: of the highest priority first, and in order of arrival among those. Any of them can
// leave from the midst of the line.
//
// Threads: one at a time; the user has the lock.
template <class Item>
class PriorityLine {
 public:
  struct Place {
    int32_t priority;
    uint64_t number;
  };

  Place Add(int32_t priority, Item item) {
    Lane& lane = lanes_[priority];
    lane.entries.push_back({next_, std::move(item)});
    ++lane.present;
    ++size_;
    return {priority, next_++};
  }

  std::optional<Item> Take() {
    for (auto lane = lanes_.begin(); lane != lanes_.end();) {
      if (lane->second.present == 0) {
        lane = Abandon(lane);
        continue;
      }
      std::deque<Entry>& entries = lane->second.entries;
      while (!entries.front().item.has_value()) entries.pop_front();
      std::optional<Item> item = std::move(entries.front().item);
      entries.pop_front();
      --lane->second.present;
      --size_;
      return item;
    }
    return std::nullopt;
  }

  // Nothing when it has left already.
  std::optional<Item> Remove(const Place& place) {
    const auto found = lanes_.find(place.priority);
    if (found == lanes_.end()) return std::nullopt;
    Lane& lane = found->second;
    const auto entry = std::lower_bound(lane.entries.begin(), lane.entries.end(), place.number,
                                        [](const Entry& each, uint64_t number) { return each.number < number; });
    if (entry == lane.entries.end() || entry->number != place.number || !entry->item.has_value()) return std::nullopt;
    std::optional<Item> item = std::exchange(entry->item, std::nullopt);
    --lane.present;
    --size_;
    // The empty places of a line that does not move must not pile up.
    if (lane.entries.size() >= kFewPlaces && lane.present * 2 < lane.entries.size()) {
      std::erase_if(lane.entries, [](const Entry& each) { return !each.item.has_value(); });
    }
    return item;
  }

  size_t size() const { return size_; }

 private:
  static constexpr size_t kFewPlaces = 64;
  static constexpr size_t kFewLanes = 8;

  struct Entry {
    uint64_t number;
    std::optional<Item> item;
  };
  struct Lane {
    std::deque<Entry> entries;  // by number
    size_t present = 0;
  };
  using Lanes = std::map<int32_t, Lane, std::greater<>>;

  // An empty lane is kept for the next of its priority, unless there are many.
  typename Lanes::iterator Abandon(typename Lanes::iterator lane) {
    lane->second.entries.clear();
    return lanes_.size() > kFewLanes ? lanes_.erase(lane) : std::next(lane);
  }

  Lanes lanes_;
  uint64_t next_ = 0;
  size_t size_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_PRIORITY_LINE_H_
