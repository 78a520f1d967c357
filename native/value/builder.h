#ifndef ISOLATES_VALUE_BUILDER_H_
#define ISOLATES_VALUE_BUILDER_H_

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "value/shape.h"
#include "value/text.h"
#include "value/value.h"

namespace isolates {

// Collects the elements of an array.
//
// Threads: one.
class ArrayBuilder {
 public:
  void Reserve(size_t elements) { elements_.reserve(elements); }
  void Add(Value element) { elements_.push_back(std::move(element)); }
  size_t size() const { return elements_.size(); }

  // Leaves the builder empty.
  Value Finish();

 private:
  std::vector<Value> elements_;
};

// Collects the properties of an object in the order they are given, which is to be JavaScript's. A key that comes again
// keeps its place and takes the later value. Where all keys are known to differ, Shape::Of and Value::Object do without
// this.
//
// Threads: one.
// Lifetime: the text of a key must stay until Finish.
class ObjectBuilder {
 public:
  void Reserve(size_t properties);
  void Set(Text key, Value value);
  size_t size() const { return keys_.size(); }

  // Leaves the builder empty.
  Value Finish();

 private:
  // Up to here a key that comes again is found by comparing with all.
  static constexpr size_t kCompared = 16;

  size_t Find(Text key) const;

  struct HashText {
    size_t operator()(const Text& text) const { return static_cast<size_t>(text.Hash()); }
  };

  std::vector<Text> keys_;
  std::vector<Value> values_;
  ShapeRef last_;
  std::unordered_map<Text, size_t, HashText> places_;  // once there are more than kCompared
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_BUILDER_H_
