#ifndef ISOLATES_SYNC_CHANNEL_H_
#define ISOLATES_SYNC_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "sync/adaptive_mutex.h"
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
// Threads: any.
// Owns: the items in it. Not the waits: see Wait.
// Lifetime: shared_ptr; a wait keeps its channels.
template <class Item>
class Channel final : public WaitTarget, public std::enable_shared_from_this<Channel<Item>> {
 public:
  using Received = ChannelItem<Item>;
  using Sending = ChannelSending<Item>;
  using Receiving = ChannelReceiving<Item>;

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
  // The same, and drops what is in it. Returns the number of items dropped.
  size_t CloseAndDrop();
  // Drops what this sender has put in and nobody has received, but for items whose sender waits for the receiver: their
  // wait decides. Returns the number.
  size_t DropFrom(uint64_t sender);

  // Shows every item in it. What it answers grows whenever an item comes or goes.
  template <class See>
  uint64_t Look(const See& see) {
    auto state = state_.Acquire();
    for (const auto& entry : state->queue) see(*entry.item);
    return state->queue.changes();
  }
  uint64_t changes() { return state_.Acquire()->queue.changes(); }

  ChannelStats Stats();
  bool closed() { return state_.Acquire()->closed; }
  size_t size() { return state_.Acquire()->queue.size(); }
  const ChannelLimits& limits() const { return limits_; }

  void Withdraw(WaitPlace* place) override;

 private:
  using Queue = ChannelQueue<Item>;
  using Entries = typename Queue::List;
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
  };

  explicit Channel(ChannelLimits limits) : limits_(limits) {}

  bool HasRoom(const State& state, size_t cost) const {
    return limits_.HaveRoom(state.queue.size(), state.queue.bytes(), cost);
  }

  // All of these under the lock.
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

  const ChannelLimits limits_;
  Guarded<State, AdaptiveMutex> state_;
};

template <class Item>
typename Channel<Item>::Iterator Channel<Item>::Enqueue(State* state, Item&& item, size_t cost, uint64_t sender) {
  ++state->sent;
  return state->queue.Append({std::move(item), sender, cost, state->next_sequence++});
}

template <class Item>
bool Channel<Item>::Deliver(State* state, Received* received, Settlements* settlements) {
  WaitPlace* place = state->receivers.ClaimFirst(settlements);
  if (place == nullptr) return false;
  auto* receiving = static_cast<Receiving*>(place->wait);
  receiving->received_.emplace(std::move(*received));
  receiving->from_ = this->shared_from_this();
  receiving->index_ = IndexOf(place);
  ++state->received;
  Decide(receiving, Outcome::kDone);
  return true;
}

// A new item, to a receiver that waits. On false the item is where it was.
template <class Item>
bool Channel<Item>::HandOver(State* state, Item* item, size_t cost, uint64_t sender, Settlements* settlements) {
  if (state->receivers.empty()) return false;
  Received received{std::move(*item), sender, cost, state->next_sequence};
  if (!Deliver(state, &received, settlements)) {
    *item = std::move(received.item);
    return false;
  }
  ++state->next_sequence;
  ++state->sent;
  return true;
}

template <class Item>
bool Channel<Item>::Agree(const typename Queue::Entry& entry, Outcome outcome, Settlements* settlements) {
  if (entry.sending == nullptr) return true;
  if (!WaitLine::Claim(entry.sending->place_, settlements)) return false;
  entry.sending->queued_ = false;
  Decide(entry.sending, outcome);
  return true;
}

// The sender of the entry waits no longer: the item is its own again.
template <class Item>
void Channel<Item>::GiveBack(State* state, Iterator entry) {
  entry->sending->item_ = std::move(entry->item);
  entry->sending->queued_ = false;
  --state->sent;
  state->queue.Remove(entry);
}

template <class Item>
bool Channel<Item>::TakeFirst(State* state, std::optional<Received>* received, Settlements* settlements) {
  for (;;) {
    if (state->queue.empty() && !state->senders.empty()) Admit(state, settlements);
    if (state->queue.empty()) return false;
    const auto entry = state->queue.begin();
    if (!Agree(*entry, Outcome::kDone, settlements)) {
      GiveBack(state, entry);
      continue;
    }
    received->emplace(Received{std::move(*entry->item), entry->sender, entry->cost, entry->sequence});
    ++state->received;
    state->queue.Remove(entry);
    if (!state->senders.empty()) Admit(state, settlements);
    return true;
  }
}

template <class Item>
void Channel<Item>::Reinsert(State* state, Received* received, Settlements* settlements) {
  --state->received;
  if (!Deliver(state, received, settlements)) state->queue.Reinsert(std::move(*received));
}

