#ifndef ISOLATES_VALUE_PLAIN_LISTS_H_
#define ISOLATES_VALUE_PLAIN_LISTS_H_

#include <cstddef>
#include <cstdint>

namespace isolates {

// The numbers at the beginning of the list of numbers that lib/shared/plain.ts writes: the lengths of its lists.
inline constexpr size_t kPlainHeader = 3;

// A string of a plain message: in the message's bytes, or its next attachment.
struct PlainText {
  // In place of length and kind: the string is the next attachment.
  static constexpr uint32_t kShared = 0xffff'ffff;

  // What stands in front of the characters.
  static uint32_t HeadOf(uint32_t length, bool one_byte) { return length << 1 | (one_byte ? 0 : 1); }
  // The characters are padded, so that what follows is aligned.
  static size_t Padded(size_t bytes) { return (bytes + 3) & ~size_t{3}; }

  const uint8_t* data = nullptr;
  uint32_t length = 0;  // characters
  bool one_byte = true;
  bool shared = false;
};

// Reads the bytes of a plain message: a list of numbers, then the strings. Bytes that nobody wrote end in `ok()` being
// false, never in a read beyond their end or in a count that could not be.
//
// Threads: stack-only. A view of the bytes.
class PlainReader {
 public:
  PlainReader(const uint8_t* bytes, size_t size, size_t attachments);

  bool ok() const { return ok_; }
  // The numbers, header included; not aligned. `words()` of them.
  const uint8_t* numbers() const { return bytes_; }
  size_t words() const { return words_; }
  size_t texts() const { return texts_; }

  // To be called `texts()` times at most; false when the bytes are damaged.
  bool NextText(PlainText* text);

 private:
  const uint8_t* const bytes_;
  const uint8_t* at_;
  const uint8_t* const end_;
  size_t attachments_;  // not used yet
  size_t words_ = 0;
  size_t texts_ = 0;
  bool ok_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_PLAIN_LISTS_H_
