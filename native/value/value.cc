#include "value/value.h"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "base/check.h"
#include "value/shape.h"
#include "value/slots.h"

namespace isolates {

namespace {

// What malloc keeps for itself beside each piece, about.
constexpr uint64_t kMallocOverhead = 8;

ValueNode* NewLeaf(ValueKind kind, size_t length, size_t payload) {
  void* memory = std::malloc(sizeof(ValueNode) + payload);
  ISOLATES_CHECK(memory != nullptr);
  auto* node = new (memory) ValueNode;
  node->refs.store(1, std::memory_order_relaxed);
  node->kind = kind;
  node->height = 0;
  node->negative = false;
  node->length = length;
  node->weight = sizeof(ValueNode) + payload + kMallocOverhead;
  return node;
}

template <class T>
T* PayloadOf(ValueNode* node) {
  return reinterpret_cast<T*>(node + 1);
}

struct HandleNode : ValueNode {
  std::shared_ptr<void> target;
  uint32_t tag;
};

HandleNode* HandleOf(ValueNode* node) { return static_cast<HandleNode*>(node); }

// Lets go of what a handle refers to. That may be a channel or a store whose own values are freed then, with handles
// among them, and so on as far as a guest likes: so those are put off until the first one is done.
void DropTarget(std::shared_ptr<void> target) {
  thread_local std::vector<std::shared_ptr<void>>* put_off = nullptr;
  if (put_off != nullptr) {
    put_off->push_back(std::move(target));
    return;
  }
  std::vector<std::shared_ptr<void>> waiting;
  put_off = &waiting;
  target.reset();
  while (!waiting.empty()) {
    std::shared_ptr<void> next = std::move(waiting.back());
    waiting.pop_back();
    next.reset();
  }
  put_off = nullptr;
}

bool HasSlots(ValueKind kind) { return kind >= ValueKind::kArray; }

// True when the caller was the last to hold it.
bool Drop(ValueNode* node) {
  // A handle that nobody shares needs no atomic change, which is most of the cost of freeing a tree.
  if (node->refs.load(std::memory_order_acquire) == 1) return true;
  return node->refs.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

}  // namespace

Value Value::Adopt(ValueNode* node) {
  Value value;
  value.kind_ = node->kind;
  value.payload_.node = node;
  return value;
}

Value Value::Null() {
  Value value;
  value.kind_ = ValueKind::kNull;
  return value;
}

Value Value::Boolean(bool boolean) {
  Value value;
  value.kind_ = ValueKind::kBoolean;
  value.payload_.boolean = boolean;
  return value;
}

Value Value::Number(double number) {
  Value value;
  value.kind_ = ValueKind::kNumber;
  value.payload_.number = number;
  return value;
}

Value Value::Date(double milliseconds) {
  Value value;
  value.kind_ = ValueKind::kDate;
  value.payload_.number = milliseconds;
  return value;
}

Value Value::BigInt(bool negative, std::span<const uint64_t> words) {
  while (!words.empty() && words.back() == 0) words = words.first(words.size() - 1);
  ValueNode* node = NewLeaf(ValueKind::kBigInt, words.size(), words.size_bytes());
  node->negative = negative && !words.empty();
  if (!words.empty()) std::memcpy(PayloadOf<uint64_t>(node), words.data(), words.size_bytes());
  return Adopt(node);
}

Value Value::String(Text text) {
  const auto kind = text.two_byte() ? ValueKind::kTwoByteString : ValueKind::kOneByteString;
  ValueNode* node = NewLeaf(kind, text.length(), text.bytes());
  std::memcpy(PayloadOf<uint8_t>(node), text.data(), text.bytes());
  return Adopt(node);
}

Value Value::Bytes(std::span<const uint8_t> bytes) {
  uint8_t* data;
  Value value = NewBytes(bytes.size(), &data);
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return value;
}

Value Value::Handle(uint32_t tag, std::shared_ptr<void> target) {
  void* memory = std::malloc(sizeof(HandleNode));
  ISOLATES_CHECK(memory != nullptr);
  auto* node = new (memory) HandleNode;
  node->refs.store(1, std::memory_order_relaxed);
  node->kind = ValueKind::kHandle;
  node->length = 0;
  node->weight = sizeof(HandleNode) + kMallocOverhead;
  node->tag = tag;
  node->target = std::move(target);
  return Adopt(node);
}

Value Value::NewOneByteString(size_t length, uint8_t** characters) {
  ValueNode* node = NewLeaf(ValueKind::kOneByteString, length, length);
  *characters = PayloadOf<uint8_t>(node);
  return Adopt(node);
}

Value Value::NewTwoByteString(size_t length, char16_t** characters) {
  ValueNode* node = NewLeaf(ValueKind::kTwoByteString, length, length * sizeof(char16_t));
  *characters = PayloadOf<char16_t>(node);
  return Adopt(node);
}

Value Value::NewBytes(size_t length, uint8_t** bytes) {
  ValueNode* node = NewLeaf(ValueKind::kBytes, length, length);
  *bytes = PayloadOf<uint8_t>(node);
  return Adopt(node);
}

Value Value::Array(std::span<Value> slots) { return BuildSlots(ValueKind::kArray, nullptr, slots); }

Value Value::Object(const Shape* shape, std::span<Value> slots) {
  ISOLATES_CHECK(shape->size() == slots.size());
  return BuildSlots(ValueKind::kObject, shape, slots);
}

bool Value::negative() const { return payload_.node->negative; }

std::span<const uint64_t> Value::words() const {
  return {PayloadOf<uint64_t>(payload_.node), static_cast<size_t>(payload_.node->length)};
}

Text Value::text() const {
  const auto length = static_cast<size_t>(payload_.node->length);
  if (kind_ == ValueKind::kTwoByteString) return std::u16string_view(PayloadOf<char16_t>(payload_.node), length);
  return std::string_view(PayloadOf<char>(payload_.node), length);
}

std::span<const uint8_t> Value::bytes() const {
  return {PayloadOf<uint8_t>(payload_.node), static_cast<size_t>(payload_.node->length)};
}

uint32_t Value::tag() const { return HandleOf(payload_.node)->tag; }

const std::shared_ptr<void>& Value::target() const { return HandleOf(payload_.node)->target; }

size_t Value::length() const {
  return kind_ >= ValueKind::kOneByteString ? static_cast<size_t>(payload_.node->length) : 0;
}

std::span<const Value> Value::Run(size_t i) const {
  const SlotNode* node = SlotNode::Of(*this);
  for (unsigned height = node->height; height > 0; --height) {
    const size_t below = SlotNode::kBits * height;
    node = SlotNode::Of(node->slots()[i >> below]);
    i &= (size_t{1} << below) - 1;
  }
  return {node->slots() + i, static_cast<size_t>(node->length) - i};
}

const Value& Value::at(size_t i) const { return Run(i).front(); }

const Shape* Value::shape() const { return SlotNode::Of(*this)->shape; }

uint64_t Value::weight() const { return HasNode() ? payload_.node->weight : 0; }

bool Value::SameImmediate(const Value& other) const {
  switch (kind_) {
    case ValueKind::kBoolean:
      return payload_.boolean == other.payload_.boolean;
    case ValueKind::kNumber:
    case ValueKind::kDate:
      // As Object.is: NaN is itself, and there are two zeros.
      if (payload_.number != payload_.number) return other.payload_.number != other.payload_.number;
      return std::bit_cast<uint64_t>(payload_.number) == std::bit_cast<uint64_t>(other.payload_.number);
    default:
      return true;
  }
}

void Value::Release(ValueNode* node) {
  if (!Drop(node)) return;
  // Dead nodes are linked through themselves: freeing needs neither stack nor memory, however deep the tree.
  node->next_dead = nullptr;
  for (ValueNode* dead = node; dead != nullptr;) {
    ValueNode* const current = dead;
    dead = current->next_dead;
    if (HasSlots(current->kind)) {
      auto* with_slots = static_cast<SlotNode*>(current);
      const size_t width = with_slots->width();
      for (size_t i = 0; i < width; ++i) {
        const Value& slot = with_slots->slots()[i];
        if (!slot.HasNode() || !Drop(slot.payload_.node)) continue;
        slot.payload_.node->next_dead = dead;
        dead = slot.payload_.node;
      }
      // A shape holds nothing but strings.
      if (with_slots->shape != nullptr) with_slots->shape->Release();
    } else if (current->kind == ValueKind::kHandle) {
      auto* handle = HandleOf(current);
      DropTarget(std::move(handle->target));
      handle->~HandleNode();
    }
    std::free(current);
  }
}

}  // namespace isolates
