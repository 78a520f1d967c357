#ifndef ISOLATES_BASE_THREAD_H_
#define ISOLATES_BASE_THREAD_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace isolates {

// The part of the calling thread's stack that may be used, lowest address first.
struct StackBounds {
  uintptr_t low;
  uintptr_t high;
};

// Cached per thread: asking the system reads a file on the main thread of Linux.
StackBounds CurrentStackBounds();

// Where on its stack the calling thread is.
inline uintptr_t CurrentStackAddress() {
#if defined(_MSC_VER) && !defined(__clang__)
  return reinterpret_cast<uintptr_t>(_AddressOfReturnAddress());
#else
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
#endif
}

// Starts a thread nobody joins. False when the system has no more threads to give.
bool StartDetachedThread(const std::string& name, size_t stack_size, std::function<void()> body);

// Cores this process may use (respects the affinity mask); at least 1.
unsigned UsableCores();

}  // namespace isolates

#endif  // ISOLATES_BASE_THREAD_H_
