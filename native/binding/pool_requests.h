#ifndef ISOLATES_BINDING_POOL_REQUESTS_H_
#define ISOLATES_BINDING_POOL_REQUESTS_H_

#include <napi.h>

#include <memory>

#include "binding/v8_cast.h"
#include "engine/task_pool.h"

namespace isolates {

// The functions of the addon that make pools and see to their members, as lib/native.ts declares them.
void ExportPoolRequests(Napi::Env env, Napi::Object exports);

// The pool behind an argument.
const std::shared_ptr<TaskPool>& PoolAt(Napi::Env env, const FastInfo& info, int index);

}  // namespace isolates

#endif  // ISOLATES_BINDING_POOL_REQUESTS_H_
