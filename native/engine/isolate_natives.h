#ifndef ISOLATES_ENGINE_ISOLATE_NATIVES_H_
#define ISOLATES_ENGINE_ISOLATE_NATIVES_H_

#include <v8.h>

#include "engine/guest_heap.h"

namespace isolates {

// The functions by which a guest makes and uses isolates of its own; lib/guest/children.ts describes each.
v8::Local<v8::Object> MakeIsolateNatives(GuestHeap* heap);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_ISOLATE_NATIVES_H_
