#include "engine/heap_reserve.h"

#include <utility>

#include "engine/last_resort.h"
#include "engine/process.h"
#include "engine/snapshot.h"

namespace isolates {

class HeapReserve::FillJob final : public PoolJob, private LastResort::Client {
 public:
  void RunOnPool() override {
    const bool came_back =
        LastResort::Contain(this, LastResort::Thread::kPool, [this] { HeapReserve::Get().Fill(&heap_, &memory_); });
    if (!came_back) Lose();
  }

 private:
  v8::Isolate* ContainedIsolate() const override { return heap_ == nullptr ? nullptr : heap_->ContainedIsolate(); }
  bool IsCollecting() const override { return heap_ != nullptr && heap_->collecting(); }
  void OnStandStill() override {
    Process::Get().pool.LoseThread();
    Lose();
  }

  // V8 cannot go on with the heap that was being made. Somebody else goes on with the others, and tells who waits.
  void Lose() {
    if (heap_ != nullptr) heap_.release()->AbandonSharing();
    HeapReserve::Get().BeContent(memory_);
    Process::Get().pool.Submit(std::make_shared<FillJob>());
  }

  std::unique_ptr<GuestHeap> heap_;
  size_t memory_ = 0;
};

HeapReserve& HeapReserve::Get() {
  static auto* reserve = new HeapReserve();
  return *reserve;
}

bool HeapReserve::Take(const GuestHeap::Limits& limits, std::unique_ptr<GuestHeap>* heap) {
  {
    auto state = state_.Acquire();
    const auto found = state->shelves.find(limits.memory);
    if (found != state->shelves.end() && !found->second.spare.empty()) {
      *heap = std::move(found->second.spare.back());
      found->second.spare.pop_back();
    }
  }
  if (*heap == nullptr) return GuestHeap::Create(limits, heap);
  StartFillingIfNeeded();
  return true;
}

void HeapReserve::Resize(const GuestHeap::Limits& limits, size_t count, std::function<void()> ready) {
  std::vector<std::unique_ptr<GuestHeap>> dropped;
  std::vector<std::function<void()>> told;
  {
    auto state = state_.Acquire();
    Shelf& shelf = state->shelves[limits.memory];
    shelf.wanted = count;
    std::swap(told, shelf.waiting);
    while (shelf.spare.size() > count) {
      dropped.push_back(std::move(shelf.spare.back()));
      shelf.spare.pop_back();
    }
    if (shelf.spare.size() >= count) {
      told.push_back(std::move(ready));
    } else {
      shelf.waiting.push_back(std::move(ready));
    }
    if (count == 0) state->shelves.erase(limits.memory);
  }
  dropped.clear();
  for (const std::function<void()>& tell : told) tell();
  StartFillingIfNeeded();
}

void HeapReserve::Clear() {
  std::vector<size_t> limits;
  for (const auto& [memory, shelf] : state_.Acquire()->shelves) limits.push_back(memory);
  for (const size_t memory : limits) Resize({.memory = memory}, 0, [] {});
}

HeapReserve::Shelf* HeapReserve::Incomplete(State* state, size_t* memory) {
  for (auto& [limit, shelf] : state->shelves) {
    if (shelf.spare.size() >= shelf.wanted) continue;
    *memory = limit;
    return &shelf;
  }
  return nullptr;
}

void HeapReserve::StartFillingIfNeeded() {
  {
    auto state = state_.Acquire();
    size_t memory = 0;
    if (state->filling || Incomplete(&*state, &memory) == nullptr) return;
    state->filling = true;
  }
  Process::Get().pool.Submit(std::make_shared<FillJob>());
}

void HeapReserve::BeContent(size_t memory) {
  auto state = state_.Acquire();
  const auto found = state->shelves.find(memory);
  if (found != state->shelves.end()) found->second.wanted = found->second.spare.size();
}

void HeapReserve::Fill(std::unique_ptr<GuestHeap>* heap, size_t* memory) {
  // Spare heaps live long: better to start them from the lean snapshot than to have them a little sooner.
  Snapshot::Wait();
  for (;;) {
    std::vector<std::function<void()>> told;
    bool done = false;
    {
      auto state = state_.Acquire();
      for (auto& [limit, shelf] : state->shelves) {
        if (shelf.spare.size() < shelf.wanted) continue;
        for (std::function<void()>& tell : std::exchange(shelf.waiting, {})) told.push_back(std::move(tell));
      }
      done = Incomplete(&*state, memory) == nullptr;
      if (done) {
        state->filling = false;
        changed_.notify_all();
      }
    }
    for (const std::function<void()>& tell : told) tell();
    if (done) return;
    if (!GuestHeap::Create({.memory = *memory}, heap)) {
      BeContent(*memory);
      continue;
    }
    (*heap)->WarmUp();
    auto state = state_.Acquire();
    const auto found = state->shelves.find(*memory);
    if (found == state->shelves.end() || found->second.spare.size() >= found->second.wanted) {
      state.native().unlock();
      heap->reset();
    } else {
      found->second.spare.push_back(std::move(*heap));
    }
  }
}

void HeapReserve::Drain() {
  auto state = state_.Acquire();
  changed_.wait(state.native(), [&state] { return !state->filling; });
}

size_t HeapReserve::available() {
  size_t count = 0;
  for (const auto& [memory, shelf] : state_.Acquire()->shelves) count += shelf.spare.size();
  return count;
}

}  // namespace isolates
