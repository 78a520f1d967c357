#ifndef ISOLATES_ENGINE_V8_FLAGS_H_
#define ISOLATES_ENGINE_V8_FLAGS_H_

namespace isolates {

// Changes those settings of V8 without which some guest code could be stopped by no limit. They hold for the whole
// process, the host's own JavaScript included: V8 has no others.
//
// Threads: any. The first call counts; it must come before any guest code is compiled.
void SetV8Flags();

// Of the settings below, those that are the user's own and stay as they are.
struct V8FlagsOfUser {
  bool recompilation = false;
  bool wasm_tiering = false;
};

// Threads: any. The first call counts; it must come before any isolate is made.
void KeepV8Flags(const V8FlagsOfUser& flags);

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

// For as long as one of them lives, V8 compiles WebAssembly without dynamic tiering.
//
// With it, loops look whether they should stop only when the function has run for long, counted in bytes of its code.
// What happens in functions that they call does not count: a loop of memory.grow, which collects all garbage each time,
// runs for a quarter of an hour before it looks. V8 asks when a module is compiled, and keeps to it for that module.
//
// Threads: any.
class WasmTieringPause {
 public:
  WasmTieringPause();
  ~WasmTieringPause();
  WasmTieringPause(const WasmTieringPause&) = delete;
  WasmTieringPause& operator=(const WasmTieringPause&) = delete;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_V8_FLAGS_H_
