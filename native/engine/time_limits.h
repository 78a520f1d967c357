#ifndef ISOLATES_ENGINE_TIME_LIMITS_H_
#define ISOLATES_ENGINE_TIME_LIMITS_H_

namespace isolates {

// What a call may take, in milliseconds; 0 for no limit. Infinity is never reached: a call that can be given up has it,
// so that what goes on in its name is known as with any limit.
struct TimeLimits {
  double wall = 0;
  double cpu = 0;  // of the isolate's own code

  bool any() const { return wall > 0 || cpu > 0; }
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_TIME_LIMITS_H_
