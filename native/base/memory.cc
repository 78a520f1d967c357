#include "base/memory.h"

#include <cstdlib>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace isolates {

void ReturnFreeMemory() {
#if defined(__GLIBC__)
  // It keeps what lies below the last piece in use, however much that is.
  (void)malloc_trim(0);
#endif
}

}  // namespace isolates