// Lets senders in as long as there is room for the first of them.
template <class Item>
void Channel<Item>::Admit(State* state, Settlements* settlements) {
  while (WaitPlace* place = state->senders.first()) {
    auto* sending = static_cast<Sending*>(place->wait);
    if (!HasRoom(*state, sending->cost_)) return;
    if (sending->until_ == Sending::Until::kReceived) {
      // It waits on. If it is being cancelled at this moment, Withdraw takes the item out again.
      WaitLine::Remove(place);
    } else if (!WaitLine::Claim(place, settlements)) {
      continue;
    }
    const auto entry = Enqueue(state, std::move(*sending->item_), sending->cost_, sending->sender_);
    sending->item_.reset();
    if (sending->until_ == Sending::Until::kReceived) {
      entry->sending = sending;
      sending->entry_ = entry;
      sending->queued_ = true;
    } else {
      Decide(sending, Outcome::kDone);
    }
  }
}

template <class Item>
ChannelStatus Channel<Item>::TrySend(Item&& item, size_t cost, uint64_t sender) {
  Settlements settlements;
  auto state = state_.Acquire();
  if (state->closed) return ChannelStatus::kClosed;
  if (limits_.Forbid(cost)) return ChannelStatus::kTooBig;
  if (HandOver(&*state, &item, cost, sender, &settlements)) return ChannelStatus::kDone;
  if (!state->senders.empty()) Admit(&*state, &settlements);
  if (!state->senders.empty() || !HasRoom(*state, cost)) return ChannelStatus::kFull;
  Enqueue(&*state, std::move(item), cost, sender);
  return ChannelStatus::kDone;
}

template <class Item>
ChannelStatus Channel<Item>::Send(const std::shared_ptr<Sending>& sending) {
  if (limits_.Forbid(sending->cost_)) return ChannelStatus::kTooBig;
  sending->place_ = Prepare(sending.get(), this->shared_from_this());
  Settlements settlements;
  auto state = state_.Acquire();
  if (state->closed) {
    EndAtOnce(sending.get(), Outcome::kClosed);
    return ChannelStatus::kClosed;
  }
  if (HandOver(&*state, &*sending->item_, sending->cost_, sending->sender_, &settlements)) {
    sending->item_.reset();
    EndAtOnce(sending.get(), Outcome::kDone);
    return ChannelStatus::kDone;
  }
  if (!state->senders.empty()) Admit(&*state, &settlements);
  if (!state->senders.empty() || !HasRoom(*state, sending->cost_)) {
    state->senders.Append(sending->place_);
    return ChannelStatus::kWaiting;
  }
  const auto entry = Enqueue(&*state, std::move(*sending->item_), sending->cost_, sending->sender_);
  sending->item_.reset();
  if (sending->until_ == Sending::Until::kReceived) {
    entry->sending = sending.get();
    sending->entry_ = entry;
    sending->queued_ = true;
    return ChannelStatus::kWaiting;
  }
  EndAtOnce(sending.get(), Outcome::kDone);
  return ChannelStatus::kDone;
}

template <class Item>
ChannelStatus Channel<Item>::TryReceive(std::optional<Received>* received) {
  // What the caller may have left in it is not to be destroyed under the lock.
  received->reset();
  Settlements settlements;
  auto state = state_.Acquire();
  if (TakeFirst(&*state, received, &settlements)) return ChannelStatus::kDone;
  return state->closed ? ChannelStatus::kClosed : ChannelStatus::kEmpty;
}

// One channel's answer to a receiver that may be asking several.
template <class Item>
ChannelStatus Channel<Item>::Join(WaitPlace* place, Receiving* receiving) {
  Settlements settlements;
  auto state = state_.Acquire();
  std::optional<Received> received;
  if (TakeFirst(&*state, &received, &settlements)) {
    if (!Claim(receiving)) {
      // Another channel was quicker.
      Reinsert(&*state, &*received, &settlements);
      return ChannelStatus::kWaiting;
    }
    receiving->received_ = std::move(received);
    receiving->from_ = this->shared_from_this();
    receiving->index_ = IndexOf(place);
    Decide(receiving, Outcome::kDone);
    return ChannelStatus::kDone;
  }
  if (state->closed) return ChannelStatus::kClosed;
  state->receivers.Append(place);
  return ChannelStatus::kWaiting;
}

