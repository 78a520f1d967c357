#ifndef ISOLATES_BASE_THREAD_FAULTS_H_
#define ISOLATES_BASE_THREAD_FAULTS_H_

namespace isolates {

// For tests: after `more` threads the next `count` cannot be started, as if the system had no more. Nobody calls it
// otherwise.
//
// Threads: any.
void FailThreads(unsigned more, unsigned count);

}  // namespace isolates

#endif  // ISOLATES_BASE_THREAD_FAULTS_H_
