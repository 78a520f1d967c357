#ifndef ISOLATES_VALUE_BYTES_H_
#define ISOLATES_VALUE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isolates {

// Appends numbers, strings and raw bytes to one growing buffer. Integers are LEB128, the rest is in the
// machine's own byte order: messages never leave the process.
class ByteWriter {
 public:
  void Byte(uint8_t value) { bytes_.push_back(value); }

  void Varint(uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<uint8_t>(value) | 0x80);
      value >>= 7;
    }
    bytes_.push_back(static_cast<uint8_t>(value));
  }

  void Double(double value) { std::memcpy(Grow(sizeof(value)), &value, sizeof(value)); }

  void Raw(const void* data, size_t size) {
    if (size != 0) std::memcpy(Grow(size), data, size);
  }

  void String(std::string_view text) {
    Varint(text.size());
    Raw(text.data(), text.size());
  }

  // Room for `size` bytes at the end; valid until the next call.
  uint8_t* Grow(size_t size) {
    const size_t at = bytes_.size();
    bytes_.resize(at + size);
    return bytes_.data() + at;
  }

  // Pads so that the next byte stands at a multiple of `alignment`, a power of two.
  void Align(size_t alignment) { bytes_.resize((bytes_.size() + alignment - 1) & ~(alignment - 1)); }

  // Forgets everything after the first `size` bytes.
  void Truncate(size_t size) { bytes_.resize(size); }

  size_t size() const { return bytes_.size(); }
  uint8_t& at(size_t position) { return bytes_[position]; }

  std::vector<uint8_t> Release() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

// Reads what a ByteWriter wrote. Every read past the end fails and keeps failing: `ok()` turns false, values are zero.
class ByteReader {
 public:
  ByteReader(const uint8_t* data, size_t size) : begin_(data), at_(data), end_(data + size) {}

  bool ok() const { return ok_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  uint8_t Byte() {
    const uint8_t* p = Raw(1);
    return p == nullptr ? 0 : *p;
  }

  // The next byte without taking it; 0xff, which begins nothing, at the end.
  uint8_t Peek() const { return at_ == end_ ? 0xff : *at_; }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }

  double Double() {
    double value = 0;
    if (const uint8_t* p = Raw(sizeof(value))) std::memcpy(&value, p, sizeof(value));
    return value;
  }

  std::string_view String() {
    const uint64_t size = Varint();
    const uint8_t* p = Raw(size);
    return p == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(p), size);
  }

  // The next `size` bytes in place; null when there are fewer.
  const uint8_t* Raw(uint64_t size) {
    if (!ok_ || size > left()) {
      ok_ = false;
      return nullptr;
    }
    const uint8_t* p = at_;
    at_ += size;
    return p;
  }

  void Align(size_t alignment) {
    const size_t misaligned = static_cast<size_t>(at_ - begin_) & (alignment - 1);
    if (misaligned != 0) Raw(alignment - misaligned);
  }

  // A count of things that take at least `least` bytes each: refused when so many cannot follow, so that a hostile
  // count never makes the reader allocate.
  uint64_t Count(size_t least) {
    const uint64_t count = Varint();
    if (count > left() / least) ok_ = false;
    return ok_ ? count : 0;
  }

 private:
  const uint8_t* const begin_;
  const uint8_t* at_;
  const uint8_t* const end_;
  bool ok_ = true;
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_BYTES_H_
