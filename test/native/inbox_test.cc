#include "sync/inbox.h"

#include <memory>
#include <thread>

#include "testing.h"

namespace {

using IntInbox = isolates::Inbox<int>;

TEST("only the first item after an empty inbox asks for a wake-up") {
  IntInbox inbox;
  EXPECT(inbox.Add(1) == IntInbox::Added::kFirst);
  EXPECT(inbox.Add(2) == IntInbox::Added::kMore);
  EXPECT(inbox.HasItems());
  std::vector<int> taken;
  inbox.TakeAll(&taken);
  EXPECT(taken == std::vector<int>({1, 2}));
  EXPECT(!inbox.HasItems());
  EXPECT(inbox.Add(3) == IntInbox::Added::kFirst);
}

TEST("many items at once keep their order and count as one arrival") {
  IntInbox inbox;
  std::vector<int> items = {1, 2};
  EXPECT(inbox.AddAll(&items) == IntInbox::Added::kFirst);
  EXPECT(items.empty());
  items = {3, 4};
  EXPECT(inbox.AddAll(&items) == IntInbox::Added::kMore);
  EXPECT(inbox.AddAll(&items) == IntInbox::Added::kMore);
  std::vector<int> taken;
  inbox.TakeAll(&taken);
  EXPECT(taken == std::vector<int>({1, 2, 3, 4}));
}

TEST("a closed inbox drops what it has and refuses what comes") {
  isolates::Inbox<std::shared_ptr<int>> inbox;
  auto item = std::make_shared<int>(1);
  inbox.Add(item);
  inbox.Close();
  EXPECT_EQ(item.use_count(), 1);
  EXPECT(inbox.Add(item) == isolates::Inbox<std::shared_ptr<int>>::Added::kClosed);
  std::vector<std::shared_ptr<int>> items = {item};
  EXPECT(inbox.AddAll(&items) == isolates::Inbox<std::shared_ptr<int>>::Added::kClosed);
  EXPECT(items.empty());
  EXPECT_EQ(item.use_count(), 1);
}

TEST("nothing is lost or doubled between many senders and a receiver") {
  constexpr int kSenders = 3;
  constexpr int kEach = 20'000;
  IntInbox inbox;
  std::atomic<int> wakes{0};
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&inbox, &wakes, sender] {
      for (int i = 0; i < kEach; ++i) {
        if (inbox.Add(sender * kEach + i) == IntInbox::Added::kFirst) wakes.fetch_add(1);
      }
    });
  }
  std::vector<int> times(kSenders * kEach);
  std::vector<int> last(kSenders, -1);
  bool in_order = true;
  int total = 0;
  int batches = 0;
  while (total < kSenders * kEach) {
    std::vector<int> taken;
    inbox.TakeAll(&taken);
    if (!taken.empty()) ++batches;
    for (int item : taken) {
      ++times[item];
      ++total;
      if (last[item / kEach] >= item) in_order = false;
      last[item / kEach] = item;
    }
    if (taken.empty()) std::this_thread::yield();
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT(in_order);
  EXPECT(times == std::vector<int>(kSenders * kEach, 1));
  EXPECT_EQ(wakes.load(), batches);
}

TEST("nobody has to wake a receiver that is looking, and what came meanwhile it is told at the end") {
  IntInbox inbox;
  inbox.BeginLooking();
  EXPECT(inbox.Add(1) == IntInbox::Added::kMore);
  EXPECT(inbox.HasItems());
  EXPECT(inbox.EndLooking());
  // What is there is being taken: nobody else has to tell of it.
  EXPECT(inbox.Add(2) == IntInbox::Added::kMore);
  std::vector<int> taken;
  inbox.TakeAll(&taken);
  EXPECT_EQ(taken.size(), 2u);
  inbox.BeginLooking();
  EXPECT(!inbox.EndLooking());
  EXPECT(inbox.Add(3) == IntInbox::Added::kFirst);
}

}  // namespace
