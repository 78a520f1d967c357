#ifndef ISOLATES_ENGINE_PROFILING_SIGNAL_H_
#define ISOLATES_ENGINE_PROFILING_SIGNAL_H_

namespace isolates {

// To be called before V8 takes a CPU profile, whoever asks it to. V8 interrupts the thread it samples by SIGPROF, and
// takes its handler away with the last profile: a signal that is still on its way to another thread, which the isolate
// has left, would then end the process. Changes the signal's disposition once, and only from the default.
//
// Threads: any.
void TolerateLateProfilingSignals();

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PROFILING_SIGNAL_H_
