#include "sync/thread_pool.h"

#include <utility>

#include "base/check.h"
#include "base/thread.h"

namespace isolates {

ThreadPool::ThreadPool(std::string name, unsigned cores, DeadlineTimer* timer)
    : name_(std::move(name)), cores_(cores), timer_(timer) {}

size_t ThreadPool::threads() { return state_.Acquire()->threads; }

void ThreadPool::Submit(std::shared_ptr<PoolJob> job) {
  bool start = false;
  bool wake = false;
  bool check_growth = false;
  uint64_t taken = 0;
  {
    auto state = state_.Acquire();
    state->jobs.push_back(std::move(job));
    const size_t waiting = state->jobs.size();
    waiting_.store(waiting, std::memory_order_release);
    // The spinning thread sees the count change by itself and takes the first job.
    const size_t to_serve = waiting - (state->spinner ? 1 : 0);
    if (to_serve > 0) {
      if (state->parked > 0) {
        wake = true;
      } else if (state->threads < cores_) {
        ++state->threads;
        start = true;
      } else if (!state->growth_check_pending) {
        state->growth_check_pending = true;
        check_growth = true;
        taken = state->taken;
      }
    }
  }
  if (wake) available_.notify_one();
  if (start) StartThread();
  if (check_growth) CheckGrowthLater(taken);
}

void ThreadPool::StartThread() {
  // The caller has counted the thread already.
  if (StartDetachedThread(name_, kStackSize, [this] { ThreadMain(); })) return;
  uint64_t taken = 0;
  {
    auto state = state_.Acquire();
    --state->threads;
    if (state->growth_check_pending || state->jobs.empty()) return;
    state->growth_check_pending = true;
    taken = state->taken;
  }
  // The system is out of threads for now; the jobs stay queued and it is asked again.
  CheckGrowthLater(taken);
}

void ThreadPool::CheckGrowthLater(uint64_t taken_then) {
  timer_->Schedule(Clock::now() + kGrowAfter, [this, taken_then] { GrowIfStuck(taken_then); });
}

void ThreadPool::GrowIfStuck(uint64_t taken_then) {
  bool start = false;
  uint64_t taken = 0;
  {
    auto state = state_.Acquire();
    if (state->jobs.empty()) {
      state->growth_check_pending = false;
      return;
    }
    taken = state->taken;
    // Jobs that were taken meanwhile show that the threads there are get on by themselves.
    if (taken == taken_then && state->parked == 0 && state->threads < kMaxThreads) {
      ++state->threads;
      start = true;
    }
  }
  if (start) StartThread();
  CheckGrowthLater(taken);
}

void ThreadPool::ThreadMain() {
  while (std::shared_ptr<PoolJob> job = Take()) {
    job->RunOnPool();
  }
}

std::shared_ptr<PoolJob> ThreadPool::Take() {
  auto state = state_.Acquire();
  for (;;) {
    if (!state->jobs.empty()) {
      std::shared_ptr<PoolJob> job = std::move(state->jobs.front());
      state->jobs.pop_front();
      ++state->taken;
      waiting_.store(state->jobs.size(), std::memory_order_release);
      return job;
    }
    // One thread at most spins, and only while a core is free for it beside the thread that submits.
    if (!state->spinner && cores_ > 1 && state->threads - state->parked <= cores_) {
      state->spinner = true;
      state.native().unlock();
      spin_.Spin([this] { return waiting_.load(std::memory_order_acquire) != 0; });
      state.native().lock();
      state->spinner = false;
      if (!state->jobs.empty()) continue;
    }
    ++state->parked;
    const TimePoint parked_at = Clock::now();
    const bool woken = available_.wait_until(state.native(), parked_at + kIdleAfter,
                                             [&state] { return !state->jobs.empty(); });
    --state->parked;
    spin_.Parked(Clock::now() - parked_at);
    if (!woken && state->threads > cores_) {
      --state->threads;
      return nullptr;
    }
  }
}

}  // namespace isolates
