#include "sync/serial_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace isolates {

namespace {

constexpr std::chrono::milliseconds kGiveUpEvery{10};

// An address of thread-local storage tells threads apart at the cost of one instruction.
uintptr_t ThisThread() {
  thread_local char marker;
  return reinterpret_cast<uintptr_t>(&marker);
}

}  // namespace

bool SerialQueue::HeldByThisThread() const { return holder_.load(std::memory_order_relaxed) == ThisThread(); }

bool SerialQueue::Post(std::unique_ptr<SerialTask> task) {
  {
    auto state = state_.Acquire();
    if (state->closed) return false;
    state->entries.push_back({std::move(task), nullptr});
    CountPosted(1);
    if (busy_.load(std::memory_order_relaxed)) return true;
    busy_.store(true, std::memory_order_release);
  }
  host_->ScheduleTurn();
  return true;
}

bool SerialQueue::Refill() {
  if (batch_next_ < batch_.size()) return true;
  batch_.clear();
  batch_next_ = 0;
  auto state = state_.Acquire();
  std::swap(batch_, state->entries);
  return !batch_.empty();
}

void SerialQueue::EndTurn() {
  holder_.store(0, std::memory_order_relaxed);
  for (;;) {
    if (batch_next_ == batch_.size()) {
      auto state = state_.Acquire();
      if (state->entries.empty()) {
        batch_.clear();
        batch_next_ = 0;
        busy_.store(false, std::memory_order_release);
        return;
      }
      batch_.clear();
      batch_next_ = 0;
      std::swap(batch_, state->entries);
    }
    std::shared_ptr<Waiter> waiter = batch_[batch_next_].waiter;
    if (waiter == nullptr) break;
    ++batch_next_;
    CountTaken();
    {
      auto state = state_.Acquire();
      if (waiter->cancelled) continue;
      // Decided under the lock: a waiter whose deadline passes now must see that it has the turn.
      waiter->decided.Set();
    }
    return;
  }
  host_->ScheduleTurn();
}

SerialQueue::Turn::Turn(SerialQueue* queue) : queue_(queue) {
  ISOLATES_CHECK(queue_->busy());
  queue_->holder_.store(ThisThread(), std::memory_order_relaxed);
}

bool SerialQueue::Wait(Waiter* waiter, TimePoint deadline, const std::function<bool()>* give_up) {
  if (give_up == nullptr) return waiter->decided.WaitUntil(deadline);
  for (;;) {
    const TimePoint look = Clock::now() + kGiveUpEvery;
    if (waiter->decided.WaitUntil(std::min(look, deadline))) return true;
    if (look >= deadline || (*give_up)()) return false;
  }
}

void SerialQueue::Withdraw(std::vector<Entry>* entries, const std::shared_ptr<Waiter>& waiter) {
  // When the holder of the turn has it in its batch already, it passes over it there.
  const auto found =
      std::find_if(entries->begin(), entries->end(), [&waiter](const Entry& entry) { return entry.waiter == waiter; });
  if (found == entries->end()) return;
  entries->erase(found);
  CountPosted(-1);
}

SerialQueue::Turn::Turn(SerialQueue* queue, TimePoint deadline, const std::function<bool()>* give_up) : queue_(queue) {
  if (queue_->HeldByThisThread()) {
    state_ = State::kNested;
    return;
  }
  std::shared_ptr<Waiter> waiter;
  {
    auto state = queue_->state_.Acquire();
    if (state->closed) {
      state_ = State::kClosed;
      return;
    }
    if (queue_->busy_.load(std::memory_order_relaxed)) {
      if (deadline == kImmediately) {
        state_ = State::kTimedOut;
        return;
      }
      waiter = std::make_shared<Waiter>();
      state->entries.push_back({nullptr, waiter});
      queue_->CountPosted(1);
    } else {
      queue_->busy_.store(true, std::memory_order_release);
    }
  }
  if (waiter != nullptr) {
    if (!Wait(waiter.get(), deadline, give_up)) {
      auto state = queue_->state_.Acquire();
      if (!waiter->decided.IsSet()) {
        waiter->cancelled = true;
        state_ = State::kTimedOut;
        queue_->Withdraw(&state->entries, waiter);
        return;
      }
    }
    if (waiter->closed) {
      state_ = State::kClosed;
      return;
    }
  }
  queue_->holder_.store(ThisThread(), std::memory_order_relaxed);
}

SerialQueue::Turn::~Turn() {
  if (state_ == State::kEntered) queue_->EndTurn();
}

std::unique_ptr<SerialTask> SerialQueue::Turn::Next() {
  if (!queue_->Refill()) return nullptr;
  Entry& entry = queue_->batch_[queue_->batch_next_];
  if (entry.task == nullptr) return nullptr;
  ++queue_->batch_next_;
  queue_->CountTaken();
  return std::move(entry.task);
}

std::unique_ptr<SerialTask> SerialQueue::Turn::NextSoon() {
  // Each look takes the cache line from whoever posts at the moment.
  constexpr int kLooks = 4;
  constexpr int kPauses = 32;
  for (int look = 0; look < kLooks && queue_->queued() == 0; ++look) {
    for (int pause = 0; pause < kPauses; ++pause) SpinPause();
  }
  return Next();
}

std::vector<std::unique_ptr<SerialTask>> SerialQueue::Turn::Close() {
  ISOLATES_CHECK(state_ == State::kEntered);
  std::vector<std::unique_ptr<SerialTask>> left;
  const auto refuse = [&left, this](Entry& entry) {
    queue_->CountTaken();
    if (entry.task != nullptr) {
      left.push_back(std::move(entry.task));
    } else if (!entry.waiter->cancelled) {
      entry.waiter->closed = true;
      entry.waiter->decided.Set();
    }
  };
  auto state = queue_->state_.Acquire();
  state->closed = true;
  for (; queue_->batch_next_ < queue_->batch_.size(); ++queue_->batch_next_) {
    refuse(queue_->batch_[queue_->batch_next_]);
  }
  for (Entry& entry : state->entries) refuse(entry);
  state->entries.clear();
  return left;
}

}  // namespace isolates
