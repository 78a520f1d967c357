#include "engine/profiling_signal.h"

#if !defined(_WIN32)
#include <signal.h>

#include <mutex>
#endif

namespace isolates {

void TolerateLateProfilingSignals() {
#if !defined(_WIN32)
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction now;
    if (sigaction(SIGPROF, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) return;
    // Not SIG_IGN, which programs started by this process would inherit.
    struct sigaction nothing = {};
    nothing.sa_handler = [](int) {};
    nothing.sa_flags = SA_RESTART;
    sigemptyset(&nothing.sa_mask);
    sigaction(SIGPROF, &nothing, nullptr);
  });
#endif
}

}  // namespace isolates
