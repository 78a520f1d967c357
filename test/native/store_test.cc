#include "value/store.h"

#include <algorithm>
#include <random>
#include <string>
#include <thread>

#include "testing.h"
#include "value/bigint.h"
#include "value/equals.h"

namespace {

using isolates::AddBigInts;
using isolates::Blocking;
using isolates::Equals;
using isolates::kNever;
using isolates::Store;
using isolates::StoreResult;
using isolates::StoreStatus;
using isolates::Value;
using isolates::VersionChunk;
using isolates::Wait;

using Watching = Blocking<Store::Watching>;

Value Big(bool negative, std::vector<uint64_t> words) { return Value::BigInt(negative, words); }

double NumberAt(const std::shared_ptr<Store>& store, std::string_view key) {
  const auto found = store->Get(key);
  return found.has_value() ? found->value.number() : -1;
}

uint32_t NumberNow(const std::shared_ptr<Store>& store, const Store::Current& current) {
  return store->Chunk(current.chunk)->numbers()[current.index].load();
}

std::shared_ptr<Watching> Watch(const std::shared_ptr<Store>& store, std::string key, uint64_t seen,
                                Store::Watched expected) {
  auto watching = std::make_shared<Watching>(std::move(key), seen);
  EXPECT(store->Watch(watching) == expected);
  return watching;
}

TEST("what is set can be got, replaced and deleted") {
  auto store = Store::Anonymous(0);
  EXPECT(!store->Get("a").has_value());
  EXPECT(store->Set("a", Value::Number(1)).status == StoreStatus::kDone);
  store->Set("", Value());
  EXPECT_EQ(NumberAt(store, "a"), 1.0);
  EXPECT(store->Has("") && store->Get("")->value.IsUndefined());
  store->Set("a", Value::Number(2));
  EXPECT_EQ(NumberAt(store, "a"), 2.0);
  EXPECT_EQ(store->Usage().keys, 2u);
  EXPECT(store->Delete("a"));
  EXPECT(!store->Delete("a"));
  EXPECT(!store->Has("a"));
  store->Clear();
  EXPECT_EQ(store->Usage().keys, 0u);
  EXPECT_EQ(store->Usage().bytes, 0u);
}

TEST("a name stands for one store as long as anybody has it") {
  auto store = Store::Named("shared", 1'000'000);
  store->Set("a", Value::Number(1));
  auto same = Store::Named("shared", 5);
  EXPECT(same == store);
  EXPECT_EQ(same->Usage().max_bytes, 1'000'000u);
  EXPECT(Store::Anonymous(0) != store);
  EXPECT(Store::Named("", 0) != Store::Anonymous(0));
  same.reset();
  store.reset();
  EXPECT(!Store::Named("shared", 0)->Has("a"));
}

TEST("threads that name a store while others let go of it always get one that works") {
  std::vector<std::thread> threads;
  std::atomic<bool> right{true};
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&right] {
      for (int i = 0; i < 2'000; ++i) {
        auto one = Store::Named("coming and going", 0);
        if (Store::Named("coming and going", 0) != one) right = false;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT(right.load());
}

TEST("the version of a key never goes back, also when the key was gone") {
  auto store = Store::Anonymous(0);
  uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const StoreResult result = store->Set("a", Value::Number(i));
    EXPECT(result.version > last);
    EXPECT_EQ(store->Get("a")->version, result.version);
    last = result.version;
    if (i % 3 == 0) store->Delete("a");
  }
}

TEST("the number of a key changes with it, and tells so without a lookup") {
  auto store = Store::Anonymous(0);
  store->Set("a", Value::Number(1));
  store->Set("b", Value::Number(1));
  const auto a = store->Get("a")->current;
  const auto b = store->Get("b")->current;
  EXPECT_EQ(NumberNow(store, a), a.number);
  store->Set("a", Value::Number(2));
  EXPECT(NumberNow(store, a) != a.number);
  EXPECT_EQ(NumberNow(store, b), b.number);
  const auto second = store->Get("a")->current;
  store->Delete("a");
  EXPECT(NumberNow(store, second) != second.number);
  // Whoever gets the place next does not bring an old number back.
  for (int i = 0; i < 1'000; ++i) store->Set("key" + std::to_string(i), Value::Null());
  EXPECT(NumberNow(store, a) != a.number && NumberNow(store, second) != second.number);
}

TEST("every key has a place of its own, and the memory of the numbers outlives the store for who holds it") {
  auto store = Store::Anonymous(0);
  std::vector<std::pair<uint32_t, uint32_t>> places;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "key" + std::to_string(i);
    store->Set(key, Value::Number(i));
    const auto current = store->Get(key)->current;
    places.emplace_back(current.chunk, current.index);
    const auto chunk = store->Chunk(current.chunk);
    if (!EXPECT(chunk != nullptr && current.index < chunk->size())) return;
  }
  std::sort(places.begin(), places.end());
  EXPECT(std::adjacent_find(places.begin(), places.end()) == places.end());
  EXPECT(store->Chunk(1'000'000) == nullptr);
  const std::shared_ptr<const VersionChunk> chunk = store->Chunk(places[0].first);
  const uint32_t before = chunk->numbers()[0].load();
  store.reset();
  EXPECT_EQ(chunk->numbers()[0].load(), before);
}

TEST("a key is put only where there is none") {
  auto store = Store::Anonymous(0);
  std::optional<Store::Found> present;
  EXPECT(store->PutIfAbsent("a", Value::Number(1), &present).status == StoreStatus::kDone);
  EXPECT(!present.has_value());
  EXPECT(store->PutIfAbsent("a", Value::Number(2), &present).status == StoreStatus::kPresent);
  REQUIRE(present.has_value());
  EXPECT_EQ(present->value.number(), 1.0);
}

TEST("a value is set where the old one is what was expected, by version and by content") {
  auto store = Store::Anonymous(0);
  const auto text = [](const char* content) { return Value::String(content); };
  const Value a = text("a");
  EXPECT(store->CompareAndSet("k", &a, text("b")).status == StoreStatus::kChanged);
  EXPECT(store->CompareAndSet("k", nullptr, text("a")).status == StoreStatus::kDone);
  EXPECT(store->CompareAndSet("k", nullptr, text("b")).status == StoreStatus::kChanged);
  EXPECT(store->CompareAndSet("k", &a, text("b")).status == StoreStatus::kDone);
  const uint64_t version = store->Get("k")->version;
  EXPECT(store->SetIfVersion("k", version - 1, text("c")).status == StoreStatus::kChanged);
  EXPECT(store->SetIfVersion("k", version, text("c")).status == StoreStatus::kDone);
  EXPECT(store->SetIfVersion("new", 0, text("d")).status == StoreStatus::kDone);
  EXPECT(Equals(store->Get("k")->value, text("c")));
}

TEST("numbers and bigints are added, and nothing else") {
  auto store = Store::Anonymous(0);
  Value sum;
  EXPECT(store->Add("n", Value::Number(2), &sum).status == StoreStatus::kDone);
  EXPECT(store->Add("n", Value::Number(0.5), &sum).status == StoreStatus::kDone);
  EXPECT_EQ(sum.number(), 2.5);
  EXPECT(store->Add("b", Big(false, {~uint64_t{0}}), &sum).status == StoreStatus::kDone);
  EXPECT(store->Add("b", Big(false, {1}), &sum).status == StoreStatus::kDone);
  EXPECT(Equals(sum, Big(false, {0, 1})));
  EXPECT(Equals(store->Get("b")->value, sum));
  EXPECT(store->Add("n", Big(false, {1}), &sum).status == StoreStatus::kWrongKind);
  EXPECT(store->Add("b", Value::Number(1), &sum).status == StoreStatus::kWrongKind);
  EXPECT(store->Add("n", Value::String("1"), &sum).status == StoreStatus::kWrongKind);
  store->Set("s", Value::String("1"));
  EXPECT(store->Add("s", Value::Number(1), &sum).status == StoreStatus::kWrongKind);
}

TEST("bigints of both signs add up") {
  constexpr uint64_t kMax = ~uint64_t{0};
  const auto expect_sum = [](const Value& a, const Value& b, const Value& sum) {
    EXPECT(Equals(AddBigInts(a, b), sum));
    EXPECT(Equals(AddBigInts(b, a), sum));
  };
  expect_sum(Big(false, {}), Big(true, {5}), Big(true, {5}));
  expect_sum(Big(false, {5}), Big(true, {5}), Big(false, {}));
  expect_sum(Big(false, {3}), Big(true, {5}), Big(true, {2}));
  expect_sum(Big(true, {3}), Big(true, {5}), Big(true, {8}));
  expect_sum(Big(false, {kMax, kMax}), Big(false, {1}), Big(false, {0, 0, 1}));
  expect_sum(Big(false, {0, 0, 1}), Big(true, {1}), Big(false, {kMax, kMax}));
  expect_sum(Big(false, {kMax, kMax}), Big(false, {kMax, kMax}), Big(false, {kMax - 1, kMax, 1}));
}

TEST("a store with a limit refuses what would go beyond it, says what it came to, and stays as it was") {
  auto store = Store::Anonymous(10'000);
  const Value text = Value::String(std::string(6'000, 'x'));
  EXPECT(store->Set("a", text).status == StoreStatus::kDone);
  const uint64_t bytes = store->Usage().bytes;
  EXPECT(bytes >= 6'000 && bytes < 6'500);
  const StoreResult refused = store->Set("b", text);
  EXPECT(refused.status == StoreStatus::kTooBig);
  EXPECT_EQ(refused.bytes, 2 * bytes);
  EXPECT(!store->Has("b"));
  EXPECT(store->Set("a", Value::String(std::string(9'000, 'x'))).status == StoreStatus::kDone);
  EXPECT(store->Set("a", Value::String(std::string(11'000, 'x'))).status == StoreStatus::kTooBig);
  EXPECT_EQ(store->Get("a")->value.length(), 9'000u);
  store->Set("a", Value::Null());
  EXPECT(store->Set("b", text).status == StoreStatus::kDone);
  EXPECT(store->Commit({}, {{"b", std::nullopt}, {"c", text}}).status == StoreStatus::kDone);
  EXPECT(store->Commit({}, {{"a", std::nullopt}, {"d", text}}).status == StoreStatus::kTooBig);
  EXPECT(store->Has("a") && !store->Has("d"));
  store->Clear();
  EXPECT_EQ(store->Usage().bytes, 0u);
}

TEST("a commit does all or nothing, and nothing when what was read has changed") {
  auto store = Store::Anonymous(0);
  store->Set("a", Value::Number(1));
  store->Set("b", Value::Number(2));
  const uint64_t a = store->Get("a")->version;
  const Store::Read reads[] = {{"a", a}, {"absent", 0}};
  EXPECT(store->Commit(reads, {{"b", std::nullopt}, {"c", Value::Number(3)}, {"no", std::nullopt}}).status ==
         StoreStatus::kDone);
  EXPECT(!store->Has("b") && NumberAt(store, "c") == 3);
  store->Set("a", Value::Number(1));
  EXPECT(store->Commit(reads, {{"c", Value::Number(4)}}).status == StoreStatus::kChanged);
  const Store::Read absent[] = {{"c", 0}};
  EXPECT(store->Commit(absent, {{"a", std::nullopt}}).status == StoreStatus::kChanged);
  EXPECT_EQ(NumberAt(store, "c"), 3.0);
  EXPECT_EQ(store->Usage().keys, 2u);
}

TEST("of several writes of one key in a commit the last counts, and is counted once") {
  auto store = Store::Anonymous(0);
  store->Commit({}, {{"b", Value::Number(1)}, {"a", Value::Number(1)}, {"b", std::nullopt}, {"a", Value::Number(2)}});
  EXPECT(!store->Has("b"));
  EXPECT_EQ(NumberAt(store, "a"), 2.0);
  store->Commit({}, {{"a", std::nullopt}, {"a", std::nullopt}});
  EXPECT_EQ(store->Usage().bytes, 0u);
}

TEST("who watches a key is told of a change, a deletion, and at once of what it has missed") {
  auto store = Store::Anonymous(0);
  auto first = Watch(store, "a", 0, Store::Watched::kWaiting);
  auto other = Watch(store, "b", 0, Store::Watched::kWaiting);
  const uint64_t version = store->Set("a", Value::Number(1)).version;
  EXPECT(first->outcome() == Wait::Outcome::kDone);
  EXPECT(other->outcome() == Wait::Outcome::kPending);
  Watch(store, "a", 0, Store::Watched::kChanged);
  auto deletion = Watch(store, "a", version, Store::Watched::kWaiting);
  auto cancelled = Watch(store, "a", version, Store::Watched::kWaiting);
  EXPECT(cancelled->Cancel());
  store->Delete("a");
  EXPECT(deletion->outcome() == Wait::Outcome::kDone);
  EXPECT(cancelled->outcome() == Wait::Outcome::kCancelled);
  store->Commit({}, {{"b", Value::Null()}});
  EXPECT(other->outcome() == Wait::Outcome::kDone);
  auto cleared = Watch(store, "b", store->Get("b")->version, Store::Watched::kWaiting);
  store->Clear();
  EXPECT(cleared->outcome() == Wait::Outcome::kDone);
}

TEST("a watch that ends keeps neither the store nor a place in it") {
  auto store = Store::Anonymous(0);
  std::weak_ptr<Store> observer = store;
  auto watching = Watch(store, "a", 0, Store::Watched::kWaiting);
  store.reset();
  EXPECT(!observer.expired());
  watching.reset();
  EXPECT(observer.expired());
}

TEST("a slow watcher sees the newest value in the end, never an older one after a newer") {
  constexpr int kChanges = 5'000;
  auto store = Store::Anonymous(0);
  bool in_order = true;
  std::thread watcher([&] {
    uint64_t seen = 0;
    double last = 0;
    while (last < kChanges) {
      auto watching = std::make_shared<Watching>("a", seen);
      if (store->Watch(watching) == Store::Watched::kWaiting) watching->Await(kNever);
      const auto found = store->Get("a");
      if (!found.has_value() || found->value.number() <= last || found->version <= seen) {
        in_order = false;
        return;
      }
      last = found->value.number();
      seen = found->version;
    }
  });
  for (int i = 1; i <= kChanges; ++i) store->Set("a", Value::Number(i));
  watcher.join();
  EXPECT(in_order);
}

TEST("additions from many threads are all counted") {
  constexpr int kThreads = 4;
  constexpr int kEach = 3'000;
  auto store = Store::Anonymous(0);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&store] {
      Value sum;
      for (int i = 0; i < kEach; ++i) {
        store->Add("number", Value::Number(1), &sum);
        store->Add("bigint", Big(false, {uint64_t{1} << 63}), &sum);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(NumberAt(store, "number"), double{kThreads * kEach});
  EXPECT(Equals(store->Get("bigint")->value, Big(false, {0, kThreads * kEach / 2})));
}

TEST("money moved by commits is neither made nor lost, in any snapshot") {
  constexpr int kAccounts = 12;
  constexpr int kThreads = 3;
  auto store = Store::Anonymous(0);
  const auto account = [](size_t i) { return "account" + std::to_string(i); };
  for (size_t i = 0; i < kAccounts; ++i) store->Set(account(i), Value::Number(100));
  std::atomic<int> left{kThreads};
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(20240701 + thread);
      for (int done = 0; done < 1'500;) {
        const std::string from = account(random() % kAccounts);
        const std::string to = account(random() % kAccounts);
        if (from == to) continue;
        const auto a = store->Get(from);
        const auto b = store->Get(to);
        const Store::Read reads[] = {{from, a->version}, {to, b->version}};
        std::vector<Store::Write> writes;
        writes.push_back({from, Value::Number(a->value.number() - 1)});
        writes.push_back({to, Value::Number(b->value.number() + 1)});
        if (store->Commit(reads, std::move(writes)).status == StoreStatus::kDone) ++done;
      }
      left.fetch_sub(1);
    });
  }
  bool consistent = true;
  do {
    double total = 0;
    for (const Store::Pair& pair : store->Snapshot()) total += pair.value.number();
    consistent = consistent && total == 100 * kAccounts;
  } while (left.load() != 0);
  for (std::thread& thread : threads) thread.join();
  EXPECT(consistent);
  EXPECT_EQ(store->Keys().size(), size_t{kAccounts});
}

TEST("a cache that goes by the number never keeps a value after its setter has returned") {
  constexpr int kChanges = 20'000;
  auto store = Store::Anonymous(0);
  store->Set("a", Value::Number(0));
  std::atomic<int> written{0};
  bool current = true;
  std::thread reader([&] {
    auto found = store->Get("a");
    auto chunk = store->Chunk(found->current.chunk);
    while (written.load() < kChanges) {
      const int at_least = written.load();
      if (chunk->numbers()[found->current.index].load(std::memory_order_acquire) != found->current.number) {
        found = store->Get("a");
        chunk = store->Chunk(found->current.chunk);
      }
      if (found->value.number() < at_least) current = false;
    }
  });
  for (int i = 1; i <= kChanges; ++i) {
    store->Set("a", Value::Number(i));
    written.store(i);
  }
  reader.join();
  EXPECT(current);
}

TEST("whatever many threads do to a store, its figures come out even") {
  constexpr int kThreads = 4;
  constexpr int kSteps = 4'000;
  auto store = Store::Anonymous(60'000);
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(20240801 + thread);
      std::vector<std::shared_ptr<Watching>> watches;
      for (int step = 0; step < kSteps; ++step) {
        const std::string key = "key" + std::to_string(random() % 40);
        Value value = Value::String(std::string(random() % 3'000, 'x'));
        std::optional<Store::Found> present;
        switch (random() % 8) {
          case 0:
            store->Delete(key);
            break;
          case 1:
            store->PutIfAbsent(key, std::move(value), &present);
            break;
          case 2: {
            const auto found = store->Get(key);
            store->CompareAndSet(key, found.has_value() ? &found->value : nullptr, std::move(value));
            break;
          }
          case 3:
            store->Commit({}, {{key, std::move(value)}, {"key0", std::nullopt}});
            break;
          case 4:
            watches.push_back(std::make_shared<Watching>(key, 0));
            store->Watch(watches.back());
            if (watches.size() > 5) watches.clear();
            break;
          case 5:
            if (random() % 50 == 0) store->Clear();
            break;
          default:
            store->Set(key, std::move(value));
        }
        if (store->Usage().bytes > 200'000) isolates::testing::Fail(__FILE__, __LINE__, "far beyond the limit");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT(store->Usage().bytes <= 60'000);
  EXPECT_EQ(store->Usage().keys, store->Keys().size());
  EXPECT_EQ(store->Usage().keys, store->Snapshot().size());
  for (const std::string& key : store->Keys()) EXPECT(store->Delete(key));
  EXPECT_EQ(store->Usage().bytes, 0u);
}

}  // namespace
