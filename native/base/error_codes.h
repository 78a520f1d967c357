#ifndef ISOLATES_BASE_ERROR_CODES_H_
#define ISOLATES_BASE_ERROR_CODES_H_

#include <cstdint>

// Every way a request to an isolate can end other than with a value. X(enumerator, code).
// lib/codes.ts holds the same list; `npm run lint` compares the two.
#define ISOLATES_ERROR_CODES(X)             \
  X(kRemote, "ERR_REMOTE")                  \
  X(kTimeout, "ERR_TIMEOUT")                \
  X(kCpuTimeout, "ERR_CPU_TIMEOUT")         \
  X(kAborted, "ERR_ABORTED")                \
  X(kMemoryLimit, "ERR_MEMORY_LIMIT")       \
  X(kIsolateClosed, "ERR_ISOLATE_CLOSED")   \
  X(kNotShareable, "ERR_NOT_SHAREABLE")     \
  X(kPendingPromise, "ERR_PENDING_PROMISE") \
  X(kChannelClosed, "ERR_CHANNEL_CLOSED")   \
  X(kItemTooBig, "ERR_ITEM_TOO_BIG")        \
  X(kWouldBlock, "ERR_WOULD_BLOCK")         \
  X(kStoreFull, "ERR_STORE_FULL")           \
  X(kBarrierBroken, "ERR_BARRIER_BROKEN")   \
  X(kQueueFull, "ERR_QUEUE_FULL")           \
  X(kMessageTooBig, "ERR_MESSAGE_TOO_BIG")

namespace isolates {

enum class ErrorCode : uint8_t {
#define X(enumerator, code) enumerator,
  ISOLATES_ERROR_CODES(X)
#undef X
};

inline const char* ErrorCodeText(ErrorCode code) {
  switch (code) {
#define X(enumerator, text)   \
  case ErrorCode::enumerator: \
    return text;
    ISOLATES_ERROR_CODES(X)
#undef X
  }
  return "";
}

}  // namespace isolates

#endif  // ISOLATES_BASE_ERROR_CODES_H_
