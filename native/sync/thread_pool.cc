#include "sync/thread_pool.h"

#include <utility>

#include "base/check.h"
#include "base/thread.h"
#include "sync/adaptive_mutex.h"

namespace isolates {

ThreadPool::ThreadPool(std::string name, unsigned cores, DeadlineTimer* timer)
    : name_(std::move(name)), cores_(cores), timer_(timer) {}

size_t ThreadPool::threads() { return state_.Acquire()->threads; }

void ThreadPool::LoseThread() {
  Help help;
  {
    auto state = state_.Acquire();
    --state->threads;
    help = HelpFor(&*state);
  }
  Give(help);
}

ThreadPool::Help ThreadPool::HelpFor(State* state) {
  // The spinning thread sees the count of jobs change by itself.
  const size_t on_the_way = state->coming + (state->spinner ? 1 : 0);
  if (state->jobs.size() <= on_the_way) return {};
  if (!state->parked.empty()) {
    std::shared_ptr<Place> place = std::move(state->parked.back());
    state->parked.pop_back();
    place->called = true;
    ++state->coming;
    return {Help::Kind::kWake, std::move(place)};
  }
  if (state->threads < cores_) {
    ++state->threads;
    ++state->coming;
    return {Help::Kind::kStart};
  }
  if (state->growth_check_pending) return {};
  state->growth_check_pending = true;
  return {Help::Kind::kCheckLater};
}

void ThreadPool::Give(const Help& help) {
  switch (help.kind) {
    case Help::Kind::kNone:
      return;
    case Help::Kind::kWake:
      help.place->wake.notify_one();
      return;
    case Help::Kind::kStart:
      StartThread();
      return;
    case Help::Kind::kCheckLater:
      CheckGrowthLater();
      return;
  }
}

void ThreadPool::Submit(std::shared_ptr<PoolJob> job) {
  Help help;
  {
    auto state = state_.Acquire();
    state->jobs.push_back(std::move(job));
    waiting_.store(state->jobs.size(), std::memory_order_release);
    help = HelpFor(&*state);
  }
  Give(help);
}

void ThreadPool::StartThread() {
  // The caller has counted the thread already.
  if (StartDetachedThread(name_, kStackSize, [this] { ThreadMain(); })) return;
  {
    auto state = state_.Acquire();
    --state->threads;
    --state->coming;
    if (state->growth_check_pending) return;
    state->growth_check_pending = true;
  }
  // The system is out of threads for now; the jobs stay queued and it is asked again.
  CheckGrowthLater();
}

void ThreadPool::CheckGrowthLater() {
  const uint64_t taken = state_.Acquire()->taken;
  timer_->Schedule(Clock::now() + kGrowAfter, [this, taken] { GrowIfStuck(taken); });
}

void ThreadPool::GrowIfStuck(uint64_t taken_then) {
  bool start = false;
  {
    auto state = state_.Acquire();
    if (state->jobs.empty()) {
      state->growth_check_pending = false;
      return;
    }
    // Jobs that were taken meanwhile show that the threads there are get on by themselves.
    if (state->taken == taken_then && state->threads < kMaxThreads) {
      ++state->threads;
      ++state->coming;
      start = true;
    }
  }
  if (start) StartThread();
  CheckGrowthLater();
}

void ThreadPool::ThreadMain() {
  while (std::shared_ptr<PoolJob> job = Take()) {
    job->RunOnPool();
  }
}

std::shared_ptr<PoolJob> ThreadPool::Take() {
  // A thread is of one pool all its life.
  thread_local std::shared_ptr<Place> place;
  auto state = state_.Acquire();
  if (place == nullptr) {
    place = std::make_shared<Place>();
    --state->coming;
  }
  for (;;) {
    if (!state->jobs.empty()) {
      std::shared_ptr<PoolJob> job = std::move(state->jobs.front());
      state->jobs.pop_front();
      ++state->taken;
      waiting_.store(state->jobs.size(), std::memory_order_release);
      // This job may keep its thread for ever, and those behind it were perhaps counting on it.
      const Help help = HelpFor(&*state);
      state.native().unlock();
      Give(help);
      return job;
    }
    // One thread at most spins, and only while a core is free for it beside the thread that submits.
    if (!state->spinner && cores_ > 1 && state->threads - state->parked.size() <= cores_) {
      state->spinner = true;
      state.native().unlock();
      spin_.Spin([this] { return waiting_.load(std::memory_order_acquire) != 0; });
      // Who brought the job may still have the lock.
      LockAdaptively(&state.native());
      state->spinner = false;
      if (!state->jobs.empty()) continue;
    }
    const TimePoint parked_at = Clock::now();
    place->called = false;
    state->parked.push_back(place);
    const bool called = place->wake.wait_until(state.native(), parked_at + kIdleAfter, [] { return place->called; });
    spin_.Parked(Clock::now() - parked_at);
    if (called) {
      --state->coming;
      continue;
    }
    std::erase(state->parked, place);
    if (state->jobs.empty() && state->threads > cores_) {
      --state->threads;
      return nullptr;
    }
  }
}

}  // namespace isolates
