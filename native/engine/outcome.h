#ifndef ISOLATES_ENGINE_OUTCOME_H_
#define ISOLATES_ENGINE_OUTCOME_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

#include "base/error_codes.h"
#include "engine/guest_heap.h"
#include "engine/host_calls.h"
#include "value/message.h"

namespace isolates {

// How a request to an isolate ended.
struct Outcome {
  bool ok = false;
  ErrorCode code = ErrorCode::kRemote;
  // The result; for kRemote what the guest threw.
  Message value;
  // kRemote: file, line and source text of the place, when the error does not carry them itself. kTimeout: the frames
  // the guest was in. kNotShareable: the path.
  std::string where;
  // kNotShareable: what was found there. kTimeout: the milliseconds.
  std::string what;
  // kRemote: the guest threw something that is no error.
  bool not_an_error = false;
  // The result stays with the guest, and this is the number it is kept by; 0 for one that was copied. The value then
  // describes the reference.
  uint64_t kept = 0;
  bool is_stream = false;
  uint64_t isolate_id = 0;  // whose answer it is

  static Outcome Failure(ErrorCode code) {
    Outcome outcome;
    outcome.code = code;
    return outcome;
  }
  // `timeout` in milliseconds; `stack`: the frames the guest was in, if they are known.
  static Outcome TimedOut(double timeout, std::string stack) {
    Outcome outcome = Failure(ErrorCode::kTimeout);
    char text[32];
    std::snprintf(text, sizeof(text), "%g", timeout);
    outcome.what = text;
    outcome.where = std::move(stack);
    return outcome;
  }
};

enum class CloseKind : uint8_t { kNone, kClose, kTerminate, kMemoryLimit, kExit, kError };

// How an error came that is nobody's: out of a callback, or in a promise that nobody waits for.
enum class UncaughtKind : uint8_t { kException, kRejection };

// As lib/errors.ts names it.
inline const char* CloseText(CloseKind kind) {
  switch (kind) {
    case CloseKind::kClose:
      return "close";
    case CloseKind::kMemoryLimit:
      return "memory-limit";
    case CloseKind::kExit:
      return "exit";
    case CloseKind::kError:
      return "error";
    default:
      return "terminate";
  }
}

// Where an isolate's answers go: to who made it, a Node environment or a guest.
//
// Threads: any; only OnPrint and OnUncaught may block.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void OnOutcome(uint64_t ticket, Outcome outcome) = 0;
  // Waits for room until `give_up` says otherwise.
  virtual void OnPrint(uint64_t isolate_id, ConsoleOutput output, const std::function<bool()>& give_up) = 0;
  // `failure` is one. Waits as OnPrint does.
  virtual void OnUncaught(uint64_t isolate_id, UncaughtKind kind, Outcome failure,
                          const std::function<bool()>& give_up) = 0;
  virtual void OnClosed(uint64_t isolate_id, CloseKind kind) = 0;
  // A guest calls; the answer is given to its IsolateControl.
  virtual void OnHostCall(HostCall call) = 0;
  // Serves a call that blocks within this function, when this is the host's own thread; false when it is not.
  virtual bool ServeHere(HostCall* call) = 0;
  virtual void OnHostCallAborted(uint64_t isolate_id, uint64_t call) = 0;
  // The isolate takes no more tasks of its pool, and the last that it took has ended.
  virtual void OnRetired(uint64_t) {}
  // No guest has that function any more.
  virtual void OnFunctionDropped(uint64_t function) = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_OUTCOME_H_
