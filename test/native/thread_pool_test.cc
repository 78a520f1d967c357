#include "sync/thread_pool.h"

#include <functional>
#include <memory>
#include <set>
#include <thread>

#include "sync/event.h"
#include "testing.h"

namespace {

using isolates::Clock;
using isolates::DeadlineAfter;
using isolates::DeadlineTimer;
using isolates::Event;
using isolates::Guarded;
using isolates::kNever;
using isolates::PoolJob;
using isolates::ThreadPool;

class Job : public PoolJob {
 public:
  explicit Job(std::function<void()> body) : body_(std::move(body)) {}
  void RunOnPool() override { body_(); }

 private:
  const std::function<void()> body_;
};

// Neither a pool nor a timer is ever destroyed.
ThreadPool& NewPool(unsigned cores) {
  static auto& timer = *new DeadlineTimer("timer");
  return *new ThreadPool("pool", cores, &timer);
}

TEST("jobs run on another thread, each once") {
  ThreadPool& pool = NewPool(2);
  constexpr int kJobs = 2000;
  std::vector<std::atomic<int>> times(kJobs);
  std::atomic<int> left{kJobs};
  auto done = std::make_shared<Event>();
  const auto here = std::this_thread::get_id();
  std::atomic<bool> elsewhere{true};
  for (int i = 0; i < kJobs; ++i) {
    pool.Submit(std::make_shared<Job>([&, i, done] {
      times[i].fetch_add(1);
      if (std::this_thread::get_id() == here) elsewhere = false;
      if (left.fetch_sub(1) == 1) done->Set();
    }));
  }
  done->WaitUntil(kNever);
  EXPECT(elsewhere.load());
  for (const auto& each : times) {
    if (!EXPECT_EQ(each.load(), 1)) break;
  }
  EXPECT(pool.threads() >= 1);
}

TEST("one thread serves jobs in order of arrival") {
  ThreadPool& pool = NewPool(1);
  Guarded<std::vector<int>> order;
  auto done = std::make_shared<Event>();
  auto gate = std::make_shared<Event>();
  for (int i = 0; i < 5; ++i) {
    pool.Submit(std::make_shared<Job>([&order, i] { order.Acquire()->push_back(i); }));
  }
  pool.Submit(std::make_shared<Job>([done] { done->Set(); }));
  done->WaitUntil(kNever);
  EXPECT(*order.Acquire() == std::vector<int>({0, 1, 2, 3, 4}));
}

TEST("a pool whose threads all block grows until the waiting jobs have run") {
  ThreadPool& pool = NewPool(1);
  constexpr int kBlocked = 6;
  auto gate = std::make_shared<Event>();
  auto blocked = std::make_shared<std::atomic<int>>(kBlocked);
  auto all_left = std::make_shared<Event>();
  for (int i = 0; i < kBlocked; ++i) {
    pool.Submit(std::make_shared<Job>([=] {
      gate->WaitUntil(kNever);
      if (blocked->fetch_sub(1) == 1) all_left->Set();
    }));
  }
  auto reached = std::make_shared<Event>();
  pool.Submit(std::make_shared<Job>([reached] { reached->Set(); }));
  EXPECT(reached->WaitUntil(DeadlineAfter(Clock::now(), 60'000)));
  // More where a thread that was added is not on a core before the pool looks again.
  EXPECT(pool.threads() > size_t{kBlocked});
  gate->Set();
  all_left->WaitUntil(kNever);
}

TEST("a pool tells when a job waits for a thread") {
  // A timer that stands still: otherwise the pool grows, and another thread may take the job before it was seen to
  // wait.
  auto& timer = *new DeadlineTimer("timer");
  auto gate = std::make_shared<Event>();
  timer.Schedule(Clock::now(), [gate] { gate->WaitUntil(kNever); });
  ThreadPool& pool = *new ThreadPool("pool", 1, &timer);
  auto started = std::make_shared<Event>();
  auto seen = std::make_shared<Event>();
  auto waited = std::make_shared<std::atomic<bool>>(false);
  pool.Submit(std::make_shared<Job>([=, &pool] {
    started->Set();
    // The second job is submitted after this one started.
    while (!pool.HasWaiting()) std::this_thread::yield();
    waited->store(true);
  }));
  started->WaitUntil(kNever);
  pool.Submit(std::make_shared<Job>([seen] { seen->Set(); }));
  seen->WaitUntil(kNever);
  while (!waited->load()) std::this_thread::yield();
  EXPECT(!pool.HasWaiting());
  gate->Set();
}

TEST("jobs may submit jobs") {
  ThreadPool& pool = NewPool(2);
  auto done = std::make_shared<Event>();
  struct Chain {
    static void Go(ThreadPool* pool, std::shared_ptr<Event> done, int left) {
      if (left == 0) return done->Set();
      pool->Submit(std::make_shared<Job>([=] { Go(pool, done, left - 1); }));
    }
  };
  Chain::Go(&pool, done, 3000);
  EXPECT(done->WaitUntil(DeadlineAfter(Clock::now(), 60'000)));
}

TEST("a thread that will not come back is replaced") {
  ThreadPool& pool = NewPool(1);
  auto lost = std::make_shared<Event>();
  auto never = std::make_shared<Event>();
  auto done = std::make_shared<Event>();
  pool.Submit(std::make_shared<Job>([=, &pool] {
    pool.LoseThread();
    lost->Set();
    never->WaitUntil(kNever);
  }));
  lost->WaitUntil(kNever);
  EXPECT_EQ(pool.threads(), size_t{0});
  pool.Submit(std::make_shared<Job>([done] { done->Set(); }));
  EXPECT(done->WaitUntil(DeadlineAfter(Clock::now(), 60'000)));
  EXPECT_EQ(pool.threads(), size_t{1});
}

TEST("a pool lets go of a job that has run") {
  ThreadPool& pool = NewPool(2);
  auto done = std::make_shared<Event>();
  auto job = std::make_shared<Job>([done] { done->Set(); });
  pool.Submit(job);
  done->WaitUntil(kNever);
  const auto deadline = DeadlineAfter(Clock::now(), 60'000);
  while (job.use_count() > 1 && Clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(job.use_count(), 1);
}

}  // namespace
