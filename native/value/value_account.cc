#include "value/value_account.h"

#include <array>
#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/guarded.h"
#include "value/slots.h"

namespace isolates {

namespace {

struct Entry {
  std::shared_ptr<ValueAccount> account;
  uint64_t bytes;
};

// Beside the nodes, because few of them are charged.
using Entries = std::unordered_map<const ValueNode*, Entry>;

Guarded<Entries>& EntriesWith(const ValueNode* node) {
  constexpr size_t kParts = 16;
  static auto* parts = new std::array<Guarded<Entries>, kParts>();
  return (*parts)[(reinterpret_cast<uintptr_t>(node) >> 6) % kParts];
}

bool HasSlots(const Value& value) { return value.kind() >= ValueKind::kArray; }

// Without what its slots refer to.
uint64_t BytesAlone(const Value& value) {
  return HasSlots(value) ? sizeof(SlotNode) + SlotNode::Of(value)->width() * sizeof(Value) : value.weight();
}

}  // namespace

uint64_t ValueAccount::OwnBytes(const Value& value) {
  if (!value.HasNode()) return 0;
  uint64_t bytes = 0;
  // What has several references is the value's own when all of them are in here.
  std::unordered_map<const ValueNode*, uint32_t> seen;
  std::vector<const Value*> open = {&value};
  while (!open.empty()) {
    const Value& each = *open.back();
    open.pop_back();
    bytes += BytesAlone(each);
    if (!HasSlots(each)) continue;
    const SlotNode* const node = SlotNode::Of(each);
    for (size_t i = 0; i < node->width(); ++i) {
      const Value& slot = node->slots()[i];
      if (!slot.HasNode()) continue;
      const uint32_t refs = slot.node()->refs.load(std::memory_order_relaxed);
      if (refs == 1 || ++seen[slot.node()] == refs) open.push_back(&slot);
    }
  }
  return bytes;
}

void ValueAccount::Charge(const std::shared_ptr<ValueAccount>& account, const Value& value) {
  if (!value.HasNode() || value.weight() < kLeast) return;
  ValueNode* const node = value.node();
  if (node->charged || node->refs.load(std::memory_order_relaxed) != 1) return;
  const uint64_t bytes = OwnBytes(value);
  if (bytes < kLeast) return;
  account->bytes_.fetch_add(bytes, std::memory_order_relaxed);
  node->charged = true;
  EntriesWith(node).Acquire()->emplace(node, Entry{account, bytes});
}

uint64_t ValueAccount::BytesOfNew(const Value& value) {
  if (!value.HasNode() || value.weight() < kLeast) return 0;
  if (!value.node()->charged) return OwnBytes(value);
  return EntriesWith(value.node()).Acquire()->at(value.node()).bytes;
}

void ValueAccount::Discharge(const ValueNode* node) {
  Entry entry;
  {
    auto entries = EntriesWith(node).Acquire();
    const auto found = entries->find(node);
    ISOLATES_CHECK(found != entries->end());
    entry = std::move(found->second);
    entries->erase(found);
  }
  entry.account->bytes_.fetch_sub(entry.bytes, std::memory_order_relaxed);
}

}  // namespace isolates
