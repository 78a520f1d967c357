#ifndef ISOLATES_SYNC_CHANNEL_INLET_H_
#define ISOLATES_SYNC_CHANNEL_INLET_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "sync/channel_queue.h"
#include "sync/channel_types.h"

namespace isolates {

// Where senders put items while nobody waits at the channel and there is room: with a lock of its own, so that they
// meet receivers only when these take all of it over, and not for each item.
//
// It is closed whenever an item could not simply be put in: somebody waits, there is no room, the channel is closed.
//
// Threads: under its lock, which may be taken while the channel's is held, never the other way round.
// Owns: the items in it.
template <class Item>
class ChannelInlet {
 public:
  // False when it is closed or has no room for this one; the item is where it was.
  bool Take(Item* item, size_t cost, uint64_t sender) {
    if (!open_ || items_room_ == 0 || cost > bytes_room_) return false;
    // Many small lists are never copied, and the first of them is free again soon.
    if (items_.size() == kMost) return false;
    items_.push_back({std::move(*item), sender, cost, 0});
    bytes_ += cost;
    if (items_room_ != kUnlimited) --items_room_;
    if (bytes_room_ != kUnlimited) bytes_room_ -= cost;
    return true;
  }

  void Open(const ChannelLimits& limits, size_t items, size_t bytes) {
    open_ = true;
    items_room_ = limits.capacity == 0 ? kUnlimited : limits.capacity - items;
    bytes_room_ = limits.max_bytes == 0 ? kUnlimited : limits.max_bytes - bytes;
  }
  void Close() { open_ = false; }

  // Hands all over, numbered from `*sequence` on. Returns how many.
  size_t Empty(ChannelQueue<Item>* queue, uint64_t* sequence) {
    const size_t count = items_.size();
    if (count == 0) return 0;
    for (ChannelItem<Item>& each : items_) each.sequence = (*sequence)++;
    queue->AppendBulk(&items_, std::exchange(bytes_, 0));
    return count;
  }

 private:
  static constexpr size_t kUnlimited = SIZE_MAX;
  static constexpr size_t kMost = 1024;

  bool open_ = false;
  size_t items_room_ = 0;
  size_t bytes_room_ = 0;
  size_t bytes_ = 0;
  typename ChannelQueue<Item>::Bulk items_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_CHANNEL_INLET_H_
