#ifndef ISOLATES_SYNC_CHANNEL_ENDS_H_
#define ISOLATES_SYNC_CHANNEL_ENDS_H_

#include <cstddef>
#include <iterator>
#include <utility>

#include "sync/channel.h"

// How a channel ends, and how waits at it do.
namespace isolates {

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
  Divert(&*state);
  state->closed = true;
  CloseLines(&*state, &settlements);
  return true;
}

template <class Item>
typename Channel<Item>::Dropped Channel<Item>::CloseAndDrop() {
  Dropped dropped;
  Settlements settlements;
  auto state = state_.Acquire();
  Divert(&*state);
  state->closed = true;
  state->drops = true;
  CloseLines(&*state, &settlements);
  state->queue.MoveAllTo(&dropped);
  state->dropped += dropped.size();
  return dropped;
}

template <class Item>
typename Channel<Item>::Dropped Channel<Item>::DropFrom(uint64_t sender) {
  Dropped dropped;
  Settlements settlements;
  auto state = state_.Acquire();
  Pull(&*state);
  for (auto entry = state->queue.begin(); entry != state->queue.end();) {
    const auto next = std::next(entry);
    if (entry->sender == sender && entry->sending == nullptr) {
      state->queue.MoveTo(&dropped, entry);
    }
    entry = next;
  }
  state->dropped += dropped.size();
  Admit(&*state, &settlements);
  return dropped;
}

template <class Item>
size_t Channel<Item>::BytesFrom(uint64_t sender) {
  auto state = state_.Acquire();
  Pull(&*state);
  size_t bytes = 0;
  for (const auto& entry : state->queue) {
    // One that costs nothing has a place in the queue all the same.
    if (entry.sender == sender) bytes += entry.cost + sizeof(entry);
  }
  return bytes;
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

template <class Item>
ChannelStats Channel<Item>::Stats() {
  auto state = state_.Acquire();
  Pull(&*state);
  return {.sent = state->sent,
          .received = state->received,
          .dropped = state->dropped,
          .queued = state->queue.size(),
          .bytes = state->queue.bytes(),
          .waiting_senders = state->senders.size(),
          .waiting_receivers = state->receivers.size()};
}

}  // namespace isolates

#endif  // ISOLATES_SYNC_CHANNEL_ENDS_H_
