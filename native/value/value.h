#ifndef ISOLATES_VALUE_VALUE_H_
#define ISOLATES_VALUE_VALUE_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
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
  // From here on there is a node; of dates only where they are thousands of years away, or invalid.
  kDate,  // milliseconds, NaN for an invalid one
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
// A handle is one word, because tables are made of them: below kImmediates an immediate value, then the address of a
// node with its kind in the lowest bits (which malloc leaves free), then a date as 48 bits of milliseconds, and from
// kNumbers on a number, as its bits and that. An address stands there as it is, so that leak checkers find it.
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
  Value() = default;
  Value(const Value& other) : bits_(other.bits_) { Retain(); }
  Value(Value&& other) noexcept : bits_(std::exchange(other.bits_, kUndefinedBits)) {}
  Value& operator=(const Value& other) {
    Value copy(other);
    std::swap(bits_, copy.bits_);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Value moved(std::move(other));
    std::swap(bits_, moved.bits_);
    return *this;
  }
  ~Value() {
    if (HasNode()) Release(node());
  }

  static Value Undefined() { return Value(); }
  static Value Null() { return Value(kNullBits); }
  static Value Boolean(bool boolean) { return Value(boolean ? kTrueBits : kFalseBits); }
  static Value Number(double number) {
    // Of all the bits that stand for NaN only these leave room for the rest.
    constexpr uint64_t kNaN = 0x7ff8'0000'0000'0000;
    return Value((number == number ? std::bit_cast<uint64_t>(number) : kNaN) + kNumbers);
  }
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

  ValueKind kind() const {
    if (bits_ >= kNumbers) return ValueKind::kNumber;
    if (bits_ >= kDates) return ValueKind::kDate;
    if (bits_ >= kImmediates) return static_cast<ValueKind>(bits_ & kKindMask);
    return bits_ >= kFalseBits ? ValueKind::kBoolean : static_cast<ValueKind>(bits_);
  }
  bool IsUndefined() const { return bits_ == kUndefinedBits; }
  bool IsString() const { return kind() == ValueKind::kOneByteString || kind() == ValueKind::kTwoByteString; }
  bool IsArray() const { return kind() == ValueKind::kArray; }
  bool IsObject() const { return kind() == ValueKind::kObject; }

  bool boolean() const { return bits_ == kTrueBits; }
  double number() const {  // of a number or a date
    return bits_ >= kNumbers ? std::bit_cast<double>(bits_ - kNumbers) : milliseconds();
  }
  bool negative() const;                    // of a bigint
  std::span<const uint64_t> words() const;  // of a bigint
  inline Text text() const;                 // of a string
  std::span<const uint8_t> bytes() const;   // of bytes

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
    // Numbers as Object.is has it: there is one NaN, and two zeros.
    return bits_ == other.bits_;
  }

  bool HasNode() const { return bits_ - kImmediates < kDates - kImmediates; }
  ValueNode* node() const { return reinterpret_cast<ValueNode*>(bits_ & ~kKindMask); }
  // Takes over one count of the node.
  static Value Adopt(ValueNode* node);

 private:
  static constexpr uint64_t kUndefinedBits = 0;
  static constexpr uint64_t kNullBits = 1;
  static constexpr uint64_t kFalseBits = 2;
  static constexpr uint64_t kTrueBits = 3;
  static constexpr uint64_t kKindMask = 15;
  static constexpr uint64_t kImmediates = kKindMask + 1;
  static constexpr uint64_t kDates = uint64_t{1} << 48;
  static constexpr uint64_t kNumbers = uint64_t{1} << 49;

  explicit Value(uint64_t bits) : bits_(bits) {}

  inline void Retain() const;
  static void Release(ValueNode* node);
  double milliseconds() const;

  uint64_t bits_ = kUndefinedBits;
};
static_assert(sizeof(Value) == 8);

// What every node begins with; its payload follows.
//
// Owns: itself by malloc; `refs` counts the handles.
struct ValueNode {
  std::atomic<uint32_t> refs;
  uint32_t length;  // characters, words, slots; bytes have their own
  ValueKind kind;
  uint8_t height;  // of arrays, objects and chunks: levels of chunks below this node
  bool negative;   // of bigints
  bool charged;    // a ValueAccount counts it
};
static_assert(sizeof(ValueNode) == 12);

// Memory for a node. Never null.
void* AllocateNode(size_t size);

// One that refers to others, and is freed in a line with those.
struct BranchNode : ValueNode {
  union {
    uint64_t weight;
    BranchNode* next_dead;  // links nodes that are about to be freed
  };
};

inline Text Value::text() const {
  const size_t length = node()->length;
  const void* characters = node() + 1;
  if (kind() == ValueKind::kTwoByteString) return std::u16string_view(static_cast<const char16_t*>(characters), length);
  return std::string_view(static_cast<const char*>(characters), length);
}

inline void Value::Retain() const {
  if (HasNode()) node()->refs.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace isolates

#endif  // ISOLATES_VALUE_VALUE_H_
