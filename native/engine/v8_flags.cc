#include "engine/v8_flags.h"

#include <v8.h>

#include <mutex>

#include "base/guarded.h"

namespace isolates {

namespace {

// The unrolling phase of V8's compiler also drops the interrupt check of short loops (Turboshaft's
// LoopStackCheckElision). It notes at the head of such a loop that the next check is to go; but the loop that fills
// `new Array(100)` is V8's own and has none, so the check that goes is that of the guest's loop around it: neither
// termination nor the memory limit is ever seen there. Arrays of 17 to 4999 elements do it.
constexpr bool kUnrollingDropsChecks = V8_MAJOR_VERSION >= 13;

// A setting of V8's for the whole process, changed for as long as anybody needs it so.
class SharedSetting {
 public:
  SharedSetting(const char* changed, const char* usual) : changed_(changed), usual_(usual) {}

  // The user has set it: it is left alone.
  void Keep() { state_.Acquire()->kept = true; }

  void Begin() {
    const auto state = state_.Acquire();
    if (state->users++ == 0 && !state->kept) v8::V8::SetFlagsFromString(changed_);
  }

  void End() {
    const auto state = state_.Acquire();
    if (--state->users == 0 && !state->kept) v8::V8::SetFlagsFromString(usual_);
  }

 private:
  const char* const changed_;
  const char* const usual_;
  struct State {
    int users = 0;
    bool kept = false;
  };
  Guarded<State> state_;
};

// Neither is ever destroyed: isolates are made and ended until the process is gone.

SharedSetting& Recompilation() {
  static auto* setting = new SharedSetting("--no-concurrent-recompilation", "--concurrent-recompilation");
  return *setting;
}

SharedSetting& WasmTiering() {
  static auto* setting = new SharedSetting("--no-wasm-dynamic-tiering", "--wasm-dynamic-tiering");
  return *setting;
}

}  // namespace

void SetV8Flags() {
  if (!kUnrollingDropsChecks) return;
  static std::once_flag once;
  // Not when the package is loaded: Node's code cache is void from here on, so its modules that are loaded later take
  // some milliseconds more.
  std::call_once(once, [] { v8::V8::SetFlagsFromString("--no-turboshaft-loop-unrolling"); });
}

void KeepV8Flags(const V8FlagsOfUser& flags) {
  static std::once_flag once;
  std::call_once(once, [&flags] {
    if (flags.recompilation) Recompilation().Keep();
    if (flags.wasm_tiering) WasmTiering().Keep();
  });
}

OptimisingInPlace::OptimisingInPlace() { Recompilation().Begin(); }
OptimisingInPlace::~OptimisingInPlace() { Recompilation().End(); }

WasmTieringPause::WasmTieringPause() { WasmTiering().Begin(); }
WasmTieringPause::~WasmTieringPause() { WasmTiering().End(); }

}  // namespace isolates
