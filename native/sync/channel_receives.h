#ifndef ISOLATES_SYNC_CHANNEL_RECEIVES_H_
#define ISOLATES_SYNC_CHANNEL_RECEIVES_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sync/channel.h"

// How items leave a channel, and come back.
namespace isolates {

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
void Channel<Item>::Reinsert(State* state, Received* received, Settlements* settlements) {
  --state->received;
  if (!Deliver(state, received, settlements)) state->queue.Reinsert(std::move(*received));
}

template <class Item>
bool Channel<Item>::TakeFirst(State* state, std::optional<Received>* received, Settlements* settlements) {
  if (state->queue.empty()) Pull(state);
  if (auto taken = state->queue.TakeFromBulk()) {
    *received = std::move(taken);
    ++state->received;
    if (!state->senders.empty()) Admit(state, settlements);
    return true;
  }
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
  bool taken = TakeFirst(&*state, &received, &settlements);
  if (!taken && !state->diverted) {
    // Who waits must meet every sender; and one may have come in between.
    Divert(&*state);
    taken = TakeFirst(&*state, &received, &settlements);
  }
  if (taken) {
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

}  // namespace isolates

#endif  // ISOLATES_SYNC_CHANNEL_RECEIVES_H_
