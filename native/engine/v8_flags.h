#ifndef ISOLATES_ENGINE_V8_FLAGS_H_
#define ISOLATES_ENGINE_V8_FLAGS_H_

namespace isolates {

// Changes those settings of V8 without which some guest code could be stopped by no limit. They hold for the whole
// process, the host's own JavaScript included: V8 has no others.
//
// Threads: any. The first call counts; it must come before any guest code is compiled.
void SetV8Flags();

}  // namespace isolates

#endif  // ISOLATES_ENGINE_V8_FLAGS_H_
