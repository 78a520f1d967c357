// Mutex, Semaphore, SignalEvent and Barrier.
#include <random>
#include <thread>

#include "sync/barrier.h"
#include "sync/mutex.h"
#include "sync/semaphore.h"
#include "sync/signal_event.h"
#include "testing.h"

namespace {

using isolates::Barrier;
using isolates::Blocking;
using isolates::Clock;
using isolates::DeadlineAfter;
using isolates::kNever;
using isolates::Mutex;
using isolates::Semaphore;
using isolates::SignalEvent;
using isolates::Wait;

using Locking = Blocking<Mutex::Locking>;
using Acquiring = Blocking<Semaphore::Acquiring>;
using Passing = Blocking<SignalEvent::Passing>;
using Arriving = Blocking<Barrier::Arriving>;

bool Settled(const Wait& wait) { return wait.outcome() == Wait::Outcome::kDone; }
bool Told(const Wait& wait) { return wait.outcome() == Wait::Outcome::kClosed; }

std::shared_ptr<Locking> Lock(const std::shared_ptr<Mutex>& mutex, uint64_t owner, Mutex::Answer expected) {
  auto locking = std::make_shared<Locking>(owner);
  EXPECT(mutex->Lock(locking) == expected);
  return locking;
}

TEST("a mutex has one owner, and only that one unlocks it") {
  auto mutex = Mutex::Make();
  bool died = true;
  EXPECT(mutex->TryLock(1, &died) == Mutex::Answer::kLocked);
  EXPECT(!died);
  EXPECT(mutex->TryLock(2, &died) == Mutex::Answer::kHeld);
  EXPECT(mutex->TryLock(1, &died) == Mutex::Answer::kReentry);
  Lock(mutex, 1, Mutex::Answer::kReentry);
  EXPECT(!mutex->Unlock(2));
  EXPECT(mutex->Unlock(1));
  EXPECT(!mutex->Unlock(1));
  EXPECT_EQ(mutex->stats().owner, 0u);
}

TEST("a mutex goes to who waits, in order of arrival, and is never free in between") {
  auto mutex = Mutex::Make();
  EXPECT(Lock(mutex, 1, Mutex::Answer::kLocked)->Take());
  auto second = Lock(mutex, 2, Mutex::Answer::kWaiting);
  auto third = Lock(mutex, 3, Mutex::Answer::kWaiting);
  auto fourth = Lock(mutex, 4, Mutex::Answer::kWaiting);
  EXPECT_EQ(mutex->stats().waiting, 3u);
  EXPECT(third->Cancel());
  mutex->Unlock(1);
  EXPECT(Settled(*second) && !Settled(*fourth));
  bool died = false;
  EXPECT(mutex->TryLock(5, &died) == Mutex::Answer::kHeld);
  EXPECT(second->Take());
  EXPECT(!second->owner_died());
  mutex->Unlock(2);
  EXPECT_EQ(mutex->stats().owner, 4u);
  EXPECT(fourth->Take());
}

TEST("a mutex given to an owner that never learned of it goes on to the next") {
  auto mutex = Mutex::Make();
  EXPECT(Lock(mutex, 1, Mutex::Answer::kLocked)->Take());
  auto dying = Lock(mutex, 2, Mutex::Answer::kWaiting);
  auto next = Lock(mutex, 3, Mutex::Answer::kWaiting);
  mutex->Unlock(1);
  dying.reset();
  EXPECT_EQ(mutex->stats().owner, 3u);
  EXPECT(next->Take());
  EXPECT(!next->owner_died());
  mutex->Unlock(3);
  Lock(mutex, 4, Mutex::Answer::kLocked);
  EXPECT_EQ(mutex->stats().owner, 0u);
}

TEST("the next owner is told that the one before died, and only that one") {
  auto mutex = Mutex::Make();
  EXPECT(Lock(mutex, 1, Mutex::Answer::kLocked)->Take());
  auto second = Lock(mutex, 2, Mutex::Answer::kWaiting);
  auto third = Lock(mutex, 3, Mutex::Answer::kWaiting);
  EXPECT(!mutex->Abandon(2));
  EXPECT(mutex->Abandon(1));
  EXPECT(second->Take());
  EXPECT(second->owner_died());
  mutex->Unlock(2);
  EXPECT(third->Take());
  EXPECT(!third->owner_died());
  EXPECT(mutex->Abandon(3));
  bool died = false;
  EXPECT(mutex->TryLock(4, &died) == Mutex::Answer::kLocked);
  EXPECT(died);
}

TEST("the news of a death outlives an owner that did not learn of it") {
  auto mutex = Mutex::Make();
  EXPECT(Lock(mutex, 1, Mutex::Answer::kLocked)->Take());
  auto dying = Lock(mutex, 2, Mutex::Answer::kWaiting);
  mutex->Abandon(1);
  dying.reset();
  auto next = Lock(mutex, 3, Mutex::Answer::kLocked);
  EXPECT(next->owner_died());
}

TEST("an abandoned owner's late wait does not unlock the next owner's mutex") {
  auto mutex = Mutex::Make();
  auto dying = Lock(mutex, 1, Mutex::Answer::kLocked);
  EXPECT(mutex->Abandon(1));
  EXPECT(Lock(mutex, 2, Mutex::Answer::kLocked)->Take());
  dying.reset();
  EXPECT_EQ(mutex->stats().owner, 2u);
}

TEST("nobody is inside of a mutex together with another, whoever gives up or dies") {
  constexpr int kThreads = 4;
  constexpr int kEach = 1'000;
  auto mutex = Mutex::Make();
  int inside = 0;  // not atomic: the mutex orders the accesses
  int64_t entered = 0;
  std::atomic<int64_t> granted{0};
  std::atomic<bool> alone{true};
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(20240501 + thread);
      const uint64_t owner = thread + 1;
      for (int i = 0; i < kEach; ++i) {
        auto locking = std::make_shared<Locking>(owner);
        const Mutex::Answer answer = mutex->Lock(locking);
        // What this owner let go of before is still with the thread that granted it.
        if (answer == Mutex::Answer::kReentry) continue;
        if (answer == Mutex::Answer::kWaiting) {
          const unsigned choice = random() % 8;
          if (choice == 0) continue;
          if (!locking->Await(choice == 1 ? DeadlineAfter(Clock::now(), 0.01) : kNever)) continue;
        }
        if (random() % 16 == 0) continue;
        if (!locking->Take()) {
          alone = false;
          continue;
        }
        granted.fetch_add(1);
        ++entered;
        if (++inside != 1) alone = false;
        --inside;
        if (random() % 16 == 0 ? !mutex->Abandon(owner) : !mutex->Unlock(owner)) alone = false;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT(alone.load());
  EXPECT_EQ(entered, granted.load());
  EXPECT(entered > kThreads * kEach / 10);
  EXPECT_EQ(mutex->stats().owner, 0u);
  EXPECT_EQ(mutex->stats().waiting, 0u);
}

std::shared_ptr<Acquiring> Acquire(const std::shared_ptr<Semaphore>& semaphore, uint64_t permits,
                                   Semaphore::Answer expected) {
  auto acquiring = std::make_shared<Acquiring>(permits);
  EXPECT(semaphore->Acquire(acquiring) == expected);
  return acquiring;
}

TEST("a semaphore gives what it has, refuses what it never will, and takes back no more than it gave") {
  auto semaphore = Semaphore::Make(3, 3);
  EXPECT(semaphore->TryAcquire(4) == Semaphore::Answer::kNever);
  Acquire(semaphore, 4, Semaphore::Answer::kNever);
  EXPECT(semaphore->TryAcquire(2) == Semaphore::Answer::kAcquired);
  EXPECT(semaphore->TryAcquire(2) == Semaphore::Answer::kTooFew);
  EXPECT(!semaphore->Release(3));
  EXPECT(semaphore->Release(2));
  EXPECT_EQ(semaphore->stats().available, 3u);
}

TEST("who asks for many permits is not passed by those who ask for few") {
  auto semaphore = Semaphore::Make(2, 4);
  auto many = Acquire(semaphore, 3, Semaphore::Answer::kWaiting);
  auto few = Acquire(semaphore, 1, Semaphore::Answer::kWaiting);
  EXPECT(semaphore->TryAcquire(1) == Semaphore::Answer::kTooFew);
  semaphore->Release(1);
  EXPECT(Settled(*many) && !Settled(*few));
  EXPECT(many->Take());
  semaphore->Release(1);
  EXPECT(few->Take());
  EXPECT_EQ(semaphore->stats().available, 0u);
}

TEST("permits that nobody took go back, and one that gives up lets those behind it through") {
  auto semaphore = Semaphore::Make(1, 4);
  Acquire(semaphore, 1, Semaphore::Answer::kAcquired);
  EXPECT_EQ(semaphore->stats().available, 1u);
  auto many = Acquire(semaphore, 2, Semaphore::Answer::kWaiting);
  auto few = Acquire(semaphore, 1, Semaphore::Answer::kWaiting);
  many.reset();
  EXPECT(few->Take());
  EXPECT_EQ(semaphore->stats().available, 0u);
}

TEST("an event set by hand lets everybody pass until it is reset") {
  auto event = SignalEvent::Make(SignalEvent::Kind::kManual, false);
  auto first = std::make_shared<Passing>();
  auto second = std::make_shared<Passing>();
  EXPECT(event->Pass(first) == SignalEvent::Answer::kWaiting);
  EXPECT(event->Pass(second) == SignalEvent::Answer::kWaiting);
  EXPECT_EQ(event->stats().waiting, 2u);
  event->Set();
  EXPECT(first->Take() && second->Take());
  EXPECT(event->TryPass() && event->TryPass());
  event->Reset();
  EXPECT(!event->TryPass());
}

TEST("an event that resets itself lets one pass each time, and loses no signal with a dead party") {
  auto event = SignalEvent::Make(SignalEvent::Kind::kAuto, true);
  EXPECT(event->TryPass());
  EXPECT(!event->TryPass());
  auto dying = std::make_shared<Passing>();
  auto next = std::make_shared<Passing>();
  EXPECT(event->Pass(dying) == SignalEvent::Answer::kWaiting);
  EXPECT(event->Pass(next) == SignalEvent::Answer::kWaiting);
  event->Set();
  EXPECT(Settled(*dying) && !Settled(*next));
  dying.reset();
  EXPECT(next->Take());
  EXPECT(!event->stats().set);
  next.reset();
  EXPECT(!event->stats().set);
  event->Set();
  event->Set();
  EXPECT(event->TryPass());
  EXPECT(!event->TryPass());
}

TEST("a barrier lets all go on when the last arrives, and again") {
  auto barrier = Barrier::Make(3);
  for (uint64_t generation = 0; generation < 3; ++generation) {
    std::shared_ptr<Arriving> arriving[3];
    for (size_t i = 0; i < 3; ++i) {
      arriving[i] = std::make_shared<Arriving>();
      EXPECT(barrier->Arrive(arriving[i]) == (i < 2 ? Barrier::Answer::kWaiting : Barrier::Answer::kPassed));
      EXPECT_EQ(arriving[i]->index(), i);
      EXPECT_EQ(arriving[i]->generation(), generation);
    }
    for (const auto& each : arriving) EXPECT(Settled(*each));
  }
  EXPECT_EQ(barrier->stats().generation, 3u);
}

TEST("a party that leaves breaks the barrier for those who wait and those who come, until it is reset") {
  auto barrier = Barrier::Make(3);
  auto waiting = std::make_shared<Arriving>();
  auto leaving = std::make_shared<Arriving>();
  barrier->Arrive(waiting);
  barrier->Arrive(leaving);
  leaving.reset();
  EXPECT(Told(*waiting));
  EXPECT(barrier->Arrive(std::make_shared<Arriving>()) == Barrier::Answer::kBroken);
  EXPECT(barrier->stats().broken);
  barrier->Reset();
  auto again = std::make_shared<Arriving>();
  EXPECT(barrier->Arrive(again) == Barrier::Answer::kWaiting);
  barrier->Break();
  EXPECT(Told(*again));
}

TEST("threads meet at a barrier as often as they like") {
  constexpr size_t kThreads = 3;
  constexpr int kRounds = 300;
  auto barrier = Barrier::Make(kThreads);
  std::atomic<int> arrived{0};
  std::atomic<bool> together{true};
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int round = 1; round <= kRounds; ++round) {
        arrived.fetch_add(1);
        auto arriving = std::make_shared<Arriving>();
        if (barrier->Arrive(arriving) == Barrier::Answer::kWaiting) arriving->Await(kNever);
        // All of this round have arrived, and nobody can have passed the next.
        const int seen = arrived.load();
        if (seen < round * int{kThreads} || seen >= (round + 1) * int{kThreads}) together = false;
        auto leaving = std::make_shared<Arriving>();
        if (barrier->Arrive(leaving) == Barrier::Answer::kWaiting) leaving->Await(kNever);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT(together.load());
  EXPECT_EQ(barrier->stats().generation, uint64_t{2 * kRounds});
}

}  // namespace
