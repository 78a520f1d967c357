#ifndef ISOLATES_BASE_GUARDED_H_
#define ISOLATES_BASE_GUARDED_H_

#include <condition_variable>
#include <mutex>
#include <utility>

namespace isolates {

// A mutex together with the data it guards: the data cannot be reached without the lock.
//
// Threads: any. Hold at most one at a time, and never call V8, Node-API or a user's callback under it.
template <class T, class Mutex = std::mutex>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : data_(std::forward<Args>(args)...) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  // Stack-only witness that the lock is held.
  class Lock {
   public:
    explicit Lock(Guarded& guarded) : data_(&guarded.data_), lock_(guarded.mutex_) {}

    T* operator->() const { return data_; }
    T& operator*() const { return *data_; }

    // For waiting on a condition variable and for unlocking early.
    std::unique_lock<Mutex>& native() { return lock_; }

   private:
    T* data_;
    std::unique_lock<Mutex> lock_;
  };

  Lock Acquire() { return Lock(*this); }

 private:
  Mutex mutex_;
  T data_;
};

}  // namespace isolates

#endif  // ISOLATES_BASE_GUARDED_H_
