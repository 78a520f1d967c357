#include "value/text.h"

#include <cstring>
#include <random>
#include <string>

namespace isolates {

namespace {

// Guests choose the keys: without a secret in it they could choose them to collide.
uint64_t Seed() {
  static const uint64_t seed = [] {
    std::random_device device;
    return (uint64_t{device()} << 32) ^ device();
  }();
  return seed;
}

template <class A, class B>
bool SameCharacters(const A* a, const B* b, size_t length) {
  for (size_t i = 0; i < length; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

uint64_t Mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 29);
}

uint64_t HashBytes(const void* data, size_t size, uint64_t seed) {
  const auto* at = static_cast<const uint8_t*>(data);
  uint64_t hash = seed ^ size;
  uint64_t word = 0;
  for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
    std::memcpy(&word, at, sizeof(word));
    hash = Mix(hash, word);
  }
  word = 0;
  if (size != 0) std::memcpy(&word, at, size);
  return Mix(Mix(hash, word), seed);
}

}  // namespace

uint64_t Text::Hash() const {
  if (!two_byte_) return HashBytes(data_, length_, Seed());
  // The same as if it had come in one byte each, when it could have.
  std::string narrow(length_, '\0');
  for (size_t i = 0; i < length_; ++i) {
    if (two()[i] > 0xff) return HashBytes(data_, bytes(), ~Seed());
    narrow[i] = static_cast<char>(two()[i]);
  }
  return HashBytes(narrow.data(), length_, Seed());
}

bool Text::operator==(const Text& other) const {
  if (length_ != other.length_) return false;
  if (two_byte_ == other.two_byte_) return std::memcmp(data_, other.data_, bytes()) == 0;
  return two_byte_ ? SameCharacters(two(), other.one(), length_) : SameCharacters(one(), other.two(), length_);
}

bool Text::IsIndex(uint32_t* index) const {
  constexpr uint64_t kLimit = 0xffff'ffff;
  if (length_ == 0 || length_ > 10 || (length_ > 1 && at(0) == '0')) return false;
  uint64_t value = 0;
  for (size_t i = 0; i < length_; ++i) {
    const char16_t character = at(i);
    if (character < '0' || character > '9') return false;
    value = value * 10 + (character - '0');
  }
  if (value >= kLimit) return false;
  *index = static_cast<uint32_t>(value);
  return true;
}

}  // namespace isolates
