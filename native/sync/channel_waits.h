#ifndef ISOLATES_SYNC_CHANNEL_WAITS_H_
#define ISOLATES_SYNC_CHANNEL_WAITS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "sync/channel_queue.h"
#include "sync/wait.h"

namespace isolates {

template <class Item>
class Channel;

// What the two waits of a channel have in common: the channel can tell them apart.
class ChannelWait : public Wait {
 protected:
  enum class Side : uint8_t { kSends, kReceives };

  explicit ChannelWait(Side side) : side_(side) {}

 private:
  template <class Item>
  friend class Channel;

  const Side side_;
};

// The wait of a sender.
//
// Threads: the party's only, before Send and after it has ended; the channel's in between.
// Owns: the item until the channel takes it, and again when the wait ends with anything but kDone.
template <class Item>
class ChannelSending : public ChannelWait {
 public:
  enum class Until : uint8_t { kQueued, kReceived };

  ChannelSending(Item item, size_t cost, uint64_t sender, Until until)
      : ChannelWait(Side::kSends), item_(std::move(item)), cost_(cost), sender_(sender), until_(until) {}
  ~ChannelSending() override { Forget(); }

  // What was not sent; empty when it was.
  std::optional<Item> TakeItem() { return std::exchange(item_, std::nullopt); }

 private:
  friend class Channel<Item>;

  std::optional<Item> item_;
  const size_t cost_;
  const uint64_t sender_;
  const Until until_;
  WaitPlace* place_ = nullptr;
  bool queued_ = false;  // the item is at entry_, and this waits for its receiver
  typename ChannelQueue<Item>::Iterator entry_;
};

// The wait of a receiver.
//
// Threads: the party's only, before Receive and after it has ended; a channel's in between.
// Owns: the item it was given until Take(); when it is destroyed with one, that goes back to the channel.
template <class Item>
class ChannelReceiving : public ChannelWait {
 public:
  ChannelReceiving() : ChannelWait(Side::kReceives) {}
  ~ChannelReceiving() override {
    Forget();
    if (received_.has_value()) from_->PutBack(std::move(*received_));
  }

  // Empty when the wait ended without an item.
  std::optional<ChannelItem<Item>> Take() { return std::exchange(received_, std::nullopt); }

  // Of the channels given to Select, the one that the item came from.
  size_t index() const { return index_; }

 private:
  friend class Channel<Item>;

  std::optional<ChannelItem<Item>> received_;
  std::shared_ptr<Channel<Item>> from_;
  size_t index_ = 0;
  // Channels that may still give something, and one more while they are being asked.
  std::atomic<size_t> open_{0};
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_CHANNEL_WAITS_H_
