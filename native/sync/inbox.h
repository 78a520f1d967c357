#ifndef ISOLATES_SYNC_INBOX_H_
#define ISOLATES_SYNC_INBOX_H_

#include <atomic>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "sync/adaptive_mutex.h"

namespace isolates {

// Many senders, one receiver that empties it in one go: the first item after an empty inbox tells its sender to wake
// the receiver, later ones ride along. While the receiver is looking anyway, nobody has to wake it.
//
// Threads: Add from any; TakeAll, BeginLooking and EndLooking by the receiver.
template <class T>
class Inbox {
 public:
  enum class Added { kFirst, kMore, kClosed };

  Added Add(T item) {
    auto state = state_.Acquire();
    if (state->closed) return Added::kClosed;
    state->items.push_back(std::move(item));
    if (state->items.size() > 1) return Added::kMore;
    has_items_.store(true, std::memory_order_release);
    return state->looking ? Added::kMore : Added::kFirst;
  }

  // Appends many at once; leaves `items` empty. They are dropped when the inbox is closed.
  Added AddAll(std::vector<T>* items) {
    auto state = state_.Acquire();
    if (state->closed) {
      items->clear();
      return Added::kClosed;
    }
    if (items->empty()) return Added::kMore;
    const bool first = state->items.empty();
    if (first) {
      std::swap(state->items, *items);
    } else {
      for (T& item : *items) state->items.push_back(std::move(item));
    }
    items->clear();
    has_items_.store(true, std::memory_order_release);
    return first && !state->looking ? Added::kFirst : Added::kMore;
  }

  // Swaps what arrived into `items`, which must be empty (and may bring capacity for the next ones).
  void TakeAll(std::vector<T>* items) {
    auto state = state_.Acquire();
    std::swap(state->items, *items);
    has_items_.store(false, std::memory_order_relaxed);
  }

  // The receiver will ask HasItems() again and again until EndLooking().
  void BeginLooking() { state_.Acquire()->looking = true; }
  // True when items are there, of which some may have woken nobody. Whoever adds the first after that is told to wake.
  bool EndLooking() {
    auto state = state_.Acquire();
    state->looking = false;
    return !state->items.empty();
  }

  // A hint without the lock, for spinning.
  bool HasItems() const { return has_items_.load(std::memory_order_acquire); }

  // Refuses everything from now on and drops what is there.
  void Close() {
    std::vector<T> dropped;
    auto state = state_.Acquire();
    state->closed = true;
    std::swap(state->items, dropped);
    state.native().unlock();
  }

 private:
  struct State {
    std::vector<T> items;
    bool closed = false;
    bool looking = false;
  };

  Guarded<State, AdaptiveMutex> state_;
  std::atomic<bool> has_items_{false};
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_INBOX_H_
