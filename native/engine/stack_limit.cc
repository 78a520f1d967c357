#include "engine/stack_limit.h"

#include <v8.h>

#include <algorithm>

#include "base/thread.h"
#include "engine/realm.h"

namespace isolates {

namespace {

constexpr uintptr_t kReserve = uintptr_t{24} << 10;
// V8's default for the main thread; Node's workers leave this much of their whole stack.
constexpr uintptr_t kMainThreadStack = uintptr_t{984} << 10;
constexpr uintptr_t kWorkerThreadRest = uintptr_t{192} << 10;

thread_local uintptr_t entered_limit = 0;

// Of the isolate that Node runs on this thread.
uintptr_t HostLimit() {
  const StackBounds stack = CurrentStackBounds();
  const uintptr_t of_worker = stack.low + kWorkerThreadRest;
  return Realm::OnMainThread() ? std::max(of_worker, stack.high - kMainThreadStack) : of_worker;
}

}  // namespace

bool StackLimit::IsNear() {
  static thread_local const uintptr_t host_limit = HostLimit();
  // Before V8 13 its limit holds for JavaScript only: native code may go to the end of the stack, and throw there.
  constexpr bool kLimitIsForAll = V8_MAJOR_VERSION >= 13;
  const uintptr_t limit = !kLimitIsForAll      ? CurrentStackBounds().low + kReserve
                          : entered_limit == 0 ? host_limit
                                               : entered_limit;
  return CurrentStackAddress() < limit + kReserve;
}

StackLimit::Scope::Scope(uintptr_t limit) : outer_(entered_limit) { entered_limit = limit; }

StackLimit::Scope::~Scope() { entered_limit = outer_; }

}  // namespace isolates
