#include "engine/heap_reserve.h"

#include <utility>

#include "engine/process.h"
#include "engine/snapshot.h"

namespace isolates {

class HeapReserve::FillJob final : public PoolJob {
 public:
  void RunOnPool() override { HeapReserve::Get().Fill(); }
};

HeapReserve& HeapReserve::Get() {
  static auto* reserve = new HeapReserve();
  return *reserve;
}

std::unique_ptr<GuestHeap> HeapReserve::Take(const GuestHeap::Limits& limits) {
  // A heap's limits are fixed when it is made; the spare ones have V8's defaults.
  std::unique_ptr<GuestHeap> heap;
  if (limits.memory == 0) {
    auto state = state_.Acquire();
    if (!state->spare.empty()) {
      heap = std::move(state->spare.back());
      state->spare.pop_back();
    }
  }
  if (heap == nullptr) return GuestHeap::Create(limits);
  StartFillingIfNeeded();
  return heap;
}

void HeapReserve::Resize(size_t count, std::function<void()> ready) {
  std::vector<std::unique_ptr<GuestHeap>> dropped;
  std::vector<std::function<void()>> told;
  {
    auto state = state_.Acquire();
    state->wanted = count;
    std::swap(told, state->waiting);
    while (state->spare.size() > count) {
      dropped.push_back(std::move(state->spare.back()));
      state->spare.pop_back();
    }
    if (state->spare.size() >= count) {
      told.push_back(std::move(ready));
    } else {
      state->waiting.push_back(std::move(ready));
    }
  }
  dropped.clear();
  for (const std::function<void()>& tell : told) tell();
  StartFillingIfNeeded();
}

void HeapReserve::StartFillingIfNeeded() {
  {
    auto state = state_.Acquire();
    if (state->filling || state->spare.size() >= state->wanted) return;
    state->filling = true;
  }
  Process::Get().pool.Submit(std::make_shared<FillJob>());
}

void HeapReserve::Fill() {
  // Spare heaps live long: better to start them from the lean snapshot than to have them a little sooner.
  Snapshot::Wait();
  for (;;) {
    std::vector<std::function<void()>> told;
    bool done = false;
    {
      auto state = state_.Acquire();
      done = state->spare.size() >= state->wanted;
      if (done) {
        state->filling = false;
        std::swap(told, state->waiting);
        changed_.notify_all();
      }
    }
    for (const std::function<void()>& tell : told) tell();
    if (done) return;
    std::unique_ptr<GuestHeap> heap = GuestHeap::Create({});
    auto state = state_.Acquire();
    if (heap == nullptr) {
      // No memory for more: what is there has to do.
      state->wanted = state->spare.size();
    } else if (state->spare.size() < state->wanted) {
      state->spare.push_back(std::move(heap));
    } else {
      state.native().unlock();
      heap.reset();
    }
  }
}

void HeapReserve::Drain() {
  auto state = state_.Acquire();
  changed_.wait(state.native(), [&state] { return !state->filling; });
}

size_t HeapReserve::available() { return state_.Acquire()->spare.size(); }

}  // namespace isolates
