#ifndef ISOLATES_ENGINE_COMPLETION_H_
#define ISOLATES_ENGINE_COMPLETION_H_

#include <v8.h>

#include "engine/operations.h"
#include "engine/outcome.h"
#include "engine/realm_lock.h"

namespace isolates {

// Turns what guest code ended with into an Outcome. All run user code (getters, `toString`), under the caller's
// v8::TryCatch and execution; a termination leaves the outcome unfinished and returns false.
bool CompleteWithValue(const RealmLock& lock, v8::Local<v8::Value> value, Operation::Result result, Outcome* outcome);
bool CompleteWithException(const RealmLock& lock, v8::Local<v8::Value> exception, v8::Local<v8::Message> message,
                           Outcome* outcome);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_COMPLETION_H_
