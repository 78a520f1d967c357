#include <memory>
#include <thread>

#include "base/allocated.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/thread.h"
#include "sync/event.h"
#include "testing.h"

namespace {

using isolates::AllocatedBytes;
using isolates::Clock;
using isolates::CurrentStackBounds;
using isolates::DeadlineAfter;
using isolates::Event;
using isolates::kNever;
using isolates::StartDetachedThread;
using isolates::ThreadCpuClock;

TEST("a deadline lies as many milliseconds ahead as asked, also parts of one") {
  const auto now = Clock::now();
  EXPECT(DeadlineAfter(now, 1500) - now == std::chrono::milliseconds(1500));
  EXPECT(DeadlineAfter(now, 0.25) - now == std::chrono::microseconds(250));
}

TEST("no time, a negative one, none at all and one beyond reach are no deadline") {
  const auto now = Clock::now();
  for (const double each :
       {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e300}) {
    EXPECT(DeadlineAfter(now, each) == kNever);
  }
}

TEST("the CPU clock of a thread never runs backwards, and follows the time it computes") {
  int64_t last = ThreadCpuClock::Nanoseconds(Clock::now());
  const int64_t first = last;
  const auto end = DeadlineAfter(Clock::now(), 10);
  bool forwards = true;
  while (Clock::now() < end) {
    const int64_t next = ThreadCpuClock::Nanoseconds(Clock::now());
    if (next < last) forwards = false;
    last = next;
  }
  EXPECT(forwards);
  EXPECT(last > first);
}

TEST("the stack bounds enclose what stands on the stack, on any thread") {
  const auto inside = [] {
    int here = 0;
    const auto address = reinterpret_cast<uintptr_t>(&here);
    const auto bounds = CurrentStackBounds();
    return bounds.low < address && address < bounds.high;
  };
  EXPECT(inside());
  bool there = false;
  std::thread([&] { there = inside(); }).join();
  EXPECT(there);
}

TEST("a detached thread has at least the stack it was promised") {
  auto done = std::make_shared<Event>();
  size_t size = 0;
  constexpr size_t kWanted = size_t{3} << 20;
  EXPECT(StartDetachedThread("a name that is longer than systems allow", kWanted, [&size, done] {
    const auto bounds = CurrentStackBounds();
    size = bounds.high - bounds.low;
    done->Set();
  }));
  done->WaitUntil(kNever);
  EXPECT(size >= kWanted * 3 / 4);
}

TEST("a system that has no such thread says so") {
  EXPECT(!StartDetachedThread("huge", size_t{1} << 60, [] {}));
}

TEST("a guarded value is one thread's at a time") {
  isolates::Guarded<int> value(0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&value] {
      for (int i = 0; i < 10'000; ++i) ++*value.Acquire();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*value.Acquire(), 40'000);
}

// A sanitizer has an allocator of its own, of which the C library knows nothing.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST("what is allocated is told, small and large, by any thread, and not once it was given back") {
  if (AllocatedBytes() == 0) return;
  for (const size_t size : {size_t{1000}, size_t{1} << 20}) {
    const size_t before = AllocatedBytes();
    std::vector<std::unique_ptr<char[]>> kept;
    std::thread([&kept, size] {
      for (int i = 0; i < 100; ++i) kept.push_back(std::make_unique<char[]>(size));
    }).join();
    EXPECT(AllocatedBytes() - before >= 100 * size);
    kept.clear();
    EXPECT(AllocatedBytes() < before + 50 * size);
  }
}
#endif

}  // namespace
