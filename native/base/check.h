#ifndef ISOLATES_BASE_CHECK_H_
#define ISOLATES_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

// A failed CHECK is a bug of this package, never of its user: it names the place and aborts.
#define ISOLATES_CHECK(condition)                              \
  do {                                                         \
    if (!(condition)) [[unlikely]]                             \
      ::isolates::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)

namespace isolates {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "isolates: internal error at %s:%d: %s\n", file, line, what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace isolates

#endif  // ISOLATES_BASE_CHECK_H_
