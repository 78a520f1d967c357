#ifndef ISOLATES_ENGINE_HEAP_FAULTS_H_
#define ISOLATES_ENGINE_HEAP_FAULTS_H_

namespace isolates {

// For tests: V8 gives up on the next `count` heaps of guests while they are made. Nobody calls it otherwise.
//
// Threads: any.
void FailHeaps(unsigned count);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_HEAP_FAULTS_H_
