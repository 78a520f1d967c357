#ifndef ISOLATES_SYNC_THREAD_POOL_H_
#define ISOLATES_SYNC_THREAD_POOL_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "sync/deadline_timer.h"
#include "sync/spin.h"

namespace isolates {

// Something to be run once on a pool thread.
class PoolJob {
 public:
  virtual ~PoolJob() = default;
  virtual void RunOnPool() = 0;
};

// OS threads that run jobs in arrival order.
//
// As many threads as cores are started on demand. When a job then waits longer than kGrowAfter, because every
// thread computes or blocks in a guest, one more is started, and again for as long as jobs wait: so no isolate can keep
// another from running. Threads beyond the number of cores end after kIdleAfter without work. Of those that wait for
// work, the one that worked last is woken: what it needs is the likeliest to be in a cache.
//
// Threads: any.
// Owns: its threads; they are detached, so a pool must outlive the process's last job (in practice it is never
// destroyed).
class ThreadPool {
 public:
  static constexpr size_t kStackSize = size_t{4} << 20;
  static constexpr std::chrono::milliseconds kGrowAfter{2};
  static constexpr std::chrono::seconds kIdleAfter{10};
  static constexpr size_t kMaxThreads = 1024;

  ThreadPool(std::string name, unsigned cores, DeadlineTimer* timer);

  void Submit(std::shared_ptr<PoolJob> job);

  // True when a job waits for a thread: a long series of tasks should then give up its thread.
  bool HasWaiting() const { return waiting_.load(std::memory_order_relaxed) != 0; }

  size_t threads();

  // The calling thread, one of the pool's, will never come back: another may be started in its place.
  void LoseThread();

 private:
  // A thread that waits for work, or would.
  struct Place {
    std::condition_variable wake;
    bool called = false;  // under the lock: it is not among those that are parked any more
  };
  struct State {
    std::deque<std::shared_ptr<PoolJob>> jobs;
    size_t threads = 0;
    std::vector<std::shared_ptr<Place>> parked;  // the last is woken first
    size_t coming = 0;  // threads that were started or notified and have not looked for a job since
    bool spinner = false;
    bool growth_check_pending = false;
    uint64_t taken = 0;  // jobs handed to a thread so far
  };
  // What is to be done for jobs that wait, once the lock is free.
  struct Help {
    enum class Kind : uint8_t { kNone, kWake, kStart, kCheckLater };
    Kind kind = Kind::kNone;
    std::shared_ptr<Place> place{};  // of the thread to wake
  };

  Help HelpFor(State* state);
  void Give(const Help& help);

  void StartThread();
  void ThreadMain();
  // Null when the thread should end.
  std::shared_ptr<PoolJob> Take();
  void CheckGrowthLater();
  void GrowIfStuck(uint64_t taken_then);

  const std::string name_;
  const unsigned cores_;
  DeadlineTimer* const timer_;
  Guarded<State> state_;
  std::atomic<size_t> waiting_{0};
  SpinBudget spin_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_THREAD_POOL_H_
