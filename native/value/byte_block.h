#ifndef ISOLATES_VALUE_BYTE_BLOCK_H_
#define ISOLATES_VALUE_BYTE_BLOCK_H_

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "base/check.h"

namespace isolates {

// Bytes on their way in memory of their own, which becomes that of the ArrayBuffer they arrive in: they are copied
// once.
//
// Threads: any, one at a time.
// Owns: the memory, which is malloc's, until it is taken.
class ByteBlock {
 public:
  // From here on a copy costs more than an attachment.
  static constexpr size_t kWorthwhile = 8192;

  // Null when there is no memory.
  static std::shared_ptr<ByteBlock> CopyOf(const void* from, size_t length) {
    void* data = std::malloc(length);
    if (data == nullptr) return nullptr;
    std::memcpy(data, from, length);
    return std::make_shared<ByteBlock>(data, length);
  }

  ByteBlock(void* data, size_t length) : data_(data), length_(length) {}
  ByteBlock(const ByteBlock&) = delete;
  ~ByteBlock() { std::free(data_); }

  size_t length() const { return length_; }
  // Once: what carries it is read once.
  void* Take() {
    ISOLATES_CHECK(data_ != nullptr);
    return std::exchange(data_, nullptr);
  }

 private:
  void* data_;
  const size_t length_;
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_BYTE_BLOCK_H_
