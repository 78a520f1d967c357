#ifndef ISOLATES_ENGINE_BUFFER_ALLOCATOR_H_
#define ISOLATES_ENGINE_BUFFER_ALLOCATOR_H_

#include <v8.h>

#include <atomic>
#include <cstddef>
#include <memory>

#include "value/byte_block.h"

namespace isolates {

// Memory for the ArrayBuffers of one isolate, with a limit.
//
// V8 tells an allocator that returns null apart from a full heap: the guest gets a RangeError it can catch, nothing
// ends.
//
// Threads: any; buffers are freed by whoever lets go of them last.
// Lifetime: shared by the isolate and by every buffer that was moved out of it, so it outlives both.
class BufferAllocator final : public v8::ArrayBuffer::Allocator, public std::enable_shared_from_this<BufferAllocator> {
 public:
  static constexpr size_t kUnlimited = SIZE_MAX;

  explicit BufferAllocator(size_t limit) : limit_(limit) {}

  void* Allocate(size_t length) override;
  void* AllocateUninitialized(size_t length) override;
  void Free(void* data, size_t length) override;

  // Memory that frees itself, for a buffer made outside of V8's own constructors (which abort the process instead of
  // failing). Null when the limit or the system refuses also after all garbage of the isolate was collected. With no
  // `from` its contents are whatever was there.
  std::unique_ptr<v8::BackingStore> NewStore(v8::Isolate* isolate, const void* from, size_t length);
  // The same with the memory of a block, which nobody has taken yet.
  std::unique_ptr<v8::BackingStore> Adopt(v8::Isolate* isolate, ByteBlock* block);

  size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  // What a typed array may hold in the heap. When its buffer is asked for, also by V8's walk through the heap, that
  // many bytes move out of it, and V8 gives up the isolate if they cannot. Each has an object in the heap, which has a
  // limit.
  static constexpr size_t kAlways = 64;

  bool Charge(size_t length);
  // Charge, if need be after a collection.
  bool Admit(v8::Isolate* isolate, size_t length);
  // What has been charged.
  std::unique_ptr<v8::BackingStore> StoreOf(void* data, size_t length);
  void CollectGarbage(v8::Isolate* isolate);

  const size_t limit_;
  std::atomic<size_t> used_{0};
  // What was left by the last collection that was for these buffers. Only where the isolate is.
  size_t left_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_BUFFER_ALLOCATOR_H_
