#include "engine/buffer_allocator.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace isolates {

bool BufferAllocator::Charge(size_t length) {
  size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (length > kAlways && (used > limit_ || length > limit_ - used)) return false;
  } while (!used_.compare_exchange_weak(used, used + length, std::memory_order_relaxed));
  return true;
}

void* BufferAllocator::Allocate(size_t length) {
  if (!Charge(length)) return nullptr;
  void* data = std::calloc(length, 1);
  if (data == nullptr) used_.fetch_sub(length, std::memory_order_relaxed);
  return data;
}

void* BufferAllocator::AllocateUninitialized(size_t length) {
  if (!Charge(length)) return nullptr;
  void* data = std::malloc(length);
  if (data == nullptr) used_.fetch_sub(length, std::memory_order_relaxed);
  return data;
}

void BufferAllocator::Free(void* data, size_t length) {
  std::free(data);
  used_.fetch_sub(length, std::memory_order_relaxed);
}

void BufferAllocator::CollectGarbage(v8::Isolate* isolate) {
  isolate->LowMemoryNotification();
  left_ = used();
}

bool BufferAllocator::Admit(v8::Isolate* isolate, size_t length) {
  // What comes in pieces is soon nobody's any more, and V8, to which a piece is one small object, collects it when it
  // has to. A quarter of the limit lies between two collections.
  const size_t step = limit_ / 4;
  if (limit_ != kUnlimited && used() > std::max(limit_ - step, left_ + step)) CollectGarbage(isolate);
  if (Charge(length)) return true;
  if (length > limit_) return false;
  // As V8 does for its own buffers: most of those that fill the limit may be nobody's any more.
  CollectGarbage(isolate);
  return Charge(length);
}

std::unique_ptr<v8::BackingStore> BufferAllocator::StoreOf(void* data, size_t length) {
  auto* keep = new std::shared_ptr<BufferAllocator>(shared_from_this());
  return v8::ArrayBuffer::NewBackingStore(
      data, length,
      [](void* memory, size_t size, void* owner) {
        auto* allocator = static_cast<std::shared_ptr<BufferAllocator>*>(owner);
        (*allocator)->Free(memory, size == 0 ? 1 : size);
        delete allocator;
      },
      keep);
}

std::unique_ptr<v8::BackingStore> BufferAllocator::NewStore(v8::Isolate* isolate, const void* from, size_t length) {
  // malloc(0) may be null, which would read as a refusal.
  const size_t size = length == 0 ? 1 : length;
  if (!Admit(isolate, size)) return nullptr;
  void* data = std::malloc(size);
  if (data == nullptr) {
    CollectGarbage(isolate);
    data = std::malloc(size);
  }
  if (data == nullptr) {
    used_.fetch_sub(size, std::memory_order_relaxed);
    return nullptr;
  }
  if (from != nullptr) std::memcpy(data, from, length);
  return StoreOf(data, length);
}

std::unique_ptr<v8::BackingStore> BufferAllocator::Adopt(v8::Isolate* isolate, ByteBlock* block) {
  return Admit(isolate, block->length()) ? StoreOf(block->Take(), block->length()) : nullptr;
}

}  // namespace isolates
