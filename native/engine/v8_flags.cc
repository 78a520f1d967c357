#include "engine/v8_flags.h"

#include <v8.h>

#include <cstddef>
#include <mutex>

#include "base/guarded.h"

namespace isolates {

namespace {

// The unrolling phase of V8's compiler also drops the interrupt check of short loops (Turboshaft's
// LoopStackCheckElision). It notes at the head of such a loop that the next check is to go; but the loop that fills
// `new Array(100)` is V8's own and has none, so the check that goes is that of the guest's loop around it: neither
// termination nor the memory limit is ever seen there. Arrays of 17 to 4999 elements do it.
constexpr bool kUnrollingDropsChecks = V8_MAJOR_VERSION >= 13;

Guarded<size_t>& TieringPauses() {
  static auto* pauses = new Guarded<size_t>();
  return *pauses;
}

}  // namespace

void SetV8Flags() {
  if (!kUnrollingDropsChecks) return;
  static std::once_flag once;
  // Not when the package is loaded: Node's code cache is void from here on, so its modules that are loaded later take
  // some milliseconds more.
  std::call_once(once, [] { v8::V8::SetFlagsFromString("--no-turboshaft-loop-unrolling"); });
}

WasmTieringPause::WasmTieringPause() {
  auto pauses = TieringPauses().Acquire();
  if ((*pauses)++ == 0) v8::V8::SetFlagsFromString("--no-wasm-dynamic-tiering");
}

WasmTieringPause::~WasmTieringPause() {
  auto pauses = TieringPauses().Acquire();
  if (--*pauses == 0) v8::V8::SetFlagsFromString("--wasm-dynamic-tiering");
}

}  // namespace isolates
