#include "sync/deadline_timer.h"

#include <memory>
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

// A timer that was used is never destroyed.
DeadlineTimer& Timer() {
  static auto& timer = *new DeadlineTimer("timer");
  return timer;
}

TEST("callbacks run in the order of their moments, not of their arrival") {
  Guarded<std::vector<int>> order;
  auto done = std::make_shared<Event>();
  const auto now = Clock::now();
  Timer().Schedule(DeadlineAfter(now, 12), [&, done] {
    order.Acquire()->push_back(3);
    done->Set();
  });
  Timer().Schedule(DeadlineAfter(now, 8), [&] { order.Acquire()->push_back(1); });
  Timer().Schedule(DeadlineAfter(now, 8), [&] { order.Acquire()->push_back(2); });
  done->WaitUntil(kNever);
  EXPECT(*order.Acquire() == std::vector<int>({1, 2, 3}));
}

TEST("none runs before its moment") {
  auto done = std::make_shared<Event>();
  Clock::time_point ran;
  const auto when = DeadlineAfter(Clock::now(), 5);
  Timer().Schedule(when, [&ran, done] {
    ran = Clock::now();
    done->Set();
  });
  done->WaitUntil(kNever);
  EXPECT(ran >= when);
}

TEST("an earlier moment wakes the timer from a later one") {
  auto done = std::make_shared<Event>();
  const auto far = Timer().Schedule(DeadlineAfter(Clock::now(), 3'600'000), [] {});
  Timer().Schedule(DeadlineAfter(Clock::now(), 1), [done] { done->Set(); });
  EXPECT(done->WaitUntil(DeadlineAfter(Clock::now(), 60'000)));
  Timer().Cancel(far);
}

TEST("a cancelled callback does not run, and what it holds is let go") {
  auto held = std::make_shared<int>(0);
  auto done = std::make_shared<Event>();
  const auto now = Clock::now();
  const auto key = Timer().Schedule(DeadlineAfter(now, 20), [held] { *held = 1; });
  Timer().Cancel(key);
  EXPECT_EQ(held.use_count(), 1);
  Timer().Schedule(DeadlineAfter(now, 21), [done] { done->Set(); });
  done->WaitUntil(kNever);
  EXPECT_EQ(*held, 0);
  Timer().Cancel(key);
}

TEST("a callback may use the timer itself") {
  auto done = std::make_shared<Event>();
  Timer().Schedule(Clock::now(), [done] { Timer().Schedule(Clock::now(), [done] { done->Set(); }); });
  EXPECT(done->WaitUntil(DeadlineAfter(Clock::now(), 60'000)));
}

TEST("every callback runs once or is cancelled, from many threads at once") {
  constexpr int kEach = 500;
  auto ran = std::make_shared<std::atomic<int>>(0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([ran] {
      std::vector<DeadlineTimer::Key> cancelled;
      for (int i = 0; i < kEach; ++i) {
        Timer().Schedule(Clock::now(), [ran] { ran->fetch_add(1); });
        cancelled.push_back(
            Timer().Schedule(DeadlineAfter(Clock::now(), 3'600'000), [ran] { ran->fetch_add(1'000'000); }));
      }
      for (const auto& key : cancelled) Timer().Cancel(key);
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto last = std::make_shared<Event>();
  Timer().Schedule(Clock::now(), [last] { last->Set(); });
  last->WaitUntil(kNever);
  EXPECT_EQ(ran->load(), 3 * kEach);
  // Only this scope still holds the counter: nothing is left in the timer.
  EXPECT_EQ(ran.use_count(), 1);
}

}  // namespace
