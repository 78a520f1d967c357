#ifndef ISOLATES_BASE_RANDOM_H_
#define ISOLATES_BASE_RANDOM_H_

#include <cstddef>

namespace isolates {

// Fills the memory with random bytes of the operating system, fit for cryptography. False when it has none to give.
//
// Threads: any.
bool FillRandom(void* to, size_t length);

}  // namespace isolates

#endif  // ISOLATES_BASE_RANDOM_H_
