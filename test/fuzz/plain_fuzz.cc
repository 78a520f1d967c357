// What PlainCodec reads messages with, on bytes that nobody wrote.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "value/plain_lists.h"

namespace {

void Expect(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using isolates::kPlainHeader;
  using isolates::PlainReader;
  using isolates::PlainText;

  const size_t attachments = size == 0 ? 0 : data[size - 1] % 4;
  PlainReader reader(data, size, attachments);
  uint64_t sum = 0;
  if (reader.ok()) {
    Expect(reader.words() >= kPlainHeader && reader.words() <= size / sizeof(double), "the numbers are in the bytes");
    for (size_t i = 0; i < reader.words() * sizeof(double); ++i) sum += reader.numbers()[i];
    Expect(reader.texts() <= size / sizeof(uint32_t), "each string takes something");
  }
  size_t shared = 0;
  for (size_t i = 0; i < reader.texts(); ++i) {
    PlainText text;
    if (!reader.NextText(&text)) break;
    if (text.shared) {
      ++shared;
      continue;
    }
    const size_t bytes = size_t{text.length} << (text.one_byte ? 0 : 1);
    for (size_t at = 0; at < bytes; ++at) sum += text.data[at];
  }
  Expect(shared <= attachments, "no attachment is asked for that is not there");
  PlainText text;
  if (!reader.ok()) Expect(!reader.NextText(&text), "what has failed once keeps failing");
  volatile uint64_t used = sum;
  (void)used;
  return 0;
}
