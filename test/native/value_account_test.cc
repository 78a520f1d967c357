#include "value/value_account.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "testing.h"
#include "value/builder.h"
#include "value/value.h"

namespace {

using isolates::ArrayBuilder;
using isolates::Text;
using isolates::Value;
using isolates::ValueAccount;

Value TextOf(size_t length) { return Value::String(Text(std::string_view(std::string(length, 'x')))); }

TEST("a value counts until it is freed, wherever that is") {
  const auto account = std::make_shared<ValueAccount>();
  Value value = TextOf(100'000);
  ValueAccount::Charge(account, value);
  EXPECT(account->bytes() >= 100'000 && account->bytes() < 110'000);
  Value other = value;
  value = Value();
  EXPECT(account->bytes() >= 100'000);
  std::thread([moved = std::move(other)]() mutable { moved = Value(); }).join();
  EXPECT_EQ(account->bytes(), 0u);
}

TEST("a value that was charged does not count again") {
  const auto account = std::make_shared<ValueAccount>();
  const Value value = TextOf(100'000);
  ValueAccount::Charge(account, value);
  const uint64_t bytes = account->bytes();
  ValueAccount::Charge(account, value);
  EXPECT_EQ(account->bytes(), bytes);
}

TEST("parts that others hold too do not count") {
  const Value part = TextOf(100'000);
  ArrayBuilder array;
  array.Add(part);
  array.Add(TextOf(50'000));
  const Value value = array.Finish();
  EXPECT(ValueAccount::OwnBytes(value) >= 50'000);
  EXPECT(ValueAccount::OwnBytes(value) < 60'000);
}

TEST("a part that occurs several times, and nowhere else, counts once") {
  Value value;
  {
    const Value part = TextOf(100'000);
    ArrayBuilder array;
    for (int i = 0; i < 10; ++i) array.Add(part);
    value = array.Finish();
  }
  EXPECT(ValueAccount::OwnBytes(value) >= 100'000);
  EXPECT(ValueAccount::OwnBytes(value) < 110'000);
}

TEST("a value that holds itself many times over in ever more levels is walked once") {
  Value value = TextOf(2000);
  for (int level = 0; level < 100; ++level) {
    ArrayBuilder array;
    array.Add(value);
    array.Add(std::move(value));
    value = array.Finish();
  }
  EXPECT(ValueAccount::OwnBytes(value) < 20'000);
}

TEST("small values do not count") {
  const auto account = std::make_shared<ValueAccount>();
  const Value value = TextOf(100);
  ValueAccount::Charge(account, value);
  EXPECT_EQ(account->bytes(), 0u);
}

TEST("threads may free what others are charged for") {
  const auto account = std::make_shared<ValueAccount>();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([account] {
      for (int i = 0; i < 2000; ++i) {
        const Value value = TextOf(2000);
        ValueAccount::Charge(account, value);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(account->bytes(), 0u);
}

}  // namespace
