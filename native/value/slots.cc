#include "value/slots.h"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>
#include <vector>

#include "base/check.h"
#include "value/shape.h"

namespace isolates {

namespace {

constexpr size_t kWidth = SlotNode::kWidth;
constexpr size_t kBits = SlotNode::kBits;

// A value that holds itself many times over in ever more levels weighs more than can be counted.
uint64_t Plus(uint64_t a, uint64_t b) { return a > std::numeric_limits<uint64_t>::max() - b ? ~uint64_t{0} : a + b; }

// The slots are unconstructed; `width` of them have to be made before anything else happens to the node.
SlotNode* NewNode(ValueKind kind, const Shape* shape, unsigned height, size_t length, size_t width) {
  ISOLATES_CHECK(length <= ~uint32_t{0});
  auto* node = new (AllocateNode(sizeof(SlotNode) + width * sizeof(Value))) SlotNode;
  node->refs.store(1, std::memory_order_relaxed);
  node->kind = kind;
  node->height = static_cast<uint8_t>(height);
  node->negative = false;
  node->charged = false;
  node->length = static_cast<uint32_t>(length);
  node->shape = shape;
  if (shape != nullptr) shape->Retain();
  return node;
}

// To be called once the slots are made.
Value Finish(SlotNode* node) {
  const size_t width = node->width();
  uint64_t weight = sizeof(SlotNode) + width * sizeof(Value) + 8;
  if (node->shape != nullptr) weight = Plus(weight, node->shape->own_weight());
  for (size_t i = 0; i < width; ++i) weight = Plus(weight, node->slots()[i].weight());
  node->weight = weight;
  return Value::Adopt(node);
}

Value MoveIntoNode(ValueKind kind, const Shape* shape, unsigned height, size_t length, std::span<Value> slots) {
  SlotNode* node = NewNode(kind, shape, height, length, slots.size());
  for (size_t i = 0; i < slots.size(); ++i) new (node->slots() + i) Value(std::move(slots[i]));
  return Finish(node);
}

// A copy of the node with this length; the slot at `i` is given, and may be one more than there are.
Value CopyWith(const SlotNode& of, size_t length, size_t i, Value value) {
  const size_t old_width = of.width();
  const size_t width = std::max(old_width, i + 1);
  SlotNode* node = NewNode(of.kind, of.shape, of.height, length, width);
  for (size_t slot = 0; slot < old_width; ++slot) {
    if (slot != i) new (node->slots() + slot) Value(of.slots()[slot]);
  }
  new (node->slots() + i) Value(std::move(value));
  return Finish(node);
}

// A chunk of this height that holds one value.
Value ChunkOfOne(unsigned height, Value value) {
  Value chunk = MoveIntoNode(ValueKind::kChunk, nullptr, 0, 1, {&value, 1});
  for (unsigned level = 1; level <= height; ++level) {
    chunk = MoveIntoNode(ValueKind::kChunk, nullptr, level, 1, {&chunk, 1});
  }
  return chunk;
}

}  // namespace

Value BuildSlots(ValueKind kind, const Shape* shape, std::span<Value> values) {
  const size_t length = values.size();
  if (length <= kWidth) return MoveIntoNode(kind, shape, 0, length, values);
  std::vector<Value> level;
  std::span<Value> below = values;
  unsigned height = 0;
  size_t covers = 1;  // values in one slot of this level
  while (below.size() > kWidth) {
    std::vector<Value> chunks;
    chunks.reserve((below.size() + kWidth - 1) / kWidth);
    for (size_t from = 0; from < below.size(); from += kWidth) {
      const std::span<Value> slots = below.subspan(from, std::min(kWidth, below.size() - from));
      const size_t chunk_length = std::min(kWidth * covers, length - from * covers);
      chunks.push_back(MoveIntoNode(ValueKind::kChunk, nullptr, height, chunk_length, slots));
    }
    level = std::move(chunks);
    below = level;
    ++height;
    covers *= kWidth;
  }
  return MoveIntoNode(kind, shape, height, length, below);
}

Value ReplaceSlot(const Value& of, size_t i, Value value) {
  const SlotNode& node = *SlotNode::Of(of);
  ISOLATES_CHECK(i < node.length);
  if (node.height == 0) return CopyWith(node, node.length, i, std::move(value));
  // At most as deep as the tree is high, which is ten levels for all the memory there is.
  const size_t below = kBits * node.height;
  const size_t slot = i >> below;
  Value chunk = ReplaceSlot(node.slots()[slot], i & ((size_t{1} << below) - 1), std::move(value));
  return CopyWith(node, node.length, slot, std::move(chunk));
}

Value AppendSlot(const Value& of, Value value) {
  const SlotNode& node = *SlotNode::Of(of);
  const size_t length = node.length;
  if (node.height == 0 && length < kWidth) return CopyWith(node, length + 1, length, std::move(value));
  if (length == size_t{1} << (kBits * (node.height + 1))) {
    // Full: the array becomes the first chunk of a higher one.
    SlotNode* chunk = NewNode(ValueKind::kChunk, nullptr, node.height, length, node.width());
    for (size_t slot = 0; slot < node.width(); ++slot) new (chunk->slots() + slot) Value(node.slots()[slot]);
    Value slots[] = {Finish(chunk), ChunkOfOne(node.height, std::move(value))};
    return MoveIntoNode(node.kind, node.shape, node.height + 1, length + 1, slots);
  }
  const size_t below = kBits * node.height;
  const size_t slot = length >> below;
  const bool starts_chunk = slot == node.width();
  Value chunk =
      starts_chunk ? ChunkOfOne(node.height - 1, std::move(value)) : AppendSlot(node.slots()[slot], std::move(value));
  return CopyWith(node, length + 1, slot, std::move(chunk));
}

}  // namespace isolates
