#include "sync/deadline_timer.h"

#include "base/check.h"
#include "base/thread.h"

namespace isolates {

bool DeadlineTimer::Start() {
  auto state = state_.Acquire();
  return Start(&*state);
}

bool DeadlineTimer::Start(State* state) {
  if (!state->started) state->started = StartDetachedThread(name_, size_t{512} << 10, [this] { ThreadMain(); });
  return state->started;
}

DeadlineTimer::Key DeadlineTimer::Schedule(TimePoint when, Callback callback) {
  auto state = state_.Acquire();
  ISOLATES_CHECK(Start(&*state));
  const Key key{when, state->next++};
  state->pending.emplace(key, std::move(callback));
  if (when < state->wakes_at) {
    state->wakes_at = when;
    changed_.notify_one();
  }
  return key;
}

void DeadlineTimer::Cancel(const Key& key) {
  Callback dropped;
  auto state = state_.Acquire();
  const auto found = state->pending.find(key);
  if (found == state->pending.end()) return;
  dropped = std::move(found->second);
  state->pending.erase(found);
  // What the callback holds is released outside the lock.
  state.native().unlock();
}

void DeadlineTimer::ThreadMain() {
  auto state = state_.Acquire();
  for (;;) {
    const TimePoint now = Clock::now();
    const auto first = state->pending.begin();
    if (first == state->pending.end() || now < first->first.first) {
      // Sleeps as long as it was asked to, also when what that was for has been cancelled: then who schedules one short
      // limit after another wakes it once, and not every time.
      if (state->wakes_at <= now) state->wakes_at = first == state->pending.end() ? kNever : first->first.first;
      if (state->wakes_at == kNever) {
        changed_.wait(state.native());
      } else {
        changed_.wait_until(state.native(), TimePoint(state->wakes_at));
      }
      continue;
    }
    {
      const Callback callback = std::move(first->second);
      state->pending.erase(first);
      state.native().unlock();
      callback();
    }
    state.native().lock();
  }
}

}  // namespace isolates
