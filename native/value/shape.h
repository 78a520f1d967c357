#ifndef ISOLATES_VALUE_SHAPE_H_
#define ISOLATES_VALUE_SHAPE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "value/text.h"
#include "value/value.h"

namespace isolates {

class ShapeRef;

// The keys of objects, in the order in which JavaScript lists them. Equal shapes of few keys are one in the whole
// process, so that a million records share one and who decodes them can remember by the shape's id what it has
// prepared. Many keys are a table of their own rather than a record, and no two of those are compared.
//
// Threads: any; immutable.
// Owns: its keys.
// Lifetime: counted, by ShapeRef and by objects. Nothing else keeps a shape that no object has.
class Shape {
 public:
  static constexpr size_t kNotFound = ~size_t{0};

  // The keys must differ.
  static ShapeRef Of(std::span<const Text> keys);
  // The same of strings that may become its keys as they are.
  static ShapeRef Of(std::vector<Value> keys);
  // With one more key at the end; without key i.
  ShapeRef With(Text key) const;
  ShapeRef Without(size_t i) const;

  size_t size() const { return keys_.size(); }
  const Value& key(size_t i) const { return keys_[i]; }  // a string
  // The place of a key, or kNotFound.
  size_t Find(Text key) const;
  // True when these are its keys, in this order.
  bool HasKeys(std::span<const Text> keys) const;

  // Never used for another shape, also when this one is gone.
  uint64_t id() const { return id_; }
  // What it keeps in memory, if that is not shared with everybody.
  uint64_t own_weight() const;

  void Retain() const { refs_.fetch_add(1, std::memory_order_relaxed); }
  void Release() const;

 private:
  // Shapes of more keys are not looked for among those that exist.
  static constexpr size_t kInterned = 32;
  // Up to here comparing is quicker than hashing.
  static constexpr size_t kCompared = 8;

  // Part of the hash beside the place, plus 1: most keys are told apart without looking at them.
  struct Bucket {
    uint32_t tag = 0;
    uint32_t place = 0;
  };
  class Table;

  Shape(std::vector<Value> keys, uint64_t hash);
  ~Shape() = default;
  Shape(const Shape&) = delete;

  bool TryRetain() const;

  mutable std::atomic<uint64_t> refs_{1};
  const uint64_t id_;
  const uint64_t hash_;
  const std::vector<Value> keys_;
  std::vector<Bucket> index_;
};

// Owns: one count of a shape, or nothing.
class ShapeRef {
 public:
  ShapeRef() = default;
  explicit ShapeRef(const Shape* shape) : shape_(shape) {
    if (shape_ != nullptr) shape_->Retain();
  }
  ShapeRef(const ShapeRef& other) : ShapeRef(other.shape_) {}
  ShapeRef(ShapeRef&& other) noexcept : shape_(std::exchange(other.shape_, nullptr)) {}
  ShapeRef& operator=(ShapeRef other) noexcept {
    std::swap(shape_, other.shape_);
    return *this;
  }
  ~ShapeRef() {
    if (shape_ != nullptr) shape_->Release();
  }

  // Takes over a count.
  static ShapeRef Adopt(const Shape* shape) {
    ShapeRef ref;
    ref.shape_ = shape;
    return ref;
  }

  const Shape* get() const { return shape_; }
  const Shape* operator->() const { return shape_; }
  explicit operator bool() const { return shape_ != nullptr; }

 private:
  const Shape* shape_ = nullptr;
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_SHAPE_H_
