#include <chrono>

#include "engine/isolate_control.h"

// The figures of an isolate.
namespace isolates {

namespace {

constexpr std::chrono::milliseconds kStatsPatience{100};

}  // namespace

IsolateStats IsolateControl::Stats() {
  {
    // Asking V8 needs the turn. An isolate that is busy answers with what it last knew; one that has given all its
    // answers is about to end its turn.
    SerialQueue::Turn turn(&queue_, HasUnanswered() ? kImmediately : Clock::now() + kStatsPatience);
    const bool mine =
        turn.state() == SerialQueue::Turn::State::kEntered || turn.state() == SerialQueue::Turn::State::kNested;
    if (mine && heap_ != nullptr) {
      const HeapLock lock(heap_.get());
      NoteHeap();
    }
  }
  return KnownStats();
}

void IsolateControl::NoteHeap() {
  v8::HeapStatistics heap;
  heap_->isolate()->GetHeapStatistics(&heap);
  counters_.heap_used.store(heap.used_heap_size(), std::memory_order_relaxed);
  counters_.heap_total.store(heap.total_heap_size(), std::memory_order_relaxed);
  counters_.heap_limit.store(heap.heap_size_limit(), std::memory_order_relaxed);
  counters_.external.store(heap_->allocator()->used(), std::memory_order_relaxed);
  const Realm::KeptElsewhere kept = heap_->CountElsewhere();
  counters_.channels.store(kept.channels, std::memory_order_relaxed);
  counters_.channel_bytes.store(kept.channel_bytes, std::memory_order_relaxed);
  counters_.store_bytes.store(kept.store_bytes, std::memory_order_relaxed);
  counters_.value_bytes.store(static_cast<size_t>(heap_->value_bytes()), std::memory_order_relaxed);
}

IsolateStats IsolateControl::KnownStats() const {
  const auto read = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
  return {read(counters_.heap_used),
          read(counters_.heap_total),
          read(counters_.heap_limit),
          read(counters_.external),
          read(counters_.cpu_nanoseconds),
          read(counters_.wall_nanoseconds),
          read(counters_.calls),
          read(counters_.errors),
          queue_.queued(),
          read(counters_.waited_nanoseconds),
          read(counters_.channels),
          read(counters_.channel_bytes),
          read(counters_.store_bytes),
          read(counters_.value_bytes)};
}

}  // namespace isolates
