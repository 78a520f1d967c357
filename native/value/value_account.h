#ifndef ISOLATES_VALUE_VALUE_ACCOUNT_H_
#define ISOLATES_VALUE_VALUE_ACCOUNT_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "value/value.h"

namespace isolates {

// The bytes of the values that one party has made and that still are anywhere: in a store, in another heap, in an item
// of a channel. So they count against the one who made them, whoever keeps them.
//
// Values below kLeast are left out: who shares many of those has more than that in its own heap for each, or in the
// entries of a store.
//
// Threads: any.
// Lifetime: shared by the party and by every value that was charged.
class ValueAccount {
 public:
  static constexpr uint64_t kLeast = 1024;

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // Counts what the value has to itself until it is freed. The caller is the only one who has it.
  static void Charge(const std::shared_ptr<ValueAccount>& account, const Value& value);
  // A node that was charged is about to be freed.
  static void Discharge(const ValueNode* node);
  // The memory of a value but for parts that others hold too. Walks all of it, without recursion.
  static uint64_t OwnBytes(const Value& value);
  // The same of one that has just been made, as it was charged if it was; 0 below kLeast.
  static uint64_t BytesOfNew(const Value& value);

 private:
  std::atomic<uint64_t> bytes_{0};
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_VALUE_ACCOUNT_H_
