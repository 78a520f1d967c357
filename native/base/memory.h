#ifndef ISOLATES_BASE_MEMORY_H_
#define ISOLATES_BASE_MEMORY_H_

namespace isolates {

// Gives pages that malloc has no use for back to the system, where it keeps them otherwise. Takes some milliseconds:
// for when tens of thousands of pieces were freed at once.
//
// Threads: any.
void ReturnFreeMemory();

}  // namespace isolates

#endif  // ISOLATES_BASE_MEMORY_H_
