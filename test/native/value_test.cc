#include "value/value.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <thread>

#include "testing.h"
#include "value/builder.h"
#include "value/equals.h"
#include "value/shape.h"
#include "value/slots.h"

namespace {

using isolates::AppendSlot;
using isolates::ArrayBuilder;
using isolates::Equals;
using isolates::ObjectBuilder;
using isolates::ReplaceSlot;
using isolates::Shape;
using isolates::ShapeRef;
using isolates::SlotNode;
using isolates::Text;
using isolates::Value;
using isolates::ValueKind;

Value Numbers(size_t count) {
  ArrayBuilder array;
  for (size_t i = 0; i < count; ++i) array.Add(Value::Number(static_cast<double>(i)));
  return array.Finish();
}

Value Nested(size_t depth) {
  Value value;
  for (size_t i = 0; i < depth; ++i) value = Value::Array({&value, 1});
  return value;
}

std::string Ascii(Text text) {
  std::string out;
  for (size_t i = 0; i < text.length(); ++i) out += static_cast<char>(text.at(i));
  return out;
}

TEST("a handle is one word, and scalars need no memory") {
  static_assert(sizeof(Value) == 8);
  EXPECT(Value().IsUndefined());
  EXPECT(Value::Null().kind() == ValueKind::kNull);
  EXPECT(Value::Boolean(true).boolean() && !Value::Boolean(false).boolean());
  EXPECT_EQ(Value::Number(-0.5).number(), -0.5);
  EXPECT_EQ(Value::Date(1e12).number(), 1e12);
  for (const Value& value : {Value(), Value::Null(), Value::Number(1)}) EXPECT_EQ(value.weight(), 0u);
}

TEST("numbers of all bits come back, and there is one NaN") {
  using Limits = std::numeric_limits<double>;
  for (const double number : {0.0, -0.0, 1.0, -1.0, 0.1, Limits::max(), Limits::lowest(), Limits::denorm_min(),
                              Limits::infinity(), -Limits::infinity()}) {
    const Value value = Value::Number(number);
    EXPECT(value.kind() == ValueKind::kNumber && !value.HasNode());
    EXPECT(value.number() == number && std::signbit(value.number()) == std::signbit(number));
    EXPECT(value.IsSame(Value::Number(number)));
  }
  EXPECT(!Value::Number(0).IsSame(Value::Number(-0.0)));
  const double payload = std::bit_cast<double>(uint64_t{0xffff'ffff'ffff'ffff});
  for (const double nan : {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::signaling_NaN(), payload}) {
    const Value value = Value::Number(nan);
    EXPECT(value.kind() == ValueKind::kNumber && std::isnan(value.number()));
    EXPECT(value.IsSame(Value::Number(Limits::quiet_NaN())));
  }
}

TEST("dates come back, however far away, and an invalid one too") {
  for (const double time : {0.0, 1.0, -1.0, 1e12, -62'135'596'800'000.0, 140'737'488'355'327.0, 140'737'488'355'328.0,
                            -140'737'488'355'328.0, -140'737'488'355'329.0, 8.64e15, -8.64e15}) {
    const Value value = Value::Date(time);
    EXPECT(value.kind() == ValueKind::kDate);
    EXPECT_EQ(value.number(), time);
    EXPECT(Equals(value, Value::Date(time)));
    EXPECT(!Equals(value, Value::Number(time)));
  }
  const Value invalid = Value::Date(std::numeric_limits<double>::quiet_NaN());
  EXPECT(invalid.kind() == ValueKind::kDate && std::isnan(invalid.number()));
  EXPECT(Equals(invalid, Value::Date(std::numeric_limits<double>::quiet_NaN())));
}

TEST("a table of small records takes little more than its characters and a word for each slot") {
  const Text keys[] = {"id", "name", "tag"};
  const ShapeRef shape = Shape::Of(keys);
  ArrayBuilder table;
  const Value tag = Value::String("abc");
  for (int i = 0; i < 1000; ++i) {
    Value slots[] = {Value::Number(i), Value::String("a name"), tag};
    table.Add(Value::Object(shape.get(), slots));
  }
  // 8 in the table, 64 the record, 32 the name; the tag counts each time, though it is there once.
  EXPECT(table.Finish().weight() < 1000 * (8 + 64 + 32 + 32 + 8));
}

TEST("strings keep their characters, one byte or two, at an address that stays") {
  const Value latin1 = Value::String("gr\xfcn");
  const Value utf16 = Value::String(u"\u65e5\u672c");
  EXPECT(latin1.kind() == ValueKind::kOneByteString);
  EXPECT(utf16.kind() == ValueKind::kTwoByteString);
  EXPECT_EQ(latin1.length(), 4u);
  EXPECT_EQ(utf16.length(), 2u);
  EXPECT_EQ(static_cast<int>(utf16.text().at(0)), 0x65e5);
  EXPECT_EQ(Value::String("").length(), 0u);
  const void* data = latin1.text().data();
  const Value copy = latin1;
  EXPECT(copy.text().data() == data);
  EXPECT(copy.IsSame(latin1));
}

TEST("bytes and bigints come back as they were") {
  const uint8_t bytes[] = {0, 1, 0xff};
  const Value value = Value::Bytes(bytes);
  EXPECT_EQ(value.length(), 3u);
  EXPECT_EQ(value.bytes()[2], 0xff);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(value.bytes().data()) % 8, 0u);
  const uint64_t words[] = {1, ~uint64_t{0}, 0};
  const Value bigint = Value::BigInt(true, words);
  EXPECT_EQ(bigint.words().size(), 2u);
  EXPECT(bigint.negative());
  EXPECT(!Value::BigInt(true, {}).negative());
}

TEST("arrays of every size hold what was put in") {
  for (const size_t count : {0, 1, 63, 64, 65, 128, 4095, 4096, 4097, 10'000, 262'145}) {
    const Value array = Numbers(count);
    if (!EXPECT_EQ(array.length(), count)) return;
    bool right = true;
    for (size_t i = 0; i < count; ++i) right = right && array.at(i).number() == static_cast<double>(i);
    EXPECT(right);
    size_t seen = 0;
    for (size_t i = 0; i < count;) {
      for (const Value& each : array.Run(i)) right = right && each.number() == static_cast<double>(seen++);
      i = seen;
    }
    EXPECT(right && seen == count);
  }
}

TEST("replacing one element copies a path and shares the rest, and leaves the old array as it was") {
  const Value array = Numbers(100'000);
  const Value changed = ReplaceSlot(array, 70'000, Value::String("new"));
  EXPECT(changed.at(70'000).IsString());
  EXPECT_EQ(array.at(70'000).number(), 70'000.0);
  EXPECT_EQ(changed.at(69'999).number(), 69'999.0);
  size_t shared = 0;
  for (size_t i = 0; i < 100'000; i += SlotNode::kWidth) shared += &array.at(i) == &changed.at(i) ? 1 : 0;
  EXPECT_EQ(shared, 100'000 / SlotNode::kWidth);
}

TEST("an array that grows one by one has the form of one built at once") {
  Value grown = Numbers(0);
  for (size_t i = 0; i < 5'000; ++i) {
    const Value before = grown;
    grown = AppendSlot(grown, Value::Number(static_cast<double>(i)));
    if (!EXPECT(before.length() == i && grown.at(i).number() == static_cast<double>(i))) return;
  }
  const Value built = Numbers(5'000);
  EXPECT(Equals(grown, built));
  EXPECT_EQ(grown.weight(), built.weight());
  EXPECT(Equals(ReplaceSlot(grown, 4'999, Value::Null()), ReplaceSlot(built, 4'999, Value::Null())));
}

TEST("objects list their keys as given, and a key that comes again keeps its place and takes the later value") {
  ObjectBuilder builder;
  builder.Set("b", Value::Number(1));
  builder.Set("a", Value::Number(2));
  builder.Set(u"\u03b1", Value::Number(3));
  builder.Set("b", Value::Number(4));
  const Value object = builder.Finish();
  EXPECT_EQ(object.length(), 3u);
  EXPECT_EQ(Ascii(object.shape()->key(0).text()), "b");
  EXPECT_EQ(object.at(0).number(), 4.0);
  EXPECT_EQ(object.shape()->Find("a"), 1u);
  EXPECT_EQ(object.shape()->Find(u"\u03b1"), 2u);
  EXPECT_EQ(object.shape()->Find("c"), Shape::kNotFound);
  EXPECT_EQ(builder.Finish().length(), 0u);
}

TEST("an object of many keys finds each, however it is written") {
  ObjectBuilder builder;
  std::vector<std::string> keys;
  for (int i = 0; i < 20'000; ++i) keys.push_back("key" + std::to_string(i));
  for (size_t i = 0; i < keys.size(); ++i) builder.Set(Text(keys[i]), Value::Number(static_cast<double>(i)));
  builder.Set(Text(keys[7]), Value::Null());
  const Value object = builder.Finish();
  EXPECT_EQ(object.length(), keys.size());
  bool right = true;
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::u16string wide(keys[i].begin(), keys[i].end());
    right = right && object.shape()->Find(Text(keys[i])) == i && object.shape()->Find(Text(wide)) == i;
  }
  EXPECT(right);
  EXPECT(object.at(7).kind() == ValueKind::kNull);
  EXPECT_EQ(object.shape()->Find("key"), Shape::kNotFound);
  EXPECT_EQ(object.shape()->Find(""), Shape::kNotFound);
}

TEST("equal small shapes are one, in every thread, for as long as any is used; ids are never used again") {
  const Text keys[] = {"id", "name"};
  const Text other[] = {"name", "id"};
  uint64_t id = 0;
  {
    const ShapeRef shape = Shape::Of(keys);
    id = shape->id();
    const std::u16string wide = u"name";
    const Text same[] = {"id", Text(wide)};
    EXPECT(Shape::Of(same).get() == shape.get());
    EXPECT(Shape::Of(other).get() != shape.get());
    std::thread([&] { EXPECT(Shape::Of(keys).get() == shape.get()); }).join();
  }
  EXPECT(Shape::Of(keys)->id() != id);
}

TEST("shapes that many threads make and let go of at the same time stay one and are freed") {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  std::atomic<bool> right{true};
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&right] {
      for (int i = 0; i < 5'000; ++i) {
        const std::string name = "k" + std::to_string(i % 3);
        const Text keys[] = {"id", Text(name)};
        const ShapeRef one = Shape::Of(keys);
        const ShapeRef two = Shape::Of(keys);
        if (one.get() != two.get() || !one->HasKeys(keys)) right = false;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT(right.load());
}

TEST("a million levels are freed without a stack") {
  const Value deep = Nested(1'000'000);
  EXPECT_EQ(deep.length(), 1u);
  EXPECT(Equals(deep, Nested(1'000'000)));
  EXPECT(!Equals(deep, Nested(999'999)));
}

TEST("what is shared is freed once, by whichever thread is the last") {
  for (int round = 0; round < 200; ++round) {
    Value shared = Numbers(300);
    const Value pair[] = {shared, shared};
    std::vector<Value> slots(pair, pair + 2);
    Value parent = Value::Array(slots);
    std::thread other([copy = parent]() mutable {
      const Value inner = copy.at(0);
      copy = Value();
      EXPECT_EQ(inner.at(299).number(), 299.0);
    });
    parent = Value();
    shared = Value();
    other.join();
  }
}

TEST("a handle refers to one thing, and lets go of it with its last holder") {
  auto thing = std::make_shared<int>(1);
  Value handle = Value::Handle(7, thing);
  Value slots[] = {handle, Value::Number(1)};
  Value array = Value::Array(slots);
  EXPECT_EQ(thing.use_count(), 2);
  EXPECT_EQ(array.at(0).tag(), 7u);
  EXPECT(array.at(0).target() == thing);
  EXPECT_EQ(handle.length(), 0u);
  EXPECT(Equals(handle, Value::Handle(7, thing)));
  EXPECT(!Equals(handle, Value::Handle(8, thing)));
  EXPECT(!Equals(handle, Value::Handle(7, std::make_shared<int>(1))));
  handle = Value();
  EXPECT_EQ(thing.use_count(), 2);
  array = Value();
  EXPECT_EQ(thing.use_count(), 1);
}

TEST("things that hold values that hold things, a million in a row, are let go of without a stack") {
  struct Holder {
    explicit Holder(Value held, std::atomic<int>* alive) : held(std::move(held)), alive(alive) { alive->fetch_add(1); }
    ~Holder() { alive->fetch_sub(1); }
    Value held;
    std::atomic<int>* alive;
  };
  std::atomic<int> alive{0};
  Value chain;
  for (int i = 0; i < 1'000'000; ++i) {
    Value inside = Value::Array({&chain, 1});
    chain = Value::Handle(1, std::make_shared<Holder>(std::move(inside), &alive));
  }
  EXPECT_EQ(alive.load(), 1'000'000);
  chain = Value();
  EXPECT_EQ(alive.load(), 0);
}

TEST("equality is that of Object.is at the leaves and forgets the order of keys") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT(Equals(Value::Number(nan), Value::Number(std::nan("7"))));
  EXPECT(!Equals(Value::Number(0.0), Value::Number(-0.0)));
  EXPECT(!Equals(Value::Number(1), Value::Date(1)));
  EXPECT(!Equals(Value::Null(), Value()));
  EXPECT(!Equals(Value::Boolean(true), Value::Boolean(false)));
  EXPECT(Equals(Value::String("abc"), Value::String(u"abc")));
  EXPECT(!Equals(Value::String("abc"), Value::String("abd")));
  const uint64_t one[] = {1};
  EXPECT(Equals(Value::BigInt(false, one), Value::BigInt(false, one)));
  EXPECT(!Equals(Value::BigInt(false, one), Value::BigInt(true, one)));
  const auto object = [](Text a, double x, Text b, double y) {
    ObjectBuilder builder;
    builder.Set(a, Value::Number(x));
    builder.Set(b, Value::Number(y));
    return builder.Finish();
  };
  EXPECT(Equals(object("a", 1, "b", 2), object("b", 2, "a", 1)));
  EXPECT(!Equals(object("a", 1, "b", 2), object("a", 2, "b", 1)));
  EXPECT(!Equals(object("a", 1, "b", 2), object("a", 1, "c", 2)));
  EXPECT(!Equals(Numbers(0), ObjectBuilder().Finish()));
}

TEST("a value weighs what it holds, and one that holds itself over and over does not overflow") {
  const Value text = Value::String(std::string(1'000, 'x'));
  EXPECT(text.weight() >= 1'000 && text.weight() < 1'100);
  Value doubled = text;
  for (int i = 0; i < 100; ++i) {
    Value slots[] = {doubled, doubled};
    const uint64_t before = doubled.weight();
    doubled = Value::Array(slots);
    if (!EXPECT(doubled.weight() >= before)) return;
  }
  EXPECT_EQ(doubled.weight(), ~uint64_t{0});
}

TEST("handles may be assigned to themselves and from within what they hold") {
  Value value = Nested(3);
  Value& alias = value;
  value = alias;
  EXPECT_EQ(value.length(), 1u);
  value = value.at(0);
  EXPECT(value.at(0).at(0).IsUndefined());
}

TEST("only what JavaScript writes as an index is one") {
  uint32_t index = 0;
  EXPECT(Text("0").IsIndex(&index) && index == 0);
  EXPECT(Text("4294967294").IsIndex(&index) && index == 4294967294u);
  EXPECT(Text(u"17").IsIndex(&index) && index == 17);
  for (const char* no : {"", "00", "01", "-1", "1.0", "4294967295", "99999999999", " 1", "x"}) {
    EXPECT(!Text(no).IsIndex(&index));
  }
}

}  // namespace
