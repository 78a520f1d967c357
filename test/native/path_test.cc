#include "value/path.h"

#include <random>
#include <string>

#include "testing.h"
#include "value/builder.h"
#include "value/equals.h"
#include "value/shape.h"

namespace {

using isolates::ArrayBuilder;
using isolates::Equals;
using isolates::Find;
using isolates::ObjectBuilder;
using isolates::PathSegment;
using isolates::PathStatus;
using isolates::Remove;
using isolates::Replace;
using isolates::Text;
using isolates::Value;

using Segments = std::vector<PathSegment>;

Value Object(std::vector<std::pair<Text, Value>> properties) {
  ObjectBuilder builder;
  for (auto& [key, value] : properties) builder.Set(key, std::move(value));
  return builder.Finish();
}

Value Array(std::vector<Value> elements) { return Value::Array(elements); }

Value Sample() {
  return Object({{"users", Array({Object({{"name", Value::String("a")}}), Object({{"name", Value::String("b")}})})},
                 {"7", Value::Number(7)},
                 {"text", Value::String("text")},
                 {"nothing", Value()}});
}

const Value* At(const Value& root, const Segments& path) { return Find(root, path); }

PathStatus Set(const Value& root, const Segments& path, Value value, Value* result, size_t expected_failure = 0) {
  size_t failed_at = 0;
  const PathStatus status = Replace(root, path, std::move(value), result, &failed_at);
  EXPECT_EQ(failed_at, expected_failure);
  return status;
}

TEST("a path of keys and indices finds the value in place") {
  const Value root = Sample();
  EXPECT(At(root, {}) == &root);
  const Value* found = At(root, {"users", 1u, "name"});
  REQUIRE(found != nullptr);
  EXPECT(found->text() == Text("b"));
  EXPECT(At(root, {"users", "1", "name"}) == found);
  EXPECT(At(root, {7u}) == At(root, {"7"}) && At(root, {7u}) != nullptr);
  EXPECT(At(root, {"nothing"}) != nullptr);
}

TEST("a path to nothing finds nothing, and no property that is not an element") {
  const Value root = Sample();
  EXPECT(At(root, {"no"}) == nullptr);
  EXPECT(At(root, {"users", 2u}) == nullptr);
  EXPECT(At(root, {"users", "01"}) == nullptr);
  EXPECT(At(root, {"users", "length"}) == nullptr);
  EXPECT(At(root, {"text", "length"}) == nullptr);
  EXPECT(At(root, {"text", 0u}) == nullptr);
  EXPECT(At(root, {"nothing", "more"}) == nullptr);
}

TEST("replacing at a path leaves the old root alone and shares what is not on the path") {
  const Value root = Sample();
  Value changed;
  EXPECT(Set(root, {"users", 0u, "name"}, Value::String("c"), &changed) == PathStatus::kDone);
  EXPECT(At(changed, {"users", 0u, "name"})->text() == Text("c"));
  EXPECT(At(root, {"users", 0u, "name"})->text() == Text("a"));
  EXPECT(At(changed, {"users", 1u})->IsSame(*At(root, {"users", 1u})));
  EXPECT(changed.shape() == root.shape());
  EXPECT(Set(root, {}, Value::Null(), &changed) == PathStatus::kDone);
  EXPECT(Equals(changed, Value::Null()));
}

TEST("objects are made where a path goes on and the value ends") {
  Value result;
  EXPECT(Set(Sample(), {"a", "b", 3u}, Value::Number(1), &result) == PathStatus::kDone);
  EXPECT(Equals(*At(result, {"a"}), Object({{"b", Object({{"3", Value::Number(1)}})}})));
  EXPECT(Set(Sample(), {"nothing", "x"}, Value::Number(2), &result) == PathStatus::kDone);
  EXPECT_EQ(At(result, {"nothing", "x"})->number(), 2.0);
  EXPECT(Set(Value(), {"x"}, Value::Number(3), &result) == PathStatus::kDone);
  EXPECT_EQ(At(result, {"x"})->number(), 3.0);
}

TEST("an array takes one more element, and refuses gaps and names") {
  const Value root = Sample();
  Value result;
  EXPECT(Set(root, {"users", 2u, "name"}, Value::String("c"), &result) == PathStatus::kDone);
  EXPECT_EQ(At(result, {"users"})->length(), 3u);
  EXPECT(Set(root, {"users", 3u}, Value(), &result, 1) == PathStatus::kOutOfRange);
  EXPECT(Set(root, {"users", "name"}, Value(), &result, 1) == PathStatus::kOutOfRange);
}

TEST("a path through a scalar is refused and says where") {
  Value result;
  EXPECT(Set(Sample(), {"text", "x", "y"}, Value(), &result, 1) == PathStatus::kNoContainer);
  EXPECT(Set(Value::Null(), {"x"}, Value(), &result) == PathStatus::kNoContainer);
}

TEST("what is removed is gone, and an array closes the gap") {
  const Value root = Sample();
  Value result;
  size_t failed_at = 0;
  const Segments element = {"users", 0u};
  EXPECT(Remove(root, element, &result, &failed_at) == PathStatus::kDone);
  EXPECT_EQ(At(result, {"users"})->length(), 1u);
  EXPECT(At(result, {"users", 0u, "name"})->text() == Text("b"));
  const Segments key = {7u};
  EXPECT(Remove(root, key, &result, &failed_at) == PathStatus::kDone);
  EXPECT(At(result, {"7"}) == nullptr && At(result, {"text"}) != nullptr);
  const Segments missing = {"users", 9u};
  EXPECT(Remove(root, missing, &result, &failed_at) == PathStatus::kNotFound);
  EXPECT_EQ(failed_at, 1u);
  const Segments through = {"text", 0u};
  EXPECT(Remove(root, through, &result, &failed_at) == PathStatus::kNoContainer);
  EXPECT(Remove(root, {}, &result, &failed_at) == PathStatus::kNotFound);
}

TEST("a path of a hundred thousand segments needs no stack") {
  const Segments path(100'000, PathSegment("k"));
  Value result;
  EXPECT(Set(Value(), path, Value::Number(1), &result) == PathStatus::kDone);
  const Value* found = Find(result, path);
  REQUIRE(found != nullptr);
  EXPECT_EQ(found->number(), 1.0);
}

TEST("any series of changes at random paths gives what a plain model gives") {
  constexpr unsigned kSeed = 20240601;
  std::mt19937 random(kSeed);
  std::vector<double> model(500);
  ArrayBuilder builder;
  for (size_t i = 0; i < model.size(); ++i) builder.Add(Object({{"n", Value::Number(0)}}));
  Value root = builder.Finish();
  for (int step = 0; step < 3'000; ++step) {
    const auto index = static_cast<uint32_t>(random() % model.size());
    size_t failed_at = 0;
    switch (random() % 8) {
      case 0: {
        const Segments path = {index};
        EXPECT(Remove(root, path, &root, &failed_at) == PathStatus::kDone);
        model.erase(model.begin() + index);
        break;
      }
      case 1:
      case 2:
        model.push_back(step);
        EXPECT(Set(root, {static_cast<uint32_t>(model.size() - 1), "n"}, Value::Number(step), &root) ==
               PathStatus::kDone);
        break;
      default:
        model[index] = step;
        EXPECT(Set(root, {index, "n"}, Value::Number(step), &root) == PathStatus::kDone);
    }
  }
  REQUIRE(root.length() == model.size());
  for (size_t i = 0; i < model.size(); ++i) {
    if (!EXPECT_EQ(At(root, {static_cast<uint32_t>(i), "n"})->number(), model[i])) return;
  }
}

}  // namespace
