#ifndef ISOLATES_VALUE_SLOTS_H_
#define ISOLATES_VALUE_SLOTS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "value/value.h"

namespace isolates {

// A node with slots: an array, an object, or a chunk of one. With height 0 the slots are the values; above, they are
// chunks that each cover kWidth times as many values as one below. Chunks are filled from the left, so the length says
// all about the form of the tree.
struct SlotNode : BranchNode {
  static constexpr size_t kBits = 6;
  static constexpr size_t kWidth = size_t{1} << kBits;

  const Shape* shape;  // counted; of objects only

  Value* slots() { return reinterpret_cast<Value*>(this + 1); }
  const Value* slots() const { return reinterpret_cast<const Value*>(this + 1); }
  // Slots in this node itself.
  size_t width() const { return height == 0 ? length : ((length - 1) >> (kBits * height)) + 1; }

  static SlotNode* Of(const Value& value) { return static_cast<SlotNode*>(value.node()); }
};
static_assert(sizeof(SlotNode) % alignof(Value) == 0);

// Slot i of an array or an object, as Value::at finds it: for where it is looked for again and again.
inline const Value& SlotAt(const Value& of, size_t i) {
  const SlotNode* node = SlotNode::Of(of);
  for (unsigned height = node->height; height > 0; --height) {
    const size_t below = SlotNode::kBits * height;
    node = SlotNode::Of(node->slots()[i >> below]);
    i &= (size_t{1} << below) - 1;
  }
  return node->slots()[i];
}

// Moves from the values.
Value BuildSlots(ValueKind kind, const Shape* shape, std::span<Value> values);
// A copy with slot i replaced; all else is shared but for one node of each level.
Value ReplaceSlot(const Value& of, size_t i, Value value);
// A copy of an array with one more element.
Value AppendSlot(const Value& of, Value value);

}  // namespace isolates

#endif  // ISOLATES_VALUE_SLOTS_H_
