// What Decoder reads messages with, on bytes that nobody wrote: what comes first says what is read next.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "value/bytes.h"

namespace {

void Expect(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

// Touches each, so that a sanitizer sees one that is not there.
uint64_t SumOf(const uint8_t* bytes, uint64_t size) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < size; ++i) sum += bytes[i];
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isolates::ByteReader reader(data, size);
  uint64_t sum = 0;
  while (reader.ok() && reader.left() > 0) {
    const size_t before = reader.left();
    const uint8_t step = reader.Byte();
    switch (step % 7) {
      case 0:
        sum += reader.Varint();
        break;
      case 1:
        sum += reader.Double() > 0 ? 1 : 0;
        break;
      case 2: {
        const std::string_view text = reader.String();
        sum += SumOf(reinterpret_cast<const uint8_t*>(text.data()), text.size());
        break;
      }
      case 3: {
        const uint64_t wanted = uint64_t{step} << (step % 60);
        const uint8_t* raw = reader.Raw(wanted);
        if (raw != nullptr) sum += SumOf(raw, wanted);
        break;
      }
      case 4:
        reader.Align(size_t{1} << (step % 4));
        break;
      case 5: {
        const size_t least = 1 + step % 9;
        const uint64_t count = reader.Count(least);
        Expect(count <= reader.left() / least, "a count is never of more than can follow");
        break;
      }
      default:
        sum += reader.Peek();
    }
    Expect(reader.left() < before, "a step takes something");
    Expect(reader.left() <= size, "nothing is read beyond the end");
  }
  if (!reader.ok()) {
    Expect(reader.Byte() == 0 && reader.Varint() == 0 && reader.String().empty() && reader.Count(1) == 0,
           "what has failed once keeps failing");
  }
  volatile uint64_t used = sum;
  (void)used;
  return 0;
}
