// Many parties at one channel, with every item accounted for: each is received once, still in the channel, dropped, or
// back with its sender. The seed of a run is fixed; what the threads make of it is not.
#include <random>
#include <set>
#include <thread>

#include "sync/channel.h"
#include "testing.h"

namespace {

using isolates::Blocking;
using isolates::ChannelLimits;
using isolates::ChannelStats;
using isolates::ChannelStatus;
using isolates::Clock;
using isolates::DeadlineAfter;
using isolates::kNever;
using isolates::Wait;

using NumberChannel = isolates::Channel<std::unique_ptr<int>>;
using Received = NumberChannel::Received;
using Until = NumberChannel::Sending::Until;

constexpr int kSenders = 3;
constexpr int kReceivers = 3;
constexpr int kEach = 4'000;

// What became of each item, by its number.
struct Ledger {
  explicit Ledger(size_t items) : received(items), returned(items) {}
  std::vector<std::atomic<int>> received;
  std::vector<std::atomic<int>> returned;
};

// One sender; every item it could not send is entered as returned.
void SendAll(NumberChannel* channel, Ledger* ledger, int sender, unsigned seed) {
  std::mt19937 random(seed);
  for (int i = 0; i < kEach; ++i) {
    const int number = sender * kEach + i;
    auto item = std::make_unique<int>(number);
    const size_t cost = 1 + random() % 8;
    if (random() % 2 == 0) {
      if (channel->TrySend(std::move(item), cost, sender + 1) != ChannelStatus::kDone) ++ledger->returned[number];
      continue;
    }
    auto sending = std::make_shared<Blocking<NumberChannel::Sending>>(
        std::move(item), cost, sender + 1, random() % 3 == 0 ? Until::kReceived : Until::kQueued);
    if (channel->Send(sending) == ChannelStatus::kWaiting) {
      switch (random() % 4) {
        case 0:
          sending->Cancel();
          break;
        case 1:
          sending->Await(DeadlineAfter(Clock::now(), 0.05));
          break;
        default:
          sending->Await(DeadlineAfter(Clock::now(), 2));
      }
    }
    while (sending->outcome() == Wait::Outcome::kClaimed) std::this_thread::yield();
    if (auto back = sending->TakeItem()) {
      EXPECT(sending->outcome() != Wait::Outcome::kDone && **back == number);
      ++ledger->returned[number];
    } else {
      EXPECT(sending->outcome() == Wait::Outcome::kDone);
    }
  }
}

void ReceiveAll(const std::vector<std::shared_ptr<NumberChannel>>& channels, Ledger* ledger, unsigned seed) {
  std::mt19937 random(seed);
  for (;;) {
    const auto& channel = channels[random() % channels.size()];
    if (random() % 3 == 0) {
      std::optional<Received> received;
      if (channel->TryReceive(&received) == ChannelStatus::kDone) ++ledger->received[*received->item];
      continue;
    }
    auto receiving = std::make_shared<Blocking<NumberChannel::Receiving>>();
    const bool select = random() % 2 == 0;
    const ChannelStatus status = select ? NumberChannel::Select(channels, receiving) : channel->Receive(receiving);
    if (status == ChannelStatus::kClosed) {
      if (select) return;
      continue;
    }
    if (status == ChannelStatus::kWaiting) {
      const unsigned choice = random() % 8;
      if (choice == 0) continue;  // the party dies while it waits
      receiving->Await(DeadlineAfter(Clock::now(), choice == 1 ? 0.02 : 5));
    }
    if (random() % 8 == 0) continue;  // it dies with the item in its hands
    if (auto received = receiving->Take()) ++ledger->received[*received->item];
  }
}

void RunStress(const std::vector<ChannelLimits>& limits, bool force) {
  constexpr unsigned kSeed = 20240317;
  std::vector<std::shared_ptr<NumberChannel>> channels;
  for (const ChannelLimits& each : limits) channels.push_back(NumberChannel::Make(each));
  Ledger ledger(channels.size() * kSenders * kEach);
  std::vector<std::thread> senders;
  std::vector<std::thread> receivers;
  for (size_t i = 0; i < channels.size() * kSenders; ++i) {
    senders.emplace_back(SendAll, channels[i % channels.size()].get(), &ledger, static_cast<int>(i),
                         kSeed + static_cast<unsigned>(i));
  }
  for (unsigned i = 0; i < kReceivers; ++i) receivers.emplace_back(ReceiveAll, channels, &ledger, kSeed + 100 + i);
  if (force) {
    // In the midst of it.
    while (channels[0]->Stats().received < kEach / 4) std::this_thread::yield();
    for (const auto& channel : channels) channel->CloseAndDrop();
  }
  for (std::thread& sender : senders) sender.join();
  for (const auto& channel : channels) channel->Close();
  for (std::thread& receiver : receivers) receiver.join();

  uint64_t dropped = 0;
  for (const auto& channel : channels) {
    // A receiver that died at the very end has given its item back.
    for (std::optional<Received> rest; channel->TryReceive(&rest) == ChannelStatus::kDone;) {
      ++ledger.received[*rest->item];
    }
    const ChannelStats stats = channel->Stats();
    EXPECT_EQ(stats.sent, stats.received + stats.dropped);
    EXPECT_EQ(stats.queued + stats.bytes + stats.waiting_senders + stats.waiting_receivers, 0u);
    dropped += stats.dropped;
  }
  uint64_t missing = 0;
  uint64_t received = 0;
  for (size_t i = 0; i < ledger.received.size(); ++i) {
    const int times = ledger.received[i].load() + ledger.returned[i].load();
    if (times == 0) ++missing;
    received += ledger.received[i].load();
    if (!EXPECT(times <= 1)) break;
  }
  EXPECT_EQ(missing, dropped);
  EXPECT(received > 0);
  if (!force) EXPECT_EQ(dropped, 0u);
}

TEST("every item is accounted for, with cancelled waits and dying parties, in a channel of one place") {
  RunStress({{.capacity = 1}}, false);
}

TEST("the same with room for some, bounded by items and bytes") {
  RunStress({{.capacity = 16, .max_bytes = 40}}, false);
}

TEST("the same with two channels that are selected from") {
  RunStress({{.capacity = 2}, {.capacity = 0, .max_bytes = 0}}, false);
}

TEST("the same when the channels are closed by force while all are busy") {
  RunStress({{.capacity = 4}, {.capacity = 8}}, true);
}

TEST("two threads keep the order, each waiting for the other") {
  constexpr int kItems = 20'000;
  auto channel = NumberChannel::Make({.capacity = 8});
  bool in_order = true;
  std::thread receiver([&] {
    for (int next = 0; next < kItems; ++next) {
      auto receiving = std::make_shared<Blocking<NumberChannel::Receiving>>();
      if (channel->Receive(receiving) == ChannelStatus::kWaiting) receiving->Await(kNever);
      auto received = receiving->Take();
      if (!received.has_value() || *received->item != next) in_order = false;
    }
  });
  for (int i = 0; i < kItems; ++i) {
    auto sending = std::make_shared<Blocking<NumberChannel::Sending>>(std::make_unique<int>(i), 1, 0, Until::kQueued);
    if (channel->Send(sending) == ChannelStatus::kWaiting) sending->Await(kNever);
  }
  receiver.join();
  EXPECT(in_order);
  EXPECT_EQ(channel->Stats().received, uint64_t{kItems});
}

// The same operations on a channel and on the plainest model of one.
TEST("a channel answers as its model does, whatever is done to it") {
  constexpr unsigned kSeed = 20240401;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 400; ++round) {
    const size_t capacity = random() % 4;
    auto channel = NumberChannel::Make({.capacity = capacity});
    std::vector<int> model;  // what is in it, or waits to be
    std::vector<std::pair<int, std::shared_ptr<Blocking<NumberChannel::Sending>>>> waiting;
    bool closed = false;
    const auto fits = [&] { return capacity == 0 || model.size() < capacity; };
    for (int step = 0; step < 60; ++step) {
      const int number = round * 60 + step;
      switch (random() % 6) {
        case 0:
        case 1: {
          const auto expected = closed ? ChannelStatus::kClosed : fits() ? ChannelStatus::kDone : ChannelStatus::kFull;
          EXPECT(channel->TrySend(std::make_unique<int>(number), 1, 1) == expected);
          if (expected == ChannelStatus::kDone) model.push_back(number);
          break;
        }
        case 2: {
          auto sending =
              std::make_shared<Blocking<NumberChannel::Sending>>(std::make_unique<int>(number), 1, 1, Until::kQueued);
          const auto expected = closed   ? ChannelStatus::kClosed
                                : fits() ? ChannelStatus::kDone
                                         : ChannelStatus::kWaiting;
          EXPECT(channel->Send(sending) == expected);
          if (expected != ChannelStatus::kClosed) model.push_back(number);
          if (expected == ChannelStatus::kWaiting) waiting.emplace_back(number, sending);
          break;
        }
        case 3:
        case 4: {
          std::optional<Received> received;
          const ChannelStatus status = channel->TryReceive(&received);
          if (model.empty()) {
            EXPECT(status == (closed ? ChannelStatus::kClosed : ChannelStatus::kEmpty));
          } else if (EXPECT(status == ChannelStatus::kDone)) {
            EXPECT_EQ(*received->item, model.front());
            model.erase(model.begin());
          }
          break;
        }
        default:
          if (!waiting.empty() && random() % 2 == 0) {
            const size_t which = random() % waiting.size();
            auto [waits_with, sending] = waiting[which];
            waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(which));
            if (sending->Cancel()) std::erase(model, waits_with);
          } else if (random() % 12 == 0) {
            EXPECT_EQ(channel->Close(), !closed);
            closed = true;
            for (auto& [waits_with, sending] : waiting) {
              if (sending->outcome() == Wait::Outcome::kClosed) std::erase(model, waits_with);
            }
            waiting.clear();
          }
      }
      const ChannelStats stats = channel->Stats();
      if (!EXPECT_EQ(stats.queued + stats.waiting_senders, model.size())) return;
    }
  }
}

}  // namespace
