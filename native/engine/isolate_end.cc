#include <memory>
#include <utility>
#include <vector>

#include "engine/child_isolates.h"
#include "engine/isolate_task.h"
#include "engine/last_resort.h"
#include "engine/process.h"

// The ways in which an isolate ends.
namespace isolates {

namespace {

// A heap that takes no longer to give back than a thread takes to wake.
constexpr size_t kSmallHeap = size_t{8} << 20;

// Those that V8 cannot go on with, for as long as the process lasts.
Guarded<std::vector<std::shared_ptr<IsolateControl>>>& LostIsolates() {
  static auto* lost = new Guarded<std::vector<std::shared_ptr<IsolateControl>>>();
  return *lost;
}

}  // namespace

bool IsolateControl::Stop(CloseKind kind) {
  if (!interrupts_.Stop(kind)) return false;
  Wake();
  if (running_.load() != 0) {
    // What V8 does not interrupt goes on; who called need not wait for it.
    Process::Get().timer.Schedule(Clock::now() + kOverdueAfter, [weak = weak_from_this()] {
      const auto self = weak.lock();
      const uint64_t running = self == nullptr ? 0 : self->running_.load();
      if (running != 0) self->AnswerRunning(running - 1, self->Refusal());
    });
  }
  return true;
}

bool IsolateControl::CloseHere() {
  const std::shared_ptr<IsolateControl> self = shared_from_this();
  SerialQueue::Turn turn(&queue_, kImmediately);
  if (turn.state() != SerialQueue::Turn::State::kEntered) return false;
  if (heap_ != nullptr) {
    const HeapLock lock(heap_.get());
    v8::HeapStatistics statistics;
    lock.isolate()->GetHeapStatistics(&statistics);
    if (statistics.total_heap_size() + heap_->allocator()->used() > kSmallHeap) return false;
  }
  const TimePoint began = Clock::now();
  closing_ = true;
  AfterTurn(&turn, began, ThreadCpuClock::Nanoseconds(began));
  return true;
}

void IsolateControl::Teardown(SerialQueue::Turn* turn) {
  // Keeps the control over its own end: the queue below is the last that refers to it.
  const std::shared_ptr<IsolateControl> self = shared_from_this();
  const CloseKind kind = interrupts_.stopped();
  // 1. Nobody comes in any more; who waited for a turn goes away with an error.
  std::vector<std::unique_ptr<SerialTask>> left = turn->Close();
  // 2. No thread reaches the isolate to stop it.
  interrupts_.Detach();
  // 3. What the guest made is told to end, and not waited for: it may need its time.
  if (children_ != nullptr) children_->StopAll();
  // 4. Everybody who waits is told.
  for (const std::unique_ptr<SerialTask>& task : left) static_cast<Task*>(task.get())->Refuse(this);
  RefuseInspections();
  for (auto& [ticket, call] : pending_) {
    if (call.timer.has_value()) Process::Get().timer.Cancel(*call.timer);
    Settle(ticket, Refusal());
  }
  if (pool_ != nullptr) pool_->Leave(id());
  // 5. What holds on to objects of the heap goes under its lock, 6. and then the heap.
  if (heap_ != nullptr) {
    {
      const HeapLock lock(heap_.get());
      LeaveInspected();
      pending_.clear();
      functions_.Clear();
      if (children_ != nullptr) children_->Leave();
      heap_->LeaveSharing();
    }
    heap_.reset();
  }
  // 7. It is gone once all below it is: who is told so last of all need not think of those.
  if (children_ == nullptr) {
    Finish(kind);
  } else {
    children_->WhenAllGone([self, kind] { self->Finish(kind); });
  }
}

void IsolateControl::OnStandStill() {
  Process::Get().pool.LoseThread();
  Lose();
}

void IsolateControl::Lose() {
  // A guest that was lost inside of a call of its own is left once more for each call around that one.
  if (lost()) return;
  // As Teardown, without what needs the heap. The control is kept for ever, and so is its entry among the live ones:
  // the way out of the process must know that V8 cannot be ended.
  LostIsolates().Acquire()->push_back(shared_from_this());
  // The place that was left is inside of that one, and of this one as well. Its turn was on the part of the stack that
  // is gone; what waits for another comes from this guest only.
  if (const std::shared_ptr<IsolateControl> inner = Enter(nullptr)) {
    inner->turn_ = nullptr;
    inner->Lose();
  }
  interrupts_.Stop(CloseKind::kMemoryLimit);
  interrupts_.Abandon();
  run_ = nullptr;
  if (turn_ != nullptr) {
    for (const std::unique_ptr<SerialTask>& task : turn_->Close()) static_cast<Task*>(task.get())->Refuse(this);
  }
  if (first_of_turn_ != nullptr) static_cast<Task*>(std::exchange(first_of_turn_, nullptr).get())->Refuse(this);
  RefuseInspections();
  AbandonInspected();
  if (children_ != nullptr) children_->StopAll();
  for (auto& [ticket, call] : pending_) {
    if (call.timer.has_value()) Process::Get().timer.Cancel(*call.timer);
    Settle(ticket, Refusal());
  }
  if (const uint64_t running = running_.load(); running != 0) AnswerRunning(running - 1, Refusal());
  if (pool_ != nullptr) pool_->Leave(id());
  if (heap_ != nullptr) heap_->AbandonSharing();
  lost_.store(true, std::memory_order_release);
  // Its share of `maxIsolates` is not given back, since its memory is not.
  sink_->OnClosed(id(), interrupts_.stopped());
}

void IsolateControl::OnBackFromHost() {
  if (lost()) LastResort::Leave(this);
}

}  // namespace isolates