template <class Item>
ChannelStatus Channel<Item>::Select(const std::vector<std::shared_ptr<Channel>>& channels,
                                    const std::shared_ptr<Receiving>& receiving) {
  WaitPlace* places = Prepare(receiving.get(), {channels.begin(), channels.end()});
  receiving->open_.store(channels.size() + 1, std::memory_order_relaxed);
  for (size_t i = 0; i < channels.size(); ++i) {
    const ChannelStatus status = channels[i]->Join(&places[i], receiving.get());
    if (status == ChannelStatus::kDone) {
      Forget(receiving.get());
      return status;
    }
    if (status == ChannelStatus::kClosed) receiving->open_.fetch_sub(1, std::memory_order_acq_rel);
  }
  // A channel that closes from here on may be the last, and settles the wait then.
  if (receiving->open_.fetch_sub(1, std::memory_order_acq_rel) > 1 || !Claim(receiving.get())) {
    return ChannelStatus::kWaiting;
  }
  Decide(receiving.get(), Outcome::kClosed);
  return ChannelStatus::kClosed;
}

template <class Item>
ChannelStatus Channel<Item>::Receive(const std::shared_ptr<Receiving>& receiving) {
  WaitPlace* place = Prepare(receiving.get(), this->shared_from_this());
  // Not one more, as in Select: once this has joined, only a close can find it.
  receiving->open_.store(1, std::memory_order_relaxed);
  const ChannelStatus status = Join(place, receiving.get());
  if (status == ChannelStatus::kClosed) EndAtOnce(receiving.get(), Outcome::kClosed);
  return status;
}

template <class Item>
void Channel<Item>::PutBack(Received&& received) {
  Settlements settlements;
  auto state = state_.Acquire();
  if (!state->drops) {
    Reinsert(&*state, &received, &settlements);
    return;
  }
  --state->received;
  ++state->dropped;
}

template <class Item>
void Channel<Item>::CloseLines(State* state, Settlements* settlements) {
  while (WaitPlace* place = state->senders.ClaimFirst(settlements)) Decide(place->wait, Outcome::kClosed);
  for (auto entry = state->queue.begin(); entry != state->queue.end();) {
    const auto next = std::next(entry);
    if (entry->sending != nullptr) {
      Agree(*entry, Outcome::kClosed, settlements);
      GiveBack(state, entry);
    }
    entry = next;
  }
  while (WaitPlace* place = state->receivers.first()) {
    auto* receiving = static_cast<Receiving*>(place->wait);
    if (receiving->open_.fetch_sub(1, std::memory_order_acq_rel) > 1) {
      WaitLine::Remove(place);
    } else if (WaitLine::Claim(place, settlements)) {
      Decide(receiving, Outcome::kClosed);
    }
  }
}

template <class Item>
bool Channel<Item>::Close() {
  Settlements settlements;
  auto state = state_.Acquire();
  if (state->closed) return false;
  state->closed = true;
  CloseLines(&*state, &settlements);
  return true;
}

template <class Item>
size_t Channel<Item>::CloseAndDrop() {
  Entries dropped;  // destroyed when the lock is free
  Settlements settlements;
  auto state = state_.Acquire();
  state->closed = true;
  state->drops = true;
  CloseLines(&*state, &settlements);
  state->queue.MoveAllTo(&dropped);
  state->dropped += dropped.size();
  return dropped.size();
}

template <class Item>
size_t Channel<Item>::DropFrom(uint64_t sender) {
  Entries dropped;
  Settlements settlements;
  auto state = state_.Acquire();
  for (auto entry = state->queue.begin(); entry != state->queue.end();) {
    const auto next = std::next(entry);
    if (entry->sender == sender && entry->sending == nullptr) {
      state->queue.MoveTo(&dropped, entry);
    }
    entry = next;
  }
  state->dropped += dropped.size();
  Admit(&*state, &settlements);
  return dropped.size();
}

template <class Item>
ChannelStats Channel<Item>::Stats() {
  auto state = state_.Acquire();
  return {.sent = state->sent,
          .received = state->received,
          .dropped = state->dropped,
          .queued = state->queue.size(),
          .bytes = state->queue.bytes(),
          .waiting_senders = state->senders.size(),
          .waiting_receivers = state->receivers.size()};
}

template <class Item>
void Channel<Item>::Withdraw(WaitPlace* place) {
  Settlements settlements;
  auto state = state_.Acquire();
  WaitLine::Remove(place);
  auto* wait = static_cast<ChannelWait*>(place->wait);
  if (wait->side_ == ChannelWait::Side::kReceives) return;
  auto* sending = static_cast<Sending*>(wait);
  if (sending->queued_) GiveBack(&*state, sending->entry_);
  // Whoever stood behind it may fit where it did not.
  Admit(&*state, &settlements);
}

}  // namespace isolates

#endif  // ISOLATES_SYNC_CHANNEL_H_
