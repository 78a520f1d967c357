#include "value/value.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/memory.h"
#include "value/shape.h"
#include "value/slots.h"
#include "value/value_account.h"

namespace isolates {

namespace {

// What a node takes of malloc, about: sixteen bytes at a time, eight of all for itself, and no less than two of them.
constexpr uint64_t Allocated(uint64_t size) { return size <= 24 ? 32 : (size + 8 + 15) & ~uint64_t{15}; }

// Words and milliseconds stand where they are aligned; characters right behind the node.
struct WordsNode : ValueNode {
  uint64_t* words() { return reinterpret_cast<uint64_t*>(this + 1); }

  uint32_t unused;
};

// Bytes may be more than a node's own length can say.
struct BytesNode : WordsNode {
  uint64_t size;
};

struct HandleNode : BranchNode {
  std::shared_ptr<void> target;
  uint32_t tag;
};

template <class Node>
Node* NewNode(ValueKind kind, size_t length, size_t payload) {
  // The length of an array, a string or a bigint of JavaScript is below this.
  ISOLATES_CHECK(length <= ~uint32_t{0});
  auto* node = new (AllocateNode(sizeof(Node) + payload)) Node;
  node->refs.store(1, std::memory_order_relaxed);
  node->kind = kind;
  node->height = 0;
  node->negative = false;
  node->charged = false;
  node->length = static_cast<uint32_t>(length);
  return node;
}

template <class Character>
Character* CharactersOf(ValueNode* node) {
  return reinterpret_cast<Character*>(node + 1);
}

HandleNode* HandleOf(ValueNode* node) { return static_cast<HandleNode*>(node); }
BytesNode* BytesOf(ValueNode* node) { return static_cast<BytesNode*>(node); }
uint64_t* WordsOf(ValueNode* node) { return static_cast<WordsNode*>(node)->words(); }

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

// A tree of so many was some megabytes.
constexpr size_t kManyBranches = size_t{1} << 15;

bool HasSlots(ValueKind kind) { return kind >= ValueKind::kArray; }
bool IsBranch(ValueKind kind) { return HasSlots(kind) || kind == ValueKind::kHandle; }

void Free(ValueNode* node) {
  if (node->charged) ValueAccount::Discharge(node);
  std::free(node);
}

// True when the caller was the last to hold it.
bool Drop(ValueNode* node) {
  // A handle that nobody shares needs no atomic change, which is most of the cost of freeing a tree.
  if (node->refs.load(std::memory_order_acquire) == 1) return true;
  return node->refs.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

}  // namespace

void* AllocateNode(size_t size) {
  void* memory = std::malloc(size);
  ISOLATES_CHECK(memory != nullptr);
  // Value keeps other things in the lowest and the highest bits of an address.
  const auto address = reinterpret_cast<uintptr_t>(memory);
  ISOLATES_CHECK((address & 15) == 0 && address >> 48 == 0);
  return memory;
}

Value Value::Adopt(ValueNode* node) {
  return Value(reinterpret_cast<uintptr_t>(node) | static_cast<uint64_t>(node->kind));
}

Value Value::Date(double milliseconds) {
  constexpr double kFarAway = 140'737'488'355'328;  // 2 ** 47
  if (milliseconds >= -kFarAway && milliseconds < kFarAway && milliseconds == std::trunc(milliseconds)) {
    const auto whole = static_cast<uint64_t>(static_cast<int64_t>(milliseconds));
    return Value(kDates | (whole & (kDates - 1)));
  }
  auto* node = NewNode<WordsNode>(ValueKind::kDate, 0, sizeof(milliseconds));
  std::memcpy(node->words(), &milliseconds, sizeof(milliseconds));
  return Adopt(node);
}

double Value::milliseconds() const {
  if (HasNode()) return std::bit_cast<double>(*WordsOf(node()));
  // The sign is the highest of the 48 bits.
  return static_cast<double>(static_cast<int64_t>(bits_ << 16) >> 16);
}

Value Value::BigInt(bool negative, std::span<const uint64_t> words) {
  while (!words.empty() && words.back() == 0) words = words.first(words.size() - 1);
  auto* node = NewNode<WordsNode>(ValueKind::kBigInt, words.size(), words.size_bytes());
  node->negative = negative && !words.empty();
  if (!words.empty()) std::memcpy(node->words(), words.data(), words.size_bytes());
  return Adopt(node);
}

Value Value::String(Text text) {
  const auto kind = text.two_byte() ? ValueKind::kTwoByteString : ValueKind::kOneByteString;
  auto* node = NewNode<ValueNode>(kind, text.length(), text.bytes());
  std::memcpy(CharactersOf<uint8_t>(node), text.data(), text.bytes());
  return Adopt(node);
}

Value Value::Bytes(std::span<const uint8_t> bytes) {
  uint8_t* data;
  Value value = NewBytes(bytes.size(), &data);
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return value;
}

Value Value::Handle(uint32_t tag, std::shared_ptr<void> target) {
  auto* node = NewNode<HandleNode>(ValueKind::kHandle, 0, 0);
  node->weight = Allocated(sizeof(HandleNode));
  node->tag = tag;
  node->target = std::move(target);
  return Adopt(node);
}

Value Value::NewOneByteString(size_t length, uint8_t** characters) {
  auto* node = NewNode<ValueNode>(ValueKind::kOneByteString, length, length);
  *characters = CharactersOf<uint8_t>(node);
  return Adopt(node);
}

Value Value::NewTwoByteString(size_t length, char16_t** characters) {
  auto* node = NewNode<ValueNode>(ValueKind::kTwoByteString, length, length * sizeof(char16_t));
  *characters = CharactersOf<char16_t>(node);
  return Adopt(node);
}

Value Value::NewBytes(size_t length, uint8_t** bytes) {
  auto* node = NewNode<BytesNode>(ValueKind::kBytes, 0, length);
  node->size = length;
  *bytes = reinterpret_cast<uint8_t*>(node + 1);
  return Adopt(node);
}

Value Value::Array(std::span<Value> slots) { return BuildSlots(ValueKind::kArray, nullptr, slots); }

Value Value::Object(const Shape* shape, std::span<Value> slots) {
  ISOLATES_CHECK(shape->size() == slots.size());
  return BuildSlots(ValueKind::kObject, shape, slots);
}

bool Value::negative() const { return node()->negative; }

std::span<const uint64_t> Value::words() const { return {WordsOf(node()), size_t{node()->length}}; }

std::span<const uint8_t> Value::bytes() const {
  BytesNode* bytes = BytesOf(node());
  return {reinterpret_cast<const uint8_t*>(bytes + 1), static_cast<size_t>(bytes->size)};
}

uint32_t Value::tag() const { return HandleOf(node())->tag; }

const std::shared_ptr<void>& Value::target() const { return HandleOf(node())->target; }

size_t Value::length() const {
  if (kind() < ValueKind::kOneByteString) return 0;
  return kind() == ValueKind::kBytes ? static_cast<size_t>(BytesOf(node())->size) : node()->length;
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

uint64_t Value::weight() const {
  if (!HasNode()) return 0;
  switch (kind()) {
    case ValueKind::kDate:
      return Allocated(sizeof(WordsNode) + sizeof(double));
    case ValueKind::kBigInt:
      return Allocated(sizeof(WordsNode) + node()->length * sizeof(uint64_t));
    case ValueKind::kOneByteString:
      return Allocated(sizeof(ValueNode) + node()->length);
    case ValueKind::kTwoByteString:
      return Allocated(sizeof(ValueNode) + node()->length * sizeof(char16_t));
    case ValueKind::kBytes:
      return Allocated(sizeof(BytesNode) + BytesOf(node())->size);
    default:
      return static_cast<BranchNode*>(node())->weight;
  }
}

void Value::Release(ValueNode* node) {
  if (!Drop(node)) return;
  if (!IsBranch(node->kind)) {
    Free(node);
    return;
  }
  // Dead nodes are linked through themselves: freeing needs neither stack nor memory, however deep the tree.
  auto* dead = static_cast<BranchNode*>(node);
  size_t branches = 0;
  dead->next_dead = nullptr;
  while (dead != nullptr) {
    BranchNode* const current = dead;
    dead = current->next_dead;
    ++branches;
    if (current->kind == ValueKind::kHandle) {
      HandleNode* handle = HandleOf(current);
      DropTarget(std::move(handle->target));
      handle->~HandleNode();
      Free(current);
      continue;
    }
    auto* with_slots = static_cast<SlotNode*>(current);
    const size_t width = with_slots->width();
    for (size_t i = 0; i < width; ++i) {
      const Value& slot = with_slots->slots()[i];
      if (!slot.HasNode() || !Drop(slot.node())) continue;
      if (IsBranch(slot.kind())) {
        auto* branch = static_cast<BranchNode*>(slot.node());
        branch->next_dead = dead;
        dead = branch;
      } else {
        Free(slot.node());
      }
    }
    // A shape holds nothing but strings.
    if (with_slots->shape != nullptr) with_slots->shape->Release();
    Free(current);
  }
  if (branches >= kManyBranches) ReturnFreeMemory();
}

}  // namespace isolates
