#include "sync/quota.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "testing.h"

namespace {

using isolates::Quota;

TEST("a quota gives as many as it has, and what was given back again") {
  Quota quota(2);
  EXPECT(quota.Take());
  EXPECT(quota.Take());
  EXPECT(!quota.Take());
  quota.GiveBack();
  EXPECT(quota.Take());
  EXPECT(!quota.Take());
}

TEST("a quota of nothing gives nothing") { EXPECT(!Quota(0).Take()); }

TEST("what is taken of an inner quota is taken of those around it") {
  const auto outer = std::make_shared<Quota>(3);
  Quota one(2, outer);
  Quota other(100, outer);
  EXPECT(one.Take());
  EXPECT(one.Take());
  EXPECT(!one.Take());
  EXPECT(other.Take());
  EXPECT(!other.Take());
  one.GiveBack();
  EXPECT(other.Take());
  // What was refused further out is not missing further in.
  EXPECT(!one.Take());
  other.GiveBack();
  EXPECT(one.Take());
  EXPECT(one.most() == 2);
  EXPECT(other.most() == 3);
}

TEST("many threads never have more than there is, and lose nothing") {
  const auto outer = std::make_shared<Quota>(3);
  std::vector<std::thread> threads;
  std::atomic<int> held{0};
  std::atomic<bool> too_many{false};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, inner = std::make_shared<Quota>(2, outer)] {
      for (int round = 0; round < 2000; ++round) {
        if (!inner->Take()) continue;
        if (held.fetch_add(1) >= 3) too_many = true;
        held.fetch_sub(1);
        inner->GiveBack();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT(!too_many);
  for (int i = 0; i < 3; ++i) EXPECT(outer->Take());
  EXPECT(!outer->Take());
}

}  // namespace
