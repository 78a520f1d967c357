#include "sync/channel.h"

#include <string>
#include <thread>

#include "testing.h"

namespace {

using isolates::Blocking;
using isolates::ChannelStats;
using isolates::ChannelStatus;
using isolates::Clock;
using isolates::DeadlineAfter;
using isolates::kNever;
using isolates::Wait;

using TextChannel = isolates::Channel<std::string>;
using Received = TextChannel::Received;
using Until = TextChannel::Sending::Until;

// Waits whose party counts how often it was told.
template <class Base>
class Counting final : public Base {
 public:
  using Base::Base;
  int told() const { return told_.load(); }

 private:
  void Settled() override { told_.fetch_add(1); }

  std::atomic<int> told_{0};
};
using Sending = Counting<TextChannel::Sending>;
using Receiving = Counting<TextChannel::Receiving>;

ChannelStatus TrySend(const std::shared_ptr<TextChannel>& channel, std::string text, size_t cost = 1) {
  return channel->TrySend(std::move(text), cost, 7);
}

std::string TryReceive(const std::shared_ptr<TextChannel>& channel) {
  std::optional<Received> received;
  switch (channel->TryReceive(&received)) {
    case ChannelStatus::kDone:
      return received->item;
    case ChannelStatus::kEmpty:
      return "(empty)";
    case ChannelStatus::kClosed:
      return "(closed)";
    default:
      return "(wrong)";
  }
}

std::shared_ptr<Sending> Send(const std::shared_ptr<TextChannel>& channel, std::string text, ChannelStatus expected,
                              Until until = Until::kQueued, size_t cost = 1) {
  auto sending = std::make_shared<Sending>(std::move(text), cost, 7, until);
  EXPECT(channel->Send(sending) == expected);
  return sending;
}

std::shared_ptr<Receiving> Receive(const std::shared_ptr<TextChannel>& channel, ChannelStatus expected) {
  auto receiving = std::make_shared<Receiving>();
  EXPECT(channel->Receive(receiving) == expected);
  return receiving;
}

std::string Taken(const std::shared_ptr<Receiving>& receiving) {
  auto received = receiving->Take();
  return received.has_value() ? received->item : "(nothing)";
}

bool Balanced(const ChannelStats& stats) { return stats.sent == stats.received + stats.queued + stats.dropped; }

TEST("items come out in the order they went in, with their senders") {
  auto channel = TextChannel::Make({});
  for (int i = 0; i < 20; ++i) EXPECT(channel->TrySend(std::to_string(i), 10, 100 + i) == ChannelStatus::kDone);
  EXPECT_EQ(channel->size(), 20u);
  EXPECT_EQ(channel->Stats().bytes, 200u);
  for (int i = 0; i < 20; ++i) {
    std::optional<Received> received;
    REQUIRE(channel->TryReceive(&received) == ChannelStatus::kDone);
    EXPECT_EQ(received->item, std::to_string(i));
    EXPECT_EQ(received->sender, uint64_t{100} + i);
  }
  EXPECT_EQ(TryReceive(channel), "(empty)");
  EXPECT_EQ(channel->Stats().received, 20u);
  EXPECT_EQ(channel->Stats().bytes, 0u);
}

TEST("a full channel takes nothing and leaves the item with its sender") {
  auto channel = TextChannel::Make({.capacity = 2});
  EXPECT(TrySend(channel, "a") == ChannelStatus::kDone);
  EXPECT(TrySend(channel, "b") == ChannelStatus::kDone);
  std::string item = "a text that is longer than a small string";
  EXPECT(channel->TrySend(std::move(item), 1, 0) == ChannelStatus::kFull);
  EXPECT_EQ(item, "a text that is longer than a small string");  // NOLINT(bugprone-use-after-move): it says so
  EXPECT_EQ(TryReceive(channel), "a");
  EXPECT(TrySend(channel, "c") == ChannelStatus::kDone);
}

TEST("a channel bounded by bytes counts what is in it, and refuses what could never fit") {
  auto channel = TextChannel::Make({.max_bytes = 100});
  EXPECT(TrySend(channel, "x", 101) == ChannelStatus::kTooBig);
  Send(channel, "x", ChannelStatus::kTooBig, Until::kQueued, 101);
  EXPECT(TrySend(channel, "a", 60) == ChannelStatus::kDone);
  EXPECT(TrySend(channel, "b", 41) == ChannelStatus::kFull);
  EXPECT(TrySend(channel, "c", 40) == ChannelStatus::kDone);
  EXPECT_EQ(TryReceive(channel), "a");
  EXPECT_EQ(channel->Stats().bytes, 40u);
}

TEST("a sender that waits gets in when there is room, before any that comes later") {
  auto channel = TextChannel::Make({.capacity = 1});
  auto first = Send(channel, "a", ChannelStatus::kDone);
  EXPECT(first->outcome() == Wait::Outcome::kDone);
  EXPECT_EQ(first->told(), 0);
  auto second = Send(channel, "b", ChannelStatus::kWaiting);
  auto third = Send(channel, "c", ChannelStatus::kWaiting);
  EXPECT(TrySend(channel, "d") == ChannelStatus::kFull);
  EXPECT_EQ(channel->Stats().waiting_senders, 2u);
  EXPECT_EQ(TryReceive(channel), "a");
  EXPECT_EQ(second->told(), 1);
  EXPECT(!second->TakeItem().has_value());
  EXPECT_EQ(third->told(), 0);
  EXPECT(TrySend(channel, "d") == ChannelStatus::kFull);
  EXPECT_EQ(TryReceive(channel), "b");
  EXPECT_EQ(TryReceive(channel), "c");
  EXPECT_EQ(TryReceive(channel), "(empty)");
}

TEST("receivers that wait are served in order of arrival, without the item lying in the channel") {
  auto channel = TextChannel::Make({});
  auto first = Receive(channel, ChannelStatus::kWaiting);
  auto second = Receive(channel, ChannelStatus::kWaiting);
  EXPECT_EQ(channel->Stats().waiting_receivers, 2u);
  EXPECT(TrySend(channel, "a") == ChannelStatus::kDone);
  auto sending = Send(channel, "b", ChannelStatus::kDone, Until::kReceived);
  EXPECT(TrySend(channel, "c") == ChannelStatus::kDone);
  EXPECT_EQ(first->told(), 1);
  EXPECT_EQ(Taken(first), "a");
  EXPECT_EQ(Taken(second), "b");
  EXPECT_EQ(Taken(Receive(channel, ChannelStatus::kDone)), "c");
}

TEST("a sender that was cancelled has its item again, and lets those behind it in") {
  auto channel = TextChannel::Make({.max_bytes = 10});
  EXPECT(TrySend(channel, "a", 5) == ChannelStatus::kDone);
  auto big = Send(channel, "big", ChannelStatus::kWaiting, Until::kQueued, 10);
  auto small = Send(channel, "small", ChannelStatus::kWaiting, Until::kQueued, 5);
  EXPECT_EQ(small->told(), 0);
  EXPECT(big->Cancel());
  EXPECT(!big->Cancel());
  EXPECT_EQ(big->told(), 0);
  EXPECT_EQ(big->TakeItem().value_or("(nothing)"), "big");
  EXPECT_EQ(small->told(), 1);
  EXPECT(!small->Cancel());
  EXPECT_EQ(TryReceive(channel), "a");
  EXPECT_EQ(TryReceive(channel), "small");
}

TEST("a receiver that was cancelled eats no item") {
  auto channel = TextChannel::Make({});
  auto first = Receive(channel, ChannelStatus::kWaiting);
  auto second = Receive(channel, ChannelStatus::kWaiting);
  EXPECT(first->Cancel());
  EXPECT_EQ(channel->Stats().waiting_receivers, 1u);
  EXPECT(TrySend(channel, "a") == ChannelStatus::kDone);
  EXPECT(first->outcome() == Wait::Outcome::kCancelled);
  EXPECT_EQ(Taken(first), "(nothing)");
  EXPECT_EQ(Taken(second), "a");
}

TEST("a wait that nobody holds any more has left the line") {
  auto channel = TextChannel::Make({.capacity = 1});
  Receive(channel, ChannelStatus::kWaiting);
  EXPECT_EQ(channel->Stats().waiting_receivers, 0u);
  EXPECT(TrySend(channel, "a") == ChannelStatus::kDone);
  Send(channel, "b", ChannelStatus::kWaiting);
  EXPECT_EQ(channel->Stats().waiting_senders, 0u);
  EXPECT_EQ(TryReceive(channel), "a");
  EXPECT_EQ(TryReceive(channel), "(empty)");
}

TEST("an item given to a receiver that dies without taking it is the next item again") {
  auto channel = TextChannel::Make({});
  std::vector<std::shared_ptr<Receiving>> dying;
  for (int i = 0; i < 3; ++i) dying.push_back(Receive(channel, ChannelStatus::kWaiting));
  for (const char* text : {"a", "b", "c", "d"}) TrySend(channel, text);
  EXPECT_EQ(channel->Stats().received, 3u);
  // In an order that is not theirs.
  dying[1].reset();
  dying[2].reset();
  dying[0].reset();
  EXPECT_EQ(channel->Stats().received, 0u);
  EXPECT(Balanced(channel->Stats()));
  for (const char* text : {"a", "b", "c", "d"}) EXPECT_EQ(TryReceive(channel), text);
}

TEST("an item that comes back goes to a receiver that waits already") {
  auto channel = TextChannel::Make({});
  auto dying = Receive(channel, ChannelStatus::kWaiting);
  auto waiting = Receive(channel, ChannelStatus::kWaiting);
  TrySend(channel, "a");
  dying.reset();
  EXPECT_EQ(waiting->told(), 1);
  EXPECT_EQ(Taken(waiting), "a");
}

TEST("a rendezvous ends when the item is received, not when it is queued") {
  auto channel = TextChannel::Make({});
  auto sending = Send(channel, "a", ChannelStatus::kWaiting, Until::kReceived);
  EXPECT(TrySend(channel, "b") == ChannelStatus::kDone);
  EXPECT_EQ(channel->size(), 2u);
  EXPECT_EQ(sending->told(), 0);
  EXPECT_EQ(TryReceive(channel), "a");
  EXPECT_EQ(sending->told(), 1);
  EXPECT(sending->outcome() == Wait::Outcome::kDone);
}

TEST("a rendezvous that is given up takes its item out of the middle of the channel") {
  auto channel = TextChannel::Make({.capacity = 3});
  TrySend(channel, "a");
  auto cancelled = Send(channel, "b", ChannelStatus::kWaiting, Until::kReceived);
  auto dropped = Send(channel, "c", ChannelStatus::kWaiting, Until::kReceived);
  auto behind = Send(channel, "d", ChannelStatus::kWaiting, Until::kReceived);
  EXPECT_EQ(channel->Stats().waiting_senders, 1u);
  EXPECT(cancelled->Cancel());
  EXPECT_EQ(cancelled->TakeItem().value_or("(nothing)"), "b");
  dropped.reset();
  EXPECT_EQ(channel->size(), 2u);
  EXPECT_EQ(TryReceive(channel), "a");
  EXPECT_EQ(TryReceive(channel), "d");
  EXPECT_EQ(behind->told(), 1);
  EXPECT_EQ(channel->Stats().sent, 2u);
  EXPECT(Balanced(channel->Stats()));
}

TEST("closing tells everybody who waits, gives senders their items, and lets the rest be received") {
  auto channel = TextChannel::Make({.capacity = 2});
  TrySend(channel, "a");
  auto rendezvous = Send(channel, "b", ChannelStatus::kWaiting, Until::kReceived);
  auto sending = Send(channel, "c", ChannelStatus::kWaiting);
  EXPECT(channel->Close());
  EXPECT(!channel->Close());
  EXPECT(channel->closed());
  for (const auto& each : {rendezvous, sending}) {
    EXPECT_EQ(each->told(), 1);
    EXPECT(each->outcome() == Wait::Outcome::kClosed);
  }
  EXPECT_EQ(rendezvous->TakeItem().value_or("(nothing)"), "b");
  EXPECT_EQ(sending->TakeItem().value_or("(nothing)"), "c");
  EXPECT(TrySend(channel, "d") == ChannelStatus::kClosed);
  EXPECT(Send(channel, "e", ChannelStatus::kClosed)->outcome() == Wait::Outcome::kClosed);
  EXPECT_EQ(TryReceive(channel), "a");
  EXPECT_EQ(TryReceive(channel), "(closed)");
  EXPECT(Receive(channel, ChannelStatus::kClosed)->outcome() == Wait::Outcome::kClosed);
  EXPECT(Balanced(channel->Stats()));
}

TEST("receivers of an empty channel see it close") {
  auto channel = TextChannel::Make({});
  auto receiving = Receive(channel, ChannelStatus::kWaiting);
  channel->Close();
  EXPECT_EQ(receiving->told(), 1);
  EXPECT(receiving->outcome() == Wait::Outcome::kClosed);
  EXPECT_EQ(Taken(receiving), "(nothing)");
}

TEST("closing by force drops what is there and what comes back") {
  auto channel = TextChannel::Make({});
  auto dying = Receive(channel, ChannelStatus::kWaiting);
  for (const char* text : {"a", "b", "c"}) TrySend(channel, text);
  EXPECT_EQ(channel->CloseAndDrop().size(), 2u);
  EXPECT_EQ(TryReceive(channel), "(closed)");
  dying.reset();
  EXPECT_EQ(TryReceive(channel), "(closed)");
  EXPECT_EQ(channel->Stats().dropped, 3u);
  EXPECT(Balanced(channel->Stats()));
}

TEST("the items of one sender can be dropped, which makes room") {
  auto channel = TextChannel::Make({.capacity = 3});
  channel->TrySend("a", 1, 1);
  channel->TrySend("b", 1, 2);
  channel->TrySend("c", 1, 1);
  auto sending = Send(channel, "d", ChannelStatus::kWaiting);
  EXPECT_EQ(channel->DropFrom(1).size(), 2u);
  EXPECT_EQ(sending->told(), 1);
  EXPECT_EQ(TryReceive(channel), "b");
  EXPECT_EQ(TryReceive(channel), "d");
  EXPECT(Balanced(channel->Stats()));
}

TEST("a select takes from the first channel that has an item and leaves the others alone") {
  const std::vector<std::shared_ptr<TextChannel>> channels = {TextChannel::Make({}), TextChannel::Make({}),
                                                              TextChannel::Make({})};
  TrySend(channels[1], "b");
  TrySend(channels[2], "c");
  auto receiving = std::make_shared<Receiving>();
  EXPECT(TextChannel::Select(channels, receiving) == ChannelStatus::kDone);
  EXPECT_EQ(receiving->index(), 1u);
  EXPECT_EQ(Taken(receiving), "b");
  EXPECT_EQ(channels[0]->Stats().waiting_receivers, 0u);
  EXPECT_EQ(channels[2]->size(), 1u);
}

TEST("a select that waits is settled by one channel and has left the others") {
  const std::vector<std::shared_ptr<TextChannel>> channels = {TextChannel::Make({}), TextChannel::Make({})};
  auto receiving = std::make_shared<Receiving>();
  EXPECT(TextChannel::Select(channels, receiving) == ChannelStatus::kWaiting);
  TrySend(channels[1], "b");
  EXPECT_EQ(channels[0]->Stats().waiting_receivers, 0u);
  TrySend(channels[0], "a");
  EXPECT_EQ(receiving->told(), 1);
  EXPECT_EQ(receiving->index(), 1u);
  // Nobody takes it.
  receiving.reset();
  EXPECT_EQ(TryReceive(channels[1]), "b");
  EXPECT_EQ(TryReceive(channels[0]), "a");
}

TEST("a select is closed when the last of its channels is") {
  const std::vector<std::shared_ptr<TextChannel>> channels = {TextChannel::Make({}), TextChannel::Make({}),
                                                              TextChannel::Make({})};
  channels[0]->Close();
  auto receiving = std::make_shared<Receiving>();
  EXPECT(TextChannel::Select(channels, receiving) == ChannelStatus::kWaiting);
  channels[2]->Close();
  EXPECT_EQ(receiving->told(), 0);
  channels[1]->Close();
  EXPECT_EQ(receiving->told(), 1);
  EXPECT(receiving->outcome() == Wait::Outcome::kClosed);
  auto late = std::make_shared<Receiving>();
  EXPECT(TextChannel::Select(channels, late) == ChannelStatus::kClosed);
  auto none = std::make_shared<Receiving>();
  EXPECT(TextChannel::Select({}, none) == ChannelStatus::kClosed);
}

TEST("the same channel may be given twice to a select") {
  auto channel = TextChannel::Make({});
  auto receiving = std::make_shared<Receiving>();
  EXPECT(TextChannel::Select({channel, channel}, receiving) == ChannelStatus::kWaiting);
  TrySend(channel, "a");
  TrySend(channel, "b");
  EXPECT_EQ(receiving->told(), 1);
  EXPECT_EQ(Taken(receiving), "a");
  EXPECT_EQ(TryReceive(channel), "b");
}

TEST("a blocked receiver goes on when an item comes, and gives up at its deadline") {
  auto channel = TextChannel::Make({});
  auto late = std::make_shared<Blocking<TextChannel::Receiving>>();
  REQUIRE(channel->Receive(late) == ChannelStatus::kWaiting);
  EXPECT(!late->Await(DeadlineAfter(Clock::now(), 3)));
  EXPECT(late->outcome() == Wait::Outcome::kCancelled);
  auto receiving = std::make_shared<Blocking<TextChannel::Receiving>>();
  REQUIRE(channel->Receive(receiving) == ChannelStatus::kWaiting);
  std::thread sender([channel] { TrySend(channel, "a"); });
  EXPECT(receiving->Await(kNever));
  sender.join();
  auto received = receiving->Take();
  REQUIRE(received.has_value());
  EXPECT_EQ(received->item, "a");
}

// An item that uses its channel when it goes, as one may that holds the last handle of something.
struct Talkative {
  explicit Talkative(std::weak_ptr<isolates::Channel<Talkative>> channel) : channel(std::move(channel)) {}
  Talkative(Talkative&&) = default;
  Talkative& operator=(Talkative&&) = default;
  ~Talkative() {
    if (auto alive = channel.lock()) alive->Stats();
  }
  std::weak_ptr<isolates::Channel<Talkative>> channel;
};

TEST("no item is destroyed while the channel is locked") {
  using TalkativeChannel = isolates::Channel<Talkative>;
  auto channel = TalkativeChannel::Make({.capacity = 4});
  for (int i = 0; i < 4; ++i) EXPECT(channel->TrySend(Talkative(channel), 1, i) == ChannelStatus::kDone);
  EXPECT(channel->TrySend(Talkative(channel), 1, 1) == ChannelStatus::kFull);
  auto sending = std::make_shared<Counting<TalkativeChannel::Sending>>(Talkative(channel), 1, 1,
                                                                       TalkativeChannel::Sending::Until::kReceived);
  EXPECT(channel->Send(sending) == ChannelStatus::kWaiting);
  std::optional<TalkativeChannel::Received> received;
  EXPECT(channel->TryReceive(&received) == ChannelStatus::kDone);
  EXPECT(channel->TryReceive(&received) == ChannelStatus::kDone);
  EXPECT_EQ(channel->DropFrom(2).size(), 1u);
  sending.reset();
  channel->PutBack(std::move(*received));
  EXPECT_EQ(channel->CloseAndDrop().size(), 2u);
  auto late = std::make_shared<Counting<TalkativeChannel::Receiving>>();
  EXPECT(channel->Receive(late) == ChannelStatus::kClosed);
}

TEST("a channel ends with its last handle, and so do the items in it") {
  auto item = std::make_shared<int>(1);
  auto channel = isolates::Channel<std::shared_ptr<int>>::Make({});
  channel->TrySend(std::shared_ptr<int>(item), 1, 0);
  auto waiting = std::make_shared<Counting<isolates::Channel<std::shared_ptr<int>>::Sending>>(
      item, 1, 0, isolates::Channel<std::shared_ptr<int>>::Sending::Until::kReceived);
  EXPECT(channel->Send(waiting) == ChannelStatus::kWaiting);
  EXPECT_EQ(item.use_count(), 3);
  std::weak_ptr<isolates::Channel<std::shared_ptr<int>>> observer = channel;
  channel.reset();
  EXPECT(!observer.expired());
  waiting.reset();
  EXPECT(observer.expired());
  EXPECT_EQ(item.use_count(), 1);
}

TEST("what is sent in bulk keeps its order with what goes one by one, and its limits") {
  auto channel = TextChannel::Make({.capacity = 5, .max_bytes = 100});
  for (const char* each : {"a", "b", "c", "d"}) EXPECT(TrySend(channel, each, 20) == ChannelStatus::kDone);
  EXPECT(TrySend(channel, "x", 21) == ChannelStatus::kFull);
  EXPECT(TrySend(channel, "e", 20) == ChannelStatus::kDone);
  EXPECT(TrySend(channel, "x", 0) == ChannelStatus::kFull);
  std::string order;
  for (int taken = 0; taken < 3; ++taken) order += TryReceive(channel);
  EXPECT(TrySend(channel, "f", 20) == ChannelStatus::kDone);
  EXPECT(TrySend(channel, "g", 41) == ChannelStatus::kFull);
  EXPECT_EQ(channel->Stats().bytes, 60u);
  EXPECT_EQ(channel->Stats().sent, uint64_t{6});
  while (channel->size() > 0) order += TryReceive(channel);
  EXPECT_EQ(order, "abcdef");
}

TEST("of many more items than one bulk holds, each is there once") {
  constexpr int kItems = 10'000;
  auto channel = TextChannel::Make({});
  for (int i = 0; i < kItems; ++i) TrySend(channel, std::to_string(i).c_str());
  EXPECT_EQ(channel->size(), size_t{kItems});
  const uint64_t changes = channel->Look([](const auto&) {});
  EXPECT_EQ(changes, channel->changes());
  int next = 0;
  while (channel->size() > 0 && TryReceive(channel) == std::to_string(next)) ++next;
  EXPECT_EQ(next, kItems);
  EXPECT(channel->changes() > changes);
}

}  // namespace
