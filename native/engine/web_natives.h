#ifndef ISOLATES_ENGINE_WEB_NATIVES_H_
#define ISOLATES_ENGINE_WEB_NATIVES_H_

#include <v8.h>

#include "engine/guest_heap.h"

namespace isolates {

// The functions that the guest's web platform is built on; lib/guest/web/native.ts describes each. Libraries that use
// the language's builtins call them, and a guest that breaks those may get hold of them: so each checks what it is
// given, throws a TypeError for what it cannot use, and gives nobody more than the guest has anyway.
v8::Local<v8::Object> MakeWebNatives(GuestHeap* heap);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_WEB_NATIVES_H_
