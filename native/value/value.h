#ifndef ISOLATES_VALUE_VALUE_H_
#define ISOLATES_VALUE_VALUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "value/text.h"

namespace isolates {

class Shape;
struct ValueNode;

enum class ValueKind : uint8_t {
  kUndefined,
  kNull,
  kBoolean,
  kNumber,
  kDate,  // milliseconds, NaN for an invalid one
  // From here on there is a node.
  kBigInt,
  kOneByteString,
  kTwoByteString,
  kBytes,
  kHandle,  // something that is shared rather than copied: a channel, a store, memory
  kArray,
  kObject,
  kChunk,  // part of a large array or object; never seen outside
};

// An immutable JavaScript value outside of every heap: a tree of nodes that are counted and shared, never copied.
//
// Large arrays and objects are trees of chunks, so that a copy with one slot replaced shares all but a path through
// them.
//
// Threads: any; one handle belongs to one thread at a time, as with shared_ptr.
// Owns: a share of its node. The data of strings and bytes stays where it is as long as any handle holds the node, so
// that V8 may use it in place.
// Lifetime: a tree is freed without recursion, however deep it is, by whoever drops the last handle. What its handles
// refer to is let go of then as well, so never drop the last of a value under a lock.
class Value {
 public:
  Value() : kind_(ValueKind::kUndefined) { payload_.number = 0; }
  Value(const Value& other) : payload_(other.payload_), kind_(other.kind_) { Retain(); }
  Value(Value&& other) noexcept : payload_(other.payload_), kind_(std::exchange(other.kind_, ValueKind::kUndefined)) {}
  Value& operator=(const Value& other) {
    Value(other).Swap(this);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Value(std::move(other)).Swap(this);
    return *this;
  }
  ~Value() {
    if (HasNode()) Release(payload_.node);
  }

  static Value Undefined() { return Value(); }
  static Value Null();
  static Value Boolean(bool boolean);
  static Value Number(double number);
  static Value Date(double milliseconds);
  // Words from the least significant one; leading zeros do not count, and zero has no sign.
  static Value BigInt(bool negative, std::span<const uint64_t> words);
  static Value String(Text text);
  static Value Bytes(std::span<const uint8_t> bytes);
  // The engine knows what a tag stands for.
  static Value Handle(uint32_t tag, std::shared_ptr<void> target);
  // To be filled by the caller before anybody else sees the value.
  static Value NewOneByteString(size_t length, uint8_t** characters);
  static Value NewTwoByteString(size_t length, char16_t** characters);
  static Value NewBytes(size_t length, uint8_t** bytes);
  // Both move from `slots`. An object has one slot for each key of its shape, in their order.
  static Value Array(std::span<Value> slots);
  static Value Object(const Shape* shape, std::span<Value> slots);

  ValueKind kind() const { return kind_; }
  bool IsUndefined() const { return kind_ == ValueKind::kUndefined; }
  bool IsString() const { return kind_ == ValueKind::kOneByteString || kind_ == ValueKind::kTwoByteString; }
  bool IsArray() const { return kind_ == ValueKind::kArray; }
  bool IsObject() const { return kind_ == ValueKind::kObject; }

  bool boolean() const { return payload_.boolean; }
  double number() const { return payload_.number; }  // of a number or a date
  bool negative() const;                             // of a bigint
  std::span<const uint64_t> words() const;           // of a bigint
  Text text() const;                                 // of a string
  std::span<const uint8_t> bytes() const;            // of bytes

  uint32_t tag() const;                         // of a handle
  const std::shared_ptr<void>& target() const;  // of a handle

  // Characters, bytes, elements or keys; 0 for others.
  size_t length() const;
  // Of an array or an object: slot i < length().
  const Value& at(size_t i) const;
  // The slots from i on that lie side by side in memory: at least one.
  std::span<const Value> Run(size_t i) const;
  const Shape* shape() const;  // of an object

  // What this keeps in memory, nodes that are shared counted each time.
  uint64_t weight() const;

  // True when both are the same immediate value or share one node.
  bool IsSame(const Value& other) const {
    return kind_ == other.kind_ && (HasNode() ? payload_.node == other.payload_.node : SameImmediate(other));
  }

  bool HasNode() const { return kind_ >= ValueKind::kBigInt; }
  ValueNode* node() const { return payload_.node; }
  // Takes over one count of the node.
  static Value Adopt(ValueNode* node);

 private:
  union Payload {
    bool boolean;
    double number;
    ValueNode* node;
  };

  void Swap(Value* other) {
    std::swap(payload_, other->payload_);
    std::swap(kind_, other->kind_);
  }
  inline void Retain() const;
  static void Release(ValueNode* node);
  bool SameImmediate(const Value& other) const;

  Payload payload_;
  ValueKind kind_;
};

// What every node begins with; its payload follows.
//
// Owns: itself by malloc; `refs` counts the handles.
struct ValueNode {
  std::atomic<uint32_t> refs;
  ValueKind kind;
  uint8_t height;  // of arrays, objects and chunks: levels of chunks below this node
  bool negative;   // of bigints
  uint64_t length;
  union {
    uint64_t weight;
    ValueNode* next_dead;  // links nodes that are about to be freed
  };
};

inline void Value::Retain() const {
  if (HasNode()) payload_.node->refs.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace isolates

#endif  // ISOLATES_VALUE_VALUE_H_
