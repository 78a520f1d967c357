#ifndef ISOLATES_ENGINE_GUEST_LIMITS_H_
#define ISOLATES_ENGINE_GUEST_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace isolates {

// How much of something a guest may have; SIZE_MAX for no limit. Memory and time have limits of their own.
struct GuestLimits {
  size_t host_calls = SIZE_MAX;  // its calls to its host that are under way
  size_t queue = SIZE_MAX;       // calls to it that have no answer yet
  size_t message = SIZE_MAX;     // bytes of one value on its way in or out
  size_t timers = SIZE_MAX;
  size_t console = SIZE_MAX;  // bytes that it prints in its life
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_GUEST_LIMITS_H_
