// Before any header: the C library of Windows declares rand_s for those only who ask.
#define _CRT_RAND_S
#include "base/random.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#if !defined(_WIN32)
#include <sys/random.h>
#include <unistd.h>
#endif

namespace isolates {

namespace {

#if defined(_WIN32)
constexpr size_t kMost = sizeof(unsigned int);
bool FillSome(uint8_t* to, size_t length) {
  unsigned int bits = 0;
  if (rand_s(&bits) != 0) return false;
  std::memcpy(to, &bits, length);
  return true;
}
#else
// getentropy gives no more at once.
constexpr size_t kMost = 256;
bool FillSome(uint8_t* to, size_t length) { return getentropy(to, length) == 0; }
#endif

}  // namespace

bool FillRandom(void* to, size_t length) {
  auto* bytes = static_cast<uint8_t*>(to);
  while (length > 0) {
    const size_t some = std::min(length, kMost);
    if (!FillSome(bytes, some)) return false;
    bytes += some;
    length -= some;
  }
  return true;
}

}  // namespace isolates
