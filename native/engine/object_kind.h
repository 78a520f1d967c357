#ifndef ISOLATES_ENGINE_OBJECT_KIND_H_
#define ISOLATES_ENGINE_OBJECT_KIND_H_

#include <v8.h>

namespace isolates {

// True for ordinary objects (literals, class instances), by one load instead of twenty type tests.
inline bool IsOrdinary(v8::Local<v8::Object> object) {
  namespace internal = v8::internal;
  const auto address = *reinterpret_cast<internal::Address*>(*object);
  return internal::Internals::GetInstanceType(address) == internal::Internals::kJSObjectType;
}

}  // namespace isolates

#endif  // ISOLATES_ENGINE_OBJECT_KIND_H_
