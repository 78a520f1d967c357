#ifndef ISOLATES_ENGINE_PROCESS_H_
#define ISOLATES_ENGINE_PROCESS_H_

#include "base/thread.h"
#include "sync/deadline_timer.h"
#include "sync/idle_sweep.h"
#include "sync/thread_pool.h"

namespace isolates {

// What exists once per process: threads. Made at first use and never destroyed, so that a thread that still runs while
// the process ends finds everything in place.
//
// Threads: any.
class Process {
 public:
  static Process& Get() {
    static auto* process = new Process();
    return *process;
  }

  const unsigned cores = UsableCores();
  DeadlineTimer timer{"isolates-timer"};
  IdleSweep idle{&timer, std::chrono::milliseconds(100)};
  ThreadPool pool{"isolates-pool", cores, &timer};

 private:
  Process() = default;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PROCESS_H_
