#ifndef ISOLATES_SYNC_CHANNEL_SENDS_H_
#define ISOLATES_SYNC_CHANNEL_SENDS_H_

#include <memory>
#include <utility>

#include "sync/channel.h"

// How items come into a channel.
namespace isolates {

template <class Item>
void Channel<Item>::Pull(State* state) {
  if (state->diverted) return;
  auto inlet = inlet_.Acquire();
  state->sent += inlet->Empty(&state->queue, &state->next_sequence);
}

template <class Item>
void Channel<Item>::Divert(State* state) {
  if (state->diverted) return;
  auto inlet = inlet_.Acquire();
  inlet->Close();
  state->sent += inlet->Empty(&state->queue, &state->next_sequence);
  state->diverted = true;
  diverted_.store(true, std::memory_order_relaxed);
}

template <class Item>
void Channel<Item>::Undivert(State* state) {
  if (state->closed || !state->senders.empty() || !state->receivers.empty()) return;
  // For one item it does not pay.
  constexpr size_t kLeast = 2;
  if (limits_.capacity != 0 && limits_.capacity < state->queue.size() + kLeast) return;
  if (limits_.max_bytes != 0 && limits_.max_bytes <= state->queue.bytes()) return;
  inlet_.Acquire()->Open(limits_, state->queue.size(), state->queue.bytes());
  state->diverted = false;
  diverted_.store(false, std::memory_order_relaxed);
}

template <class Item>
typename Channel<Item>::Iterator Channel<Item>::Enqueue(State* state, Item&& item, size_t cost, uint64_t sender) {
  ++state->sent;
  return state->queue.Append({std::move(item), sender, cost, state->next_sequence++});
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
  if (!diverted_.load(std::memory_order_relaxed) && inlet_.Acquire()->Take(&item, cost, sender)) {
    return ChannelStatus::kDone;
  }
  Settlements settlements;
  auto state = state_.Acquire();
  Divert(&*state);
  if (state->closed) return ChannelStatus::kClosed;
  if (limits_.Forbid(cost)) return ChannelStatus::kTooBig;
  if (HandOver(&*state, &item, cost, sender, &settlements)) return ChannelStatus::kDone;
  if (!state->senders.empty()) Admit(&*state, &settlements);
  if (!state->senders.empty() || !HasRoom(*state, cost)) return ChannelStatus::kFull;
  Enqueue(&*state, std::move(item), cost, sender);
  Undivert(&*state);
  return ChannelStatus::kDone;
}

template <class Item>
ChannelStatus Channel<Item>::Send(const std::shared_ptr<Sending>& sending) {
  if (limits_.Forbid(sending->cost_)) return ChannelStatus::kTooBig;
  sending->place_ = Prepare(sending.get(), this->shared_from_this());
  Settlements settlements;
  auto state = state_.Acquire();
  Divert(&*state);
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
  Undivert(&*state);
  EndAtOnce(sending.get(), Outcome::kDone);
  return ChannelStatus::kDone;
}

}  // namespace isolates

#endif  // ISOLATES_SYNC_CHANNEL_SENDS_H_
