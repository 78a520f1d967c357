#ifndef ISOLATES_ENGINE_STACK_LIMIT_H_
#define ISOLATES_ENGINE_STACK_LIMIT_H_

#include <cstdint>

namespace isolates {

// Where V8 stops using the calling thread's stack. Our own recursion through values must stop there too: below it V8
// can neither run a getter nor, from V8 13 on, throw (it aborts the process instead).
//
// Threads: each has its own.
class StackLimit {
 public:
  // True when only a reserve for V8's and our own leaf functions is left above the limit.
  static bool IsNear();

  // Stack-only: for as long as it lives another isolate, with another limit, is entered.
  class Scope {
   public:
    explicit Scope(uintptr_t limit);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const uintptr_t outer_;
  };
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_STACK_LIMIT_H_
