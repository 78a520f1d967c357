#include "base/allocated.h"

#if defined(__GLIBC__)
#include <dlfcn.h>
#endif

namespace isolates {

#if defined(__GLIBC__)

namespace {

// glibc's own, which the headers of those before 2.33 do not have.
struct MallInfo {
  size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

}  // namespace

size_t AllocatedBytes() {
  static const auto tell = reinterpret_cast<MallInfo (*)()>(dlsym(RTLD_DEFAULT, "mallinfo2"));
  if (tell == nullptr) return 0;
  const MallInfo info = tell();
  return info.uordblks + info.hblkhd;
}

#else

size_t AllocatedBytes() { return 0; }

#endif

}  // namespace isolates
