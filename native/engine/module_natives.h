#ifndef ISOLATES_ENGINE_MODULE_NATIVES_H_
#define ISOLATES_ENGINE_MODULE_NATIVES_H_

#include <v8.h>

#include "engine/guest_heap.h"

namespace isolates {

// The functions that lib/guest/modules is built on; lib/guest/modules/natives.ts describes each.
v8::Local<v8::Object> MakeModuleNatives(GuestHeap* heap);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_MODULE_NATIVES_H_
