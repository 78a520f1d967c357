#ifndef ISOLATES_SYNC_CHANNEL_TYPES_H_
#define ISOLATES_SYNC_CHANNEL_TYPES_H_

#include <cstddef>
#include <cstdint>

namespace isolates {

struct ChannelLimits {
  size_t capacity = 0;   // items; 0: any number
  size_t max_bytes = 0;  // of what senders say their items cost; 0: any

  // True when an item of this cost would not even fit into an empty channel.
  bool Forbid(size_t cost) const { return max_bytes != 0 && cost > max_bytes; }
  bool HaveRoom(size_t items, size_t bytes, size_t cost) const {
    return (capacity == 0 || items < capacity) && (max_bytes == 0 || (bytes <= max_bytes && cost <= max_bytes - bytes));
  }
};

enum class ChannelStatus : uint8_t {
  kDone,
  kWaiting,  // the wait has begun; it will be settled
  kFull,
  kEmpty,
  kClosed,
  kTooBig,  // this item alone is beyond max_bytes
};

// sent == received + queued + dropped, at any moment.
struct ChannelStats {
  uint64_t sent = 0;
  uint64_t received = 0;
  uint64_t dropped = 0;
  size_t queued = 0;
  size_t bytes = 0;
  size_t waiting_senders = 0;
  size_t waiting_receivers = 0;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_CHANNEL_TYPES_H_
