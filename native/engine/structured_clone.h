#ifndef ISOLATES_ENGINE_STRUCTURED_CLONE_H_
#define ISOLATES_ENGINE_STRUCTURED_CLONE_H_

#include "engine/native_function.h"

namespace isolates {

// (value, list of ArrayBuffers to be moved or undefined, error, stand-in) => a copy of the value, by V8's own
// structured clone. `error` makes the exception for what cannot be copied, of a message. Handles stand for themselves;
// what is in the copy in place of another object of the platform, `stand-in` says.
v8::Local<v8::Value> StructuredClone(Realm* realm, const Arguments& arguments);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_STRUCTURED_CLONE_H_
