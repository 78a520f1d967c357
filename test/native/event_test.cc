#include "sync/event.h"

#include <memory>
#include <thread>

#include "testing.h"

namespace {

using isolates::Clock;
using isolates::DeadlineAfter;
using isolates::Event;
using isolates::kNever;

TEST("an event that has happened ends every wait at once") {
  Event event;
  EXPECT(!event.IsSet());
  event.Set();
  EXPECT(event.IsSet());
  EXPECT(event.WaitUntil(kNever));
  EXPECT(event.WaitUntil(Clock::now()));
}

TEST("a wait ends at its deadline when nothing happens") {
  Event event;
  const auto deadline = DeadlineAfter(Clock::now(), 5);
  EXPECT(!event.WaitUntil(deadline));
  EXPECT(Clock::now() >= deadline);
}

TEST("all who wait go on, and see what was written before") {
  Event event;
  int written = 0;
  std::vector<int> seen(4);
  std::vector<std::thread> threads;
  for (int& each : seen) {
    threads.emplace_back([&event, &each, &written] {
      if (event.WaitUntil(kNever)) each = written;
    });
  }
  written = 7;
  event.Set();
  for (std::thread& thread : threads) thread.join();
  EXPECT(seen == std::vector<int>({7, 7, 7, 7}));
}

TEST("a waiter may let go of a shared event while it is being set") {
  for (int i = 0; i < 1000; ++i) {
    auto event = std::make_shared<Event>();
    std::thread setter([event] { event->Set(); });
    event->WaitUntil(kNever);
    event.reset();
    setter.join();
  }
}

}  // namespace
