#include "sync/idle_sweep.h"

#include <atomic>
#include <memory>

#include "sync/event.h"
#include "testing.h"

namespace {

using isolates::Clock;
using isolates::DeadlineTimer;
using isolates::Event;
using isolates::IdleSweep;
using isolates::kNever;

constexpr std::chrono::milliseconds kPeriod{3};

// Neither is ever destroyed: a timer's thread is detached.
IdleSweep& Sweep() {
  static auto& sweep = *new IdleSweep(new DeadlineTimer("timer"), kPeriod);
  return sweep;
}

struct Sleeper : IdleSweep::Party, std::enable_shared_from_this<Sleeper> {
  void OnIdle() override {
    ++told;
    last = Clock::now();
    event.Set();
  }

  Event event;
  std::atomic<int> told{0};
  std::atomic<Clock::time_point> last{};
};

TEST("a party is told once, after a whole period at least") {
  auto party = std::make_shared<Sleeper>();
  const auto added = Clock::now();
  Sweep().Add(party);
  party->event.WaitUntil(kNever);
  EXPECT(party->last.load() - added >= kPeriod);
  // Whoever is told later shows that the first is not told again.
  auto later = std::make_shared<Sleeper>();
  Sweep().Add(later);
  later->event.WaitUntil(kNever);
  EXPECT(party->told == 1);
}

TEST("a party may be added again, also by itself") {
  struct Restless : Sleeper {
    void OnIdle() override {
      if (told < 2) Sweep().Add(weak_from_this());
      Sleeper::OnIdle();
      if (told == 3) done.Set();
    }
    Event done;
  };
  auto party = std::make_shared<Restless>();
  Sweep().Add(party);
  party->done.WaitUntil(kNever);
  EXPECT(party->told == 3);
}

TEST("a party that is gone is forgotten") {
  auto gone = std::make_shared<Sleeper>();
  const std::weak_ptr<Sleeper> weak = gone;
  Sweep().Add(gone);
  gone.reset();
  EXPECT(weak.expired());
  auto party = std::make_shared<Sleeper>();
  Sweep().Add(party);
  party->event.WaitUntil(kNever);
  EXPECT(party->told == 1);
}

}  // namespace
