#include "sync/console_flow.h"

#include "base/check.h"
#include "base/clock.h"

namespace isolates {

namespace {

// How often a guest that waits looks whether it was stopped.
constexpr std::chrono::milliseconds kLookEvery{10};

}  // namespace

void ConsoleFlow::Enter(uint64_t isolate_id, size_t bytes, const std::function<bool()>& give_up) {
  auto state = state_.Acquire();
  const auto has_room = [&] {
    const auto found = state->waiting.find(isolate_id);
    if (state->closed || found == state->waiting.end()) return true;
    return found->second.entries < kMostEntries && found->second.bytes + bytes <= kMostBytes;
  };
  while (!has_room()) {
    const bool in_time = changed_.wait_for(state.native(), kLookEvery, has_room);
    if (in_time) break;
    state.native().unlock();
    const bool gives_up = give_up();
    state.native().lock();
    if (gives_up) break;
  }
  Amount& waiting = state->waiting[isolate_id];
  ++waiting.entries;
  waiting.bytes += bytes;
  entries_.fetch_add(1, std::memory_order_relaxed);
}

void ConsoleFlow::Leave(uint64_t isolate_id, size_t bytes) {
  auto state = state_.Acquire();
  const auto found = state->waiting.find(isolate_id);
  ISOLATES_CHECK(found != state->waiting.end());
  Amount& waiting = found->second;
  --waiting.entries;
  waiting.bytes -= bytes;
  entries_.fetch_sub(1, std::memory_order_relaxed);
  // Half of it at a time: who waits would otherwise be woken for every single piece.
  if (waiting.entries == kMostEntries / 2 || waiting.entries == 0) changed_.notify_all();
  if (waiting.entries == 0) state->waiting.erase(found);
}

void ConsoleFlow::Close() {
  state_.Acquire()->closed = true;
  changed_.notify_all();
}

}  // namespace isolates
