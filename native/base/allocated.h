#ifndef ISOLATES_BASE_ALLOCATED_H_
#define ISOLATES_BASE_ALLOCATED_H_

#include <cstddef>

namespace isolates {

// For tests: the bytes that the process has of its C library now, the holes in its arenas left out. So a leak shows
// that what is resident hides. 0 where the library does not tell.
//
// Threads: any.
size_t AllocatedBytes();

}  // namespace isolates

#endif  // ISOLATES_BASE_ALLOCATED_H_
