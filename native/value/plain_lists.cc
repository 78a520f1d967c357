#include "value/plain_lists.h"

#include <cstring>

namespace isolates {

namespace {

constexpr size_t kWord = sizeof(double);

// The number at `at` when it is a count of things of which there are `most` at most; else more than that.
size_t CountAt(const uint8_t* at, size_t most) {
  double number = 0;
  std::memcpy(&number, at, sizeof(number));
  // Also false for what is no number.
  if (!(number >= 0 && number <= static_cast<double>(most))) return most + 1;
  const auto count = static_cast<size_t>(number);
  return static_cast<double>(count) == number ? count : most + 1;
}

}  // namespace

PlainReader::PlainReader(const uint8_t* bytes, size_t size, size_t attachments)
    : bytes_(bytes), at_(bytes), end_(bytes + size), attachments_(attachments) {
  if (size / kWord < kPlainHeader) return;
  const size_t words = CountAt(bytes, size / kWord);
  if (words > size / kWord || words < kPlainHeader) return;
  const size_t most_texts = (size - words * kWord) / sizeof(uint32_t);
  const size_t texts = CountAt(bytes + kWord, most_texts);
  if (texts > most_texts) return;
  words_ = words;
  texts_ = texts;
  at_ = bytes + words * kWord;
  ok_ = true;
}

bool PlainReader::NextText(PlainText* text) {
  uint32_t head = 0;
  ok_ = ok_ && static_cast<size_t>(end_ - at_) >= sizeof(head);
  if (!ok_) return false;
  std::memcpy(&head, at_, sizeof(head));
  at_ += sizeof(head);
  *text = {};
  if (head == PlainText::kShared) {
    ok_ = attachments_ > 0;
    if (ok_) --attachments_;
    text->shared = true;
    return ok_;
  }
  text->length = head >> 1;
  text->one_byte = (head & 1) == 0;
  text->data = at_;
  const size_t size = PlainText::Padded(size_t{text->length} << (text->one_byte ? 0 : 1));
  ok_ = static_cast<size_t>(end_ - at_) >= size;
  if (ok_) at_ += size;
  return ok_;
}

}  // namespace isolates
