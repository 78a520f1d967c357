#ifndef ISOLATES_VALUE_TEXT_H_
#define ISOLATES_VALUE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace isolates {

// Characters as V8 keeps them, in place: one byte each (Latin-1) or two (UTF-16). The same text may come either way, so
// comparing and hashing go by characters.
//
// Lifetime: a view.
class Text {
 public:
  Text() = default;
  // NOLINTBEGIN(google-explicit-constructor)
  Text(std::string_view latin1) : data_(latin1.data()), length_(latin1.size()) {}
  Text(const std::string& latin1) : Text(std::string_view(latin1)) {}
  Text(const char* latin1) : Text(std::string_view(latin1)) {}
  Text(std::u16string_view utf16) : data_(utf16.data()), length_(utf16.size()), two_byte_(true) {}
  Text(const std::u16string& utf16) : Text(std::u16string_view(utf16)) {}
  Text(const char16_t* utf16) : Text(std::u16string_view(utf16)) {}
  // NOLINTEND(google-explicit-constructor)

  bool two_byte() const { return two_byte_; }
  size_t length() const { return length_; }
  size_t bytes() const { return two_byte_ ? length_ * 2 : length_; }
  const void* data() const { return data_; }
  const uint8_t* one() const { return static_cast<const uint8_t*>(data_); }
  const char16_t* two() const { return static_cast<const char16_t*>(data_); }
  char16_t at(size_t i) const { return two_byte_ ? two()[i] : one()[i]; }

  uint64_t Hash() const;
  bool operator==(const Text& other) const;

  // True when this is how JavaScript writes an array index: no sign, no leading zero, below 2^32 - 1.
  bool IsIndex(uint32_t* index) const;

 private:
  const void* data_ = "";
  size_t length_ = 0;
  bool two_byte_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_TEXT_H_
