#ifndef ISOLATES_SYNC_CHANNEL_H_
#define ISOLATES_SYNC_CHANNEL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "sync/adaptive_mutex.h"
#include "sync/channel_inlet.h"
#include "sync/channel_queue.h"
#include "sync/channel_types.h"
#include "sync/channel_waits.h"
#include "sync/wait.h"

namespace isolates {

// Carries items from many senders to many receivers: in order, each to one of them, bounded by number and by bytes.
// Who has to wait is served in order of arrival, and nobody who does not wait gets past those who do.
//
// A closed channel takes no items and gives out those it has.
//
// The parts of it: channel_sends.h, channel_receives.h, channel_ends.h.
//
// Threads: any.
// Owns: the items in it. Not the waits: see Wait.
// Lifetime: shared_ptr; a wait keeps its channels.
template <class Item>
class Channel final : public WaitTarget, public std::enable_shared_from_this<Channel<Item>> {
 public:
  using Received = ChannelItem<Item>;
  using Sending = ChannelSending<Item>;
  using Receiving = ChannelReceiving<Item>;
  using Dropped = typename ChannelQueue<Item>::List;

  static std::shared_ptr<Channel> Make(ChannelLimits limits) { return std::shared_ptr<Channel>(new Channel(limits)); }

  // Takes the item only when the answer is kDone; others: kFull, kClosed, kTooBig.
  ChannelStatus TrySend(Item&& item, size_t cost, uint64_t sender);

  // kDone, kWaiting, kClosed or kTooBig. The item is in the wait until the channel takes it.
  ChannelStatus Send(const std::shared_ptr<Sending>& sending);

  // kDone, kEmpty or kClosed.
  ChannelStatus TryReceive(std::optional<Received>* received);

  // kDone, kWaiting or kClosed. When it is done the wait holds the item.
  ChannelStatus Receive(const std::shared_ptr<Receiving>& receiving);

  // The same from the first of several channels that has an item; channels that are closed and empty are passed over,
  // kClosed means that all are.
  static ChannelStatus Select(const std::vector<std::shared_ptr<Channel>>& channels,
                              const std::shared_ptr<Receiving>& receiving);

  // Gives back an item that nobody will use after all. It goes where it was; what was received before it stays before
  // it.
  void PutBack(Received&& received);

  // False when it was closed already. Who waits to send or to be received gets the item back.
  bool Close();
  // The same, and drops what is in it: that is what it returns.
  Dropped CloseAndDrop();
  // Drops what this sender has put in and nobody has received, but for items whose sender waits for the receiver: their
  // wait decides.
  Dropped DropFrom(uint64_t sender);

  // Shows every item in it. What it answers grows whenever an item comes or goes.
  template <class See>
  uint64_t Look(const See& see) {
    auto state = state_.Acquire();
    Pull(&*state);
    for (const auto& entry : state->queue) see(*entry.item);
    return state->queue.changes();
  }
  uint64_t changes() {
    auto state = state_.Acquire();
    Pull(&*state);
    return state->queue.changes();
  }

  ChannelStats Stats();
  // Of what this sender has put in and nobody has received.
  size_t BytesFrom(uint64_t sender);
  bool closed() { return state_.Acquire()->closed; }
  size_t size() { return Stats().queued; }
  const ChannelLimits& limits() const { return limits_; }

  void Withdraw(WaitPlace* place) override;

 private:
  using Queue = ChannelQueue<Item>;
  using Inlet = ChannelInlet<Item>;
  using Iterator = typename Queue::Iterator;

  // Receivers wait only while the queue is empty; senders only while the first of them has no room.
  struct State {
    Queue queue;
    WaitLine senders;
    WaitLine receivers;
    uint64_t next_sequence = 1;
    uint64_t sent = 0;
    uint64_t received = 0;
    uint64_t dropped = 0;
    bool closed = false;
    bool drops = false;
    bool diverted = true;  // the inlet is closed, and empty
  };

  explicit Channel(ChannelLimits limits) : limits_(limits) {}

  bool HasRoom(const State& state, size_t cost) const {
    return limits_.HaveRoom(state.queue.size(), state.queue.bytes(), cost);
  }

  // All of these under the lock. What is in the inlet comes behind what is in the queue: whoever looks at the end of
  // the queue, or is about to wait, has to take it over first.
  void Pull(State* state);
  void Divert(State* state);
  // When nobody waits and there is room.
  void Undivert(State* state);
  static Iterator Enqueue(State* state, Item&& item, size_t cost, uint64_t sender);
  bool Deliver(State* state, Received* received, Settlements* settlements);
  bool HandOver(State* state, Item* item, size_t cost, uint64_t sender, Settlements* settlements);
  bool TakeFirst(State* state, std::optional<Received>* received, Settlements* settlements);
  void Reinsert(State* state, Received* received, Settlements* settlements);
  void Admit(State* state, Settlements* settlements);
  static void GiveBack(State* state, Iterator entry);
  // Ends the wait of an item's sender; true when the item may be had.
  static bool Agree(const typename Queue::Entry& entry, Outcome outcome, Settlements* settlements);
  static void CloseLines(State* state, Settlements* settlements);

  ChannelStatus Join(WaitPlace* place, Receiving* receiving);

  // Senders and receivers are on different cores, and each has a line of the cache to itself as long as it can.
  static constexpr size_t kCacheLine = 64;

  const ChannelLimits limits_;
  alignas(kCacheLine) Guarded<State, AdaptiveMutex> state_;
  alignas(kCacheLine) Guarded<Inlet, AdaptiveMutex> inlet_;  // taken while state_ is held, never the other way round
  std::atomic<bool> diverted_{true};                         // of the inlet; a hint without its lock
};

}  // namespace isolates

#include "sync/channel_ends.h"
#include "sync/channel_receives.h"
#include "sync/channel_sends.h"

#endif  // ISOLATES_SYNC_CHANNEL_H_
