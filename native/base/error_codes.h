#ifndef ISOLATES_BASE_ERROR_CODES_H_
#define ISOLATES_BASE_ERROR_CODES_H_

#include <cstdint>

// Every way a request to an isolate can end other than with a value. X(enumerator, code).
// lib/codes.ts holds the same list; `npm run lint` compares the two.
#define ISOLATES_ERROR_CODES(X)           \
  X(kRemote, "ERR_REMOTE")                \
  X(kTimeout, "ERR_TIMEOUT")              \
  X(kAborted, "ERR_ABORTED")              \
  X(kMemoryLimit, "ERR_MEMORY_LIMIT")     \
  X(kIsolateClosed, "ERR_ISOLATE_CLOSED") \
  X(kNotShareable, "ERR_NOT_SHAREABLE")   \
  X(kPendingPromise, "ERR_PENDING_PROMISE")

namespace isolates {

enum class ErrorCode : uint8_t {
#define X(enumerator, code) enumerator,
  ISOLATES_ERROR_CODES(X)
#undef X
};

}  // namespace isolates

#endif  // ISOLATES_BASE_ERROR_CODES_H_
