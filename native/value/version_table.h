#ifndef ISOLATES_VALUE_VERSION_TABLE_H_
#define ISOLATES_VALUE_VERSION_TABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace isolates {

// Numbers in one piece of memory, which may be mapped into a heap (as a SharedArrayBuffer of 32-bit integers): for
// reading only, and for as long as the shared_ptr is held.
//
// Threads: any; each number is atomic.
class VersionChunk {
 public:
  explicit VersionChunk(size_t size) : size_(size), numbers_(new std::atomic<uint32_t>[size]()) {}

  size_t size() const { return size_; }
  std::atomic<uint32_t>* numbers() { return numbers_.get(); }
  const std::atomic<uint32_t>* numbers() const { return numbers_.get(); }

 private:
  const size_t size_;
  const std::unique_ptr<std::atomic<uint32_t>[]> numbers_;
};
static_assert(sizeof(std::atomic<uint32_t>) == 4 && std::atomic<uint32_t>::is_always_lock_free);

// Gives a number to each thing that is there, and changes it whenever the thing changes: who remembers a thing together
// with its number needs one atomic load to tell that what it remembers is current. A number is handed on from a thing
// that is gone to the next, without going back; it wraps around after four thousand million changes.
//
// Threads: under the lock of what it belongs to. Readers of the numbers need none.
class VersionTable {
 public:
  struct Slot {
    uint32_t chunk;
    uint32_t index;
  };

  Slot Take();
  // The number has changed when this returns.
  void Free(Slot slot);
  void Bump(Slot slot) { NumberAt(slot).fetch_add(1, std::memory_order_release); }
  uint32_t Number(Slot slot) const { return NumberAt(slot).load(std::memory_order_relaxed); }

  // Null when there is no such chunk.
  std::shared_ptr<const VersionChunk> chunk(size_t i) const { return i < chunks_.size() ? chunks_[i] : nullptr; }

 private:
  // The first chunks are small, because most stores are.
  static constexpr size_t kFirstChunk = 64;
  static constexpr size_t kLargestChunk = 4096;

  std::atomic<uint32_t>& NumberAt(Slot slot) const { return chunks_[slot.chunk]->numbers()[slot.index]; }

  std::vector<std::shared_ptr<VersionChunk>> chunks_;
  std::vector<Slot> free_;
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_VERSION_TABLE_H_
