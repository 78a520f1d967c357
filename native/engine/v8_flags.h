#ifndef ISOLATES_ENGINE_V8_FLAGS_H_
#define ISOLATES_ENGINE_V8_FLAGS_H_

namespace isolates {

// Changes those settings of V8 without which some guest code could be stopped by no limit. They hold for the whole
// process, the host's own JavaScript included: V8 has no others.
//
// Threads: any. The first call counts; it must come before any guest code is compiled.
void SetV8Flags();

// While it stands, isolates that are made optimise their code on the thread that runs it, and on no other. V8 tells a
// thread that is in the isolate when such code is ready, by an interrupt; it forgets that interrupt when the thread
// leaves, and then never asks for that code again. Guests are entered for each call: functions of which every call is
// short would be interpreted for ever.
//
// Threads: any, several at once. Isolates that the process has already are left as they are.
class OptimisingInPlace {
 public:
  OptimisingInPlace();
  ~OptimisingInPlace();
  OptimisingInPlace(const OptimisingInPlace&) = delete;
  OptimisingInPlace& operator=(const OptimisingInPlace&) = delete;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_V8_FLAGS_H_
